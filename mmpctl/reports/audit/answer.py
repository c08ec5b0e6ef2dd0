"""The answer of an audit: who must act where, and until when. It begins every form for people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from mmpctl.documents.audit import AuditDocument, AuditNode
from mmpctl.documents.certificate import CertificateDocument
from mmpctl.reports.audit.troubles import worst_of
from mmpctl.severity import BAD, Severity, worst

_NAMES, _DAYS = 8, 5
# Not the calendar of whoever runs it: the other words are English as well.
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Answer:
    """What an audit comes to; names are those of clusters, else of nodes without one.

    Args:
        today: where something has expired or is unfit.
        until: where something expires soon, by the day of its first end.
        look: where something could not be read or understood.
        unseen: the nodes that nothing is known of.
        first: the day on which the first certificate of all ends, and where; None if none was seen.
        year: of the audit.
        clock: the clock of the machine that looked is most likely wrong, and misleads about some certificate.
    """

    today: tuple[str, ...]
    until: tuple[tuple[date, tuple[str, ...]], ...]
    look: tuple[str, ...]
    unseen: tuple[str, ...]
    first: tuple[date, str] | None
    year: int
    clock: bool = False

    @property
    def acts(self) -> bool:
        """Somebody must do something."""
        return bool(self.today or self.until)

    def sentences(self) -> tuple[str, ...]:
        """Return the answer in words, the most urgent first."""
        return tuple(self._sentences())

    def _sentences(self) -> Iterator[str]:
        if self.clock:
            yield "The clock of this machine is most likely wrong: correct it first, and audit again. By that clock:"
        if self.today:
            yield f"Act today: {named(self.today)}."
        for day, names in self.until[:_DAYS]:
            yield f"By {self._day(day)}: {named(names)}."
        later = sum(len(names) for _, names in self.until[_DAYS:])
        if later:
            yield f"Later: {later} more."
        if self.look:
            yield f"Look at: {named(self.look)}."
        if self.unseen:
            yield f"Not seen: {named(self.unseen)}."
        elif self.acts or self.look:
            yield "Nothing else."
        elif self.first is None:
            yield "No certificate was seen."
        else:
            day, where = self.first
            yield f"Nothing to do. The first certificate expires on {self._day(day)} ({where})."

    def _day(self, day: date) -> str:
        year = f" {day.year}" if day.year != self.year else ""
        return f"{day.day} {_MONTHS[day.month - 1]}{year}"


def answer(document: AuditDocument) -> Answer:
    """Return the answer of an audit.

    Args:
        document: of `mmpctl audit`.
    """
    today: dict[str, None] = {}
    until: dict[str, date] = {}
    look: dict[str, None] = {}
    unseen: dict[str, None] = {}
    first: tuple[date, str] | None = None
    clock = False
    for name, whole, nodes in _parts(document):
        severities: set[str] = {whole}
        for node in nodes:
            if not node["reachable"]:
                unseen[node["name"]] = None
            # Why a node was not seen is no second thing to look at; a host key that is not the recorded one is.
            clock = clock or any(one["id"] == "this-clock" and one["severity"] in BAD for one in node["findings"])
            told = worst_of(node["findings"])
            severities |= {told} if node["reachable"] or told in BAD else set()
            for one in node["certificates"]:
                severities.add(one["severity"])
                day = _day_of(one)
                if day is not None and (first is None or (day, name) < first):
                    first = day, name
                if day is not None and one["severity"] == Severity.DUE:
                    until[name] = min(day, until.get(name, day))
        if worst(severities) in BAD:
            today[name] = None
        elif Severity.UNKNOWN in severities:
            look[name] = None
    days: dict[date, list[str]] = {}
    for name, day in until.items():
        if name not in today:
            days.setdefault(day, []).append(name)
    return Answer(
        tuple(today),
        tuple((day, tuple(names)) for day, names in sorted(days.items())),
        tuple(look),
        tuple(unseen),
        first,
        int(document["at"][:4]),
        clock,
    )


def _parts(document: AuditDocument) -> Iterator[tuple[str, Severity, Iterable[AuditNode]]]:
    """Yield each cluster, and each node without one, by its name, with how bad it is as a whole."""
    for cluster in document["clusters"]:
        if cluster["name"] is not None:
            told = worst_of(cluster["findings"])
            # Not every reason for it is a finding.
            whole = worst((told, Severity.UNFIT)) if cluster["in_sync"] is False else told
            yield cluster["name"], whole, cluster["nodes"]
            continue
        for node in cluster["nodes"]:
            yield node["name"], Severity.OK, (node,)


def _day_of(certificate: CertificateDocument) -> date | None:
    text = certificate["not_after"]
    return date.fromisoformat(str(text)[:10]) if text else None


def named(names: Sequence[str]) -> str:
    """Return names as a sentence takes them: the first few, and how many more.

    Args:
        names: of clusters, nodes or sites.
    """
    more = f" and {len(names) - _NAMES} more" if len(names) > _NAMES else ""
    return ", ".join(names[:_NAMES]) + more
