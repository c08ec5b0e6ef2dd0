"""`mmpctl status --watch`: on a terminal one picture that is kept up to date, else a line for each change."""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Sequence
from contextlib import suppress

from nornir.core import Nornir
from rich.console import Console, RenderableType
from rich.live import Live
from rich.text import Text

from mmpctl.documents.asked import Asked
from mmpctl.inventory.nodes import Node
from mmpctl.reports import tables
from mmpctl.reports.output import show
from mmpctl.reports.sanitize import harmless
from mmpctl.reports.status.fit import FittedStatus, worst_first
from mmpctl.reports.streams import draws, send
from mmpctl.runbooks import status as looking
from mmpctl.runbooks import status_watch
from mmpctl.runbooks.status import StatusReport
from mmpctl.times import iso

_LAST_CHANGES = 5


def watch(nodes: Nornir, everybody: Sequence[Node], seconds: float, asked: Asked) -> int:
    """Show the status until Ctrl-C.

    Args:
        nodes: the nodes, ready to be asked.
        everybody: all nodes of the inventory.
        seconds: from one look to the next.
        asked: the options that the next command wants too.
    """
    last: list[StatusReport] = []
    with suppress(KeyboardInterrupt):
        if draws(sys.stdout):
            _on_terminal(nodes, everybody, seconds, last)
        else:
            _in_lines(nodes, everybody, seconds, asked)
    if last:
        show(_whole(last[-1], asked), sys.stdout)
    return 0


def _on_terminal(nodes: Nornir, everybody: Sequence[Node], seconds: float, last: list[StatusReport]) -> None:
    recent: deque[str] = deque(maxlen=_LAST_CHANGES)
    console = Console(file=sys.stdout, highlight=False, markup=False, emoji=False)
    with Live(Text("checking the nodes …"), console=console, screen=True, refresh_per_second=2) as live:

        def shown(report: StatusReport, changed: tuple[str, ...]) -> None:
            last[:] = [report]
            recent.extend(f"{report.at:%H:%M:%S} {line}" for line in changed)
            title = f"checked at {report.at:%H:%M:%S} UTC, then every {seconds:g} s; Ctrl-C ends"
            live.update(FittedStatus(looking.document(report), title, tuple(recent)), refresh=True)

        status_watch.run(nodes, seconds, shown, everybody=everybody)


def _whole(report: StatusReport, asked: Asked) -> RenderableType:
    document = looking.document(report)
    return tables.status({**document, "clusters": worst_first(document["clusters"]), "asked": asked})


def _in_lines(nodes: Nornir, everybody: Sequence[Node], seconds: float, asked: Asked) -> None:
    seen: list[StatusReport] = []

    def shown(report: StatusReport, changed: tuple[str, ...]) -> None:
        if not seen:
            show(_whole(report, asked), sys.stdout)
        seen[:] = [report]
        for line in changed:
            send(harmless(f"{iso(report.at)} {line}") + "\n", sys.stdout)

    status_watch.run(nodes, seconds, shown, everybody=everybody)
