"""What a desk and a worker want of a broker, and of their own certificate, before anything is said."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography import x509

from mmpctl.inventory import SAMPLE
from mmpctl.reach.broker.broker_files import BrokerFilesError, read_broker_files
from tests.support.command import Command
from tests.support.many_sites import sites_file
from tests.support.pki import CLIENT_AUTH, authority, usage
from tests.support.rabbitmq import ADDRESS, HOST, SIGNS, VHOST, Broker, write_files

CA = authority("Broker CA")
SIGNS_CERTIFICATES = x509.KeyUsage(True, False, False, False, False, True, False, False, False)


def test_a_certificate_that_says_what_its_key_is_for(tmp_path: Path) -> None:
    write_files(tmp_path / "broker", CA.sign("desk", usages=[CLIENT_AUTH], key_usage=SIGNS), CA)
    assert read_broker_files(tmp_path / "broker").user == "desk"


@pytest.mark.parametrize("key_usage", [None, SIGNS_CERTIFICATES], ids=["not told", "signs certificates"])
def test_a_certificate_that_a_broker_could_take_for_a_cas(tmp_path: Path, key_usage: x509.KeyUsage | None) -> None:
    write_files(tmp_path / "broker", CA.sign("desk", usages=[CLIENT_AUTH], key_usage=key_usage), CA)
    with pytest.raises(BrokerFilesError, match="could make certificates of other users") as told:
        read_broker_files(tmp_path / "broker")
    assert "keyUsage" in told.value.advice


def test_a_key_that_is_for_something_else_too_is_no_fault(tmp_path: Path) -> None:
    both = usage(digital_signature=True)
    write_files(tmp_path / "broker", CA.sign("desk", key_usage=both), CA)
    assert read_broker_files(tmp_path / "broker").user == "desk"


@pytest.mark.gate
@pytest.mark.parametrize("host", [ADDRESS, HOST])
def test_a_broker_that_is_not_the_one_of_the_address(
    broker: Broker, mmpctl: Command, tmp_path: Path, host: str
) -> None:
    # Its certificate has another name; or the right one, of another CA.
    files = broker.desk_files()
    ca = broker.ca if host == ADDRESS else authority("Broker CA")
    place = tmp_path / "broker"
    place.mkdir()
    for name, content in {"ca.pem": ca.pem, "cert.pem": b"", "key.pem": b""}.items():
        (place / name).write_bytes(content or (files / name).read_bytes())
    (place / "key.pem").chmod(0o600)
    address = f"amqps://{host}:{broker.port}/{VHOST}"
    asked = mmpctl("engine", "check", "--engine", sites_file(tmp_path, {"oslo": address}), "-i", SAMPLE, "-o", "json")
    (site,) = asked.document["sites"]
    assert asked.code == 10 and "shows a certificate that is not accepted" in site["error"], asked
    (place / "cert.pem").write_bytes((broker.site_files("oslo") / "cert.pem").read_bytes())
    (place / "key.pem").write_bytes((broker.site_files("oslo") / "key.pem").read_bytes())
    served = mmpctl("worker", "--site", "oslo", "--broker", address, "--broker-files", place)
    assert served.code == 1 and "shows a certificate that is not accepted" in served.err, served
