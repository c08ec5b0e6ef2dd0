"""A lab's fleet: as a Nornir object, renewed, resumed, and what its nodes accepted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nornir.core import Nornir

from mmpctl.display.events import Silent
from mmpctl.inventory.credentials import Credentials, Secret
from mmpctl.inventory.load import load
from mmpctl.inventory.select import select
from mmpctl.lab.fleet import Fleet
from mmpctl.renewal.context import Watch
from mmpctl.renewal.limits import Limits
from mmpctl.renewal.stop import Stop
from mmpctl.runbooks import renew, resume
from mmpctl.runbooks.renew import RenewReport
from mmpctl.runs.folder import RunFolder
from tests.support import schemas
from tests.support.children import PATIENCE_SECONDS

# The lab says all it has to say at once: no need to listen for as long as on a real line.
QUIET_SECONDS = 0.05
LIMITS = Limits(operation=PATIENCE_SECONDS, accept=3, between_looks=0.05)

CLUSTER, KEEPER = "lon-prod", "lon-1"
DATABASES = ("lon-1", "lon-2", "lon-3")


def nornir(fleet: Fleet, *clusters: str) -> Nornir:
    """The lab's inventory, signed in; of all clusters, or of those named."""
    account = Credentials(fleet.username, Secret(fleet.password))
    everybody = load(fleet.inventory, known_hosts=fleet.known_hosts, credentials=account)
    for host in everybody.inventory.hosts.values():
        extras = host.connection_options["netmiko"].extras
        assert extras is not None
        extras["quiet_seconds"] = QUIET_SECONDS
    return select(everybody, clusters=clusters)


def renewed(fleet: Fleet, tmp_path: Path, *clusters: str, **options: Any) -> RenewReport:
    """Renew, with the keeper of the sample's expired cluster confirmed unless the options say otherwise."""
    options.setdefault("keepers", {CLUSTER: KEEPER})
    watch = Watch(options.pop("progress", Silent()), options.pop("stop", Stop()), options.pop("limits", LIMITS))
    certificates = options.pop("certificates", fleet.certificates)
    report = renew.run(nornir(fleet, *clusters), certificates, runs=tmp_path / "runs", watch=watch, **options)
    return as_described(report)


def resumed(fleet: Fleet, report: RenewReport, *, certs: Path | None = None, limits: Limits = LIMITS) -> RenewReport:
    """Resume the run of a report."""
    assert report.folder is not None
    return as_described(resume.run(nornir(fleet), RunFolder(report.folder), certs=certs, watch=Watch(limits=limits)))


def as_described(report: RenewReport) -> RenewReport:
    """Hold all that the run left against the schemas, as far as it could be written."""
    schemas.check(renew.document(report), "renew")
    if report.folder is not None:
        for name in ("request.json", "plan.json", "report.json"):
            if (report.folder / name).is_file():
                schemas.read(report.folder / name)
        schemas.journal(report.folder / "journal.jsonl")
    return report


def accepted(fleet: Fleet) -> list[str]:
    """What the nodes were told and did, in order: `NODE COMMAND`."""
    return [f"{event.node} {event.text}" for event in fleet.log.select("accepted")]
