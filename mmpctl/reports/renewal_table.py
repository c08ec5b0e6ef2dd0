"""The end of a renewal for people: what came of each cluster, what is safe, and what is left."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.console import RenderableType
from rich.text import Text

from mmpctl import exit_codes as codes
from mmpctl.cluster.database_words import DATABASE_CLUSTER
from mmpctl.documents.renewal import FoundNode, RenewalDocument, RenewedCluster
from mmpctl.documents.services.service_unit import ServiceUnit
from mmpctl.documents.step import StepDocument
from mmpctl.reports.fitting_table import Column
from mmpctl.reports.node_state import follows
from mmpctl.reports.plan_table import steps_legend, steps_table
from mmpctl.reports.procedure_text import by_hand
from mmpctl.reports.run.job_texts import texts_of
from mmpctl.reports.sentences import Copied, Sentence
from mmpctl.reports.widgets import (
    block,
    bullets,
    clusters_option,
    heading,
    hosts_option,
    lines,
    minute,
    next_command,
    points,
    stack,
    table,
    with_options,
    words,
)
from mmpctl.runs.ending import DECLINED, Ending

OUTCOMES: Mapping[str, tuple[str, str]] = {
    Ending.RENEWED: ("✓ RENEWED", "green"),
    Ending.NOTHING_TO_DO: ("✓ NOTHING TO DO", "green"),
    Ending.REFUSED: ("✗ REFUSED", "bold red"),
    Ending.STOPPED: ("! STOPPED", "bold yellow"),
    Ending.FAILED: ("✗ FAILED", "bold red"),
    Ending.NOT_STARTED: ("· NOT STARTED", "yellow"),
    Ending.CLOSED: ("· CLOSED", "yellow"),
}
_MEANING = {
    5: "refused: nothing was changed",
    6: "stopped at a safe place: `mmpctl resume` continues",
    7: "stopped: a person must look before it goes on",
    8: "finished, but the check afterwards failed",
    9: "another run holds these nodes",
}
_NEVER_BEGUN = "not begun, and no run is left to resume: give the command again"
_BEGUN_BEFORE = "refused: nothing was changed now, and what the run had begun before is open"


def outcome(word: str | None) -> Text:
    """Return how a cluster's renewal ended, as a sign and a word."""
    shown, style = OUTCOMES.get(word or "", ("· UNFINISHED" if word is None else f"? {word.upper()}", "yellow"))
    return words(shown, style)


def renewal(document: RenewalDocument) -> RenderableType:
    """Return the document of `mmpctl renew` and `mmpctl resume`."""
    clusters = document["clusters"]
    # Hundreds of lines, which would push away what has just happened: shown only if no file has them, and first.
    procedures = [by_hand(one["by_hand"]) for one in clusters if one["by_hand"] and not one.get("by_hand_file")]
    left = [one["job"] for one in clusters if one["remaining"]]
    legend = steps_legend(left[0]) if left else None
    return stack([*procedures, *(_cluster(one, document["run"]) for one in clusters), legend, _run(document, clusters)])


def continuation(
    name: str,
    nodes: Sequence[FoundNode],
    found: Sequence[str],
    steps: Sequence[StepDocument],
    job: str = DATABASE_CLUSTER,
) -> RenderableType:
    """Return what a run that is resumed has found out of a cluster, and what is left of it.

    Args:
        name: of the cluster.
        nodes: the last step of each by the journal, what it shows, and what follows.
        found: what the journal says, what the devices report, and what follows.
        steps: that are left.
        job: the name of the run's job.
    """
    return stack([heading(name), _side_by_side(nodes), bullets(found), steps_table(steps, job), steps_legend(job)])


def run_to_resume(
    run: str,
    inventory: str,
    keepers: Mapping[str, str],
    confirmed: Mapping[str, str],
    by: str | None,
    unproved: Sequence[str],
) -> RenderableType:
    """Return what a run is about, before it is resumed.

    Args:
        run: its name.
        inventory: the one that is going to be used.
        keepers: the keeper of each cluster.
        confirmed: who confirmed it, by cluster; nobody if the nodes proved it.
        by: who worked on the run last; None if nothing says so.
        unproved: what cannot be proved, one sentence each.
    """
    facts: list[tuple[Text, RenderableType]] = [(Text("Inventory:"), words(inventory))]
    for cluster, node in keepers.items():
        how = f", confirmed by {confirmed[cluster]}" if cluster in confirmed else ""
        facts.append((Text("Keeper:"), words(f"{node} of {cluster}{how}")))
    if by:
        facts.append((Text("Last worked on by:"), words(by)))
    return block(heading("resume", run), points(facts), bullets(unproved, "?", "yellow"))


def _side_by_side(nodes: Sequence[FoundNode]) -> RenderableType:
    columns = (Column("Node"), Column("The journal says"), Column("The node shows"), Column("Conclusion"))
    rows = ((one["name"], one["journal"], one["shows"], follows(one)) for one in nodes)
    return table(columns, (tuple(words(cell) for cell in row) for row in rows))


def _cluster(cluster: RenewedCluster, run: str | None) -> RenderableType:
    title = heading(cluster["name"])
    title.append(" · ")
    declined = cluster["reason"] == DECLINED
    title.append_text(words("· DECLINED", "yellow") if declined else outcome(cluster["outcome"]))
    facts: list[tuple[Text, RenderableType]] = []
    if cluster["keeper"]:
        facts.append((Text("Keeper:"), words(cluster["keeper"])))
    if cluster["valid_until"]:
        facts.append((Text("Certificates:"), Text("valid until ").append_text(minute(cluster["valid_until"]))))
    if cluster["code"] in _MEANING and not declined:
        facts.append((Text("Means:"), lines(_meaning(cluster, cluster.get("run", run)))))
    if cluster["reason"]:
        several = cluster["reason"].splitlines()
        facts.append((Text("Why:"), bullets(several) if len(several) > 1 else lines(cluster["reason"])))
    parts: list[RenderableType | None] = [block(title, points(facts)) if facts else title]
    if cluster.get("units"):
        parts.append(_services(cluster["units"], cluster["reason"]))
    if cluster["nodes"] or cluster["found"]:
        # Under the end of a run, what was there before must not look like what is there now.
        over = cluster["outcome"] in (Ending.RENEWED, Ending.FAILED)
        title = Text(f"Found before the run continue{'d' if over else 's'}:", "bold")
        seen = [_side_by_side(cluster["nodes"])] if cluster["nodes"] else []
        parts.append(block(title, *seen, bullets(cluster["found"])))
    if cluster["advice"]:
        safe = Text(texts_of(cluster["job"]).safe, "bold")
        parts.append(block(safe, bullets(cluster["advice"], "!", "yellow")))
    if cluster["remaining"]:
        steps = steps_table(cluster["remaining"], cluster["job"])
        parts.append(block(Text("Remaining steps:", "bold"), steps))
    return stack(parts)


def _meaning(cluster: RenewedCluster, run: str | None) -> str:
    if cluster["outcome"] == Ending.REFUSED and any(one["code"] == codes.LOOK for one in cluster.get("units", ())):
        return _BEGUN_BEFORE
    if cluster["outcome"] == Ending.NOT_STARTED and cluster["code"] == codes.STOPPED and run is None:
        return _NEVER_BEGUN
    return _MEANING[cluster["code"]]


def _services(units: Sequence[ServiceUnit], told: str | None) -> RenderableType:
    columns = (Column("Node"), Column("Service"), Column("Outcome"), Column("Why"))
    # What has been told of all of them is not told again of each.
    whys = ("as above" if told and one["reason"] == told else one["reason"] or "" for one in units)
    rows = ((one["name"], one["service"], one["outcome"], why) for one, why in zip(units, whys, strict=True))
    return table(
        columns,
        (
            (words(node), words(service), outcome(word), lines(why) if why else words(""))
            for node, service, word, why in rows
        ),
    )


def _reminder(file: str) -> RenderableType:
    return Copied(Text("Reminder of the next renewal, for your calendar: ").append_text(words(file)))


def _folder(document: RenewalDocument, run: str) -> str:
    asked = document.get("asked", {})
    if asked.get("engine"):
        sites = {site for one in document["clusters"] if (site := one.get("site"))}
        where = f"the site {sites.pop()}" if len(sites) == 1 else "its site"
        return f"the folder {run} of the runs at {where}"
    return "/".join((*asked.get("runs", ("runs",)), run))


def _run(document: RenewalDocument, clusters: list[RenewedCluster]) -> RenderableType | None:
    run = document["run"]
    if run is None:
        return None
    outcomes = {one["outcome"] for one in clusters}
    folder = _folder(document, run)
    text = Sentence(
        Text.assemble(
            "Run ",
            words(run, "bold"),
            f": {texts_of(clusters[0]['job'] if clusters else DATABASE_CLUSTER).left}",
            words(folder),
            ". Read and keep report.html there: it tells what happened." if outcomes - {Ending.REFUSED} else ".",
        )
    )
    # The calendar of whoever reads this is not at a site.
    here = document["reminder"] and not document.get("asked", {}).get("engine")
    told: RenderableType = block(text, _reminder(f"{folder}/{document['reminder']}")) if here else text
    # What is left of a run waits for the same command, also if nobody has said yes to it.
    waits = document["command"] == "resume" and any(one["remaining"] for one in clusters)
    if Ending.STOPPED in outcomes or waits:
        look = with_options(document, f"mmpctl runs {run}", "runs")
        go_on = with_options(document, f"mmpctl resume {run}", "inventory", "known_hosts", "ssh_config", "runs")
        return block(told, next_command(go_on, look))
    done = [one["name"] for one in clusters if one["outcome"] in (Ending.RENEWED, Ending.FAILED)]
    if done and texts_of(clusters[0]["job"]).by_node:
        nodes = dict.fromkeys(unit["name"] for one in clusters for unit in one.get("units", ()))
        look = with_options(document, "mmpctl audit", "inventory", "known_hosts", "ssh_config")
        return block(told, next_command(f"{look} {hosts_option(nodes)}"))
    if done:
        command = with_options(document, "mmpctl status", "inventory", "known_hosts", "ssh_config")
        return block(told, next_command(f"{command} {clusters_option(done)}"))
    return told
