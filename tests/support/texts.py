"""The texts for users that stand in the package's source."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
LAB = ROOT / "mmpctl" / "lab"  # its texts are those of a device


def modules() -> list[Path]:
    """Every module whose texts users read: those of the package, through its links too, but the lab's."""
    rooms = [ROOT / "mmpctl", *(ROOT / room for room in ("runbooks", "tasks", "inventory"))]
    return sorted(file for room in rooms if room.is_dir() for file in room.rglob("*.py") if LAB not in file.parents)


def shown(node: ast.AST) -> str | None:
    """A literal as a user reads it, with the expressions in braces; None for anything else."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    if isinstance(node, ast.JoinedStr):
        return "".join(
            str(part.value) if isinstance(part, ast.Constant) else f"{{{ast.unparse(part.value)}}}"
            for part in node.values
            if isinstance(part, (ast.Constant, ast.FormattedValue))
        )
    return None


def literals(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Every text of a module that is neither a docstring nor a part of another text, with its line."""
    inner = {id(one.value) for one in ast.walk(tree) if isinstance(one, (ast.Expr, ast.FormattedValue))}
    inner |= {id(part) for one in ast.walk(tree) if isinstance(one, ast.JoinedStr) for part in one.values}
    for one in ast.walk(tree):
        if id(one) not in inner and (text := shown(one)) is not None:
            yield getattr(one, "lineno", 0), text


def advice(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Every text that is given as `advice=`, either branch of a condition included."""
    for one in ast.walk(tree):
        if isinstance(one, ast.keyword) and one.arg == "advice":
            branches = [one.value.body, one.value.orelse] if isinstance(one.value, ast.IfExp) else [one.value]
            yield from ((branch.lineno, text) for branch in branches if (text := shown(branch)))
