"""Where certificates are used, by the labels that each release prints."""

from __future__ import annotations

import pytest

from mmpctl.certificates.certificate_places import Place, database_places, service_places
from mmpctl.cluster.status import CertificateFiles


@pytest.mark.parametrize(
    ("service", "files", "places"),
    [
        ("callbridge", {}, []),
        (
            "callbridge",
            {
                "Key file": "a.key",
                "Certificate file": "a.cer",
                "CA Bundle file": "ca.cer",
                "C2W trusted certs": "edge.cer",
                "UCM / IMPS trusted certs": "ucm.cer",
            },
            [
                Place("callbridge certificate", "callbridge", "a.cer", False, "a.key", "ca.cer"),
                Place("callbridge ca bundle", "callbridge", "ca.cer", True),
                Place("callbridge c2w trusted certificates", "callbridge", "edge.cer", True),
                Place("callbridge ucm imps trusted certificates", "callbridge", "ucm.cer", True),
            ],
        ),
        (
            "webbridge3",
            {
                "HTTPS Key file": "h.key",
                "HTTPS Full chain certificate file": "h.cer",
                "C2W Key file": "c.key",
                "C2W Full chain certificate file": "c.cer",
                "C2W Trust bundle": "t.cer",
            },
            [
                Place("webbridge3 https certificate", "webbridge3", "h.cer", False, "h.key"),
                Place("webbridge3 c2w certificate", "webbridge3", "c.cer", False, "c.key"),
                Place("webbridge3 c2w trust bundle", "webbridge3", "t.cer", True),
            ],
        ),
        (
            "turn",
            {"TLS cert": "t.cer", "TLS key": "t.key", "TLS bundle": "b.cer"},
            [
                Place("turn tls certificate", "turn", "t.cer", False, "t.key", "b.cer"),
                Place("turn tls bundle", "turn", "b.cer", True),
            ],
        ),
        (
            "recorder",
            {"SIP key file": "r.key", "SIP certificate file": "r.cer", "SIP CA Bundle file": "b.cer"},
            [
                Place("recorder sip certificate", "recorder", "r.cer", False, "r.key", "b.cer"),
                Place("recorder sip ca bundle", "recorder", "b.cer", True),
            ],
        ),
        (
            "streamer",
            {"Key file": "s.key", "Certificate file": "s.cer", "Trust bundle": "cb.crt"},
            [
                Place("streamer certificate", "streamer", "s.cer", False, "s.key"),
                Place("streamer trust bundle", "streamer", "cb.crt", True),
            ],
        ),
        (
            "uploader",
            {"CMS trust bundle": "cms.cer", "Vbrick Rev trust bundle": "rev.crt"},
            [
                Place("uploader cms trust bundle", "uploader", "cms.cer", True),
                Place("uploader vbrick rev trust bundle", "uploader", "rev.crt", True),
            ],
        ),
    ],
)
def test_the_places_of_a_service(service: str, files: dict[str, str], places: list[Place]) -> None:
    assert list(service_places(service, files)) == places


def test_the_places_of_a_database_node_and_of_a_client() -> None:
    assert database_places(CertificateFiles("s.key", "s.cer", "c.key", "c.cer", "ca.cer")) == (
        Place("database server", "database", "s.cer", False, "s.key", "ca.cer"),
        Place("database client", "database", "c.cer", False, "c.key", "ca.cer"),
        Place("database ca", "database", "ca.cer", True),
    )
    assert [place.use for place in database_places(CertificateFiles(None, None, "c.key", "c.cer", "ca.cer"))] == [
        "database client",
        "database ca",
    ]
    assert database_places(CertificateFiles()) == ()
