"""What the tests of this folder share: sets on disk, and their findings."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from mmpctl.certificates.binary import KEY
from mmpctl.certificates.files import CertificateSet, find
from mmpctl.certificates.key_ties import KeyTie, KeyTies, written_ties
from mmpctl.certificates.loaded_set import load_set
from mmpctl.certificates.new_set_checks import check_set
from mmpctl.certificates.read import read
from mmpctl.cluster.certificate_facts import CertificateFacts
from mmpctl.cluster.role import Role
from mmpctl.findings.finding import Finding
from tests.support import pki


def load(folder: Path, contents: dict[str, bytes], role: Role = Role.MASTER) -> CertificateSet:
    """Write the files and find them again, as the commands do."""
    return find(pki.write(folder, contents), "alpha", "cms1", role)


def on_node(folder: Path, contents: dict[str, bytes], *keys: str, node: str = "cms1") -> Path:
    """Write the files as `mmpctl sign` leaves them: these keys are on the node, named in `request.json`."""
    ties = {
        name: KeyTie(f"db{name.removesuffix('.key')}-20261124-ab12.key", key_digest(contents[name])) for name in keys
    }
    pki.write(folder, {name: content for name, content in contents.items() if name not in keys})
    (folder / "request.json").write_bytes(written_ties(KeyTies(node, "alpha", ties), pki.NOW))
    return folder


def key_digest(content: bytes) -> str:
    """SHA-256 of the public key of a key file."""
    return read(content, "key", KEY).keys[0].key_sha256


def findings(
    folder: Path, contents: dict[str, bytes], present: Mapping[str, CertificateFacts] | None = None
) -> list[tuple[str, str]]:
    """The findings of a database node's set as (id, file name); each must be of use to a person."""
    found = check_set(load_set(load(folder, contents)), pki.NOW, present or {})
    for each in found:
        useful(each)
    return [(each.id, Path(each.file).name) for each in found]


def useful(found: Finding) -> None:
    """Message and cure are there, and name the file."""
    assert found.file
    assert found.file in found.message
    assert found.file in found.cure
    assert "{" not in found.message
