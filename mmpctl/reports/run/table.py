"""One past run for people: its journal, its backups, and what proves that it is unchanged."""

from __future__ import annotations

from rich.console import RenderableType
from rich.text import Text

from mmpctl.cluster.database_words import words_of
from mmpctl.cluster.step import StepKey
from mmpctl.documents.request import WordsDocument
from mmpctl.reports.fitting_table import Column
from mmpctl.reports.renewal_table import outcome
from mmpctl.reports.run.runs_table import state_of
from mmpctl.reports.widgets import (
    Document,
    block,
    counted,
    heading,
    minute,
    next_command,
    points,
    size,
    stack,
    table,
    with_options,
    words,
)

_CHECKED = {
    True: Text("✓ everything is as the run left it", style="green"),
    False: Text("✗ not everything is proved", style="bold red"),
}
_RESULTS = {
    "proved": Text("✓ proved", style="green"),
    "not proved": Text("? not proved", style="yellow"),
    "wrong": Text("✗ wrong", style="bold red"),
    "missing": Text("✗ not there", style="bold red"),
}


def run_backups(document: Document) -> RenderableType:
    """Return the document of `mmpctl runs --backups` and `--purge-backups`."""
    every = document["backups"]
    if not every:
        return words("No run in this folder has backups on this machine.")
    columns = (
        Column("Run", firm=True),
        Column("Days", firm=True, right=True),
        Column("State", firm=True),
        Column("Clusters"),
        Column("Nodes"),
        Column("Files", right=True),
        Column("Size", firm=True, right=True),
    )
    rows = (
        (
            words(one["run"]),
            words(one["days"]),
            state_of(one["state"]),
            words(", ".join(one["clusters"])),
            words(", ".join(one["nodes"])),
            words(one["files"]),
            words(size(one["bytes"])),
        )
        for one in every
    )
    total = size(sum(one["bytes"] for one in every))
    purged = document.get("purged")
    told = f"{counted(len(every), 'run')} with backups, {total}. They contain private keys."
    if purged is not None:
        told = f"{counted(len(purged), 'file')} deleted, {total}. Nothing was deleted on a node."
    return stack([table(columns, rows), words(told, "bold")])


def run(document: Document) -> RenderableType:
    """Return the document of `mmpctl runs RUN`."""
    title = heading("run", document["run"], document.get("site"))
    title.append(" · ")
    title.append_text(state_of(document["state"]))
    request = document["request"]
    asked: list[tuple[Text, RenderableType]] = [
        (Text(f"{label}:"), words(value))
        for label, value in (
            ("Started", minute(document["at"])),
            ("Inventory", request.get("inventory")),
            ("Certificates", request.get("certs")),
            ("File names", request.get("names")),
            ("Left out", ", ".join(request.get("leave_out") or ()) or None),
        )
        if value is not None
    ]
    asked += [(Text("By hand:"), words(f"the remaining commands are in {file}")) for file in document["by_hand"]]
    called = words_of(request)
    units = points(
        (outcome(one["outcome"]), words(", ".join((one["name"], *_lead(one, called))))) for one in document["clusters"]
    )
    unfinished = document["state"] == "unfinished"
    left_out = document.get("records_left_out")
    return stack(
        [
            block(title, points(asked)),
            units,
            words(f"{left_out} earlier records are at the site only", "yellow") if left_out else None,
            _journal(document["records"], called),
            next_command(with_options(document, f"mmpctl resume {document['run']}", "runs")) if unfinished else None,
        ]
    )


def run_checks(document: Document) -> RenderableType:
    """Return the document of `mmpctl runs RUN --verify` and `--sign`."""
    title = heading("run", document["run"])
    signed = document.get("signature")
    if "verified" not in document:
        return stack([title, words(f"The report was signed: {signed}")])
    title.append(" · ")
    title.append_text(_CHECKED[document["verified"]])
    # Paths are long: in a table, the sentence beside them would have a word in each line.
    checks = points((_RESULTS[one["result"]], words(f"{one['what']}: {one['message']}")) for one in document["checks"])
    return stack([title, words(f"The report was signed: {signed}") if signed else None, checks])


_NOT_WELL = ("failed", "unknown", "refused", "not accepted")


def _lead(one: Document, called: WordsDocument) -> tuple[str, ...]:
    return (f"{called['lead']} {one['keeper']}",) if called["lead"] else ()


def _journal(records: list[Document], called: WordsDocument) -> RenderableType:
    columns = (
        Column("#", firm=True, right=True),
        Column("Time", firm=True),
        Column(called["unit"].capitalize()),
        Column("Node"),
        Column("What"),
    )
    rows = (
        (
            words(one["seq"]),
            words(str(one["at"])[11:19]),
            words(one["cluster"]),
            words(one["node"]),
            words(_told(one, called), "yellow" if one["result"] in _NOT_WELL else ""),
        )
        for one in records
    )
    return table(columns, rows)


def _told(record: Document, called: WordsDocument) -> str:
    detail = record["detail"] or {}
    action = StepKey.parse(record["step"] or "").action
    why = detail.get("message") or detail.get("reason") or ("found by checking the node" if "seen" in detail else None)
    if why and "user" in detail:
        why = f"{why}, says {detail['user']}"
    told = {
        "begun": f"is the {called['lead']}" if called["lead"] else "begins",
        "keeper": "is the keeper",
        "intent": f"{action}: about to send `{record['command']}`",
        "question": f"{action}: the question was the expected one; answered",
        "outcome": f"{action}: {record['result']}",
        "end": f"the {called['unit']} ended: {record['result']}",
        "resumed": f"resumed{_by(detail)}",
        "mark": f"leaves the mark {detail.get('mark')} on the nodes",
        "vouched": f"accepted, although nothing proves it,{_by(detail)}",
    }.get(record["event"], " ".join(str(part) for part in (record["event"], action, record["result"]) if part))
    return f"{told} ({why})" if why else told


def _by(detail: Document) -> str:
    by = detail.get("by")
    return f" by {by['user']} on {by['machine']}" if by else ""
