"""What a site can be asked: a verb of this list, and names; never a path, a command or a secret of whoever asks."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Final

from mmpctl.audit.model import NodeAudit
from mmpctl.audit.node_status import NodeStatus
from mmpctl.defaults import BACKUP_DAYS, DUE_DAYS
from mmpctl.enums import Word
from mmpctl.reach.answer_lines import READABLE, WIRE, json_object
from mmpctl.reach.wire import WireError, from_wire, to_wire


class Verb(Word):
    """One thing that a site can be asked to do."""

    AUDIT = "audit"
    STATUS = "status"


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


Request = AuditRequest | StatusRequest

_REQUESTS: Final[Mapping[Verb, type[Request]]] = {kind.verb: kind for kind in (AuditRequest, StatusRequest)}


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
