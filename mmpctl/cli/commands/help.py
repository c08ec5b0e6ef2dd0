"""`mmpctl help COMMAND`: the same as `mmpctl COMMAND --help`."""

from __future__ import annotations

import difflib
from typing import Annotated, Any

import typer

from mmpctl.errors import UsageError


def help_(
    context: typer.Context,
    command: Annotated[
        list[str] | None, typer.Argument(metavar="COMMAND", help="The command, for example: renew, or lab up.")
    ] = None,
) -> int:
    """Show the help of a command."""
    # Of typer's own click or of the installed one: only what both have is used.
    found: Any = context.find_root()
    for word in command or ():
        commands = getattr(found.command, "commands", {})
        if word not in commands:
            group = found.command_path.removeprefix(context.find_root().command_path).strip()
            raise _unknown(group, word, list(commands))
        one = commands[word]
        settings = {"max_content_width": found.max_content_width, "help_option_names": found.help_option_names}
        found = type(found)(one, info_name=word, parent=found, **settings)
    typer.echo(found.get_help())
    return 0


def _unknown(group: str, word: str, known: list[str]) -> UsageError:
    path = f"mmpctl {group}".strip()
    if not known:
        return UsageError(f"{path} has no command {word!r}", advice=f"Type `mmpctl help {group}`.")
    near = difflib.get_close_matches(word, known, n=1)
    return UsageError(
        f"{path} has no command {word!r}",
        advice=f"Did you mean {near[0]}?" if near else f"Choose one of {', '.join(known)}.",
    )
