"""`mmpctl audit`: every certificate of the fleet, in as many forms as are wanted."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from mmpctl.certificates.fitness import DUE_DAYS
from mmpctl.errors import UsageError
from mmpctl.reports import tables
from mmpctl.reports.audit_csv import audit_csv
from mmpctl.reports.audit_nagios import audit_nagios
from mmpctl.reports.audit_page import audit_page
from mmpctl.reports.audit_prometheus import audit_prometheus
from mmpctl.reports.output import json_text, render, write_file
from mmpctl.runbooks import audit as auditing
from mmpctl.runbooks import options
from mmpctl.runbooks.audit_document import document as audit_document
from mmpctl.runbooks.audit_progress import AuditProgress
from mmpctl.runbooks.commands.fleet import Selection, check_form, emit, emit_text

_TEXTS: Mapping[str, Callable[[dict[str, Any]], str]] = {
    "csv": audit_csv,
    "prometheus": audit_prometheus,
    "json": json_text,
    "table": lambda document: render(tables.audit(document)),
}
_SUFFIXES = {"table": "txt", "json": "json", "csv": "csv", "html": "html", "prometheus": "prom"}
Outputs = Annotated[
    list[str] | None,
    typer.Option(
        "--output", "-o", metavar="|".join(_SUFFIXES), help="Form of the result (repeatable).  [default: table]"
    ),
]


def audit(
    inventory: options.Inventory = Path("inventory"),
    site: options.Sites = None,
    cluster: options.Clusters = None,
    role: options.Roles = None,
    host: options.Hosts = None,
    filters: options.Filters = None,
    known_hosts: options.KnownHosts = None,
    workers: options.Workers = None,
    due: Annotated[int, typer.Option("--due", min=0, help="Days ahead that count as due.")] = DUE_DAYS,
    probe: Annotated[
        bool,
        typer.Option("--probe", help="Knock at the databases' port too, and compare what they present; no login."),
    ] = False,
    output: Outputs = None,
    output_file: options.OutputFile = None,
    output_dir: Annotated[
        Path | None, typer.Option("--output-dir", help="Write each form into this folder, as audit.json and so on.")
    ] = None,
    history: Annotated[
        str | None, typer.Option("--history", metavar="FILE", help="Keep this audit there: a file, or a database URL.")
    ] = None,
    nagios: Annotated[
        bool, typer.Option("--nagios", help="Answer as a Nagios plugin: one line, exit code 0 to 3.")
    ] = False,
) -> int:
    """Report all certificates of all nodes: what is used where, and what expires when. Read-only."""
    forms = list(dict.fromkeys(output or ["table"]))
    _check(forms, output, output_file, output_dir, nagios)
    selection = Selection(inventory, known_hosts, workers, site, cluster, role, host, filters)
    nodes, everybody = selection.among()
    progress = AuditProgress(sys.stderr, len(nodes.inventory.hosts))
    try:
        with progress.shown():
            report = auditing.run(nodes, due_days=due, everybody=everybody, presented=probe, seen=progress.seen)
    except KeyboardInterrupt:
        typer.echo(f"{progress.done} of {len(nodes.inventory.hosts)} nodes were looked at; no report is made", err=True)
        raise
    document = {**audit_document(report), "asked": selection.asked()}
    trend = _kept(history, document)
    if output_dir is not None:
        for form in forms:
            write_file(output_dir / f"audit.{_SUFFIXES[form]}", _text(form, document, trend))
    if nagios:
        line, code = audit_nagios(document)
        emit_text(line, output_file)
        return code
    if output_dir is None:
        if forms[0] in ("table", "json"):
            emit(document, tables.audit(document), forms[0], output_file)
        else:
            emit_text(_text(forms[0], document, trend), output_file)
    return report.code


def _kept(place: str | None, document: dict[str, Any]) -> list[dict[str, Any]]:
    """The audits that were kept before, after this one was kept too."""
    if place is None:
        return []
    # SQLAlchemy takes a while to load, and not every audit is kept.
    from mmpctl.history.store import History  # noqa: PLC0415

    kept = History(place)
    kept.keep(document)
    return kept.counts()


def _text(form: str, document: dict[str, Any], trend: list[dict[str, Any]]) -> str:
    return audit_page(document, trend) if form == "html" else _TEXTS[form](document)


def _check(
    forms: Sequence[str], given: list[str] | None, output_file: Path | None, output_dir: Path | None, nagios: bool
) -> None:
    """Refuse what contradicts itself before any node is asked."""
    for form in forms:
        check_form(form, tuple(_SUFFIXES))
    if output_dir is None and len(forms) > 1:
        raise UsageError("several forms need a folder", advice="add --output-dir DIR, or ask for one form")
    if output_dir is not None and output_file is not None and not nagios:
        raise UsageError("--output-dir and --output-file do not go together", advice="take one of the two")
    if output_dir is not None and not output_dir.is_dir():
        raise UsageError(f"{output_dir}: there is no such folder", advice="make it, or name another one")
    if nagios and given and output_dir is None:
        raise UsageError("--nagios is a form of its own", advice="leave out -o, or add --output-dir DIR for the others")
