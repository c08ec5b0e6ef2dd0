"""`mmpctl demo`: the main job on a simulated fleet, from the first look over a CA of one's own to the last."""

from __future__ import annotations

import secrets
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from mmpctl.cli import options
from mmpctl.cli.extras import require

if TYPE_CHECKING:
    from nornir.core import Nornir
    from rich.console import RenderableType

    from mmpctl.cluster.job_words import JobWords
    from mmpctl.documents.issuing.rotate import RotationDocument
    from mmpctl.lab.fleet import Fleet
    from mmpctl.renewal.context import Watch
    from mmpctl.renewal.plans import Plans
    from mmpctl.runbooks.renew import RenewReport
    from mmpctl.runbooks.rotate import RotateReport
    from mmpctl.signing.sources import PrivateCa

CLUSTER, KEEPER = "lon-prod", "lon-1"
P = TypeVar("P", bound="Plans[Any]")


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
    operation_seconds: options.OperationSeconds = 3.0,
    runs: Annotated[
        Path | None,
        typer.Option("--runs", metavar="DIR", help="Keep the run in this folder; by default it is deleted."),
    ] = None,
    services: Annotated[
        bool,
        typer.Option("--services", help="Renew the due certificate of a Web Bridge instead, while calls go on."),
    ] = False,
) -> int:
    """Renew a simulated fleet's certificates, from audit to report.

    Touches loopback addresses only.
    """
    require("lab", "mmpctl demo")
    with tempfile.TemporaryDirectory(prefix="mmpctl-demo-") as scratch:
        folder = Path(scratch)
        with laboratory(folder, operation_seconds, services=services) as lab:
            if services:
                return renew_web_bridge(lab, load_fleet(lab), runs or folder / "runs").code
            shown = run(lab, load_fleet(lab), folder, runs or folder / "runs")
    for name, rows in shown.rows_after.items():
        same = "the same as" if rows == shown.rows_before else "NOT those that"
        _say(f"  {name}: {len(rows)} rows, {same} {KEEPER} had before")
    return shown.report.code


@contextmanager
def laboratory(folder: Path, operation_seconds: float, *, services: bool = False) -> Iterator[Fleet]:
    """The sample fleet, running until the block ends.

    Args:
        folder: an existing folder; the lab makes its own within.
        operation_seconds: how long remove, initialize, join and connect take.
        services: one with services that work together, in place of the sample fleet.
    """
    place = folder / "lab"
    place.mkdir()
    # The lab's packages may be missing, which `require` tells first.
    from mmpctl.lab.fleet import Fleet
    from mmpctl.lab.scenario import deployment, sample
    from mmpctl.lab.switches import Switches

    switches = Switches(
        remove_seconds=operation_seconds,
        initialize_seconds=operation_seconds,
        join_seconds=operation_seconds,
        connect_seconds=operation_seconds,
    )
    with Fleet(deployment() if services else sample(), place, switches=switches) as fleet:
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
    from mmpctl.authority.profile import KeyKind
    from mmpctl.inventory.nodes import nodes_of
    from mmpctl.inventory.select import select
    from mmpctl.reports import tables
    from mmpctl.runbooks import ca, rotate, status
    from mmpctl.signing.sources import PrivateCa

    chosen = select(nr, clusters=[CLUSTER])
    rows_before = fleet.nodes[KEEPER].rows
    _title("1. The fleet before the renewal: mmpctl audit")
    _audited(nr)
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
    # What goes with the demonstration is not told to be kept.
    kept: RotationDocument = {**rotate.document(report), "asked": {"runs": [str(runs)]}}
    _show(tables.rotate({**kept, "run": None} if folder in runs.parents else kept))
    _title("5. The fleet after the renewal: mmpctl status, mmpctl audit")
    _show(tables.status(status.document(status.run(chosen))))
    _gap()
    _audited(nr)
    databases = [node.name for node in nodes_of(chosen) if node.role and node.role.has_database]
    return Demonstration(report, rows_before, {name: fleet.nodes[name].rows for name in databases})


def renew_web_bridge(fleet: Fleet, nr: Nornir, runs: Path) -> RenewReport:
    """Audit the services, renew the Web Bridge whose certificate is due, and look again, telling each on the way.

    Args:
        fleet: the running lab.
        nr: its inventory.
        runs: the folder of all runs.
    """
    from mmpctl.renewal.jobs.services.wish import ServiceWish
    from mmpctl.renewal.run_options import RunOptions
    from mmpctl.reports import tables
    from mmpctl.runbooks import renew, renew_services
    from mmpctl.services.service_words import SERVICE_WORDS

    _title("1. The services before the renewal: mmpctl audit")
    _audited(nr)
    _title("2. What is due is renewed: mmpctl renew --service webbridge3 --certs new-certs --if-due 30")
    wish = ServiceWish(fleet.service_certificates, ("webbridge3",), if_due=30)
    with _watched(SERVICE_WORDS, "3. The renewal, after your yes") as (watch, yes):
        report = renew_services.run_with(nr, wish, RunOptions(runs=runs), confirm=yes, watch=watch)
    _show(tables.renewal({**renew.document(report), "run": None, "reminder": None}))
    _title("4. The services after the renewal: mmpctl audit")
    _audited(nr)
    calls = sum(service.busy for node in fleet.nodes.values() if (service := node.services.get("callbridge")))
    _gap()
    _say(f"{calls} calls went on meanwhile, {fleet.lost.get('callbridge', 0)} were lost.")
    return report


def _rotated(nr: Nornir, ca: PrivateCa, certs: Path, runs: Path) -> RotateReport:
    """Rotate as the command does, and say yes to the plan."""
    from mmpctl.cluster.database_words import DATABASE_WORDS
    from mmpctl.renewal.jobs.database_cluster.renew_options import RenewOptions
    from mmpctl.runbooks import rotate
    from mmpctl.runbooks.before_window import Issuing

    options = RenewOptions(keepers={CLUSTER: KEEPER}, runs=runs)
    with _watched(DATABASE_WORDS, "4. The renewal, after your yes") as (watch, yes):
        return rotate.run(nr, certs, Issuing(lambda: ca), options, confirm=yes, watch=watch)


@contextmanager
def _watched(words: JobWords, title: str) -> Iterator[tuple[Watch, Callable[[P], P]]]:
    """Who watches a run as the command does, and who shows its plan and says yes to it."""
    from mmpctl.cli.confirmation import heeding
    from mmpctl.cli.renewal_options import Execution
    from mmpctl.display.display import display
    from mmpctl.reports import tables
    from mmpctl.runbooks import plan

    with display(sys.stderr, words) as progress, heeding(Execution(), progress) as watch:

        def yes(report: P) -> P:
            with progress.paused():
                _gap()
                _show(tables.plan(plan.document(report)))
                _title(title)
            return report

        yield watch, yes


def _audited(nr: Nornir) -> None:
    from mmpctl.audit.document import document
    from mmpctl.reports import tables
    from mmpctl.runbooks import audit

    _show(tables.audit(document(audit.run(nr))))


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
