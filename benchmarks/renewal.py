"""A renewal of three nodes and a client: from the first `Y` to the verified end, over what the devices take themselves.

What is added is told by phase on standard error: the end of an operation is noticed; the question of the next one is
heard out, for more text may follow; in between, the nodes are looked at, permits are made and the journal is written;
the check afterwards looks three times, a second apart.
"""

from __future__ import annotations

import json
import multiprocessing
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from benchmarks.row import Row

_SECONDS, _FEW_SECONDS = 10.0, 2.0
_GOAL = 1.05
_BEGINS, _ENDS = ("started",), ("finished", "failed")
_SNAPSHOT = "backup snapshot"

Span = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Shares:
    """Where the time of a renewal went, seconds.

    Args:
        device: operations, synchronization and backups of the nodes, each moment counted once.
        noticed: from the end of an operation to the next look at its node.
        heard_out: questions that are on the screen, and not answered yet.
        check: after the last operation was seen to have ended.
        between: all else: looks at all nodes, permits, journal, certificates.
    """

    device: float
    noticed: float
    heard_out: float
    check: float
    between: float

    @property
    def total(self) -> float:
        """Seconds from the first `Y` to the verified end."""
        return self.device + self.noticed + self.heard_out + self.check + self.between


def rows(quick: bool = False) -> Iterator[Row]:
    """Compare one renewal with what its devices take.

    Args:
        quick: short operations; what is added weighs more then.
    """
    seconds = _FEW_SECONDS if quick else _SECONDS
    shares = measure(seconds)
    told = ", ".join(f"{name.replace('_', ' ')} {getattr(shares, name):.2f} s" for name in shares.__slots__)
    sys.stderr.write(f"renewal, operations of {seconds:g} s: {told}\n")
    yield Row(
        f"renewal of three nodes and a client, operations of {seconds:g} s",
        f"{shares.total:.1f} s",
        f"the devices alone: {shares.device:.1f} s",
        shares.total / shares.device,
        _GOAL if not quick else 1 + (_GOAL - 1) * _SECONDS / _FEW_SECONDS,
    )


def measure(seconds: float) -> Shares:
    """Renew a lab's cluster, and return where the time went.

    Args:
        seconds: how long each operation takes on its node.

    Raises:
        RuntimeError: the renewal did not end well.
    """
    from mmpctl.inventory.credentials import Credentials, Secret  # noqa: PLC0415
    from mmpctl.inventory.load import load  # noqa: PLC0415
    from mmpctl.runbooks import renew  # noqa: PLC0415

    line, theirs = multiprocessing.Pipe()
    with tempfile.TemporaryDirectory() as folder:
        process = multiprocessing.get_context("spawn").Process(target=_lab, args=(folder, seconds, theirs))
        process.start()
        theirs.close()
        try:
            inventory, certificates, known_hosts, username, password = line.recv()
            nr = load(inventory, known_hosts=known_hosts, credentials=Credentials(username, Secret(password)))
            report = renew.run(nr, Path(certificates), runs=Path(folder) / "runs")
            end = time.monotonic()
        finally:
            line.close()
            process.join()
        if report.code:
            raise RuntimeError(f"{[one.reason for one in report.clusters]}")
        heard = [json.loads(text) for text in (Path(folder) / "lab.log").read_text(encoding="utf-8").splitlines()]
    return shares_of(heard, end)


def shares_of(events: Sequence[dict[str, Any]], end: float) -> Shares:
    """Return where the time went between the first `Y` and the end.

    Args:
        events: of the lab, in order.
        end: of the renewal, by the same clock.
    """
    begin = next(event["time"] for event in events if event["kind"] == "answer")
    device = _merged(_working(events))
    left = _without([(begin, end)], device)
    check = [(max(_noticing(events), key=lambda span: span[1])[1], end)]
    noticed = _within(left, _noticing(events))
    left = _without(_without(left, _merged(_noticing(events))), check)
    heard_out = _within(left, _spans(events, ("question",), ("answer",)))
    return Shares(
        end - begin - _length(_without([(begin, end)], device)),
        noticed,
        heard_out,
        _length(check),
        _length(left) - heard_out,
    )


def _working(events: Sequence[dict[str, Any]]) -> list[Span]:
    """Return when a node was at work by itself."""
    spans = _spans(events, _BEGINS, _ENDS)
    # A join is over when the copy is complete.
    spans += [(event["time"], _next(events, event, ("synced",))) for event in events if _is_join(event)]
    copies = [event for event in events if event["kind"] == "command" and event["text"].startswith(_SNAPSHOT)]
    spans += [(event["time"], _next(events, event, ("sftp-get",))) for event in copies]
    return spans


def _is_join(event: dict[str, Any]) -> bool:
    return event["kind"] == "finished" and " join " in event["text"]


def _noticing(events: Sequence[dict[str, Any]]) -> list[Span]:
    ends = [event for event in events if event["kind"] == "synced" or (event["kind"] in _ENDS and not _is_join(event))]
    return [(event["time"], _next(events, event, ("command",))) for event in ends]


def _spans(events: Sequence[dict[str, Any]], begins: Sequence[str], ends: Sequence[str]) -> list[Span]:
    return [(event["time"], _next(events, event, ends)) for event in events if event["kind"] in begins]


def _next(events: Sequence[dict[str, Any]], event: dict[str, Any], kinds: Sequence[str]) -> float:
    """Return when the first event of these kinds followed on the same node."""
    later = (one for one in events if one["seq"] > event["seq"] and one["node"] == event["node"])
    return float(next((one["time"] for one in later if one["kind"] in kinds), event["time"]))


def _merged(spans: Iterable[Span]) -> list[Span]:
    merged: list[Span] = []
    for begin, end in sorted(spans):
        if merged and begin <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((begin, end))
    return merged


def _without(spans: Iterable[Span], others: Sequence[Span]) -> list[Span]:
    """Return what of the spans lies in none of the others, which do not overlap and are in order."""
    left = []
    for begin, end in spans:
        at = begin
        for start, stop in others:
            if stop <= at or start >= end:
                continue
            if start > at:
                left.append((at, start))
            at = stop
        if at < end:
            left.append((at, end))
    return left


def _within(spans: Sequence[Span], others: Iterable[Span]) -> float:
    """Return how many seconds of the spans lie in one of the others."""
    return _length(spans) - _length(_without(spans, _merged(others)))


def _length(spans: Iterable[Span]) -> float:
    return sum(end - begin for begin, end in spans)


def _lab(folder: str, seconds: float, line: Connection) -> None:
    from mmpctl.lab.fleet import Fleet  # noqa: PLC0415
    from mmpctl.lab.scenario import FleetSpec, cluster  # noqa: PLC0415
    from mmpctl.lab.switches import Switches  # noqa: PLC0415

    switches = Switches(
        remove_seconds=seconds, initialize_seconds=seconds, join_seconds=seconds, connect_seconds=seconds
    )
    spec = FleetSpec((cluster("lon-prod", slaves=2, clients=1, prefix="lon-", subnet="127.78.3"),))
    with Fleet(spec, Path(folder), networking="ports", switches=switches) as fleet:
        places = (fleet.inventory, fleet.certificates, fleet.known_hosts)
        line.send((*map(str, places), fleet.username, fleet.password))
        # The other end is closed when nobody needs the lab any more.
        line.poll(None)
