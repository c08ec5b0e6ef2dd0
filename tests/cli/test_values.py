"""A value that is taken as it is reaches the command as typer alone would give it, and a wrong one is refused alike."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import pytest
import typer
from typer.core import TyperCommand

from mmpctl.cli.arguments import Command

LINES = (
    "a",
    "a b",
    "a --days 3",
    "a --days x",
    "a --days 0",
    "a --place p/q",
    "a --one x --one y",
    "a --one ''",
    "a --flag --seconds 2.5",
    "a --seconds x",
    "a --word w",
    "",
    "--one x",
)


def answer(kind: type[TyperCommand], line: str) -> Any:
    got: list[Any] = []

    def command(
        first: str,
        second: Path | None = None,
        place: Annotated[Path, typer.Option()] = Path("here"),
        days: Annotated[int, typer.Option(min=1)] = 30,
        seconds: float = 1.0,
        one: Annotated[list[str] | None, typer.Option()] = None,
        word: Annotated[str, typer.Option(callback=lambda value: value.upper())] = "w",
        flag: bool = False,
    ) -> None:
        got.append((first, second, place, days, seconds, one, word, flag))

    app = typer.Typer(add_completion=False)
    app.command(cls=kind)(command)
    try:
        typer.main.get_command(app)([word.strip("'") for word in line.split()], standalone_mode=False)
    except Exception as error:
        return type(error), str(error)
    return [(each, [type(one) for one in each]) for each in got]


@pytest.mark.parametrize("line", LINES)
def test_the_command_gets_what_typer_gives_it(line: str) -> None:
    assert answer(Command, line) == answer(TyperCommand, line)
