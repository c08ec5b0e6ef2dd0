"""`mmpctl parse`: a device's output to JSON, offline."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from mmpctl.cli import options
from mmpctl.cli.result import JSON, check_form, emit_text
from mmpctl.errors import ParseError, UsageError

# As other programs name standard input where a file is wanted.
_STANDARD_INPUT = Path("-")


def parse(
    command: Annotated[
        str,
        typer.Argument(metavar="COMMAND", help='Command of the device, for example "database cluster status".'),
    ],
    file: Annotated[
        Path | None,
        typer.Argument(metavar="FILE", help="File with the command's output; standard input by default, or as `-`."),
    ] = None,
    output: options.JsonOutput = JSON,
    output_file: options.OutputFile = None,
) -> int:
    """Turn a device's output into JSON, offline."""
    from mmpctl.device.terminal_text import saved_text
    from mmpctl.runbooks import parse as parsing

    check_form(output, (JSON,))
    try:
        given = None if file == _STANDARD_INPUT else file
        text = saved_text(sys.stdin.buffer.read() if given is None else given.read_bytes())
    except OSError as error:
        raise UsageError(f"{file}: {error.strerror}", advice="Name a file with the output of the command.") from error
    try:
        document = parsing.run(command, text)
    except ParseError as error:
        raise UsageError(error.message, code="parse", advice=error.advice) from error
    emit_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", output_file)
    return 0
