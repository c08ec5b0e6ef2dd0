"""The requests in a folder: `server.csr`, `client.csr` and the `request.json` of `mmpctl csr`, for each node."""

from __future__ import annotations

import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from mmpctl.certificates.fitness import Use
from mmpctl.certificates.key_ties import TIES_FILE, KeyTie, read_ties
from mmpctl.certificates.signing_request import SigningRequest, check_request, check_requests, read_request
from mmpctl.certificates.source_file import read_file
from mmpctl.cluster.role import Role
from mmpctl.errors import RefusedError, UsageError
from mmpctl.findings.finding import Finding, distinct, finding
from mmpctl.inventory.rules import fit_for_folder
from mmpctl.signing.files_below import is_kind, is_there
from mmpctl.trusted import require_trusted

SERVER, CLIENT = "server", "client"
# In the order of the device's command.
USES: Final = {SERVER: Use.SERVER, CLIENT: Use.CLIENT}


@dataclass(frozen=True, slots=True)
class NodeRequests:
    """The requests of one node.

    Args:
        node: inventory name.
        cluster: of the node.
        folder: where they lie.
        requests: `server` and `client`, as far as they are there and can be read.
        findings: what is wrong with them; a request with one that refuses is not sent to a CA.
    """

    node: str
    cluster: str
    folder: Path
    requests: dict[str, SigningRequest]
    findings: tuple[Finding, ...]

    def file(self, name: str) -> Path:
        """Return the file of a request.

        Args:
            name: `server` or `client`.
        """
        return self.folder / f"{name}.csr"

    def is_fit(self, name: str) -> bool:
        """Return whether a request may go to a CA.

        Args:
            name: `server` or `client`.
        """
        return name in self.requests and not any(
            one.refuses for one in self.findings if one.file == str(self.file(name))
        )


def uses_of(role: Role | None) -> tuple[str, ...]:
    """Return the uses that a node needs certificates for, in the order of the device's command.

    Args:
        role: in its database cluster.
    """
    return (CLIENT,) if role is Role.CLIENT else (SERVER, CLIENT)


def has_requests(folder: Path) -> bool:
    """Return whether there is any request in a folder.

    Args:
        folder: of all requests.
    """
    return folder.is_dir() and bool(_places(folder))


def requests_in(folder: Path) -> list[NodeRequests]:
    """Read all requests in a folder and judge them.

    Args:
        folder: of the requests.

    Returns:
        One entry for each node, by cluster and name.

    Raises:
        UsageError: there is no such folder, it has no requests or some of nobody, or others could change it.
    """
    if not folder.is_dir():
        raise UsageError(f"{folder} is not a folder", advice="Name the folder that `mmpctl csr --to` has filled.")
    require_trusted(folder, "the folder of requests")
    places = _places(folder)
    if not places:
        raise UsageError(
            f"there are no requests in {folder}",
            advice=f"Put them into {folder}/CLUSTER/NODE as {SERVER}.csr and {CLIENT}.csr, or make them with "
            f"`mmpctl csr --to {folder}`.",
        )
    for name in sorted({name for place in places for name in (place.parent.name, place.name)}):
        if not fit_for_folder(name):
            raise UsageError(
                f"in {folder}, the folder {name!r} cannot be that of a cluster or a node",
                advice="Give it the name that the inventory has, or move it elsewhere.",
            )
    return [requests_of(place) for place in places]


def requests_of(place: Path) -> NodeRequests:
    """Read the requests of one node and judge them.

    Args:
        place: the folder of the node.

    Raises:
        PlaceError: others could change one of the files.
    """
    read: dict[str, SigningRequest] = {}
    findings: list[Finding] = []
    ties = _ties(place, findings)
    for name, use in USES.items():
        path = place / f"{name}.csr"
        if not path.exists():
            continue
        require_trusted(path, "the request")
        try:
            request = read_request(read_file(path).content.reveal())
        except RefusedError as error:
            findings.append(finding("request-unreadable", str(path), detail=error.message))
            continue
        except ValueError as error:
            findings.append(finding("request-unreadable", str(path), detail=str(error)))
            continue
        read[name] = request
        findings += check_request(request, use, str(path))
        tie = ties.get(f"{name}.key")
        if tie is not None and tie.public_key_sha256 != request.key_sha256:
            findings.append(finding("request-other-key", str(path), detail=tie.device))
    findings += check_requests({str(place / f"{name}.csr"): request for name, request in read.items()})
    return NodeRequests(place.name, place.parent.name, place, read, distinct(findings))


def _places(folder: Path) -> list[Path]:
    try:
        places = [place for cluster in _folders(folder) for place in _folders(cluster)]
        return [place for place in places if any(is_there(place / f"{name}.csr") for name in USES)]
    except OSError as error:
        raise UsageError(
            f"{error.filename} cannot be looked into ({error.strerror})",
            advice="Give yourself the right to read all folders of requests, or move elsewhere what is none.",
        ) from error


def _folders(place: Path) -> list[Path]:
    # A hidden folder is a file manager's, or an editor's.
    return sorted(one for one in place.iterdir() if not one.name.startswith(".") and is_kind(one, stat.S_ISDIR))


def _ties(place: Path, findings: list[Finding]) -> Mapping[str, KeyTie]:
    """Return which key on the node each request belongs to."""
    path = place / TIES_FILE
    if not path.exists():
        return {}
    try:
        return read_ties(path, (place.name, place.parent.name)).keys
    except (RefusedError, ValueError) as error:
        findings.append(finding("request-unreadable", str(path), detail=str(error)))
    try:
        # Of another node's, the keys still tell whose requests these are.
        return read_ties(path).keys
    except (RefusedError, ValueError):
        return {}
