"""Who trusts whom, for an audit's page: the edges of the graph, alike ones in one line, the worst first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from mmpctl.documents.audit import AuditDocument, TrustCheck
from mmpctl.reports.sanitize import harmless
from mmpctl.severity import Severity, rank

_NAMED = 4
# When a connection breaks, as the filter has it; in the order of the page.
BREAKS = {
    "now": "refused now",
    "unknown": "not known",
    "renewal": "at the next renewal",
    "expiry": "when a certificate expires",
    "never": "never: nothing is checked",
}
_SENTENCE = {
    "now": "refused now",
    "unknown": "not known",
    "renewal": "accepted until the next renewal",
    "expiry": "accepted until a certificate expires",
}


@dataclass(frozen=True, slots=True)
class TrustLink:
    """Edges that differ in nothing but the node that presents.

    Args:
        severity: how bad they are.
        deployment: the cluster that all of it works with.
        presenter: the service that presents.
        nodes: on these nodes, the first few, and how many more.
        verifier: the service that checks.
        at: the node on which it checks.
        store: the file of the store; empty if none is set.
        reason: why it accepts, or that it does not.
        breaks: when it breaks, a word of BREAKS.
        until: the day, where there is one.
        count: how many edges it is.
        off: one of the two services is switched off.
    """

    severity: Severity
    deployment: str
    presenter: str
    nodes: str
    verifier: str
    at: str
    store: str
    reason: str
    breaks: str
    until: str
    count: int
    off: bool

    @property
    def is_note(self) -> bool:
        """It raises nothing."""
        return self.severity is Severity.NOTE

    @property
    def when(self) -> str:
        """When it breaks, in words."""
        if self.breaks == "renewal" and self.until:
            return f"at the next renewal, or on {self.until}"
        return f"on {self.until}" if self.breaks == "expiry" and self.until else BREAKS.get(self.breaks, self.breaks)

    @property
    def between(self) -> str:
        """The two services, as the filter has them."""
        return between(self.presenter, self.verifier)


def between(presenter: str, verifier: str) -> str:
    """Return two services as the filter has them.

    Args:
        presenter: the service that presents.
        verifier: the service that checks.
    """
    return f"{presenter} to {verifier}"


def trust_links(document: AuditDocument) -> tuple[TrustLink, ...]:
    """Return the lines of the graph; all text in them is harmless.

    Args:
        document: of `mmpctl audit`.
    """
    together: dict[tuple[object, ...], list[TrustCheck]] = {}
    for check in document["trust"]["checks"]:
        together.setdefault(_alike(check), []).append(check)
    return tuple(sorted((_link(each) for each in together.values()), key=_order))


def broken(links: Sequence[TrustLink]) -> tuple[tuple[int, str], ...]:
    """Return how many connections break when, in words, without those that never do.

    Args:
        links: of the page.
    """
    counted: Counter[str] = Counter()
    for link in links:
        counted[link.breaks] += link.count
    return tuple((counted[word], words) for word, words in _SENTENCE.items() if counted[word])


def _alike(check: TrustCheck) -> tuple[object, ...]:
    by, verifier = check["by"], check["verifier"]
    return (
        check["deployment"],
        check["relation"],
        check["presenter"]["use"],
        verifier["node"],
        verifier["service"],
        verifier["file"],
        check["verdict"],
        # Each presents a certificate of its own: what the store has of them counts if it is a CA.
        by["sha256"] if by is not None and check["verdict"] != "leaf" else None,
        _day(check),
        check["severity"],
        check["off"],
    )


def _link(alike: Sequence[TrustCheck]) -> TrustLink:
    first = alike[0]
    nodes = sorted({harmless(each["presenter"]["node"]) for each in alike})
    more = f" and {len(nodes) - _NAMED} more" if len(nodes) > _NAMED else ""
    return TrustLink(
        severity=Severity.read(first["severity"]),
        deployment=harmless(first["deployment"]),
        presenter=harmless(first["presenter"]["service"]),
        nodes=", ".join(nodes[:_NAMED]) + more,
        verifier=harmless(first["verifier"]["service"]),
        at=harmless(first["verifier"]["node"]),
        store=harmless(first["verifier"]["file"] or ""),
        reason=_reason(first),
        breaks=first["breaks"],
        until=_day(first),
        count=len(alike),
        off=first["off"],
    )


def _reason(check: TrustCheck) -> str:
    by = check["by"]
    if check["verdict"] == "leaf":
        return "the store holds the certificate itself, and not its CA"
    if by is not None:
        return f"{harmless(by['subject'])}{', but not the root above it' if check['verdict'] == 'no root' else ''}"
    return {
        "refused": "the store covers neither the certificate nor a CA of it",
        "not set": "no store is set, so nobody is accepted",
        "unchecked": "no store is set, so everybody is accepted",
    }.get(check["verdict"], "the certificate or the store could not be read")


def _day(check: TrustCheck) -> str:
    return (check["until"] or "")[:10]


def _order(link: TrustLink) -> tuple[object, ...]:
    # What ends at the next renewal comes before what is in order, though it is a note only.
    in_order = link.severity in (Severity.OK, Severity.NOTE)
    soonest = list(BREAKS).index(link.breaks) if link.breaks in BREAKS else 0
    worst_first = rank(Severity.OK if in_order else link.severity)
    return worst_first, soonest, link.until or "9", link.deployment, link.at, link.between
