"""`mmpctl demo`: the main job on a simulated fleet, from the first look to the last."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mmpctl.cli.extras import require

if TYPE_CHECKING:
    from nornir.core import Nornir
    from rich.console import RenderableType

    from mmpctl.lab.fleet import Fleet
    from mmpctl.runbooks.renew import RenewReport

CLUSTER, KEEPER = "lon-prod", "lon-1"


@dataclass(frozen=True, slots=True)
class Demonstration:
    """What the demonstration came to.

    Args:
        report: of the renewal.
        rows_before: what the keeper's database held, by row.
        rows_after: what each database of the cluster holds, by node.
    """

    report: RenewReport
    rows_before: tuple[str, ...]
    rows_after: dict[str, tuple[str, ...]]

    @property
    def kept(self) -> bool:
        """Every database has the rows that the keeper had."""
        return all(rows == self.rows_before for rows in self.rows_after.values())


def demo(
    operation_seconds: Annotated[
        float,
        typer.Option(
            "--operation-seconds",
            metavar="SECONDS",
            min=0.0,
            help="How long remove, join and so on take on the simulated nodes.",
        ),
    ] = 3.0,
    runs: Annotated[
        Path | None,
        typer.Option("--runs", metavar="DIR", help="Keep the run in this folder; by default it is deleted."),
    ] = None,
) -> int:
    """Renew a simulated fleet's certificates, from audit to report.

    Touches loopback addresses only.
    """
    require("lab", "mmpctl demo")
    with tempfile.TemporaryDirectory(prefix="mmpctl-demo-") as scratch:
        folder = Path(scratch)
        with laboratory(folder, operation_seconds) as lab:
            shown = run(lab, load_fleet(lab), runs or folder / "runs")
    for name, rows in shown.rows_after.items():
        _say(
            f"  {name}: {len(rows)} rows, {'the same as' if rows == shown.rows_before else 'NOT those that'} "
            f"{KEEPER} had before"
        )
    return shown.report.code


@contextmanager
def laboratory(folder: Path, operation_seconds: float) -> Iterator[Fleet]:
    """The sample fleet, running until the block ends.

    Args:
        folder: an existing folder; the lab makes its own within.
        operation_seconds: how long remove, initialize, join and connect take.
    """
    place = folder / "lab"
    place.mkdir()
    # The lab's packages may be missing, which `require` tells first.
    from mmpctl.lab.fleet import Fleet
    from mmpctl.lab.scenario import sample
    from mmpctl.lab.switches import Switches

    switches = Switches(
        remove_seconds=operation_seconds,
        initialize_seconds=operation_seconds,
        join_seconds=operation_seconds,
        connect_seconds=operation_seconds,
    )
    with Fleet(sample(), place, switches=switches) as fleet:
        yield fleet


def load_fleet(fleet: Fleet) -> Nornir:
    """Return the lab's inventory, signed in."""
    from mmpctl.inventory.credentials import Credentials, Secret
    from mmpctl.inventory.load import load

    account = Credentials(fleet.username, Secret(fleet.password))
    return load(fleet.inventory, known_hosts=fleet.known_hosts, credentials=account)


def run(fleet: Fleet, nr: Nornir, runs: Path) -> Demonstration:
    """Audit, plan, renew the expired cluster, and look again, telling each on standard output.

    Args:
        fleet: the running lab.
        nr: its inventory.
        runs: the folder of all runs.
    """
    from mmpctl.audit.document import document as audit_document
    from mmpctl.cluster.database_words import DATABASE_WORDS
    from mmpctl.display.display import display
    from mmpctl.fleet.run_on import close_all
    from mmpctl.inventory.select import select
    from mmpctl.renewal.context import Watch
    from mmpctl.renewal.stop import Stop, stopping
    from mmpctl.reports import tables
    from mmpctl.runbooks import audit, plan, renew, status
    from mmpctl.times import now_utc

    chosen = select(nr, clusters=[CLUSTER])
    rows_before = fleet.nodes[KEEPER].rows
    _title("1. The fleet before the renewal: mmpctl audit")
    _show(tables.audit(audit_document(audit.run(nr))))
    _title(f"2. The plan: mmpctl plan --cluster {CLUSTER} --certs DIR --keeper {CLUSTER}={KEEPER}")
    _say(f"The certificates have expired, so no node can prove who was master: the operator confirms {KEEPER}.")
    planned = plan.run(chosen, fleet.certificates, keepers={CLUSTER: KEEPER}, clock=now_utc)
    close_all(chosen)
    _show(tables.plan(plan.document(planned)))
    _title(f"3. The renewal: mmpctl renew --cluster {CLUSTER} --certs DIR --keeper {CLUSTER}={KEEPER}")
    stop = Stop()
    with (
        display(sys.stderr, DATABASE_WORDS) as progress,
        stopping(stop, lambda text: progress.note("", text), lambda: True),
    ):
        watch = Watch(progress, stop)
        report = renew.run(chosen, fleet.certificates, keepers={CLUSTER: KEEPER}, runs=runs, watch=watch)
    _show(tables.renewal(renew.document(report)))
    _title("4. The fleet after the renewal: mmpctl status, mmpctl audit")
    _show(tables.status(status.document(status.run(chosen))))
    _say("")
    _show(tables.audit(audit_document(audit.run(nr))))
    databases = [node.name for node in planned.clusters[0].cluster.databases]
    return Demonstration(report, rows_before, {name: fleet.nodes[name].rows for name in databases})


def _title(text: str) -> None:
    _say(f"\n── {text}\n")


def _say(text: str) -> None:
    typer.echo(text)
    sys.stdout.flush()


def _show(table: RenderableType) -> None:
    from mmpctl.reports.output import show

    show(table, sys.stdout)
