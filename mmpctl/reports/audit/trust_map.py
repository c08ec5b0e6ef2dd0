"""The trust graph drawn: for each cluster its services as boxes, and arrows from who presents to who checks."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from mmpctl.documents.audit import AuditDocument, TrustCheck
from mmpctl.reports.audit.trust_links import BREAKS, between
from mmpctl.reports.audit.view import KINDS
from mmpctl.reports.sanitize import harmless
from mmpctl.severity import Severity, rank, worst

WIDTH: Final = 400
_BOX: Final = (104.0, 38.0)
# The middle of each service's box; Call Bridges, which most others talk to, are in the middle.
_PLACES: Final[Mapping[str, tuple[float, float]]] = {
    "webadmin": (56, 24),
    "uploader": (200, 24),
    "scheduler": (344, 24),
    "h323_gateway": (344, 24),
    "xmpp": (56, 122),
    "callbridge": (200, 122),
    "webbridge3": (344, 122),
    "recorder": (56, 220),
    "streamer": (200, 220),
    "webbridge": (344, 220),
}
# Of what is a note.
_SIGNS: Final = {"renewal": "↻", "never": "–"}
# So far beside the line between two middles, that both directions are seen.
_ASIDE: Final = 9.0


@dataclass(frozen=True, slots=True)
class ServiceBox:
    """One service of a deployment.

    Args:
        name: its command.
        number: on how many nodes.
        x: left edge.
        y: upper edge.
    """

    name: str
    number: int
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class TrustArrow:
    """All edges between two services.

    Args:
        severity: of the worst.
        kind: class of the style sheet.
        sign: one character that says the same.
        path: the line, from who presents to who checks.
        x: middle of its sign.
        y: likewise.
        told: what it says, in words.
        between: the two services, as the filter has them.
    """

    severity: Severity
    kind: str
    sign: str
    path: str
    x: float
    y: float
    told: str
    between: str


@dataclass(frozen=True, slots=True)
class TrustMap:
    """The picture of one deployment.

    Args:
        name: its cluster.
        severity: of the worst edge; a note raises nothing.
        boxes: its services.
        arrows: the edges; the worst come last, and are drawn over the others.
        height: of the picture.
        connections: how many edges there are.
    """

    name: str
    severity: Severity
    boxes: tuple[ServiceBox, ...]
    arrows: tuple[TrustArrow, ...]
    height: int
    connections: int


def trust_maps(document: AuditDocument) -> tuple[TrustMap, ...]:
    """Return the pictures, the worst first.

    Args:
        document: of `mmpctl audit`.
    """
    deployments: dict[str, list[TrustCheck]] = {}
    for check in document["trust"]["checks"]:
        if {check["presenter"]["service"], check["verifier"]["service"]} <= _PLACES.keys():
            deployments.setdefault(check["deployment"], []).append(check)
    return tuple(sorted((_map(*one) for one in deployments.items()), key=lambda one: (rank(one.severity), one.name)))


def _map(name: str, checks: Sequence[TrustCheck]) -> TrustMap:
    nodes: dict[str, set[str]] = {}
    edges: dict[tuple[str, str], list[TrustCheck]] = {}
    for check in checks:
        presenter, verifier = check["presenter"], check["verifier"]
        nodes.setdefault(presenter["service"], set()).add(presenter["node"])
        nodes.setdefault(verifier["service"], set()).add(verifier["node"])
        edges.setdefault((presenter["service"], verifier["service"]), []).append(check)
    arrows = sorted((_arrow(*ends, alike) for ends, alike in edges.items()), key=lambda one: -rank(one.severity))
    boxes = tuple(
        ServiceBox(service, len(on), _PLACES[service][0] - _BOX[0] / 2, _PLACES[service][1] - _BOX[1] / 2)
        for service, on in nodes.items()
    )
    lowest = max(box.y for box in boxes) + _BOX[1] + 5
    whole = worst(one.severity for one in arrows)
    return TrustMap(harmless(name), whole, boxes, tuple(arrows), int(lowest), len(checks))


def _arrow(presenter: str, verifier: str, alike: Sequence[TrustCheck]) -> TrustArrow:
    gravest = min(alike, key=lambda one: rank(one["severity"]))
    severity = Severity.read(gravest["severity"])
    path, (x, y) = _loop(presenter) if presenter == verifier else _line(_PLACES[presenter], _PLACES[verifier])
    counted = {words: sum(one["breaks"] == word for one in alike) for word, words in BREAKS.items()}
    told = ", ".join(f"{number} {words}" for words, number in counted.items() if number)
    first = min((one["until"] for one in alike if one["until"]), default="")
    told = f"{presenter} to {verifier}: {told}{f'; the first on {first[:10]}' if first else ''}"
    sign = _SIGNS.get(gravest["breaks"], severity.sign) if severity is Severity.NOTE else severity.sign
    kind = KINDS.get(severity, "note")
    return TrustArrow(severity, kind, sign, path, x, y, harmless(told), between(presenter, verifier))


def _loop(service: str) -> tuple[str, tuple[float, float]]:
    x, y = _PLACES[service]
    top = y - _BOX[1] / 2
    return f"M{x - 22:.1f} {top:.1f}c-14 -34 36 -34 {18:.1f} -3", (x - 13, top - 25)


def _line(one: tuple[float, float], other: tuple[float, float]) -> tuple[str, tuple[float, float]]:
    """The line between two boxes, beside that of the other direction, and the place of its sign."""
    across, down = other[0] - one[0], other[1] - one[1]
    length = math.hypot(across, down)
    aside = (-down / length * _ASIDE, across / length * _ASIDE)
    (x1, y1), (x2, y2) = (_edge(point, way, aside) for point, way in ((one, (across, down)), (other, (-across, -down))))
    return f"M{x1:.1f} {y1:.1f}L{x2:.1f} {y2:.1f}", (x1 + (x2 - x1) * 0.42, y1 + (y2 - y1) * 0.42)


def _edge(middle: tuple[float, float], way: tuple[float, float], aside: tuple[float, float]) -> tuple[float, float]:
    """Where a line that leaves a box in a direction, moved aside, crosses the box's edge."""
    x, y = aside
    steps = [
        (half - math.copysign(1, part) * start) / abs(part)
        for half, part, start in ((_BOX[0] / 2, way[0], x), (_BOX[1] / 2, way[1], y))
        if part
    ]
    step = min(steps)
    return middle[0] + x + way[0] * step, middle[1] + y + way[1] * step
