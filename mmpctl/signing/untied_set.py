"""The certificates of a node whose `request.json` cannot be used: they are judged all the same."""

from __future__ import annotations

from pathlib import Path

from mmpctl.certificates.binary import CERTIFICATE
from mmpctl.certificates.files import CA_CERTIFICATE, CLIENT_CERTIFICATE, SERVER_CERTIFICATE, CertificateSet
from mmpctl.certificates.key_ties import KeyTie
from mmpctl.certificates.read import read
from mmpctl.certificates.source_file import SourceFile, read_file
from mmpctl.cluster.role import Role
from mmpctl.errors import RefusedError


def untied_set(place: Path, role: Role) -> CertificateSet | None:
    """Return the files of a node as if its keys were those of its certificates, which nothing proves.

    It serves to find what is wrong with the certificates themselves; whoever takes it knows that the node is unfit.

    Args:
        place: the folder of the node.
        role: its role; a client node needs no server pair.

    Returns:
        The files; None if one of them is not there, or cannot be read.
    """
    names = (SERVER_CERTIFICATE, CLIENT_CERTIFICATE) if role.has_database else (CLIENT_CERTIFICATE,)
    try:
        files = {name: read_file(place / name) for name in (*names, CA_CERTIFICATE)}
    except RefusedError:
        return None
    return CertificateSet(
        folder=place,
        client_key=_own_key(files[CLIENT_CERTIFICATE]),
        client_certificate=files[CLIENT_CERTIFICATE],
        ca_certificate=files[CA_CERTIFICATE],
        server_key=_own_key(files[SERVER_CERTIFICATE]) if role.has_database else None,
        server_certificate=files.get(SERVER_CERTIFICATE),
    )


def _own_key(certificate: SourceFile) -> KeyTie:
    held = read(certificate.content.reveal(), str(certificate.path), CERTIFICATE).certificates
    leaf = next((each for each in held if not each.is_ca), held[0] if held else None)
    return KeyTie("", leaf.key_sha256 if leaf else "")
