"""What a site tells as whole documents: the plans of clusters, and its past runs. Keys and passwords are in neither."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

from nornir.core import Nornir

from mmpctl.cluster.foreign_runs import is_run
from mmpctl.documents.runs import RunAtWork, RunDocument
from mmpctl.errors import UsageError
from mmpctl.fleet.run_on import close_all
from mmpctl.inventory.sign_in import sign_in
from mmpctl.reach.answer_lines import Part
from mmpctl.reach.tickets.confirmed_plan import confirmable
from mmpctl.reach.tickets.ticket_home import home_id
from mmpctl.reach.tickets.work_found import at_work
from mmpctl.reach.verbs import PlanRequest, RunsRequest
from mmpctl.reach.wire import to_wire
from mmpctl.renewal.jobs.database_cluster.cluster_plan import ClusterPlan
from mmpctl.renewal.jobs.database_cluster.renew_options import RenewOptions
from mmpctl.renewal.jobs.services.group_plan import GroupPlan
from mmpctl.renewal.jobs.services.wish import ServiceWish
from mmpctl.renewal.not_begun import unless_unfinished
from mmpctl.renewal.run_options import RunOptions
from mmpctl.runbooks import plan as planning
from mmpctl.runbooks import renew_services
from mmpctl.runbooks import runs as past
from mmpctl.runs import runs_folder
from mmpctl.times import now_utc

# A quarter of what a desk takes as one line, bytes.
_MOST_RECORDS: Final = 4 << 20


def plans(
    nr: Nornir, site: str, request: PlanRequest, certs: Path | None, runs: Path, *, renews: bool = True
) -> Iterator[Part]:
    """Yield the plan of each cluster.

    Args:
        nr: all nodes of the clusters.
        site: its name.
        request: what was asked.
        certs: the folder of the site's new certificates; None if it has none.
        runs: the folder of the site's runs.
        renews: the site begins renewals.

    Raises:
        UsageError: there are no certificates, or a name is not known.
    """
    if certs is None:
        raise UsageError(
            f"the site {site} has no new certificates", advice="Give `mmpctl site` there their folder with --certs DIR."
        )
    options = RenewOptions(
        keepers=request.keepers,
        reason=request.reason,
        other_runs=request.other_runs,
        leave_out=request.leave_out,
        names=request.names,
        slaves_at_once=request.slaves_at_once,
        runs=runs,
    )
    sign_in(nr)
    try:
        report = planning.run_with(nr, certs, options, clock=now_utc)
    finally:
        close_all(nr)
    yield from _told(report.clusters, runs, renews)


def service_plans(
    nr: Nornir, wish: ServiceWish, request: PlanRequest, runs: Path, *, renews: bool = True
) -> Iterator[Part]:
    """Yield the plan of each group of nodes whose services are renewed; one without any part in it is left out.

    Args:
        nr: the groups, and all that work with them.
        wish: what is wanted of the services.
        request: what was asked.
        runs: the folder of the site's runs.
        renews: the site begins renewals.

    Raises:
        UsageError: a name is not known, or the folder of certificates is not there.
    """
    sign_in(nr)
    try:
        report = renew_services.plan(nr, wish, RunOptions(runs=runs, other_runs=request.other_runs))
    finally:
        close_all(nr)
    yield from _told(report.clusters, runs, renews)


def _told(plans: Iterable[ClusterPlan | GroupPlan], runs: Path, renews: bool) -> Iterator[Part]:
    home = home_id(runs) if renews else ""
    for one in plans:
        planned = unless_unfinished(one, runs)
        confirm = replace(confirmable(planned, renews=renews), home=home)
        yield Part(planned.name, {"plan": planned.document(), "confirm": to_wire(confirm)})


def past_runs(request: RunsRequest, runs: Path) -> Iterator[Part]:
    """Yield each run of a folder in short, or one as a whole if it is there.

    Args:
        request: what was asked.
        runs: the folder of all runs.

    Raises:
        UsageError: what was asked for is not the name of a run, or others could write to the folder.
        JournalError: the journal of the run was changed.
    """
    working = at_work(runs)
    if request.run is None:
        for one in past.run(runs)["runs"]:
            yield Part(one["run"], {"summary": {**one, **_working(working.get(one["run"]))}})
        return
    # A name and never a path: that could lead anywhere.
    if not is_run(request.run):
        raise UsageError(f"{request.run!r} is not the name of a run", advice="Write it as YYYYMMDD-HHMMSS-xxxx.")
    if any(one.name == request.run for one in runs_folder.every(runs)):
        shown = _in_one_line(past.show(runs, request.run))
        yield Part(request.run, {"run": {**shown, **_working(working.get(request.run))}})


def _in_one_line(shown: RunDocument) -> RunDocument:
    """Return a run with as many of its newest records as a line bears: a desk takes no longer one."""
    kept, room = 0, _MOST_RECORDS
    for record in reversed(shown["records"]):
        room -= len(json.dumps(record))
        if room < 0:
            break
        kept += 1
    left_out = len(shown["records"]) - kept
    if not left_out:
        return shown
    return {**shown, "records": shown["records"][left_out:], "records_left_out": left_out}


def _working(found: RunAtWork | None) -> dict[str, RunAtWork]:
    return {} if found is None else {"at_work": found}
