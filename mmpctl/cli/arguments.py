"""Arguments in help and usage: by the word that says what is meant, never by a type of Python's."""

from __future__ import annotations

from typing import Any

from typer.core import TyperCommand


class Command(TyperCommand):
    """A command that shows `RUN`, where typer shows `RUN <str>` in the list and `{RUN}` in the usage."""

    def get_params(self, ctx: Any) -> list[Any]:
        """Give the parameters, the arguments among them without their type."""
        params: list[Any] = super().get_params(ctx)
        for one in params:
            if one.param_type_name == "argument":
                # Releases of typer that show no type have no such method, and do not ask for it.
                one.display_type_rich = _no_type
        return params

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """Give the words of the usage line."""
        return [piece.strip("{}") for piece in super().collect_usage_pieces(ctx)]


def _no_type(ctx: object) -> None:
    return None
