"""What desk and site say to each other, written down: one file for each version of the wire.

What has a default may be added without another version: readers leave out what they do not know. A field that changes
what a request asks for, as `services` does, is another version all the same, from the first release on that speaks the
present one: until then, nobody reads it without this field.
`python -m tests.reach.golden` writes the file of the present version. That of an earlier version is never written
again: it is what releases of then send.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timezone
from pathlib import Path

from mmpctl.audit.certificate_rows import CertificateRow
from mmpctl.audit.model import LastBackup, NodeAudit
from mmpctl.audit.node_status import NodeStatus
from mmpctl.cluster.account import UserAccount
from mmpctl.cluster.backups import Backup, BackupFile
from mmpctl.cluster.certificate_facts import CertificateFacts
from mmpctl.cluster.role import Role
from mmpctl.cluster.status import CertificateFiles, DatabaseStatus, Member
from mmpctl.cluster.target import Naming
from mmpctl.findings.finding import Finding
from mmpctl.inventory.nodes import Node
from mmpctl.reach.answer_lines import WIRE, Alive, End, Failure, Hello, Line, Part, line_text, row_of
from mmpctl.reach.services_asked import ServicesAsked
from mmpctl.reach.tickets.confirmed_plan import Confirmable
from mmpctl.reach.tickets.ticket import Ticket
from mmpctl.reach.tickets.ticket_state import Standing
from mmpctl.reach.tickets.told_progress import Happening, ToldError, ToldEvent, ToldStep
from mmpctl.reach.tickets.work_requests import (
    FollowRequest,
    OperatorAsked,
    RenewRequest,
    RestFound,
    ResumeRequest,
    RunEnd,
    ShapeAsked,
    StopRequest,
    TicketEnd,
)
from mmpctl.reach.verbs import (
    AuditRequest,
    BackupRequest,
    CheckRequest,
    Envelope,
    PlanRequest,
    Request,
    RunsRequest,
    StatusRequest,
    request_text,
)
from mmpctl.reach.wire import to_wire
from mmpctl.runbooks.backup import NodeBackup
from mmpctl.severity import Severity

_FOLDER = Path(__file__).parent / "wire"
_NOON = datetime(2026, 1, 31, 12, 0, 0, 250000, timezone.utc)
_HELLO = Hello(WIRE, "1.2.3", "oslo", _NOON, "ab" * 32)
_NODE = Node("osl-1", "osl-1.example.com", 22, "oslo", "osl-prod", Role.MASTER, "10.1.0.1")
_FACTS = CertificateFacts("CN=osl-1", "CN=CA", "1f", _NOON, _NOON, "sha256WithRSAEncryption", "rsaEncryption", 2048)
_FINDING = Finding("expired", Severity.EXPIRED, "osl.cer", "it has expired", "Renew it.", "Calls fail.")
_STATUS = DatabaseStatus(
    "Enabled",
    19,
    "an error",
    (Member("10.1.0.1", True, "Connected Master"),),
    "10.1.0.1",
    "a",
    CertificateFiles("osl.key", "osl.cer", None, None, "ca.cer"),
    ("osl.cer",),
    "database cluster join 10.1.0.1",
    "Success",
    ("Odd: line",),
    ("Odd: line",),
)
_ROW = CertificateRow(
    "database server",
    "osl.cer",
    0,
    _FACTS,
    -3,
    (_FINDING,),
    "sftp",
    False,
    "cd" * 32,
    "ef" * 32,
    ("CN=osl-1", "CN=CA"),
    ("cd" * 32, "01" * 32),
    True,
    True,
    _FACTS,
)
_UNREAD = CertificateRow("database ca", "ca.cer", 0, None, None, ())
_NAMES = {"10.1.0.1": frozenset({"10.1.0.1"}), "osl-1.example.com": frozenset()}
_AUDITED = NodeAudit(
    _NODE,
    None,
    (_ROW, _UNREAD),
    (_FINDING,),
    _STATUS,
    0.125,
    UserAccount("admin", "admin", date(2026, 3, 1), True),
    LastBackup(_NOON, "mmpctl-20260131-120000"),
    _NAMES,
)
_EDGE = Node("osl-edge", "10.1.0.9", 22, "oslo", None, None, "10.1.0.9")
_RUN = "20260131-120000-abcd"
_TICKET = Ticket("0a" * 16, "oslo", "osl-prod", "ab" * 32, "cd" * 32, _NOON)
_STEP = ToldStep("database", 1, 1, "osl-1", "backup", ("pre-20260131",), True, "webadmin")
_PROVES = ToldStep("services", 1, 1, "osl-edge", "prove", part="webbridge3")
_EVENTS = (
    ToldEvent(_NOON, Happening.PLANNED, "osl-prod", "osl-1", (_STEP,)),
    ToldEvent(_NOON, Happening.ENDS, "osl-prod", steps=(_STEP,), error=ToldError("odd", "an error", "Look.")),
    ToldEvent(_NOON, Happening.FINISHED, "osl-prod", text="stopped", reason="why"),
)

_BRIDGES = ServicesAsked(("webbridge3", "turn"), ("osl-edge", "osl-1"), 3, ("osl-1",), ("CUCM",), None, True)
_EDGES = "standalone servers of oslo"

NODES = {node.name: node for node in (_NODE, _EDGE)}
CONVERSATIONS: tuple[tuple[Request, tuple[Line, ...]], ...] = (
    (
        AuditRequest(("osl-1", "osl-edge"), _NOON, 60, True, True, 7),
        (
            _HELLO,
            row_of(_AUDITED),
            Alive(),
            row_of(NodeAudit(_EDGE, "no answer", (), (_FINDING,))),
            End(2),
        ),
    ),
    (
        StatusRequest(("osl-1", "osl-edge"), 60),
        (
            _HELLO,
            row_of(NodeStatus(_NODE, _STATUS, None, True, False, (_ROW,), None, True, _NAMES)),
            row_of(NodeStatus(_EDGE, None, "no answer", False, True, (), "not read", False)),
            End(2),
        ),
    ),
    (
        BackupRequest(("osl-1", "osl-edge"), _NOON),
        (
            _HELLO,
            row_of(
                NodeBackup(
                    _NODE, Backup("osl-1", (BackupFile("s.bak", "osl-1/s/s.bak", 5, "ab" * 32, True),)), None, ("old",)
                )
            ),
            row_of(NodeBackup(_EDGE, None, "no answer")),
            End(2),
        ),
    ),
    (
        PlanRequest(
            ("osl-prod",),
            {"osl-prod": "osl-1"},
            "looked at it",
            frozenset({"20260131-120000-abcd"}),
            frozenset({"osl-3"}),
            Naming.SAME,
            1,
        ),
        (
            _HELLO,
            Part(
                "osl-prod",
                {
                    "plan": {"name": "osl-prod", "verdict": "ready"},
                    "confirm": to_wire(Confirmable("ab" * 32, True, ("why",))),
                },
            ),
            End(1),
        ),
    ),
    (
        PlanRequest((_EDGES,), services=replace(_BRIDGES, if_due=30, max_calls=None, drop_calls=())),
        (
            _HELLO,
            Part(
                _EDGES,
                {
                    "plan": {"name": _EDGES, "job": "services", "verdict": "refused"},
                    "confirm": to_wire(Confirmable("ab" * 32, True, dropping=("osl-1",), concerned=False)),
                },
            ),
            End(1),
        ),
    ),
    (
        RunsRequest(),
        (_HELLO, Part("20260131-120000-abcd", {"summary": {"run": "20260131-120000-abcd"}}), End(1)),
    ),
    (
        RunsRequest("20260131-120000-abcd"),
        (_HELLO, Part("20260131-120000-abcd", {"run": {"run": "20260131-120000-abcd", "records": []}}), End(1)),
    ),
    (CheckRequest(), (_HELLO, Part("oslo", {"nodes": 2, "verbs": ["audit"], "troubles": ["no password"]}), End(1))),
    (
        RenewRequest(
            _TICKET,
            ShapeAsked(Naming.SAME, ("osl-3",), 1),
            OperatorAsked("ann", {"osl-prod": "osl-1"}, "looked at it", ("20260131-120000-abcd",), 12.5),
        ),
        (
            _HELLO,
            *(Part(_TICKET.id, to_wire(event)) for event in _EVENTS),
            Part(_TICKET.id, to_wire(TicketEnd(Standing.ENDED, _RUN, 0, {"run": _RUN, "clusters": []}))),
            End(4),
        ),
    ),
    (
        RenewRequest(replace(_TICKET, work=_EDGES, job="services"), services=_BRIDGES),
        (
            _HELLO,
            Part(_TICKET.id, to_wire(ToldEvent(_NOON, Happening.BEGINS, _EDGES, steps=(_PROVES,)))),
            Part(_TICKET.id, to_wire(TicketEnd(Standing.ENDED, _RUN, 0, {"run": _RUN, "clusters": []}))),
            End(2),
        ),
    ),
    (
        ResumeRequest(_RUN, None, OperatorAsked("ann"), True),
        (_HELLO, Part(_RUN, to_wire(RestFound(_RUN, "database", "ab" * 32, ({"name": "osl-prod"},)))), End(1)),
    ),
    (
        ResumeRequest(_RUN, replace(_TICKET, work=_RUN)),
        (_HELLO, Part(_TICKET.id, to_wire(TicketEnd(Standing.ENDED, _RUN, 2, error="no such file"))), End(1)),
    ),
    (
        FollowRequest(_TICKET.id, 3),
        (
            _HELLO,
            Part(
                _TICKET.id,
                to_wire(TicketEnd(Standing.FINISHED, _RUN, clusters=(RunEnd("osl-prod", "stopped", 6, "why"),))),
            ),
            End(1),
        ),
    ),
    (
        StopRequest(_TICKET.id, True),
        (_HELLO, Part(_TICKET.id, to_wire(TicketEnd(Standing.NOT_BEGUN, said="no memory"))), End(1)),
    ),
    (StatusRequest(("nobody",)), (_HELLO, Failure("usage", "there is no node nobody", "Name another one."))),
)


def path(version: int) -> Path:
    """The file of a version of the wire.

    Args:
        version: of the wire.
    """
    return _FOLDER / f"{version}.jsonl"


def lines() -> Iterator[str]:
    """What the file of the present version has: requests after `> `, answers after `< `."""
    for request, answers in CONVERSATIONS:
        yield f"> {request_text(Envelope(request, WIRE, held=True))}"
        yield from (f"< {line_text(one)}" for one in answers)


if __name__ == "__main__":
    path(WIRE).write_text("".join(lines()), encoding="utf-8")
