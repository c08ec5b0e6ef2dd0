"""`mmpctl demo`: the main job on a simulated fleet, from the first look over a CA of one's own to the last."""

from __future__ import annotations

import secrets
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

    from mmpctl.documents.issuing.rotate import RotationDocument
    from mmpctl.lab.fleet import Fleet
    from mmpctl.runbooks.plan import PlanReport
    from mmpctl.runbooks.rotate import RotateReport
    from mmpctl.signing.sources import PrivateCa

CLUSTER, KEEPER = "lon-prod", "lon-1"


@dataclass(frozen=True, slots=True)
class Demonstration:
    """What the demonstration came to.

    Args:
        report: of the rotation.
        rows_before: what the keeper's database held, by row.
        rows_after: what each database of the cluster holds, by node.
    """

    report: RotateReport
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
            shown = run(lab, load_fleet(lab), folder, runs or folder / "runs")
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


def run(fleet: Fleet, nr: Nornir, folder: Path, runs: Path) -> Demonstration:
    """Audit, make a CA, rotate the expired cluster's certificates, and look again, telling each on standard output.

    Args:
        fleet: the running lab.
        nr: its inventory.
        folder: for the CA, and for requests and certificates.
        runs: the folder of all runs.
    """
    from mmpctl.audit.document import document as audit_document
    from mmpctl.authority.profile import KeyKind
    from mmpctl.inventory.nodes import nodes_of
    from mmpctl.inventory.select import select
    from mmpctl.reports import tables
    from mmpctl.runbooks import audit, ca, rotate, status
    from mmpctl.signing.sources import PrivateCa

    chosen = select(nr, clusters=[CLUSTER])
    rows_before = fleet.nodes[KEEPER].rows
    _title("1. The fleet before the renewal: mmpctl audit")
    _show(tables.audit(audit_document(audit.run(nr))))
    _title("2. A CA of your own, if you have none: mmpctl ca init our-ca")
    authority, passphrase = folder / "our-ca", secrets.token_urlsafe()
    _show(tables.ca({**ca.init(authority, "Example", passphrase, KeyKind.P256), "notes": [], "next": []}))
    _title(f"3. From requests to plan: mmpctl rotate --ca our-ca --cluster {CLUSTER} --keeper {CLUSTER}={KEEPER}")
    _say(
        "The keys are made on the nodes and never leave them; the CA signs the requests. The certificates in use have "
        f"expired, so no node can prove who was master: the operator confirms {KEEPER}."
    )
    _gap()
    report = _rotated(chosen, PrivateCa(authority, passphrase), folder / "new-certs", runs)
    document: RotationDocument = {**rotate.document(report), "asked": {"runs": [str(runs)]}}
    # What goes with the demonstration is not told to be kept.
    _show(tables.rotate({**document, "run": None} if folder in runs.parents else document))
    _title("5. The fleet after the renewal: mmpctl status, mmpctl audit")
    _show(tables.status(status.document(status.run(chosen))))
    _gap()
    _show(tables.audit(audit_document(audit.run(nr))))
    databases = [node.name for node in nodes_of(chosen) if node.role and node.role.has_database]
    return Demonstration(report, rows_before, {name: fleet.nodes[name].rows for name in databases})


def _rotated(nr: Nornir, ca: PrivateCa, certs: Path, runs: Path) -> RotateReport:
    """Rotate as the command does, and say yes to the plan."""
    from mmpctl.cluster.database_words import DATABASE_WORDS
    from mmpctl.display.display import display
    from mmpctl.renewal.context import Watch
    from mmpctl.renewal.jobs.database_cluster.renew_options import RenewOptions
    from mmpctl.renewal.stop import Stop, stopping
    from mmpctl.reports import tables
    from mmpctl.runbooks import plan, rotate
    from mmpctl.runbooks.before_window import Issuing

    stop = Stop()
    with (
        display(sys.stderr, DATABASE_WORDS) as progress,
        stopping(stop, lambda text: progress.note("", text), lambda: True),
    ):

        def yes(report: PlanReport) -> PlanReport:
            with progress.paused():
                _gap()
                _show(tables.plan(plan.document(report)))
                _title("4. The renewal, after your yes")
            return report

        options = RenewOptions(keepers={CLUSTER: KEEPER}, runs=runs)
        return rotate.run(nr, certs, Issuing(lambda: ca), options, confirm=yes, watch=Watch(progress, stop))


def _title(text: str) -> None:
    _gap()
    _say(f"── {text}")
    _gap()


def _gap() -> None:
    typer.echo("")
    sys.stdout.flush()


def _say(text: str) -> None:
    from mmpctl.reports.widgets import words

    _show(words(text))


def _show(table: RenderableType) -> None:
    from mmpctl.reports.output import show

    show(table, sys.stdout)
