"""Options are declared once in groups: typer sees each of them, the command gets the group."""

from __future__ import annotations

import importlib
import inspect
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import pytest
import typer

from mmpctl.cli.guide import SUMMARIES
from mmpctl.cli.option_groups import grouped


@dataclass(frozen=True, slots=True)
class Place:
    folder: Annotated[Path, typer.Option("--folder")] = Path("here")
    deep: Annotated[bool, typer.Option("--deep")] = False


@dataclass(frozen=True, slots=True)
class Name:
    name: Annotated[str, typer.Option("--name")]


@dataclass(frozen=True, slots=True)
class SecondFolder:
    folder: Annotated[Path, typer.Option("--other")] = Path("there")


def test_each_option_of_a_group_is_read_and_the_command_gets_the_group() -> None:
    got: list[object] = []

    def command(*, times: Annotated[int, typer.Option("--times")] = 1, place: Place, name: Name) -> int:
        """Do it."""
        got.extend((times, place, name))
        return 4

    app = typer.Typer(rich_markup_mode=None)
    app.command()(grouped(command))
    assert app(["--folder", "x", "--name", "one", "--times", "3"], standalone_mode=False) == 4
    assert got == [3, Place(Path("x"), False), Name("one")]


def test_options_keep_their_order_and_their_defaults() -> None:
    def command(*, place: Place, times: Annotated[int, typer.Option("--times")] = 1) -> int:
        return times

    seen = inspect.signature(grouped(command)).parameters
    assert [(one.name, one.default) for one in seen.values()] == [
        ("folder", Path("here")),
        ("deep", False),
        ("times", 1),
    ]


def test_an_option_without_a_default_is_asked_for() -> None:
    def command(*, name: Name, place: Place) -> int:
        return 0

    app = typer.Typer(rich_markup_mode=None)
    app.command()(grouped(command))
    with pytest.raises(typer.BadParameter.__mro__[2], match="name"):
        app([], standalone_mode=False)


def test_two_groups_with_the_same_option_are_refused() -> None:
    def command(*, place: Place, other: SecondFolder) -> int:
        return 0

    with pytest.raises(TypeError, match="two options folder"):
        grouped(command)


@pytest.mark.parametrize("name", SUMMARIES)
def test_a_command_takes_few_parameters(name: str) -> None:
    module = importlib.import_module(f"mmpctl.cli.commands.{name}")
    group = getattr(module, "app", None)
    functions = (
        [one.callback for one in group.registered_commands]
        if group is not None
        else [getattr(module, name, None) or getattr(module, f"{name}_")]
    )
    for function in functions:
        own = inspect.signature(inspect.unwrap(function), follow_wrapped=False)
        assert len(own.parameters) <= 7, f"{name}: put options that belong together into a group"
