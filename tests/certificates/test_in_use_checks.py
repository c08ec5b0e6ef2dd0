from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from cryptography import x509

from mmpctl.certificates.certificate import Certificate, certificate_of
from mmpctl.certificates.certificate_places import DATABASE, Place
from mmpctl.certificates.fitness import Use, check_life
from mmpctl.certificates.in_use_checks import check_inspected, check_leaf, check_other, exchanged
from mmpctl.cluster.certificate_facts import CertificateFacts
from mmpctl.findings.finding import Finding
from tests.support import pki
from tests.support.certificate_sets import useful

CA = pki.authority()
OTHER = pki.authority("Another CA")
SHORT_CA = pki.authority("Short CA", ends=90)
RSA_CA = pki.authority("RSA CA", key=pki.rsa_key(2048, 1))
UPPER = CA.sign("Upper", ca=True, ends=900)
LOWER = UPPER.sign("Lower", ca=True, ends=800)
SERVER, CLIENT, AUTHORITY = Use.SERVER, Use.CLIENT, Use.CA


def parsed(*pairs: pki.Pair) -> tuple[Certificate, ...]:
    return tuple(certificate_of(pair.der) for pair in pairs)


def found_in(use: str, *pairs: pki.Pair, ca: tuple[pki.Pair, ...] = (CA,), due_days: int = 30) -> tuple[Finding, ...]:
    place, held = Place(use, DATABASE, "db.cer", use == AUTHORITY), parsed(*pairs)
    if place.bundle:
        return tuple(one for each in held for one in check_other(each, place, now=pki.NOW, due_days=due_days))
    return check_leaf(held, place, now=pki.NOW, due_days=due_days, authority=parsed(*ca))


def judged(use: str, *pairs: pki.Pair, ca: tuple[pki.Pair, ...] = (CA,), due_days: int = 30) -> list[tuple[str, str]]:
    found = found_in(use, *pairs, ca=ca, due_days=due_days)
    for each in found:
        useful(each)
        assert each.file == "db.cer"
    return [(each.id, each.severity) for each in found]


@pytest.mark.parametrize(
    ("use", "pairs", "expected"),
    [
        ("database server", [CA.sign("cms1")], []),
        ("database client", [CA.sign("postgres", usages=[pki.CLIENT_AUTH])], []),
        ("database ca", [CA], []),
        (SERVER, [LOWER.sign("cms1"), LOWER, UPPER], []),
        (SERVER, [CA.sign("cms1", starts=-700, ends=-1)], [("expired", "expired")]),
        (SERVER, [CA.sign("cms1", starts=-700, ends=29)], [("due", "due")]),
        (SERVER, [CA.sign("cms1", starts=1)], [("not-yet-valid", "unfit")]),
        (AUTHORITY, [pki.authority(ends=-1)], [("expired", "expired")]),
        (AUTHORITY, [pki.authority(starts=-300, ends=29)], [("due", "due")]),
        (AUTHORITY, [CA, pki.authority(starts=-300, ends=29)], [("due", "due")]),
        (AUTHORITY, [CA.sign("cms1")], [("not-a-ca", "unfit")]),
        (AUTHORITY, [pki.with_sha1(RSA_CA, RSA_CA)], []),
        (CLIENT, [CA.sign("someone")], [("client-cn", "unfit")]),
        (CLIENT, [CA.sign("postgres", usages=[pki.SERVER_AUTH])], [("eku", "unfit")]),
        (SERVER, [CA.sign("cms1", usages=[pki.CLIENT_AUTH])], [("eku", "unfit")]),
        (SERVER, [CA.sign("cms1", key=pki.rsa_key(1024))], [("rsa-small", "unfit")]),
        (SERVER, [OTHER.sign("cms1")], [("chain", "unfit")]),
        # Works all the same: a note, which does not raise the certificate's severity.
        (SERVER, [LOWER.sign("cms1"), UPPER, LOWER], [("chain-order", "note")]),
    ],
)
def test_a_file_in_use(use: str, pairs: list[pki.Pair], expected: list[tuple[str, str]]) -> None:
    assert judged(use, *pairs) == expected


@pytest.mark.parametrize(
    ("service", "usages", "expected"),
    [
        ("webadmin", [], []),
        ("webadmin", [pki.SERVER_AUTH], []),
        ("webadmin", [pki.CLIENT_AUTH], [("eku", "unfit")]),
        ("callbridge", [pki.SERVER_AUTH, pki.CLIENT_AUTH], []),
        ("callbridge", [pki.SERVER_AUTH], [("eku-caller", "note")]),
        ("callbridge", [pki.CLIENT_AUTH], [("eku", "unfit")]),
        ("scheduler c2w", [pki.CLIENT_AUTH], []),
        ("scheduler c2w", [pki.SERVER_AUTH], [("eku-caller", "note")]),
        ("scheduler https", [pki.CLIENT_AUTH], [("eku", "unfit")]),
    ],
)
def test_what_a_service_needs(service: str, usages: list[Any], expected: list[tuple[str, str]]) -> None:
    held = parsed(CA.sign("cms1.example.com", usages=usages))
    found = check_leaf(held, Place(f"{service} certificate", service, "core.cer"), now=pki.NOW)
    assert [(each.id, each.severity) for each in found] == expected


PUBLIC = x509.CertificatePolicies([x509.PolicyInformation(x509.ObjectIdentifier("2.23.140.1.2.1"), None)])
PRIVATE = x509.CertificatePolicies([x509.PolicyInformation(x509.ObjectIdentifier("1.3.6.1.4.1.99999.1"), None)])


def days_until(year: int, month: int) -> float:
    return (datetime(year, month, 1, tzinfo=timezone.utc) - pki.NOW) / timedelta(days=1)


@pytest.mark.parametrize(
    ("policy", "ends", "life", "told"),
    [
        (PUBLIC, (2026, 2), 398, None),
        (PUBLIC, (2026, 9), 398, "at most 200 days"),
        (PUBLIC, (2026, 9), 200, None),
        (PUBLIC, (2027, 9), 200, "at most 100 days"),
        (PUBLIC, (2027, 9), 100, None),
        (PUBLIC, (2029, 9), 100, "at most 47 days"),
        (PUBLIC, (2029, 9), 47, None),
        (PRIVATE, (2029, 9), 3000, None),
        (None, (2029, 9), 3000, None),
    ],
)
def test_a_life_that_public_cas_no_longer_grant(
    policy: x509.CertificatePolicies | None, ends: tuple[int, int], life: int, told: str | None
) -> None:
    end = days_until(*ends)
    (certificate,) = parsed(CA.sign("join", starts=end - life, ends=end, others=(policy,) if policy else ()))
    found = list(check_life(certificate, "web.cer"))
    assert [(one.id, one.severity) for one in found] == ([("life", "note")] if told else [])
    assert all(told is not None and told in one.message for one in found)
    on_service = check_leaf((certificate,), Place("webbridge3 https certificate", "webbridge3", "web.cer"), now=pki.NOW)
    assert ("life" in {one.id for one in on_service}) == (told is not None)


def test_a_certificate_in_the_public_logs_is_a_public_cas() -> None:
    logged = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.4.1.11129.2.4.2"), b"\x04\x02\x00\x00")
    (certificate,) = parsed(CA.sign("join", others=(logged,)))
    assert certificate.is_public


def test_server_and_client_in_each_others_place() -> None:
    (server,), (client,) = parsed(CA.sign("cms1")), parsed(CA.sign("postgres"))
    assert exchanged(client, server)
    assert not exchanged(server, client)
    assert not exchanged(client, client), "one certificate for both is no mistake"


def test_sha1_and_a_ca_that_ends_first() -> None:
    assert judged(SERVER, pki.with_sha1(RSA_CA.sign("cms1"), RSA_CA), ca=(RSA_CA,)) == [("sha1", "unfit")]
    assert judged(SERVER, SHORT_CA.sign("cms1"), ca=(SHORT_CA,)) == [("ca-expires-first", "note")]


@pytest.mark.parametrize(
    ("subject", "named"),
    [
        ("CN = postgres", True),
        ("C=US, O=Acme, CN=postgres", True),
        ("/C=US/CN=postgres", True),
        ("CN=postgres,O=Acme\\, Inc.", True),
        ('O = "Acme, Inc.", CN = postgres', True),
        ("C=US, CN=postgres/emailAddress=a@b.c", True),
        ("CN = postgres + serialNumber = 12", True),
        ("CN = postgresql", False),
        ('CN = "cn, CN = postgres, O = x"', False),
        ("O=cn\\, CN=postgres,CN=x", False),
        ("", False),
    ],
)
def test_the_name_of_the_client_in_each_form_that_a_device_prints(subject: str, named: bool) -> None:
    end = pki.NOW + timedelta(days=400)
    facts = CertificateFacts(subject, "CN=ca", "1", pki.NOW, end, "sha256WithRSAEncryption", "rsaEncryption", 2048)
    found = check_inspected(facts, Place(CLIENT, DATABASE, "db.cer", False), now=pki.NOW)
    assert ("client-cn" in [each.id for each in found]) is not named


def test_without_the_ca_file_the_chain_is_not_judged() -> None:
    assert judged(SERVER, OTHER.sign("cms1"), ca=()) == []


@pytest.mark.parametrize(
    ("life", "left", "due_days", "due"),
    [
        (400, 30, 30, False),
        (400, 29, 30, True),
        (400, 59, 60, True),
        (400, 29, 10, False),
        (30, 10, 30, False),  # a third of its life is less than 30 days
        (30, 9, 30, True),
    ],
)
def test_due_is_sooner_than_asked_or_than_a_third_of_its_life(life: int, left: int, due_days: int, due: bool) -> None:
    pair = CA.sign("cms1", starts=left - life, ends=left)
    assert judged(SERVER, pair, due_days=due_days) == [("due", "due")] * due


def test_due_tells_the_day_and_the_days() -> None:
    pair = CA.sign("cms1", starts=-300, ends=1.5)
    (found,) = found_in(SERVER, pair, ca=())
    assert f"{pki.NOW + timedelta(days=1.5):%Y-%m-%d}, in 1 day:" in found.message
