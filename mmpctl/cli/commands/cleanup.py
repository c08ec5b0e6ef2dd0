"""`mmpctl cleanup`: certificate files on the nodes that nothing refers to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mmpctl.cli import options
from mmpctl.cli.option_groups import grouped
from mmpctl.cli.renewal_options import OperatorWord, asked_again
from mmpctl.cli.result import Result
from mmpctl.cli.selection import Selection
from mmpctl.errors import UsageError

if TYPE_CHECKING:
    from mmpctl.leftovers.named_file import Named


@dataclass(frozen=True, slots=True)
class Deleting:
    """The options that say what is deleted.

    Args:
        delete: `NODE:FILE`.
        save: folder for the copies; None for `saved` beside the runs folder.
        yes: without a question.
    """

    delete: Annotated[
        list[str] | None,
        typer.Option(
            "--delete",
            metavar="NODE:FILE",
            help="Delete this file on this node, after saving it here (repeatable).",
        ),
    ] = None
    save: Annotated[
        Path | None,
        typer.Option(
            "--save",
            metavar="DIR",
            help="Folder for the copies of deleted files, keys among them; by default `saved` beside the runs folder.",
        ),
    ] = None
    yes: options.Yes = False

    def place(self, runs: Path) -> Path:
        """Return the folder for the copies.

        Args:
            runs: the folder of all runs.
        """
        return self.save or runs.parent / "saved"

    def check(self) -> None:
        """Refuse options that mean nothing without `--delete`.

        Raises:
            UsageError: one of them is given alone.
        """
        if not self.delete and (self.yes or self.save is not None):
            raise UsageError("nothing is to be deleted", advice="Name what to delete with --delete NODE:FILE.")

    def confirmed(self, named: Sequence[Named], place: Path) -> bool | None:
        """Return whether somebody has said that these files shall be deleted; None if nobody can be asked.

        Args:
            named: the files.
            place: where their copies will lie.
        """
        from mmpctl.cli.prompts import may_ask
        from mmpctl.cli.prompts import yes as said_yes

        if self.yes:
            return True
        if not may_ask():
            return None
        return said_yes(
            f"Delete {', '.join(map(str, named))}? Copies are kept in {place}, with private keys among them"
        )


@grouped
def cleanup(
    *,
    selection: Selection,
    requests: Annotated[
        Path | None,
        typer.Option(
            "--requests", metavar="DIR", help="Folder of requests: their keys on the nodes wait for certificates."
        ),
    ] = None,
    other_run: options.OtherRuns = None,
    runs: options.Runs = options.RUNS,
    deleting: Deleting,
    result: Result,
) -> int:
    """List certificate files on the nodes that nothing refers to.

    With --delete, exactly the named files are deleted, after they were saved here. A file is never deleted if the
    database cluster or a service uses it, if an open request needs it, or if nobody can tell.
    """
    from mmpctl.documents.issuing.cleanup import CleanupDocument
    from mmpctl.reports.issuing.cleanup_table import cleanup as table
    from mmpctl.runbooks import cleanup as cleaning
    from mmpctl.signing.wanted_files import Sources

    result.check()
    deleting.check()
    over = OperatorWord(other_run=other_run).others()
    nodes = selection.nodes()
    sources = Sources(runs, requests, over)
    if deleting.delete:
        place = deleting.place(runs)
        report = cleaning.delete(
            nodes, deleting.delete, place, sources, confirm=lambda named: deleting.confirmed(named, place)
        )
    else:
        report = cleaning.run(nodes, sources)
    asked = {
        **asked_again(selection, runs),
        **({"requests": [str(requests)]} if requests else {}),
        **({"other_run": other_run} if other_run else {}),
    }
    document: CleanupDocument = {**cleaning.document(report, asked), "asked": asked}
    result.emit(document, table(document))
    return report.code
