"""A private CA: what it issues is what nodes accept, also while its certificates are replaced."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID

from mmpctl.authority.ca_folder import CaFolder
from mmpctl.authority.index import Issued
from mmpctl.authority.issuer import Wanted, issuer, trusted
from mmpctl.authority.private_ca import certificates, drop_older, make, renew
from mmpctl.authority.profile import KeyKind, LifeTimes, Purpose
from mmpctl.certificates.files import find
from mmpctl.certificates.handshake import handshake
from mmpctl.certificates.loaded_set import load_set
from mmpctl.certificates.new_set_checks import check_set
from mmpctl.cluster.role import Role
from mmpctl.errors import UsageError
from tests.support.private_ca import NOW, PASSPHRASE, make_ca, request, wanted

pytestmark = pytest.mark.usefixtures("cheap")


def issue(folder: Path, orders: Iterable[Wanted]) -> list[Issued]:
    with issuer(folder, PASSPHRASE, NOW) as ca:
        return ca.issue(list(orders))


def lay_down(folder: Path, ca: Path) -> None:
    """A set for one node, whose keys are made here."""
    keys = {name: ec.generate_private_key(ec.SECP256R1()) for name in ("server", "client")}
    orders = [
        wanted(request("cms1", keys["server"]), Purpose.SERVER),
        wanted(request("postgres", keys["client"]), Purpose.CLIENT),
    ]
    folder.mkdir()
    for (name, key), issued in zip(keys.items(), issue(ca, orders), strict=True):
        (folder / f"{name}.cer").write_text(issued.certificate)
        (folder / f"{name}.key").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    (folder / "ca.cer").write_bytes(trusted(CaFolder(ca), NOW))


def usages(certificate: x509.Certificate) -> list[x509.ObjectIdentifier]:
    return list(certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value)


def test_a_set_of_its_certificates_has_no_finding_and_shakes_hands(tmp_path: Path) -> None:
    make_ca(tmp_path / "ca")
    lay_down(tmp_path / "new", tmp_path / "ca")
    given = find(tmp_path / "new", "lon", "cms1", Role.MASTER)
    assert check_set(load_set(given), NOW) == ()
    assert handshake(given, given) == ()


def test_each_certificate_says_what_it_is_for(tmp_path: Path) -> None:
    ca = make_ca(tmp_path / "ca")
    root, issuing = certificates(ca).values()
    for length, one in ((1, root), (0, issuing)):
        assert one.extensions.get_extension_for_class(x509.BasicConstraints).value.path_length == length
        usage = one.extensions.get_extension_for_class(x509.KeyUsage)
        assert (usage.critical, usage.value.key_cert_sign, usage.value.digital_signature) == (True, True, False)
    orders = [wanted(request("cms1.example", names=("cms1.example",)), purpose) for purpose in Purpose]
    issued = issue(ca.path, orders)
    server, client, service = (x509.load_pem_x509_certificate(one.certificate.encode()) for one in issued)
    both = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
    assert [usages(one) for one in (server, client, service)] == [both[:1], both[1:], both]
    names = server.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["cms1.example"]
    server.verify_directly_issued_by(issuing)
    issuing.verify_directly_issued_by(root)
    assert len({one.serial_number for one in (root, issuing, server, client, service)}) == 5


def test_nothing_outlives_its_ca(tmp_path: Path) -> None:
    make_ca(tmp_path / "ca", lives=LifeTimes(root_days=100, issuing_days=200))
    (issued,) = issue(tmp_path / "ca", [wanted(request("cms1"), Purpose.SERVER, days=365)])
    root, issuing = certificates(CaFolder(tmp_path / "ca")).values()
    assert issued.not_after == issuing.not_valid_after_utc == root.not_valid_after_utc == NOW + timedelta(days=100)


def test_one_request_gets_one_certificate(tmp_path: Path) -> None:
    make_ca(tmp_path / "ca")
    csr = request("cms1")
    one = issue(tmp_path / "ca", [wanted(csr, Purpose.SERVER)])
    assert issue(tmp_path / "ca", [wanted(csr, Purpose.SERVER)]) == one
    # Another length, another purpose, another request: each is another certificate.
    longer, other = wanted(csr, Purpose.SERVER, days=730), wanted(csr, Purpose.SERVICE)
    others = [longer, other, wanted(request("cms1"), Purpose.SERVER)]
    assert len({entry.serial for entry in (*one, *issue(tmp_path / "ca", others))}) == 4


def test_a_new_issuing_certificate_leaves_what_was_issued_trusted(tmp_path: Path) -> None:
    make_ca(tmp_path / "ca")
    old = issue(tmp_path / "ca", [wanted(request("cms1"), Purpose.SERVER)])[0]
    ca = renew(tmp_path / "ca", PASSPHRASE, NOW, KeyKind.P256, with_root=False)
    new = issue(tmp_path / "ca", [wanted(request("cms1"), Purpose.SERVER)])[0]
    assert (old.issuer, new.issuer) == ("issuing-1", "issuing-2")
    assert (ca.state.root, ca.state.issuing, ca.state.older) == ("root-1", "issuing-2", ("issuing-1",))
    handed_out = x509.load_pem_x509_certificates(trusted(ca, NOW))
    assert handed_out == [ca.certificate(name) for name in ("issuing-2", "issuing-1", "root-1")]


def test_a_root_is_replaced_with_a_time_of_both(tmp_path: Path) -> None:
    make_ca(tmp_path / "ca")
    lay_down(tmp_path / "old", tmp_path / "ca")
    ca = renew(tmp_path / "ca", PASSPHRASE, NOW, KeyKind.P256, with_root=True)
    assert (ca.state.root, ca.state.issuing, ca.state.older) == ("root-2", "issuing-2", ("issuing-1", "root-1"))
    lay_down(tmp_path / "new", tmp_path / "ca")
    # A node that trusts both accepts one that has the old certificates still.
    old, new = (find(tmp_path / name, "lon", "cms1", Role.MASTER) for name in ("old", "new"))
    assert check_set(load_set(new), NOW) == ()
    assert handshake(server=new, client=new) == ()
    (tmp_path / "old" / "ca.cer").write_bytes(trusted(ca, NOW))
    both = find(tmp_path / "old", "lon", "cms1", Role.MASTER)
    assert handshake(server=new, client=both) == handshake(server=both, client=new) == ()
    assert handshake(server=new, client=old) != ()
    # Once all nodes have new certificates, the old root goes.
    assert drop_older(tmp_path / "ca").state.older == ()
    assert x509.load_pem_x509_certificates(trusted(CaFolder(ca.path), NOW)) == [
        ca.certificate(name) for name in ("issuing-2", "root-2")
    ]


def test_an_older_certificate_that_has_expired_is_no_longer_handed_out(tmp_path: Path) -> None:
    make_ca(tmp_path / "ca", lives=LifeTimes(root_days=100, issuing_days=50))
    ca = renew(tmp_path / "ca", PASSPHRASE, NOW, KeyKind.P256, with_root=True)
    later = NOW + timedelta(days=70)
    assert x509.load_pem_x509_certificates(trusted(ca, later)) == [
        ca.certificate(name) for name in ("issuing-2", "root-2", "root-1")
    ]


def test_an_expired_issuing_certificate_issues_nothing(tmp_path: Path) -> None:
    make_ca(tmp_path / "ca", NOW - timedelta(days=60), LifeTimes(root_days=100, issuing_days=50))
    with pytest.raises(UsageError, match=r"issuing-1\.cer of .* has expired") as caught:
        issue(tmp_path / "ca", [wanted(request("cms1"), Purpose.SERVER)])
    assert "mmpctl ca renew" in caught.value.advice
    renew(tmp_path / "ca", PASSPHRASE, NOW, KeyKind.P256, with_root=False)
    assert len(issue(tmp_path / "ca", [wanted(request("cms1"), Purpose.SERVER)])) == 1


def test_a_clock_that_was_ahead_stands_in_nobodys_way(tmp_path: Path) -> None:
    folder = make_ca(tmp_path / "ca").path
    csr, ahead = request("cms1"), NOW + timedelta(days=200)
    for now in (ahead, NOW, NOW):
        with issuer(folder, PASSPHRASE, now) as ca:
            (one,) = ca.issue([wanted(csr, Purpose.SERVER, now)])
        assert x509.load_pem_x509_certificate(one.certificate.encode()).not_valid_before_utc <= now
    # The second one counts from then on, and is given again.
    assert len((folder / "issued.jsonl").read_bytes().splitlines()) == 2


def test_by_a_clock_that_is_behind_nothing_is_signed(tmp_path: Path) -> None:
    folder = make_ca(tmp_path / "ca").path
    behind = NOW - timedelta(days=4000)
    told = r"issuing-1\.cer is not valid before .* clock of this machine shows"
    with pytest.raises(UsageError, match=told), issuer(folder, PASSPHRASE, behind):
        pass
    with pytest.raises(UsageError, match=r"root-1\.cer is not valid before"):
        renew(folder, PASSPHRASE, behind, KeyKind.P256, with_root=False)
    assert CaFolder(folder).state.issuing == "issuing-1"


def test_an_expired_root_signs_no_issuing_certificate(tmp_path: Path) -> None:
    make_ca(tmp_path / "ca", NOW - timedelta(days=60), LifeTimes(root_days=50, issuing_days=50))
    with pytest.raises(UsageError, match=r"root-1\.cer of .* has expired") as caught:
        renew(tmp_path / "ca", PASSPHRASE, NOW, KeyKind.P256, with_root=False)
    assert "--root" in caught.value.advice


@pytest.mark.parametrize("owner", ["", " ", "x" * 60, "a\nb", "tab\there"])
def test_a_name_that_x509_has_no_place_for_is_refused_before_anything_is_made(tmp_path: Path, owner: str) -> None:
    with pytest.raises(UsageError, match="cannot be the name of a CA"):
        make(tmp_path / "ca", owner, PASSPHRASE, NOW, KeyKind.P256)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("owner", ["Zürich Konferenzen", 'O\'Hara & Söhne, "Ltd"', "名前", "C:CHE"])
def test_any_other_name_is_kept_as_it_is(tmp_path: Path, owner: str) -> None:
    ca = make(tmp_path / "ca", owner, PASSPHRASE, NOW, KeyKind.P256)
    assert CaFolder(ca.path).state.name == owner
    assert owner in str(ca.certificate("root-1").subject.rfc4514_string()).replace("\\", "")


def test_the_index_tells_what_was_issued_to_whom(tmp_path: Path) -> None:
    make_ca(tmp_path / "ca")
    issue(tmp_path / "ca", [wanted(request("cms1"), Purpose.SERVER, node="cms1")])
    (line,) = (tmp_path / "ca" / "issued.jsonl").read_text("utf-8").splitlines()
    told = json.loads(line)
    assert (told["node"], told["cluster"], told["purpose"], told["subject"]) == ("cms1", "lon", "server", "CN=cms1")
