"""`mmpctl parse`: a device's output to JSON, offline."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from mmpctl.errors import ParseError, UsageError


def parse(
    command: Annotated[
        str,
        typer.Argument(metavar="COMMAND", help='Command of the device, for example "database cluster status".'),
    ],
    file: Annotated[
        Path | None,
        typer.Argument(metavar="FILE", help="File with the command's output; standard input by default."),
    ] = None,
) -> int:
    """Turn a device's output into JSON, offline."""
    from mmpctl.device.terminal_text import saved_text
    from mmpctl.runbooks import parse as parsing

    try:
        text = saved_text(sys.stdin.buffer.read() if file is None else file.read_bytes())
    except OSError as error:
        raise UsageError(f"{file}: {error.strerror}", advice="Name a file with the output of the command.") from error
    try:
        document = parsing.run(command, text)
    except ParseError as error:
        raise UsageError(error.message, code="parse", advice=error.advice) from error
    typer.echo(json.dumps(document, indent=2, ensure_ascii=False))
    return 0
