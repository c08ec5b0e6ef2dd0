"""The files for one node, found under the folder that the operator gives."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from mmpctl.certificates.key_ties import TIES_FILE, KeyTie, read_ties
from mmpctl.certificates.source_file import SourceFile, read_file
from mmpctl.cluster.role import Role
from mmpctl.errors import RefusedError, UsageError
from mmpctl.findings.finding import finding, refusal
from mmpctl.trusted import PlaceError, require_trusted

SERVER_KEY = "server.key"
SERVER_CERTIFICATE = "server.cer"
CLIENT_KEY = "client.key"
CLIENT_CERTIFICATE = "client.cer"
CA_CERTIFICATE = "ca.cer"

_CLIENT_FILES = (CLIENT_KEY, CLIENT_CERTIFICATE, CA_CERTIFICATE)
_ALL_FILES = (SERVER_KEY, SERVER_CERTIFICATE, *_CLIENT_FILES)
_KEYS: Final = (SERVER_KEY, CLIENT_KEY)
_REQUESTS: Final = ("server.csr", "client.csr", TIES_FILE)

# A key lies here, or never left its node.
NewKey = SourceFile | KeyTie


@dataclass(frozen=True, slots=True)
class CertificateSet:
    """The files for one node; the server pair is absent for a client node.

    Args:
        folder: the one folder that all of them are from.
    """

    folder: Path
    client_key: NewKey
    client_certificate: SourceFile
    ca_certificate: SourceFile
    server_key: NewKey | None = None
    server_certificate: SourceFile | None = None

    def files(self) -> tuple[SourceFile, ...]:
        """Return the files that lie here, in the order of the `certs` command."""
        given = (
            self.server_key,
            self.server_certificate,
            self.client_key,
            self.client_certificate,
            self.ca_certificate,
        )
        return tuple(file for file in given if isinstance(file, SourceFile))

    def keys_on_node(self) -> dict[str, str]:
        """Return SHA-256 of the public keys whose private keys are on the node, by the keys' files there."""
        return {
            key.device: key.public_key_sha256 for key in (self.server_key, self.client_key) if isinstance(key, KeyTie)
        }


def find(folder: Path, cluster: str, node: str, role: Role) -> CertificateSet:
    """Find and read the files for a node, in the first of three folders that holds them all; folders are never mixed.

    Args:
        folder: what `--certs` names.
        cluster: the node's cluster.
        node: inventory name of the node.
        role: its role; a client node needs no server pair.

    Raises:
        UsageError: there is no such folder, or a name cannot be that of a folder.
        RefusedError: files are missing, cannot be read, or could be changed by others.
    """
    for word in (cluster, node):
        if word in ("", ".", "..") or not word.isprintable() or set(word) & {"/", "\\"}:
            raise UsageError(
                f"{word!r} cannot be the name of a folder of certificates",
                node=node,
                advice="Correct the name in the inventory.",
            )
    try:
        return _first(folder, cluster, node, role)
    except OSError as error:  # a folder that this user may not look into, or a name that is too long for one
        raise refusal(finding("unreadable", str(error.filename), detail=error.strerror or str(error)), node) from error


def _first(folder: Path, cluster: str, node: str, role: Role) -> CertificateSet:
    if not folder.is_dir():
        raise UsageError(f"{folder} is not a folder", node=node, advice="Name the folder of the files with --certs.")
    names = _ALL_FILES if role.has_database else _CLIENT_FILES
    places = (folder / cluster / node, folder / cluster, folder)
    for place in places:
        missing = [name for name in names if not (place / name).exists()]
        ties = _ties(place, cluster, node) if {*missing} & {*_KEYS} and (place / TIES_FILE).exists() else {}
        missing = [name for name in missing if name not in ties]
        if not missing:
            return _read_set(place, names, ties, node)
        if len(missing) < len(names):
            raise _incomplete(folder, place, names, missing, node)
    if _has_request(places[0]):
        raise _incomplete(folder, places[0], names, names, node)
    raise RefusedError(
        f"no certificates for this node: there is no {names[0]} in {', '.join(map(str, places))}",
        code="missing-file",
        node=node,
        advice=f"Put {', '.join(names)} into one of these folders.",
    )


def _has_request(place: Path) -> bool:
    return any((place / name).exists() for name in _REQUESTS)


def _incomplete(folder: Path, place: Path, names: Sequence[str], missing: Sequence[str], node: str) -> RefusedError:
    return RefusedError(
        f"{place} does not contain {', '.join(missing)}",
        code="missing-file",
        node=node,
        advice=_what_is_to_do(folder, missing) if _has_request(place) else _all_or_none(place, names),
    )


def _all_or_none(place: Path, names: Sequence[str]) -> str:
    return f"Put all of {', '.join(names)} into {place}, or none of them: files from several folders are not mixed."


def _what_is_to_do(folder: Path, missing: Sequence[str]) -> str:
    """Return what completes a folder in which a request lies."""
    quoted = shlex.quote(str(folder))
    keys = [name for name in missing if name in _KEYS]
    if keys:
        return (
            f"There is a request in it, but neither {' nor '.join(keys)} nor a {TIES_FILE} that names the key on the "
            f"node. Put the key there with which the request was made, or make new requests with `mmpctl csr --to DIR`."
        )
    return (
        f"There is a request in it that has no certificate yet. If you have a private CA, give "
        f"`mmpctl sign {quoted} --ca CADIR`. If another CA has answered, give `mmpctl sign {quoted} --answers PATH`."
    )


def _ties(place: Path, cluster: str, node: str) -> Mapping[str, KeyTie]:
    """Return which keys of the node are named beside its requests."""
    path = place / TIES_FILE
    try:
        return read_ties(path, (node, cluster)).keys
    except PlaceError as error:
        raise RefusedError(error.message, code=error.code, node=node, advice=error.advice) from error
    except ValueError as error:
        raise RefusedError(
            f"{path} cannot be used: {error}",
            code="key-on-node",
            node=node,
            advice=f"Put the folder back that `mmpctl csr` has made for {node}, or make new requests.",
        ) from error


def _read_set(place: Path, names: tuple[str, ...], ties: Mapping[str, KeyTie], node: str) -> CertificateSet:
    here = [name for name in names if (place / name).exists()]
    for name in here:
        if not (place / name).is_file():
            continue  # told as such, when it is read
        try:
            require_trusted(place / name, "the file")
        except PlaceError as error:
            raise RefusedError(error.message, code=error.code, node=node, advice=error.advice) from error
    read = {name: read_file(place / name, node) for name in here}
    # A key that lies here counts, whatever else is known of it.
    keys: dict[str, NewKey] = {**ties, **read}
    return CertificateSet(
        folder=place,
        client_key=keys[CLIENT_KEY],
        client_certificate=read[CLIENT_CERTIFICATE],
        ca_certificate=read[CA_CERTIFICATE],
        server_key=keys.get(SERVER_KEY) if SERVER_KEY in names else None,
        server_certificate=read.get(SERVER_CERTIFICATE),
    )
