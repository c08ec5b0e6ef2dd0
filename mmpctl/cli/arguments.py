"""What every command is: its arguments shown by the word that says what is meant, its work announced."""

from __future__ import annotations

from typing import Any

from typer.core import TyperCommand, TyperGroup

from mmpctl.cli.values import lighten


class Command(TyperCommand):
    """A command that shows `RUN`, where typer shows `RUN <str>` in the list and `{RUN}` in the usage.

    Whoever called the program is told when the work begins: help, completion and a mistyped option have none.
    """

    def invoke(self, ctx: Any) -> Any:
        """Do the work."""
        begins = getattr(ctx.obj, "begin", None)
        if begins is not None:
            begins()
        return super().invoke(ctx)

    def get_params(self, ctx: Any) -> list[Any]:
        """Give the parameters, the arguments among them without their type."""
        params: list[Any] = super().get_params(ctx)
        lighten(params, self.callback)
        for one in params:
            if one.param_type_name == "argument":
                # Releases of typer that show no type have no such method, and do not ask for it.
                one.display_type_rich = _no_type
        return params

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """Give the words of the usage line."""
        return [piece.strip("{}") for piece in super().collect_usage_pieces(ctx)]


class Group(TyperGroup):
    """A group of commands; to name one of them loads as little as the command itself."""

    def get_params(self, ctx: Any) -> list[Any]:
        """Give the parameters."""
        params: list[Any] = super().get_params(ctx)
        lighten(params, self.callback)
        return params


def _no_type(ctx: object) -> None:
    return None
