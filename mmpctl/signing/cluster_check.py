"""Check what a folder has for the nodes of one cluster, by themselves and against each other: certificates or requests.

No device is needed. Certificates are judged by the code that a plan judges them by, requests by that which looks at
them before they go to a CA.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from mmpctl.certificates.expiry import first_expiry
from mmpctl.certificates.files import CLIENT_CERTIFICATE, SERVER_CERTIFICATE, CertificateSet, find
from mmpctl.certificates.fitness import Use
from mmpctl.certificates.handshake import check_cluster
from mmpctl.certificates.loaded_set import LoadedSet, load_set
from mmpctl.certificates.new_set_checks import check_set
from mmpctl.certificates.replacement import changed_by, lost_names, nothing_due
from mmpctl.certificates.signing_request import read_request
from mmpctl.certificates.source_file import read_file
from mmpctl.cluster.certificate_facts import CertificateFacts
from mmpctl.cluster.in_use import NodeInUse
from mmpctl.cluster.role import Role
from mmpctl.errors import MmpError, RefusedError
from mmpctl.findings import RULES
from mmpctl.findings.finding import Finding, distinct, finding
from mmpctl.signing.checked_files import CheckedFile, CheckedNode, Given, checked_files
from mmpctl.signing.requests import CLIENT, SERVER, USES, NodeRequests, requests_of
from mmpctl.signing.untied_set import untied_set


@dataclass(frozen=True, slots=True)
class Member:
    """A node that is checked.

    Args:
        name: inventory name.
        role: in the cluster.
    """

    name: str
    role: Role


def check_members(
    certs: Path,
    cluster: str,
    members: Sequence[Member],
    now: datetime,
    in_use: Mapping[str, NodeInUse] | None = None,
) -> tuple[CheckedNode, ...]:
    """Check what there is for each node of a cluster, and whether the nodes' certificates work together.

    Args:
        certs: the folder.
        cluster: its name.
        members: all nodes of the cluster that count.
        now: aware, UTC.
        in_use: what nodes have in use, by name, to compare with; None if nothing is to be compared.

    Returns:
        One entry for each member, in their order. A node with requests only is judged by these.

    Raises:
        UsageError: there is no such folder, or a name cannot be that of a folder.
    """
    nodes: dict[str, CheckedNode] = {}
    sets: dict[str, CertificateSet] = {}
    loaded: dict[tuple[str, ...], LoadedSet] = {}
    for member in members:
        try:
            given = find(certs, cluster, member.name, member.role)
        except RefusedError as error:
            nodes[member.name] = _compared(_without_set(certs, cluster, member, error, now), None, now, in_use)
            continue
        # Nodes that share their files share what was read of them.
        key = (str(given.folder), *(file.sha256 for file in given.files()))
        if key not in loaded:
            loaded[key] = load_set(given)
        held = loaded[key]
        found = (*check_set(held, now, _present(in_use, member.name)), *_newer_requests(certs, held))
        files, rest = checked_files(held, found)
        checked = CheckedNode(member.name, member.role, Given.CERTIFICATES, files, rest, first_expiry(held))
        nodes[member.name] = _compared(checked, held, now, in_use)
        sets[member.name] = given
    # Between the nodes' files only real handshakes tell; files that are unfit by themselves need none.
    together = check_cluster({name: given for name, given in sets.items() if nodes[name].fit})
    return tuple(node.with_findings(together) for node in nodes.values())


def as_part_of_a_renewal(node: CheckedNode) -> CheckedNode:
    """Return a node as it is judged beside others that have certificates: requests alone are not enough.

    Args:
        node: as it was checked.
    """
    if node.given is not Given.REQUESTS:
        return node
    files = (replace(one, findings=(*one.findings, _open(one))) for one in node.files)
    return replace(node, files=tuple(files))


def _open(request: CheckedFile) -> Finding:
    folder = Path(request.file).parents[2]
    return finding("request-open", request.file, folder=shlex.quote(str(folder)))


def _without_set(certs: Path, cluster: str, member: Member, error: RefusedError, now: datetime) -> CheckedNode:
    place = certs / cluster / member.name
    given = untied_set(place, member.role) if error.code == "key-on-node" else None
    if given is not None:
        held = load_set(given)
        files, rest = checked_files(held, check_set(held, now))
        found = (*rest, _as_finding(error))
        return CheckedNode(member.name, member.role, Given.CERTIFICATES, files, found, first_expiry(held))
    if error.code in ("missing-file", "key-on-node"):
        here = any((place / f"{name}.csr").exists() for name in USES)
        if here and not any(place.glob("*.cer")):
            return _requests(place, member)
    return CheckedNode(member.name, member.role, Given.NOTHING, findings=(_as_finding(error),))


def _requests(place: Path, member: Member) -> CheckedNode:
    try:
        held = requests_of(place)
    except MmpError as error:
        return CheckedNode(member.name, member.role, Given.REQUESTS, findings=(_as_finding(error),))
    wanted = (SERVER, CLIENT) if member.role.has_database else (CLIENT,)
    files = tuple(_request(held, name) for name in wanted)
    here = {one.file for one in files}
    rest = tuple(one for one in held.findings if one.file not in here)
    return CheckedNode(member.name, member.role, Given.REQUESTS, files, rest)


def _request(held: NodeRequests, name: str) -> CheckedFile:
    file = held.file(name)
    request = held.requests.get(name)
    found = tuple(one for one in held.findings if one.file == str(file))
    if not file.exists():
        found = (finding("request-missing", str(file)),)
    if request is None:
        return CheckedFile(str(file), USES[name], findings=distinct(found))
    beside = () if request.names is None else (str(one.value) for one in request.names)
    names = (*request.common_names, *beside)
    return CheckedFile(str(file), USES[name], request.subject, findings=distinct(found), names=names)


def _as_finding(error: MmpError) -> Finding:
    """Return an error of a node's files as a finding of the node."""
    if error.code in RULES:
        rule = RULES[error.code]
        return Finding(error.code, rule.severity, "", error.message, error.advice, rule.why)
    return finding("no-set", "", detail=error.message, cure=error.advice)


def _newer_requests(certs: Path, held: LoadedSet) -> Iterator[Finding]:
    """Yield a note for each request beside certificates that asks for another one."""
    for pair in held.pairs:
        file = Path(pair.certificate_file).with_suffix(".csr")
        try:
            request = read_request(read_file(file).content.reveal()) if pair.leaf and file.exists() else None
        except (RefusedError, ValueError):
            continue  # no request that anybody could send
        if request and pair.leaf and request.key_sha256 != pair.leaf.key_sha256:
            folder = shlex.quote(str(certs))
            yield finding("request-newer", str(file), other=pair.certificate_file, folder=folder)


def _present(in_use: Mapping[str, NodeInUse] | None, node: str) -> dict[str, CertificateFacts]:
    held = in_use[node].certificates if in_use and node in in_use else {}
    names = {Use.SERVER: SERVER_CERTIFICATE, Use.CLIENT: CLIENT_CERTIFICATE}
    return {name: held[use].facts for use, name in names.items() if use in held}


def _compared(
    node: CheckedNode, held: LoadedSet | None, now: datetime, in_use: Mapping[str, NodeInUse] | None
) -> CheckedNode:
    """Return a node with what would change on it."""
    if in_use is None:
        return node
    before = in_use.get(node.name)
    if before is None or not before.certificates:
        missing = "no audit to compare with has seen certificates of the database cluster on this node"
        return replace(node, findings=(*node.findings, finding("not-compared", "", detail=missing)))
    leaves = {pair.use: pair.leaf for pair in held.pairs} if held else {}
    files = []
    for file in node.files:
        old, leaf = before.certificates.get(file.use), leaves.get(file.use)
        found: Iterable[Finding] = ()
        if old and leaf:
            found = changed_by(leaf, file.file, old)
        elif old and file.names:
            found = lost_names(file.names, file.file, old)
        files.append(replace(file, findings=(*file.findings, *found)))
    return replace(node, files=tuple(files), findings=(*node.findings, *nothing_due(before, now)))
