"""Lists of past runs for people: all of a folder or of many sites, and those that are not finished."""

from __future__ import annotations

from pathlib import Path

from rich.console import RenderableType
from rich.text import Text

from mmpctl.reports.fitting_table import Column
from mmpctl.reports.renewal_table import outcome
from mmpctl.reports.widgets import (
    Document,
    block,
    counted,
    heading,
    minute,
    next_command,
    stack,
    table,
    with_options,
    words,
)

_STATES = {
    "finished": ("✓ finished", "green"),
    "unfinished": ("! UNFINISHED", "bold yellow"),
    "closed": ("· closed", ""),
}


def runs(document: Document) -> RenderableType:
    """Return the document of `mmpctl runs`."""
    every = document["runs"]
    if not every:
        return words(_none(document, "are no runs"))
    at_sites = any("site" in one for one in every)
    rows = [
        (
            *((words(one.get("site")),) if at_sites else ()),
            words(one["run"]),
            minute(one["at"]),
            _standing(one),
            words(_of(cluster["name"], one)),
            words(cluster["keeper"]),
            outcome(cluster["outcome"]),
        )
        for one in every
        for cluster in one["clusters"]
    ]
    columns = (
        *((Column("Site"),) if at_sites else ()),
        Column("Run", firm=True),
        Column("Started", firm=True),
        Column("State", firm=True),
        Column("Cluster"),
        Column("Keeper"),
        Column("Outcome", firm=True),
    )
    working = [one["run"] for one in every if "at_work" in one]
    unfinished = [one["run"] for one in every if one["state"] == "unfinished" and one["run"] not in working]
    number = f"{counted(len(every), 'run')}, {len(unfinished)} unfinished"
    told = f"{number}, {len(working)} at work" if working else number
    away = ", ".join(_away(document))
    return stack(
        [
            table(columns, rows),
            words(f"{told}; not seen: {away}" if away else told, "bold"),
            _next(document, (unfinished or working)[-1]) if unfinished or working else None,
        ]
    )


def unfinished(document: Document) -> RenderableType:
    """Return the document of `mmpctl resume` without a run."""
    every = document["unfinished"]
    if not every:
        return words(_none(document, "is no unfinished run"))
    return stack(
        block(
            _title(one),
            _next(document, one["run"])
            if one["state"] == "unfinished"
            else next_command(with_options(document, f"mmpctl runs --close {one['run']} --reason TEXT", "runs")),
        )
        for one in every
    )


def _none(document: Document, what: str) -> str:
    """Return that there is none; of a site that did not answer, nobody knows."""
    if "sites" in document:
        away = ", ".join(_away(document))
        return f"There {what} at the sites that answered; not seen: {away}." if away else f"There {what} at the sites."
    folder = Path(*document.get("asked", {}).get("runs", ("runs",))).absolute()
    return (
        f"There {what} in {folder}. If there should be one, give the command in the folder in which the renewal was "
        "started, or name its folder of runs with --runs."
    )


def _away(document: Document) -> list[str]:
    return [site["name"] for site in document.get("sites", ()) if not site["answered"]]


def state_of(state: str) -> Text:
    """Return what has become of a run, as a sign and a word."""
    shown, style = _STATES.get(state, (f"? {state}", "magenta"))
    return words(shown, style)


def _standing(one: Document) -> Text:
    return words("▶ at work", "bold") if "at_work" in one else state_of(one["state"])


def _title(one: Document) -> Text:
    title = heading("run", one["run"])
    title.append(" · ")
    title.append_text(_standing(one))
    if "at_work" in one:
        title.append(f" · begun by {one['at_work']['by']}")
    title.append(f" · {', '.join(_of(cluster['name'], one) for cluster in one['clusters'])}")
    return title


def _of(cluster: str, run: Document) -> str:
    return f"{cluster}: {', '.join(run['services'])}" if run.get("services") else cluster


def _next(document: Document, unfinished: str) -> RenderableType:
    return next_command(*(with_options(document, f"mmpctl {verb} {unfinished}", "runs") for verb in ("resume", "runs")))
