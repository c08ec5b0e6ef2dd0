"""The new files of a service: where they lie, in what form they are sent, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from mmpctl.certificates.binary import CERTIFICATE
from mmpctl.certificates.certificate import Certificate, certificate_of
from mmpctl.certificates.read import read
from mmpctl.certificates.services.pair_files import PairFiles, find_pair
from mmpctl.certificates.services.service_set import ServiceSet, load_service_set
from mmpctl.certificates.services.service_set_checks import check_service_set
from mmpctl.errors import RefusedError
from mmpctl.services.renewable import FileRole, PairSetting, renewable
from mmpctl.services.seen_services import PairNames
from tests.support import pki
from tests.support.certificate_sets import useful
from tests.support.pki import CLIENT_AUTH, SERVER_AUTH, Pair

HTTPS, C2W = renewable("webbridge3").settings
(WEBADMIN,) = renewable("webadmin").settings
(CALLBRIDGE,) = renewable("callbridge").settings
BOTH = (SERVER_AUTH, CLIENT_AUTH)
ROOT = pki.authority("Root")
MIDDLE = ROOT.sign("Middle", ca=True, ends=3000)
LEAF = MIDDLE.sign("join.example.com", usages=BOTH, hosts=["join.example.com", "edge.example.com"])
OLD = MIDDLE.sign("join.example.com", usages=BOTH, hosts=["edge.example.com", "JOIN.example.com"], ends=30)


def of(pair: Pair) -> Certificate:
    return certificate_of(pair.der)


def files(leaf: Pair = LEAF, *chain: Pair, bundle: tuple[Pair, ...] = ()) -> dict[str, bytes]:
    """The files of one pair, the chain in the file of the certificate."""
    given = {"key.key": leaf.key_pem, "cert.cer": b"".join(one.pem for one in (leaf, *chain))}
    return given | ({"bundle.cer": b"".join(one.pem for one in bundle)} if bundle else {})


def found(place: Path, setting: PairSetting = HTTPS) -> PairFiles:
    there = find_pair(place, "edge-1", setting)
    assert there is not None
    return there


def loaded(tmp_path: Path, contents: Mapping[str, bytes], setting: PairSetting = HTTPS, *known: Pair) -> ServiceSet:
    pki.write(tmp_path / "edge-1" / setting.service / setting.folder, dict(contents))
    return load_service_set(found(tmp_path, setting), [of(one) for one in known])


def subjects(content: bytes) -> list[str]:
    return [each.common_names[0] for each in read(content, "sent", CERTIFICATE).certificates]


def ids(given: ServiceSet, in_use: Pair | None = OLD, names: PairNames | None = None) -> list[str]:
    told = check_service_set(given, pki.NOW, None if in_use is None else of(in_use), names)
    for each in told:
        useful(each)
    return [each.id for each in told]


def test_the_nodes_own_folder_counts_before_that_of_all_nodes(tmp_path: Path) -> None:
    pki.write(tmp_path / "webbridge3" / "https", files())
    assert found(tmp_path).folder == tmp_path / "webbridge3" / "https"
    assert find_pair(tmp_path, "edge-1", C2W) is None
    pki.write(tmp_path / "edge-1" / "webbridge3" / "c2w", files())
    # Folders are never mixed: what is not in the node's own one is not renewed.
    assert find_pair(tmp_path, "edge-1", HTTPS) is None
    assert found(tmp_path, C2W).bundle is None
    other = find_pair(tmp_path, "edge-2", HTTPS)
    assert other is not None and other.folder == tmp_path / "webbridge3" / "https"
    assert find_pair(tmp_path, "edge-1", WEBADMIN) is None


@pytest.mark.parametrize(
    ("place", "left_out", "why"),
    [
        ("edge-1/webbridge3/https", "key.key", "does not contain key.key"),
        ("edge-1/webbridge3/https", "cert.cer", "does not contain cert.cer"),
        ("edge-1/webbridge3", "", "has files of its own, but webbridge3 has several pairs"),
    ],
)
def test_what_is_there_in_part_is_refused(tmp_path: Path, place: str, left_out: str, why: str) -> None:
    pki.write(tmp_path / place, {name: content for name, content in files().items() if name != left_out})
    with pytest.raises(RefusedError, match=why) as refused:
        find_pair(tmp_path, "edge-1", HTTPS)
    assert refused.value.node == "edge-1" and refused.value.advice


def test_a_file_that_others_may_write_is_refused(tmp_path: Path) -> None:
    place = pki.write(tmp_path / "webadmin", files())
    (place / "cert.cer").chmod(0o666)
    with pytest.raises(RefusedError, match=r"cert\.cer"):
        find_pair(tmp_path, "edge-1", WEBADMIN)


@pytest.mark.parametrize(
    ("chain", "bundle", "known", "mended"),
    [
        ((MIDDLE, ROOT), (), (), False),
        ((ROOT, MIDDLE), (), (), True),
        ((), (ROOT, MIDDLE), (), True),
        ((MIDDLE,), (), (LEAF, MIDDLE, ROOT), True),
    ],
)
def test_a_full_chain_is_the_leaf_its_cas_and_the_root_last(
    tmp_path: Path, chain: tuple[Pair, ...], bundle: tuple[Pair, ...], known: tuple[Pair, ...], mended: bool
) -> None:
    given = loaded(tmp_path, files(LEAF, *chain, bundle=bundle), HTTPS, *known)
    sent = given.contents()
    assert subjects(sent[FileRole.CERTIFICATE].reveal()) == ["join.example.com", "Middle", "Root"]
    assert sent[FileRole.KEY].reveal() == LEAF.key_pem and set(sent) == {FileRole.KEY, FileRole.CERTIFICATE}
    unused = ["bundle-unused"] if bundle else []
    assert ids(given) == (["mended"] if mended else []) + unused
    assert [each.common_names[0] for each in given.completed] == (["Root"] if known else [])


def test_a_leaf_that_does_not_come_first_is_put_first(tmp_path: Path) -> None:
    given = loaded(tmp_path, {"key.key": LEAF.key_pem, "cert.cer": ROOT.pem + MIDDLE.pem + LEAF.pem})
    assert subjects(given.contents()[FileRole.CERTIFICATE].reveal()) == ["join.example.com", "Middle", "Root"]
    assert ids(given) == ["mended"]


def test_a_bundle_keeps_what_else_is_in_it_and_has_the_root_after_the_ca_that_it_signed(tmp_path: Path) -> None:
    other = pki.authority("Other")
    given = loaded(tmp_path, files(bundle=(other, ROOT, MIDDLE)), WEBADMIN)
    sent = given.contents()
    assert subjects(sent[FileRole.CERTIFICATE].reveal()) == ["join.example.com"]
    assert subjects(sent[FileRole.BUNDLE].reveal()) == ["Other", "Middle", "Root"]
    assert ids(given) == ["mended"]
    right = loaded(tmp_path / "right", files(bundle=(MIDDLE, ROOT, other)), WEBADMIN)
    assert right.contents()[FileRole.BUNDLE].reveal() == MIDDLE.pem + ROOT.pem + other.pem and ids(right) == []


def test_names_on_the_device_are_those_of_the_contents(tmp_path: Path) -> None:
    given = loaded(tmp_path, files(LEAF, ROOT, MIDDLE)).names()
    same = loaded(tmp_path / "same", files(LEAF, MIDDLE, ROOT, bundle=(ROOT,))).names()
    other_key = loaded(tmp_path / "key", files(LEAF, MIDDLE, ROOT) | {"key.key": OLD.key_pem}).names()
    assert given.key.startswith("webbridge3-https-") and given.key.endswith(".key") and given.bundle is None
    assert given.certificate == given.key.removesuffix(".key") + ".cer"
    # What is mended is what counts: the same certificates in another order are the same file.
    assert subjects_of(given) == subjects_of(same) and other_key != same
    webadmin = loaded(tmp_path, files(bundle=(MIDDLE, ROOT)), WEBADMIN).names()
    assert webadmin.bundle is not None and webadmin.bundle.startswith("webadmin-ca-")
    assert len(set(webadmin.arguments)) == 3


def subjects_of(names: PairNames) -> tuple[str, str]:
    return names.key.split("-")[0], names.certificate.split("-")[2]


def signed(usages: Sequence[x509.ObjectIdentifier], ends: float = 400) -> Pair:
    return MIDDLE.sign("join.example.com", usages=usages, ends=ends)


@pytest.mark.parametrize(
    ("contents", "expected"),
    [
        (files(LEAF, MIDDLE, ROOT), []),
        (files(LEAF, MIDDLE), ["no-root"]),
        (files(LEAF, MIDDLE, ROOT) | {"key.key": OLD.key_pem}, ["key-mismatch"]),
        ({"key.key": LEAF.pem, "cert.cer": LEAF.key_pem}, ["swapped"]),
        (files(signed(BOTH, ends=-1), MIDDLE, ROOT), ["expired", "ends-sooner", "names-lost"]),
        (files(MIDDLE.sign("other.example.com", usages=BOTH), MIDDLE, ROOT), ["other-cn", "names-lost"]),
        (files(signed([CLIENT_AUTH]), MIDDLE, ROOT), ["eku", "names-lost", "usage-lost"]),
        (files(signed([SERVER_AUTH]), MIDDLE, ROOT), ["names-lost", "client-usage-lost"]),
        (files(signed(BOTH, ends=20), MIDDLE, ROOT), ["ends-sooner", "names-lost"]),
        (files(MIDDLE, ROOT), ["other-cn", "names-lost"]),
    ],
)
def test_what_is_found_in_new_files_of_a_web_bridge(
    tmp_path: Path, contents: dict[str, bytes], expected: list[str]
) -> None:
    assert ids(loaded(tmp_path, contents)) == expected


def test_a_call_bridge_calls_others_and_must_keep_its_right_to_do_so(tmp_path: Path) -> None:
    old = MIDDLE.sign("cms.example.com", usages=BOTH, ends=30)
    public = MIDDLE.sign("cms.example.com", usages=[SERVER_AUTH])
    assert ids(loaded(tmp_path / "1", files(public), CALLBRIDGE), old) == ["eku", "usage-lost"]
    free = MIDDLE.sign("cms.example.com")
    assert ids(loaded(tmp_path / "2", files(free), CALLBRIDGE), old) == []
    server = MIDDLE.sign("cms.example.com", usages=[SERVER_AUTH], ends=30)
    assert ids(loaded(tmp_path / "3", files(public), WEBADMIN), server) == []
    assert ids(loaded(tmp_path / "4", files(public), WEBADMIN), old) == ["usage-lost"]


def test_a_bundle_in_use_is_not_dropped_and_must_lead_to_its_root(tmp_path: Path) -> None:
    names = PairNames("a.key", "a.cer", "ca.cer")
    old = MIDDLE.sign("join.example.com", hosts=["join.example.com"], ends=30)
    assert ids(loaded(tmp_path / "1", files(), WEBADMIN), old, names) == ["no-bundle"]
    assert ids(loaded(tmp_path / "2", files(bundle=(MIDDLE, ROOT)), WEBADMIN), old, names) == []
    stranger = pki.authority("Stranger")
    assert ids(loaded(tmp_path / "3", files(bundle=(stranger,)), WEBADMIN), old, names) == ["chain"]
    assert ids(loaded(tmp_path / "4", files(), WEBADMIN), old) == []


def test_a_file_that_cannot_be_read_is_told_by_its_own_findings(tmp_path: Path) -> None:
    given = loaded(tmp_path, {"key.key": LEAF.key_pem, "cert.cer": b"nothing"})
    assert (ids(given), given.leaf) == (["not-pem"], None)
    assert given.contents()[FileRole.CERTIFICATE].reveal() == b"nothing"


def with_address(address: str) -> Pair:
    key = pki.ec_key()
    names = x509.SubjectAlternativeName([x509.IPAddress(ip_address(address))])
    builder = x509.CertificateBuilder().subject_name(pki.name("join.example.com")).public_key(key.public_key())
    builder = builder.issuer_name(ROOT.certificate.subject).serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(pki.NOW - timedelta(days=1)).not_valid_after(pki.NOW + timedelta(days=40))
    builder = builder.add_extension(names, critical=False)
    return Pair(key, builder.sign(ROOT.key, None if isinstance(ROOT.key, Ed25519PrivateKey) else hashes.SHA256()))


def test_addresses_are_names_too(tmp_path: Path) -> None:
    old, new = with_address("10.1.2.3"), ROOT.sign("join.example.com", hosts=["10.1.2.3"])
    assert ids(loaded(tmp_path / "1", files(new, ROOT)), old) == []
    assert ids(loaded(tmp_path / "2", files(ROOT.sign("join.example.com"), ROOT)), old) == ["names-lost"]
