"""How far a rotation came, for people: what holds up which cluster, the plans, what was renewed, what to type next."""

from __future__ import annotations

from rich.console import RenderableType
from rich.text import Text

from mmpctl.documents.issuing.rotate import RotatedCluster, RotationDocument
from mmpctl.documents.plan import PlannedCluster
from mmpctl.documents.renewal import RenewedCluster
from mmpctl.reports.issuing.what_next import BEGUN, waiting_for_window
from mmpctl.reports.plan_table import plan
from mmpctl.reports.renewal_table import outcome, renewal
from mmpctl.reports.widgets import block, bullets, heading, next_command, stack, words
from mmpctl.runs.ending import Ending


def rotate(document: RotationDocument) -> RenderableType:
    """Return the document of `mmpctl rotate`."""
    clusters = document["clusters"]
    planned: list[PlannedCluster] = [one["plan"] for one in clusters if one["plan"] and one["outcome"] not in BEGUN]
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
    if waiting_for_window(clusters):
        told = words("All that comes before the window is done. In the window:")
        return block(told, next_command(*document["next"]))
    if document["next"]:
        return next_command(*document["next"])
    if {one["outcome"] for one in clusters} == {Ending.NOTHING_TO_DO}:
        return words(
            f"The certificates in {document['folder']} are in use. To replace them before they are due, name another "
            "folder with --certs."
        )
    return None
