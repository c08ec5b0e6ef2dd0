"""All of a rotation that comes before the window: requests, certificates of a private CA, new files on the nodes."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from nornir.core import Nornir

from mmpctl.authority.issuer import issuer
from mmpctl.authority.profile import KeyKind
from mmpctl.cluster.target import Naming
from mmpctl.defaults import DUE_DAYS
from mmpctl.errors import MmpError, UsageError
from mmpctl.findings.finding import distinct
from mmpctl.inventory.nodes import Node, nodes_of
from mmpctl.inventory.select import select
from mmpctl.renewal.context import Watch
from mmpctl.renewal.jobs.catalogue import DATABASE
from mmpctl.renewal.jobs.database_cluster.renew_options import ClusterWish, RenewOptions
from mmpctl.renewal.jobs.database_cluster.unit import cluster_unit
from mmpctl.renewal.not_begun import why_unfinished
from mmpctl.runbooks import check, csr, sign, stage
from mmpctl.runs.lock import LockedError
from mmpctl.runs.state import unfinished
from mmpctl.signing.containers import Found
from mmpctl.signing.request_folder import prepare, unless_in_vain
from mmpctl.signing.rotation import Part, Preparation, Problem
from mmpctl.signing.sources import Answers, Asked, PrivateCa
from mmpctl.signing.standing import Standing, standings


@dataclass(frozen=True, slots=True)
class Issuing:
    """Who issues the new certificates, and where the keys come from.

    Args:
        ca: opens the private CA; called if something is to be signed.
        off_device: make keys of this kind on this machine; None to have the nodes make them.
    """

    ca: Callable[[], PrivateCa]
    off_device: KeyKind | None = None


def run(nr: Nornir, certs: Path, issuing: Issuing, options: RenewOptions, *, watch: Watch | None = None) -> Preparation:
    """Make what is missing of requests and certificates, and put the new files on the nodes; touch no cluster.

    What is there already is used: requests here and on the nodes that have no certificate yet, certificates that last,
    files that are on their nodes. So the same call goes on after whatever has ended an earlier one.

    Args:
        nr: filtered by the caller to whole clusters.
        certs: the folder of requests and certificates; made if it is not there.
        issuing: who issues, and where the keys come from.
        options: what is wanted of the renewal afterwards.
        watch: who watches.

    Returns:
        How far each cluster is.

    Raises:
        UsageError: a name that is unknown, a folder that cannot be used, a CA that cannot sign; no node was touched.
    """
    with unless_in_vain(certs):
        prepare(certs)
        return _prepared(nr, certs, issuing, options, watch or Watch())


def _prepared(nr: Nornir, certs: Path, issuing: Issuing, options: RenewOptions, watching: Watch) -> Preparation:
    DATABASE.check(nr, ClusterWish(certs, options))
    so_far = Preparation(certs, tuple(unit.name for unit in DATABASE.units(nr)))
    for name in so_far.begin(Part.CSR):
        why = why_unfinished(options.runs, cluster_unit(name, None))
        if why is not None:
            so_far.problems[name].append(Problem(Part.RENEW, None, *why, run=unfinished(options.runs, name)))
    nodes = [node for node in nodes_of(nr) if node.cluster in so_far.going and node.name not in options.leave_out]
    standing = standings(certs, nodes, watching.clock())
    unsigned = [node for node in nodes if standing[node.name] is not Standing.SIGNED]
    if unsigned:
        with watching.progress.paused():
            ca = issuing.ca()
        _check_lasting(ca, watching.clock())
        _request(nr, so_far, [node for node in unsigned if standing[node.name] is Standing.NONE], issuing, watching)
        _sign(so_far, unsigned, ca, watching)
    elif nodes:
        watching.progress.note("", f"csr, sign: the certificates in {certs} are there, and last")
    _check(nr, so_far, options, watching)
    if options.names is Naming.VERSIONED:
        _stage(nr, so_far, options, watching)
    return so_far


def _check_lasting(ca: PrivateCa, now: datetime) -> None:
    """Open the CA before any key is made for it."""
    with issuer(ca.folder, ca.passphrase, now) as opened:
        end = min(opened.not_after, now + timedelta(days=ca.days) if ca.days is not None else opened.not_after)
    if end > now + timedelta(days=DUE_DAYS):
        return
    if ca.days is not None and end < opened.not_after:
        raise UsageError(
            f"certificates of {_counted(ca.days, 'day')} would be due at once",
            advice=f"Give --days more than {DUE_DAYS}.",
        )
    raise UsageError(
        f"the issuing certificate of {ca.folder} ends on {end:%Y-%m-%d}, so all that it signs would be due at once",
        code="ca",
        advice=f"Make a new one with `mmpctl ca renew {shlex.quote(str(ca.folder))}`.",
    )


def _request(nr: Nornir, so_far: Preparation, nodes: Sequence[Node], issuing: Issuing, watch: Watch) -> None:
    if not nodes:
        watch.progress.note("", f"csr: all requests are in {so_far.certs} already")
        return
    where = "on them" if issuing.off_device is None else "on this machine"
    watch.progress.note("", f"csr: making keys and requests for {_counted(len(nodes), 'node')}, {where}")
    names = frozenset(node.name for node in nodes)
    report = csr.run(
        nr.filter(filter_func=lambda host: host.name in names),
        so_far.certs,
        # Only those are asked whose earlier certificates have had their time.
        confirm=lambda _: True,
        off_device=issuing.off_device,
        take_open=True,
        clock=watch.clock,
    )
    for one in report.nodes:
        cluster = one.node.cluster or ""
        so_far.notes[cluster] += [f"{one.node.name}: {note}" for note in one.notes]
        if one.kept is not None:
            so_far.notes[cluster].append(f"{one.node.name}: the earlier request is kept in {one.kept}")
        if one.error is not None:
            so_far.problems[cluster].append(_of_error(Part.CSR, one.error, one.node.name))


@dataclass(frozen=True, slots=True)
class _OnlyThese:
    """Signs the requests of some nodes, whatever else lies in the folder."""

    ca: PrivateCa
    nodes: frozenset[tuple[str, str]]

    @property
    def completes(self) -> bool:
        return self.ca.completes

    def authorities(self) -> tuple[Found, ...]:
        return self.ca.authorities()

    def cure(self, folder: Path) -> str:
        return self.ca.cure(folder)

    def answers(self, asked: Sequence[Asked]) -> Answers:
        return self.ca.answers([one for one in asked if (one.requests.cluster, one.requests.node) in self.nodes])


def _sign(so_far: Preparation, unsigned: Sequence[Node], ca: PrivateCa, watch: Watch) -> None:
    wanted = frozenset((node.cluster or "", node.name) for node in unsigned if node.cluster in so_far.begin(Part.SIGN))
    if not wanted:
        return
    watch.progress.note("", f"sign: certificates of {ca.folder} for {_counted(len(wanted), 'node')}")
    report = sign.run(so_far.certs, _OnlyThese(ca, wanted), clock=watch.clock)
    so_far.notes[""] += report.notes
    for answer in report.answers:
        place = answer.requests
        if (place.cluster, place.node) in wanted:
            so_far.notes[place.cluster] += [f"{place.node}: {note}" for note in answer.notes]
            cure = f"Correct it, or move {place.folder} away: then new requests are made."
            so_far.problems[place.cluster] += [Problem(Part.SIGN, place.node, one, cure) for one in answer.missing]


def _check(nr: Nornir, so_far: Preparation, options: RenewOptions, watch: Watch) -> None:
    names = so_far.begin(Part.CHECK)
    if not names:
        return
    watch.progress.note("", f"check: the files of {', '.join(names)}, with handshakes between them")
    chosen = select(nr, clusters=names)
    left_out = options.leave_out & set(chosen.inventory.hosts)
    for cluster in check.run(chosen, so_far.certs, leave_out=left_out, clock=watch.clock).clusters:
        so_far.problems[cluster.name] += [
            Problem(Part.CHECK, node.name, one.message, one.cure)
            for node in cluster.nodes
            for one in distinct(node.everything())
            if one.refuses
        ]


def _stage(nr: Nornir, so_far: Preparation, options: RenewOptions, watch: Watch) -> None:
    names = so_far.begin(Part.STAGE)
    if names:
        watch.progress.note("", f"stage: putting the new files on the nodes of {', '.join(names)}")
    for name, problems in _staged(nr, so_far.certs, names, options, watch):
        so_far.problems[name] += problems


def _staged(
    nr: Nornir, certs: Path, names: Sequence[str], options: RenewOptions, watch: Watch
) -> Iterator[tuple[str, list[Problem]]]:
    """Stage clusters together; what holds up one of them holds up no other."""
    if not names:
        return
    chosen = select(nr, clusters=names)
    left_out = options.leave_out & set(chosen.inventory.hosts)
    try:
        report = stage.run(chosen, certs, leave_out=left_out, clock=watch.clock)
    except LockedError as error:
        if len(names) == 1:
            yield names[0], [_of_error(Part.STAGE, error, None)]
            return
        for name in names:
            yield from _staged(nr, certs, [name], options, watch)
        return
    refused = {one.name: one.reasons for one in report.clusters if one.reasons}
    for name, reasons in refused.items():
        yield name, [Problem(Part.STAGE, None, reason, "") for reason in reasons]
    if refused:
        yield from _staged(nr, certs, [name for name in names if name not in refused], options, watch)
        return
    for cluster in report.clusters:
        failed: Mapping[str, MmpError] = {one.name: one.error for one in cluster.nodes if one.error is not None}
        yield cluster.name, [_of_error(Part.STAGE, error, name) for name, error in failed.items()]


def _of_error(part: Part, error: MmpError, node: str | None) -> Problem:
    return Problem(part, node, error.message, error.advice, isinstance(error, LockedError))


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
