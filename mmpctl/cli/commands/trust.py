"""`mmpctl trust`: the nodes' host keys, compared and recorded."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mmpctl.cli import options
from mmpctl.cli.option_groups import grouped
from mmpctl.cli.result import Result
from mmpctl.cli.selection import Selection

if TYPE_CHECKING:
    from mmpctl.documents.trust import TrustDocument
    from mmpctl.runbooks.trust import TrustReport


@grouped
def trust(
    *,
    selection: Selection,
    yes: options.Yes = False,
    replace: Annotated[
        bool, typer.Option("--replace", help="Replace keys that have changed. First find out why they have changed.")
    ] = False,
    expect: Annotated[
        Path | None,
        typer.Option(
            "--expect",
            metavar="FILE",
            help="Compare the keys with fingerprints from another source (lines such as `cms1 SHA256:…`); record "
            "only keys that match.",
        ),
    ] = None,
    result: Result,
) -> int:
    """Collect the nodes' host keys, show them, and record them."""
    from mmpctl.cli.prompts import may_ask
    from mmpctl.cli.prompts import yes as said_yes
    from mmpctl.device.ssh.expected_keys import read_expected
    from mmpctl.inventory.known_hosts_file import known_hosts_of
    from mmpctl.reports import tables
    from mmpctl.reports.streams import is_terminal
    from mmpctl.runbooks import trust as trusting

    result.check()
    asked = {**selection.asked(), **selection.chosen(), **({"expect": [str(expect)]} if expect else {})}
    expected = read_expected(expect) if expect else None
    nodes = selection.nodes(devices=False)
    shown = False

    def confirm(report: TrustReport) -> bool:
        nonlocal shown
        if yes or not may_ask():
            return yes
        document: TrustDocument = {**trusting.document(report), "asked": asked}
        tables.show(tables.trust_keys(document), sys.stderr)
        names = ", ".join(one.node.name for one in report.writable(replace))
        shown = is_terminal(sys.stdout)
        return said_yes(
            f"Record the keys of {names}? First compare each fingerprint with the one on the node's console"
        )

    report = trusting.run(nodes, known_hosts_of(nodes), expected=expected, replacing=replace, confirm=confirm)
    document: TrustDocument = {**trusting.document(report), "asked": asked}
    # What was shown with the question is not shown once more on the same screen.
    table = tables.trust_outcome(document) if shown and result.output_file is None else tables.trust(document)
    result.emit(document, table)
    return report.code()
