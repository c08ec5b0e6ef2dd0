"""From the document of a command to the screen or into a file."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mmpctl.cli import options
from mmpctl.errors import UsageError
from mmpctl.reports.sanitize import harmless
from mmpctl.reports.streams import send
from mmpctl.reports.typed import call
from mmpctl.timing import RECORDER, Phase

if TYPE_CHECKING:
    from rich.console import RenderableType

TABLE, JSON, HTML, CONF = "table", "json", "html", "conf"
FORMS = (TABLE, JSON)
# The forms of an audit, with the suffixes of their files.
AUDIT_FORMS = {TABLE: "txt", JSON: "json", "csv": "csv", HTML: "html", "prometheus": "prom"}


@dataclass(frozen=True, slots=True)
class Result:
    """The options that say in which form the result of a command is wanted, and where.

    Args:
        output: the form.
        output_file: where to; None for standard output.
    """

    output: options.Output = TABLE
    output_file: options.OutputFile = None

    def check(self, forms: Sequence[str] = FORMS) -> None:
        """Refuse an unknown form before anything is done.

        Args:
            forms: those that the command knows.

        Raises:
            UsageError: the form is not one of them.
        """
        check_form(self.output, forms)

    def emit(self, document: Mapping[str, Any], table: RenderableType) -> None:
        """Write the result of a command; see `emit`."""
        emit(document, table, self.output, self.output_file)


@dataclass(frozen=True, slots=True)
class TimedResult(Result):
    """The same for a command that speaks to nodes, and can tell what took how long.

    Args:
        timing: tell what the time was spent on.
    """

    timing: options.Timing = False

    def emit(self, document: Mapping[str, Any], table: RenderableType) -> None:
        """Write the result of a command; see `emit`."""
        with RECORDER.spent_on(Phase.REPORT):
            emit(document, table, self.output, self.output_file)
        tell_timing(self.timing)


@dataclass(frozen=True, slots=True)
class RunsResult(Result):
    """The same for the command about past runs, which knows one form more."""

    output: options.RunsOutput = TABLE


@dataclass(frozen=True, slots=True)
class DefinitionsResult(Result):
    """The same for the command about a broker, which writes the broker's configuration as well."""

    output: options.DefinitionsOutput = TABLE


def check_form(form: str, forms: Sequence[str] = FORMS) -> None:
    """Refuse an unknown form before anything is done.

    Args:
        form: as it was typed.
        forms: those that the command knows.

    Raises:
        UsageError: the form is not one of them.
    """
    if form not in forms:
        raise UsageError(f"-o {form}: no such format", advice=f"Choose one of {', '.join(forms)}.")


def emit(document: Mapping[str, Any], table: RenderableType, form: str, file: Path | None) -> None:
    """Write the result of a command to standard output or into a file.

    Args:
        document: the JSON of the contract.
        table: the same for people.
        form: `table` or `json`.
        file: where to, None for standard output.
    """
    from mmpctl.cli.error_messages import tell
    from mmpctl.cli.first_login import refusal_of_selected
    from mmpctl.reports.output import write

    refusal = refusal_of_selected()
    if refusal is not None:
        error, nobody = refusal
        tell(error)
        # A person reads why once; that each node was not asked for this reason would say nothing more.
        if nobody and form == TABLE and file is None:
            return
    write(document, table, form=form, file=file, stream=sys.stdout)
    if file is not None:
        tell_written(file)


def tell_timing(wanted: bool) -> None:
    """Show on standard error what the time of this command was spent on.

    Args:
        wanted: `--timing` was given.
    """
    if wanted:
        from mmpctl.reports.timing_text import timing_text

        send(timing_text(call().stretch.document()), sys.stderr)


def emit_text(text: str | Iterable[str], file: Path | None) -> None:
    """Write a finished text to standard output or into a file.

    Args:
        text: all of it, or its pieces.
        file: where to, None for standard output.
    """
    if file is None:
        send("".join(text), sys.stdout)
    else:
        from mmpctl.reports.result_files import write_file

        write_file(file, text)
        tell_written(file)


def tell_written(file: Path) -> None:
    """Name the file of a result on standard error.

    Args:
        file: as it was given.
    """
    send(harmless(f"written to {file}") + "\n", sys.stderr)
