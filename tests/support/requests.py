"""Folders of requests, as `mmpctl csr` leaves them, with keys made here."""

from __future__ import annotations

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from mmpctl.certificates.certificate import public_digest
from mmpctl.certificates.key_ties import KeyTie, KeyTies, written_ties
from tests.support.private_ca import NOW, request

Key = ec.EllipticCurvePrivateKey


def lay_requests(
    folder: Path, node: str = "cms1", cluster: str = "lon", *, database: bool = True, ties: bool = True
) -> dict[str, Key]:
    """Requests of one node, and `request.json`; the keys come back instead of lying on a node."""
    place = folder / cluster / node
    place.mkdir(parents=True)
    names = {"server": f"{node}.example.com", "client": "postgres"}
    keys = {name: ec.generate_private_key(ec.SECP256R1()) for name in names if database or name == "client"}
    for name, key in keys.items():
        (place / f"{name}.csr").write_bytes(request(names[name], key).public_bytes(Encoding.PEM))
    if ties:
        held = {f"{name}.key": KeyTie(f"db{name}-1.key", public_digest(key.public_key())) for name, key in keys.items()}
        (place / "request.json").write_bytes(written_ties(KeyTies(node, cluster, held), NOW))
    return keys


def put_keys(folder: Path, keys: dict[str, Key], node: str = "cms1", cluster: str = "lon") -> None:
    """The keys beside the certificates, so that the set can be checked as a whole."""
    for name, key in keys.items():
        content = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        (folder / cluster / node / f"{name}.key").write_bytes(content)
