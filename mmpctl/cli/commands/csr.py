"""`mmpctl csr`: requests for new certificates, whose keys never leave the nodes."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mmpctl.cli.option_groups import grouped
from mmpctl.cli.result import Result
from mmpctl.cli.selection import Selection
from mmpctl.defaults import KEY_KIND
from mmpctl.errors import UsageError

if TYPE_CHECKING:
    from mmpctl.signing.requests_made import CsrReport


@grouped
def csr(
    *,
    to: Annotated[Path, typer.Option("--to", metavar="DIR", help="Folder for the requests.")],
    selection: Selection,
    off_device: Annotated[
        bool, typer.Option("--off-device", help="Make the keys on this machine, beside the requests; touch no node.")
    ] = False,
    key: Annotated[
        str | None,
        typer.Option(
            "--key", metavar="KIND", help=f"With --off-device: kind of the keys, rsa3072 or p256 (default {KEY_KIND})."
        ),
    ] = None,
    yes: Annotated[
        bool,
        typer.Option("--yes", "--again", help="Make requests also for nodes that have some which are not used yet."),
    ] = False,
    result: Result,
) -> int:
    """Make keys and requests on the nodes, and fetch the requests.

    The keys stay on the nodes, under names that nothing there has. Answers go into the same folder by mmpctl sign.
    """
    from mmpctl.authority.profile import KeyKind
    from mmpctl.cli.prompts import may_ask
    from mmpctl.cli.prompts import yes as said_yes
    from mmpctl.documents.issuing.csr import CsrDocument
    from mmpctl.reports import tables
    from mmpctl.runbooks import csr as requesting

    result.check()
    if key is not None and not off_device:
        raise UsageError(
            "--key is for keys that are made here", advice="Add --off-device, or leave --key out: nodes know one kind."
        )
    kind = KeyKind.of(key or KEY_KIND) if off_device else None

    def confirm(report: CsrReport) -> bool:
        # A folder that is half filled is completed, and nobody need be asked.
        if yes or report.continues or not may_ask():
            return yes
        tables.show(tables.csr_open(requesting.document(report)), sys.stderr)
        return said_yes("Make new requests all the same? What is there stays, and is not used by the new ones")

    report = requesting.run(selection.nodes(devices=not off_device), to, confirm=confirm, off_device=kind)
    asked = selection.asked()
    document: CsrDocument = {**requesting.document(report, asked), "asked": asked}
    result.emit(document, tables.csr(document))
    return report.code
