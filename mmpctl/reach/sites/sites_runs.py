"""The past runs of many sites, as one list; each stays in the folder of its site."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from mmpctl.cluster.foreign_runs import is_run
from mmpctl.documents.runs import RunDocument, RunsDocument, RunSummary
from mmpctl.errors import UsageError
from mmpctl.reach.answer_lines import Part
from mmpctl.reach.engine import Answer, Engine, Errand
from mmpctl.reach.sites.site_parts import document_in, gather
from mmpctl.reach.sites_file import RemoteSite
from mmpctl.reach.tickets.ticket import is_id
from mmpctl.reach.verbs import RunsRequest
from mmpctl.reach.wire import WireError
from mmpctl.runs.runs_folder import LATEST

_T = TypeVar("_T", RunSummary, RunDocument)
_NAMED = 5


def runs(engine: Engine, sites: Sequence[RemoteSite]) -> tuple[RunsDocument, list[Answer]]:
    """Return the runs of all sites, oldest first, and what came of each site.

    Args:
        engine: carries the requests.
        sites: those that are asked.
    """
    found, answers = gather(engine, [Errand(site, RunsRequest()) for site in sites], _summary)
    every: list[RunSummary] = [{**one, "site": site} for site, runs in found.items() for one in runs.values()]
    every.sort(key=lambda one: (one["run"], one["site"]))
    return {"schema": 1, "command": "runs", "runs": every}, answers


def run(engine: Engine, sites: Sequence[RemoteSite], name: str) -> tuple[RunDocument, list[Answer]]:
    """Return one run of one of the sites.

    Args:
        engine: carries the requests.
        sites: those that are asked.
        name: the run's name, or the beginning of it that no other run has, or `latest`.

    Returns:
        The run, and what came of each site when all were asked for their runs.

    Raises:
        UsageError: no site has such a run, or several have.
        SiteLost: the site that has it does not tell it.
    """
    every, answers = runs(engine, sites)
    known = every["runs"]
    meant = known[-1:] if name == LATEST else [one for one in known if name and one["run"].startswith(name)]
    if len(meant) != 1:
        away = [one.site.name for one in answers if one.error is not None]
        shown = ", ".join(f"{one['run']} ({one['site']})" for one in (meant or known)[-_NAMED:])
        raise UsageError(
            f"{len(meant)} runs begin with {name}" if meant else f"no site has told of a run {name}",
            code="run",
            advice=(f"Type more of the name: {shown}." if meant else f"The last runs: {shown}." if shown else "")
            + (f" Not seen: {', '.join(away)}." if away else ""),
        )
    (one,) = meant
    errand = Errand(next(site for site in sites if site.name == one["site"]), RunsRequest(one["run"]))
    found, (answer,) = gather(engine, [errand], _run)
    if answer.error is not None:
        raise answer.error
    try:
        return {**found[answer.site.name][one["run"]], "site": answer.site.name}, answers
    except KeyError:
        raise UsageError(f"the site {answer.site.name} has no run {one['run']} any more", code="run") from None


def _summary(part: Part) -> RunSummary:
    return _checked(part, document_in(part, "summary", RunSummary))


def _run(part: Part) -> RunDocument:
    return _checked(part, document_in(part, "run", RunDocument))


def _checked(part: Part, told: _T) -> _T:
    """Return what is told of a run; its name and its ticket stand in commands, and may be nothing else."""
    working = told.get("at_work")
    if told["run"] != part.name or not is_run(part.name) or (working is not None and not is_id(working["ticket"])):
        raise WireError(f"{part.name!r} is not the name of a run, or is told of as another")
    return told
