"""The files for one node, found under the folder that the operator gives."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

from mmpctl.certificates.secret import Secret
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
_LIMIT = 1 << 20


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file of the operator's, as it was read.

    Args:
        name: what it is, e.g. `server.key`.
        path: where it was read.
        sha256: lower-case hex, over the bytes.
        content: the bytes, kept out of every text form.
    """

    name: str
    path: Path
    sha256: str
    content: Secret = field(compare=False)


@dataclass(frozen=True, slots=True)
class CertificateSet:
    """The files for one node; the server pair is absent for a client node.

    Args:
        folder: the one folder that all of them are from.
    """

    folder: Path
    client_key: SourceFile
    client_certificate: SourceFile
    ca_certificate: SourceFile
    server_key: SourceFile | None = None
    server_certificate: SourceFile | None = None

    def files(self) -> tuple[SourceFile, ...]:
        """Return the files, in the order of the `certs` command."""
        given = (
            self.server_key,
            self.server_certificate,
            self.client_key,
            self.client_certificate,
            self.ca_certificate,
        )
        return tuple(file for file in given if file)

    def digests(self) -> dict[str, str]:
        """Return SHA-256 of each file by its name: what a run remembers of the files."""
        return {file.name: file.sha256 for file in self.files()}


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
    if not folder.is_dir():
        raise UsageError(f"{folder} is not a folder", node=node, advice="Name the folder of the files with --certs.")
    for word in (cluster, node):
        if word in ("", ".", "..") or not word.isprintable() or set(word) & {"/", "\\"}:
            raise UsageError(
                f"{word!r} cannot be the name of a folder of certificates",
                node=node,
                advice="Correct the name in the inventory.",
            )
    names = _ALL_FILES if role.has_database else _CLIENT_FILES
    places = (folder / cluster / node, folder / cluster, folder)
    for place in places:
        missing = [name for name in names if not (place / name).exists()]
        if not missing:
            return _read_set(place, names, node)
        if len(missing) < len(names):
            raise RefusedError(
                f"{place} does not contain {', '.join(missing)}",
                code="missing-file",
                node=node,
                advice=f"Put all of {', '.join(names)} into {place}, or none of them: files from several folders "
                f"are not mixed.",
            )
    raise RefusedError(
        f"no certificates for this node: there is no {names[0]} in {', '.join(map(str, places))}",
        code="missing-file",
        node=node,
        advice=f"Put {', '.join(names)} into one of these folders.",
    )


def read_file(path: Path, node: str | None = None) -> SourceFile:
    """Read one file.

    Args:
        path: the file.
        node: inventory name of the node that it is for; only for the error.

    Raises:
        RefusedError: it cannot be read, is no plain file, or is larger than 1 MiB.
    """
    try:
        if not path.is_file():  # a pipe would block, a folder has no bytes
            raise refusal(finding("unreadable", str(path), detail="it is not a plain file"), node)
        with path.open("rb") as stream:
            data = stream.read(_LIMIT + 1)
    except OSError as error:
        raise refusal(finding("unreadable", str(path), detail=error.strerror or str(error)), node) from error
    if len(data) > _LIMIT:
        raise refusal(finding("too-large", str(path)), node)
    return SourceFile(path.name, path, hashlib.sha256(data).hexdigest(), Secret(data))


def _read_set(place: Path, names: tuple[str, ...], node: str) -> CertificateSet:
    for name in names:
        if not (place / name).is_file():
            continue  # told as such, when it is read
        try:
            require_trusted(place / name, "the file")
        except PlaceError as error:
            raise RefusedError(error.message, code=error.code, node=node, advice=error.advice) from error
    read = {name: read_file(place / name, node) for name in names}
    return CertificateSet(
        folder=place,
        client_key=read[CLIENT_KEY],
        client_certificate=read[CLIENT_CERTIFICATE],
        ca_certificate=read[CA_CERTIFICATE],
        server_key=read.get(SERVER_KEY),
        server_certificate=read.get(SERVER_CERTIFICATE),
    )
