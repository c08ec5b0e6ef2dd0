"""Runs that renew the services of a lab's fleet: begun, resumed, and what the nodes were told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mmpctl.lab.fleet import Fleet
from mmpctl.renewal.context import Watch
from mmpctl.renewal.jobs.catalogue import SERVICES
from mmpctl.renewal.jobs.services.wish import ServiceWish
from mmpctl.renewal.limits import Limits
from mmpctl.renewal.resume.said import Said
from mmpctl.renewal.run_options import RunOptions
from mmpctl.renewal.stop import Stop
from mmpctl.runbooks import renew, resume
from mmpctl.runbooks.renew import RenewReport
from mmpctl.runs import runs_folder
from tests.support.children import PATIENCE_SECONDS
from tests.support.fleet import as_described, nornir

# A service of the lab answers at once: what is wrong for a moment stays so.
LIMITS = Limits(operation=PATIENCE_SECONDS, accept=0.5, settle=PATIENCE_SECONDS, between_looks=0.05)


def renewed(fleet: Fleet, place: Path, *names: str, **options: Any) -> RenewReport:
    """Renew services by the code of `mmpctl renew --service`, with the lab's new files unless others are given."""
    certs = options.pop("certs", fleet.service_certificates)
    watch = options.pop("watch", Watch(stop=options.pop("stop", Stop()), limits=options.pop("limits", LIMITS)))
    wish = ServiceWish(certs, names, **options)
    report = renew.of_job(nornir(fleet), SERVICES, wish, RunOptions(runs=place / "runs"), watch=watch)
    return as_described(report)


def resumed(fleet: Fleet, place: Path, **options: Any) -> RenewReport:
    """Resume the last run by the code of `mmpctl resume`."""
    folder = runs_folder.every(place / "runs")[-1]
    watch = options.pop("watch", Watch(limits=LIMITS))
    return as_described(resume.run_with(nornir(fleet), folder, Said(**options), watch=watch))


def told(fleet: Fleet, *services: str) -> list[str]:
    """What the nodes were told of services, in order, without what only looks: `NODE COMMAND`."""
    lines = (f"{event.node} {event.text}" for event in fleet.log.select("command"))
    return [line for line in lines if len(line.split()) > 2 and line.split()[1] in services]


def leaf_in_use(fleet: Fleet, node: str, service: str, pair: str = "") -> bytes | None:
    """The certificate file that a service runs on; None while it is off."""
    running = fleet.nodes[node].services[service].running
    return None if running is None else running[f"{pair} certificate".strip()]


def new_leaf(fleet: Fleet, node: str, service: str, pair: str = "") -> bytes:
    """The new certificate file for a service."""
    return (fleet.service_certificates / node / service / pair / "cert.cer").read_bytes()
