"""Requests for new certificates: the keys are made on the nodes and stay there, or are made here."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from nornir.core import Nornir
from nornir.core.task import Result, Task

from mmpctl.authority.profile import KeyKind
from mmpctl.certificates.key_ties import TIES_FILE, KeyTie, KeyTies, written_ties
from mmpctl.certificates.signing_request import SigningRequest
from mmpctl.documents.asked import Asked
from mmpctl.documents.issuing.csr import CsrDocument, RequestedDocument
from mmpctl.errors import MmpError, UsageError
from mmpctl.fleet.run_on import Outcome, close_all, run_on
from mmpctl.inventory.nodes import Node, nodes_of
from mmpctl.inventory.pki_fields import pki_fields
from mmpctl.reports.typed import with_asked
from mmpctl.signing.own_request import make_own_request
from mmpctl.signing.request_folder import has_request, lay_request, prepared
from mmpctl.signing.requests import uses_of
from mmpctl.signing.requests_made import CsrReport, NodeRequest
from mmpctl.signing.subject import Subject, subject_of
from mmpctl.tasks import find_requests, make_request
from mmpctl.tasks.make_request import RequestMade
from mmpctl.times import now_utc

Confirm = Callable[[CsrReport], bool]


def run(
    nr: Nornir,
    to: Path,
    *,
    confirm: Confirm = lambda _: False,
    off_device: KeyKind | None = None,
    take_open: bool = False,
    clock: Callable[[], datetime] = now_utc,
) -> CsrReport:
    """Make a server and a client request for each database node, and a client request for each client node.

    Args:
        nr: filtered by the caller; nodes without a cluster are passed over.
        to: the folder of requests, `<to>/<cluster>/<node>/`; made if it is not there (0700).
        confirm: whether to make more although earlier requests, which the report given names, are open; by default
            no: then only those are made that are missing in a folder which has some.
        off_device: make keys of this kind here; then no node is touched.
        take_open: take requests that lie on the nodes unused, and make only what is missing.
        clock: the present, aware.

    Returns:
        What was made on each node, or why not.

    Raises:
        UsageError: no node has a cluster, the folder cannot be used, or the inventory asks for what no request has.
    """
    nodes = [node for node in nodes_of(nr) if node.cluster is not None]
    if not nodes:
        raise UsageError(
            "none of the selected nodes belongs to a database cluster",
            advice="Select nodes that have `cluster` and `role`: requests are made for databases and their clients.",
        )
    subjects = {node.name: _subjects(nr, node) for node in nodes}
    with prepared(to), ExitStack() as stack:
        stack.callback(close_all, nr)
        seen = _earlier(nr, to, nodes, look=off_device is None)
        found = CsrReport(to, seen)
        stays: set[str] = set()
        if any(one.is_open for one in seen) and not confirm(found):
            if not found.continues:
                return replace(found, declined=True)
            # An earlier run has made some: the others are made now, and a key that it has left is taken.
            stays, take_open = {one.node.name for one in seen if one.here}, True
            seen = tuple(_left(one, to) if one.here else one for one in seen)
        reached = [one for one in seen if one.error is None and one.node.name not in stays]
        if off_device is not None:
            made = {one.node.name: _made_here(one, to, subjects[one.node.name], off_device, clock()) for one in reached}
        else:
            keys = {one.node.name: one.unused for one in reached} if take_open else {}
            made = _made_there(nr, to, reached, subjects, keys, clock())
    return replace(found, nodes=tuple(made.get(one.node.name, one) for one in seen))


def document(report: CsrReport, asked: Asked | None = None) -> CsrDocument:
    """Return the report as the JSON of the contract.

    Args:
        report: of `run`.
        asked: the options that the next command takes too.
    """
    answers = f"mmpctl sign {shlex.quote(str(report.folder))} --answers PATH"
    made = any(one.requests for one in report.nodes)
    return {
        "schema": 1,
        "command": "csr",
        "folder": str(report.folder),
        "nodes": [
            {
                "name": one.node.name,
                "cluster": one.node.cluster or "",
                "requests": list(one.requests),
                "notes": list(one.notes),
                "kept": str(one.kept) if one.kept else None,
                "unused": list(one.unused),
                "error": one.error.told if one.error else None,
            }
            for one in report.nodes
        ],
        "reason": report.reason,
        "next": with_asked(answers, asked, "inventory") if made else None,
    }


def _left(one: NodeRequest, to: Path) -> NodeRequest:
    place = to / (one.node.cluster or "") / one.node.name
    return replace(one, notes=(f"its request in {place} was made earlier, and stays",), error=None)


def _subjects(nr: Nornir, node: Node) -> dict[str, Subject]:
    fields = pki_fields(nr.inventory.hosts[node.name])
    return {use: subject_of(use, node.name, fields) for use in uses_of(node.role)}


def _earlier(nr: Nornir, to: Path, nodes: Sequence[Node], *, look: bool) -> tuple[NodeRequest, ...]:
    outcomes = run_on(nr, [node.name for node in nodes] if look else [], find_requests)

    def each(node: Node, seen: Outcome) -> NodeRequest:
        here = has_request(to, node.cluster or "", node.name)
        return NodeRequest(node, unused=seen.value or (), here=here, error=seen.error)

    return tuple(each(node, outcomes.get(node.name, Outcome())) for node in nodes)


def _made_there(
    nr: Nornir,
    to: Path,
    reached: Sequence[NodeRequest],
    subjects: Mapping[str, Mapping[str, Subject]],
    keys: Mapping[str, tuple[str, ...]],
    now: datetime,
) -> dict[str, NodeRequest]:
    by_name = {one.node.name: one for one in reached}

    def each(task: Task) -> Result:
        name = task.host.name
        asked, unused = subjects[name], keys.get(name, ())
        made = [make_request(task, use, subject, now, open_keys=unused).result for use, subject in asked.items()]
        return Result(host=task.host, result=_laid_from_node(by_name[name], to, made, now), changed=True)

    outcomes = run_on(nr, by_name, each)
    return {
        name: outcome.value if outcome.error is None else replace(by_name[name], error=outcome.error)
        for name, outcome in outcomes.items()
    }


def _laid_from_node(one: NodeRequest, to: Path, made: Sequence[RequestMade], now: datetime) -> NodeRequest:
    keys = {f"{each.use}.key": KeyTie(each.key, each.request.key_sha256) for each in made}
    files = {f"{each.use}.csr": each.content for each in made}
    files[TIES_FILE] = written_ties(KeyTies(one.node.name, one.node.cluster or "", keys), now)
    notes = tuple(note for each in made for note in each.notes)
    told = [(each.use, each.key, each.request) for each in made]
    unused = tuple(key for key in one.unused if key not in {each.key for each in made})
    return replace(_laid(one, to, files, told, now), notes=notes, unused=unused)


def _made_here(
    one: NodeRequest, to: Path, subjects: Mapping[str, Subject], kind: KeyKind, now: datetime
) -> NodeRequest:
    made = {use: make_own_request(subject, kind) for use, subject in subjects.items()}
    files = {f"{use}.csr": each.content for use, each in made.items()}
    files |= {f"{use}.key": each.key.reveal() for use, each in made.items()}
    try:
        return _laid(one, to, files, [(use, None, each.request) for use, each in made.items()], now)
    except MmpError as error:
        return replace(one, error=error)


def _laid(
    one: NodeRequest,
    to: Path,
    files: Mapping[str, bytes],
    made: Sequence[tuple[str, str | None, SigningRequest]],
    now: datetime,
) -> NodeRequest:
    cluster = one.node.cluster or ""
    kept = lay_request(to, cluster, one.node.name, files, now)
    requests: tuple[RequestedDocument, ...] = tuple(
        {
            "file": str(to / cluster / one.node.name / f"{use}.csr"),
            "device_key": key,
            "subject": request.subject,
            "public_key_sha256": request.key_sha256,
        }
        for use, key, request in made
    )
    return replace(one, requests=requests, kept=kept)
