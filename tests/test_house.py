"""The house is kept: what the tree, its imports and its names must be like, whoever adds to it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]


def imported(path: Path) -> Iterator[str]:
    """Each module or name that a module of the tests imports, written out."""
    package = path.relative_to(ROOT).parent.parts
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (one.name for one in node.names)
        elif isinstance(node, ast.ImportFrom):
            from_here = package[: len(package) - node.level + 1] if node.level else ()
            module = ".".join([*from_here, *filter(None, [node.module])])
            yield from (f"{module}.{one.name}" for one in node.names)


def of_a_test_module(name: str) -> bool:
    return any(part == "conftest" or part.startswith("test_") for part in name.split("."))


def test_no_module_takes_anything_from_a_test_module() -> None:
    folders = (ROOT / "tests", ROOT / "benchmarks", ROOT / "examples")
    modules = [path for folder in folders for path in sorted(folder.rglob("*.py"))]
    assert len(modules) > 250
    taken = [
        f"{path.relative_to(ROOT)}: {name}" for path in modules for name in imported(path) if of_a_test_module(name)
    ]
    assert taken == [], "what several tests use lies in tests/support, one noun a module"
