"""`mmpctl status`: every cluster as its nodes report it, once or until Ctrl-C."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from mmpctl.cli import options
from mmpctl.cli.option_groups import grouped
from mmpctl.cli.result import TABLE, TimedResult
from mmpctl.cli.selection import Selection
from mmpctl.cli.sites import Sites, sites_of, tell_sites
from mmpctl.errors import UsageError

if TYPE_CHECKING:
    from mmpctl.documents.status import StatusDocument


@grouped
def status(
    *,
    selection: Selection,
    sites: Sites,
    processes: options.Processes = None,
    watch: Annotated[bool, typer.Option("--watch", help="Repeat the check until Ctrl-C.")] = False,
    interval: Annotated[
        float, typer.Option("--interval", metavar="SECONDS", min=1.0, help="Seconds between two checks.")
    ] = 10.0,
    result: TimedResult,
) -> int:
    """Show each cluster and its certificates, as nodes report them."""
    from mmpctl.cli import status_picture
    from mmpctl.reach import desk
    from mmpctl.reports import tables
    from mmpctl.runbooks import status as looking
    from mmpctl.runbooks.runs import begun

    result.check()
    if watch and (result.output != TABLE or result.output_file is not None):
        raise UsageError(
            "--watch cannot be combined with -o or --output-file",
            advice="Leave out -o and --output-file, or leave out --watch.",
        )
    sites.check(processes=processes, workers=selection.workers, known_hosts=selection.known_hosts, watch=watch or None)
    if sites.engine is not None:
        report, answers = desk.status(*sites_of(sites.engine, selection))
        document: StatusDocument = {**looking.document(report), "sites": tell_sites(answers)}
    else:
        nodes, everybody = selection.among()
        if watch:
            return status_picture.watch(nodes, everybody, interval, selection.asked())
        report = looking.run(nodes, everybody=everybody, processes=processes)
        document = looking.document(report)
    document["asked"] = {**selection.asked(), **sites.asked()}
    result.emit(document, tables.status(document, begun(options.RUNS)))
    return report.code
