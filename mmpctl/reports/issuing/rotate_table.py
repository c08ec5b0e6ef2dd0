"""How far a rotation came, for people: what holds up which cluster, the plans, what was renewed, what to type next."""

from __future__ import annotations

from rich.console import RenderableType
from rich.text import Text

from mmpctl.documents.issuing.rotate import RotatedCluster, RotationDocument
from mmpctl.documents.plan import PlannedCluster
from mmpctl.documents.renewal import RenewedCluster
from mmpctl.reports.plan_table import plan
from mmpctl.reports.renewal_table import outcome, renewal
from mmpctl.reports.widgets import block, bullets, clusters_option, heading, next_command, stack, with_options, words
from mmpctl.runs.ending import Ending

_REACH = ("inventory", "known_hosts", "ssh_config")
_WISHES = ("certs", "leave_out", "names", "slaves_at_once", "keeper", "reason", "other_run", "runs")
_BEGUN = (Ending.RENEWED, Ending.STOPPED, Ending.FAILED)


def rotate(document: RotationDocument) -> RenderableType:
    """Return the document of `mmpctl rotate`."""
    clusters = document["clusters"]
    planned: list[PlannedCluster] = [one["plan"] for one in clusters if one["plan"] and one["outcome"] not in _BEGUN]
    renewed: list[RenewedCluster] = [one["renewal"] for one in clusters if one["renewal"]]
    notes = [*document["notes"], *(f"{one['name']}: {note}" for one in clusters for note in one["notes"])]
    return stack(
        [
            plan({"schema": 1, "command": "plan", "clusters": planned}) if planned else None,
            bullets(notes) if notes else None,
            *(_held_up(one) for one in clusters if one["problems"]),
            renewal(
                {
                    "schema": 1,
                    "command": "renew",
                    "run": document["run"],
                    "reminder": document["reminder"],
                    "clusters": renewed,
                    "asked": document.get("asked", {}),
                }
            )
            if renewed
            else None,
            _next(document),
        ]
    )


def _held_up(cluster: RotatedCluster) -> RenderableType:
    title = heading(cluster["name"])
    title.append(" · ")
    title.append_text(outcome(cluster["outcome"]))
    told = [
        " ".join(filter(None, (f"{one['part']}:", one["node"] and f"{one['node']}:", one["message"])))
        + _cure(one["cure"])
        for one in cluster["problems"]
    ]
    return block(title, Text("Why; this command has not touched the cluster:", "bold"), bullets(told, "✗", "bold red"))


def _cure(text: str) -> str:
    return f" · {text}" if text else ""


def _next(document: RotationDocument) -> RenderableType | None:
    clusters = document["clusters"]
    waiting = [one["name"] for one in clusters if one["plan"] and one["plan"]["steps"] and one["outcome"] not in _BEGUN]
    if waiting:
        command = f"{with_options(document, 'mmpctl renew', *_REACH)} {clusters_option(waiting)}"
        return block(
            words("All that comes before the window is done. In the window:"),
            next_command(with_options(document, command, *_WISHES)),
        )
    unfinished = dict.fromkeys(each["run"] for one in clusters for each in one["problems"] if each["run"])
    if unfinished:
        return next_command(*(with_options(document, f"mmpctl resume {run}", *_REACH, "runs") for run in unfinished))
    held_up = [one["name"] for one in clusters if one["outcome"] == Ending.REFUSED]
    if held_up:
        again = with_options(document, "mmpctl rotate", "ca", "days", "off_device", "key", "until_plan", *_REACH)
        return next_command(with_options(document, f"{again} {clusters_option(held_up)}", *_WISHES))
    if {one["outcome"] for one in clusters} == {Ending.NOTHING_TO_DO}:
        return words(
            f"The certificates in {document['folder']} are in use. To replace them before they are due, name another "
            "folder with --certs."
        )
    return None
