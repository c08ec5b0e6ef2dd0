"""Commands that are loaded when they are used: to list them or to complete their names takes a name and a sentence."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from typer.core import TyperCommand

from mmpctl.cli.arguments import Group


class Commands(Mapping[str, Any]):
    """The commands of a group by name, each loaded when it is named.

    Args:
        summaries: the first sentence of each command's help, by its name, in the order of the help.
        load: loads the command of that name.
    """

    def __init__(self, summaries: Mapping[str, str], load: Callable[[str], Any]) -> None:
        self._summaries = summaries
        self._load = load

    def __getitem__(self, name: str) -> Any:
        if name not in self._summaries:
            raise KeyError(name)
        # Made anew each time: a command keeps the names of its help option from where it was first shown.
        return self._load(name)

    def __contains__(self, name: object) -> bool:
        return name in self._summaries

    def __iter__(self) -> Iterator[str]:
        return iter(self._summaries)

    def __len__(self) -> int:
        return len(self._summaries)

    def summary(self, name: str) -> str:
        """Return the first sentence of a command's help.

        Args:
            name: of the command.
        """
        return self._summaries[name]


class LaterGroup(Group):
    """A group whose help and completion load none of its commands."""

    later: Commands

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.commands: Any = self.later

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the names in the order of the help."""
        return list(self.later)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Return the command as help and completion want it: its name and its summary."""
        if cmd_name not in self.later:
            return None
        return TyperCommand(cmd_name, help=self.later.summary(cmd_name), rich_markup_mode=None)

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        """Return the command that is meant, loaded, and the words that are left for it."""
        name, _, rest = super().resolve_command(ctx, args)
        return name, self.later[name] if name is not None else None, rest
