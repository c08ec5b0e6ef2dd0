"""The plan for people: verdict, keeper with its evidence, and the steps."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from rich.console import RenderableType
from rich.text import Text

from mmpctl.cluster.database_words import DATABASE_CLUSTER
from mmpctl.cluster.preflight import Verdict
from mmpctl.documents.plan import PlanDocument, PlannedCluster
from mmpctl.documents.step import ExpectedSeconds, StepDocument
from mmpctl.reports.fitting_table import Column
from mmpctl.reports.procedure_text import by_hand
from mmpctl.reports.run.job_texts import texts_of
from mmpctl.reports.widgets import (
    block,
    bullets,
    clusters_option,
    heading,
    next_command,
    points,
    stack,
    table,
    with_options,
    words,
)

VERDICTS: Mapping[str, tuple[str, str]] = {
    Verdict.READY: ("✓ READY", "green"),
    Verdict.NOTHING_TO_DO: ("✓ NOTHING TO DO", "green"),
    Verdict.REFUSED: ("✗ REFUSED", "bold red"),
}
_NO_PROCEDURE: Mapping[str, str] = {
    Verdict.REFUSED: "No procedure by hand: if a run refuses it, it is not safe by hand either. "
    "Clear the reasons first.",
    Verdict.NOTHING_TO_DO: "No procedure by hand: there is nothing to do.",
}
_COLUMNS = (
    Column("Step", firm=True, right=True),
    Column("Wave", firm=True, right=True),
    Column("Node"),
    Column("About", firm=True),
    Column("Stop", firm=True),
)


def plan(document: PlanDocument) -> RenderableType:
    """Return the document of `mmpctl plan`."""
    clusters = document["clusters"]
    ready = [one["name"] for one in clusters if one["verdict"] == Verdict.READY]
    procedures = [by_hand(procedure) for one in clusters if (procedure := one.get("by_hand"))]
    legend = steps_legend(clusters[0]["job"]) if ready and not procedures else None
    return stack([*(_cluster(one) for one in clusters), legend, *procedures, _next(document, ready)])


def steps_table(steps: Iterable[StepDocument], job: str = DATABASE_CLUSTER) -> RenderableType:
    """Return steps in their order, with what each means; those of one wave run side by side.

    Args:
        steps: of one job.
        job: its name.
    """
    touched = texts_of(job).touched
    command = Column(f"Command, and what happens to the node's {touched}", command=True)
    return table((*_COLUMNS, command), (_row(one, touched) for one in steps))


def steps_legend(job: str = DATABASE_CLUSTER) -> RenderableType:
    """Return what the columns of the steps mean; once for all clusters.

    Args:
        job: the name of their job.
    """
    return bullets(texts_of(job).legend)


def _row(step: StepDocument, touched: str) -> tuple[Text, ...]:
    stop = step["safe_to_stop"]
    what = Text(overflow="fold").append_text(words(step["command"])).append("\n")
    what.append_text(words(f"{touched}: {step['effect']}", "bold red" if step["destroys"] else "dim"))
    return (
        words(step["number"]),
        words(step["wave"]),
        words(step["node"]),
        _about(step["expected_seconds"]),
        words(stop, "green" if stop == "yes" else "yellow"),
        what,
    )


def _about(seconds: ExpectedSeconds) -> Text:
    least, most = seconds["least"], seconds["most"]
    return words(f"{least} s +" if most is None else f"{least}–{most} s")


def _cluster(cluster: PlannedCluster) -> RenderableType:
    title = heading(cluster["name"], cluster["site"])
    word, style = VERDICTS[cluster["verdict"]]
    title.append(" · ")
    title.append(word, style)
    parts: list[RenderableType | None] = [block(title, *_keeper(cluster))]
    if cluster["reasons"]:
        parts.append(_reasons(cluster))
    if "by_hand" in cluster and not cluster["by_hand"]:
        parts.append(Text(_NO_PROCEDURE[cluster["verdict"]], overflow="fold"))
    if cluster["steps"] and not cluster.get("by_hand"):
        parts.append(block(_told(cluster), steps_table(cluster["steps"], cluster["job"])))
    if cluster["notes"]:
        parts.append(block(Text("Before you start:", "bold"), bullets(cluster["notes"], "!", "yellow")))
    return stack(parts)


def _reasons(cluster: PlannedCluster) -> RenderableType:
    if cluster["verdict"] == Verdict.NOTHING_TO_DO:
        return bullets(cluster["reasons"])
    title = Text("Why it is refused; nothing was changed:", "bold")
    return block(title, bullets(cluster["reasons"], "✗", "bold red"))


def _told(cluster: PlannedCluster) -> Text:
    return Text.assemble(
        ("Steps; the steps of one wave run at the same time. ", "bold"), "About ", words(cluster["expected"]), ":"
    )


def _keeper(cluster: PlannedCluster) -> list[RenderableType]:
    if not cluster["keeper"] or cluster["verdict"] == Verdict.NOTHING_TO_DO:
        return []
    name = words(cluster["keeper"], "bold")
    if cluster["keeper_proved"]:
        proof = "proved: every database node reports it as the only master"
        told = Text.assemble(name, f", whose database survives ({proof})")
    elif cluster["verdict"] == Verdict.READY:
        told = Text.assemble(name, ", whose database survives (not proved by the nodes, but confirmed by the operator)")
    else:
        told = Text.assemble(
            ("not certain", "bold yellow"), ". The inventory names ", name, "; the nodes do not prove it."
        )
    parts: list[RenderableType] = [points([(Text("Keeper:"), told)])]
    if cluster["keeper_evidence"]:
        parts.append(bullets(cluster["keeper_evidence"], "  ·"))
    if cluster["keeper_conclusions"]:
        parts.append(bullets(cluster["keeper_conclusions"], "  →", "bold"))
    return parts


def _next(document: PlanDocument, ready: list[str]) -> RenderableType | None:
    # A plan that is shown within a renewal is followed by its question.
    if not ready or "asked" not in document:
        return None
    if texts_of(document["clusters"][0]["job"]).by_node:
        return next_command(_of_nodes(document))
    if any(cluster.get("by_hand") for cluster in document["clusters"]):
        # Whoever has typed it all wants to see that it is well; a renewal would take the cluster apart once more.
        look = with_options(document, "mmpctl status", "inventory", "known_hosts", "ssh_config")
        return next_command(f"{look} {clusters_option(ready)}")
    command = with_options(document, "mmpctl renew", "inventory", "known_hosts", "ssh_config")
    wishes = ("certs", "leave_out", "names", "slaves_at_once", "keeper", "reason", "other_run", "runs")
    rest = with_options(document, "", *wishes).strip()
    # Each site has certificates of its own.
    rest = rest if rest or "sites" in document else "--certs DIR"
    return next_command(f"{command} {clusters_option(ready)} {rest}".strip())


def _of_nodes(document: PlanDocument) -> str:
    """Return the command that follows on a plan of services: with the nodes as they were selected."""
    place = ("inventory", "known_hosts", "ssh_config", "site", "cluster", "role", "host", "filter")
    if any(cluster.get("by_hand") for cluster in document["clusters"]):
        return with_options(document, "mmpctl audit", *place)
    wishes = ("service", "certs", "max_calls", "if_due", "drop_calls", "done", "other_run", "runs")
    return with_options(document, "mmpctl renew", *place, *wishes)
