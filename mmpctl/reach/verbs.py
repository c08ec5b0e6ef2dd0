"""What a site can be asked: a verb of this list, and names; never a path, a command or a secret of whoever asks."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar, Final, get_args

from mmpctl.audit.model import NodeAudit
from mmpctl.audit.node_status import NodeStatus
from mmpctl.cluster.target import Naming
from mmpctl.defaults import BACKUP_DAYS, DUE_DAYS
from mmpctl.reach.answer_lines import READABLE, WIRE, Part, json_object
from mmpctl.reach.services_asked import ServicesAsked
from mmpctl.reach.tickets.work_requests import FollowRequest, RenewRequest, ResumeRequest, StopRequest
from mmpctl.reach.verb_words import Verb
from mmpctl.reach.wire import WireError, from_wire, to_wire
from mmpctl.runbooks.backup import NodeBackup


@dataclass(frozen=True, slots=True)
class AuditRequest:
    """Look at all certificates of nodes.

    Args:
        nodes: inventory names.
        now: the time of the audit, aware.
        due_days: how many days ahead a certificate counts as due.
        presented: knock at the databases' ports too, and compare what they present with their files.
        thorough: let each node inspect all its certificate files, and match them with their keys.
        backup_days: how many days old the last good backup may be, at a site that keeps backups.
    """

    verb: ClassVar[Verb] = Verb.AUDIT
    fact: ClassVar[type] = NodeAudit

    nodes: tuple[str, ...]
    now: datetime
    due_days: int = DUE_DAYS
    presented: bool = False
    thorough: bool = False
    backup_days: int = BACKUP_DAYS


@dataclass(frozen=True, slots=True)
class StatusRequest:
    """Ask nodes for their view of their cluster.

    Args:
        nodes: inventory names.
        due_days: how many days ahead a certificate counts as due.
    """

    verb: ClassVar[Verb] = Verb.STATUS
    fact: ClassVar[type] = NodeStatus

    nodes: tuple[str, ...]
    due_days: int = DUE_DAYS


@dataclass(frozen=True, slots=True)
class CheckRequest:
    """Say what can be asked here, and what would be in the way; no node is asked for anything."""

    verb: ClassVar[Verb] = Verb.CHECK
    fact: ClassVar[type] = Part


@dataclass(frozen=True, slots=True)
class BackupRequest:
    """Make a backup of nodes, and keep it in the site's own folder.

    Args:
        nodes: inventory names.
        now: the time that names the backup, aware: the same at all sites.
    """

    verb: ClassVar[Verb] = Verb.BACKUP
    fact: ClassVar[type] = NodeBackup

    nodes: tuple[str, ...]
    now: datetime


@dataclass(frozen=True, slots=True)
class PlanRequest:
    """Plan the renewal of clusters, or of the services of nodes, with the site's own folder of new certificates.

    Args:
        clusters: their names; with `services`, those of the groups of nodes.
        keepers: the node whose database survives, by cluster, if the operator confirms it.
        reason: why they are the right ones.
        other_runs: runs of other machines on which nobody works any more.
        leave_out: names of dead nodes to go on without.
        names: of files on the nodes, `versioned` or `same`.
        slaves_at_once: how many slaves leave or join together; None for all.
        services: which services are renewed, and not the database cluster; None for that.
    """

    verb: ClassVar[Verb] = Verb.PLAN
    fact: ClassVar[type] = Part

    clusters: tuple[str, ...]
    keepers: Mapping[str, str] = field(default_factory=dict)
    reason: str | None = None
    other_runs: frozenset[str] = frozenset()
    leave_out: frozenset[str] = frozenset()
    names: Naming = Naming.VERSIONED
    slaves_at_once: int | None = None
    services: ServicesAsked | None = None


@dataclass(frozen=True, slots=True)
class RunsRequest:
    """Tell the past runs in the site's own folder, or one of them with its journal.

    Args:
        run: its whole name; None for all.
    """

    verb: ClassVar[Verb] = Verb.RUNS
    fact: ClassVar[type] = Part

    run: str | None = None


OfNodes = AuditRequest | StatusRequest | CheckRequest | BackupRequest | PlanRequest | RunsRequest
OfTickets = RenewRequest | ResumeRequest | FollowRequest | StopRequest
Request = OfNodes | OfTickets

_KINDS: Final = (*get_args(OfNodes), *get_args(OfTickets))
_REQUESTS: Final[Mapping[Verb, type[Request]]] = {kind.verb: kind for kind in _KINDS}


@dataclass(frozen=True, slots=True)
class Envelope:
    """A request on its way.

    Args:
        request: what is asked.
        wire: the version that it is written in.
        held: whoever asks holds the site's input open: when it ends, nobody listens any more.
    """

    request: Request
    wire: int
    held: bool = False


def request_text(envelope: Envelope) -> str:
    """Return a request as it is sent, with the end of its line.

    Args:
        envelope: the request.
    """
    told = {
        "wire": envelope.wire,
        "verb": envelope.request.verb.value,
        "held": envelope.held,
        **to_wire(envelope.request),
    }
    return json.dumps(told, separators=(",", ":")) + "\n"


def read_request(text: str | bytes) -> Envelope:
    """Return the request that came to a site.

    Args:
        text: one line.

    Raises:
        WireError: it is no request, or is written in a version that is not read here.
    """
    told = json_object(text, "the request")
    wire, word, held = told.get("wire", WIRE), told.get("verb"), told.get("held", False)
    if type(wire) is not int or wire not in READABLE:
        versions = " and ".join(map(str, sorted(READABLE)))
        raise WireError(f"the request is written in version {wire!r} of the wire, and this site reads {versions}")
    verbs = {verb.value: verb for verb in Verb}
    if not isinstance(word, str) or word not in verbs:
        raise WireError(f"the verb {word!r} is not known", advice=f"The verbs are {', '.join(verbs)}.")
    if type(held) is not bool:
        raise WireError("`held` of the request is not yes or no")
    return Envelope(from_wire(told, _REQUESTS[verbs[word]], "the request"), wire, held)
