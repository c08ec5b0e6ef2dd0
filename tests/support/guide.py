"""The guides of the documents as they are read: their commands, in their order."""

from __future__ import annotations

import re
from pathlib import Path

_PAGES = Path(__file__).parents[2] / "docs"
_BLOCK = re.compile(r"^```(?P<language>\w*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)


def chapter(page: str, title: str) -> str:
    """Return the text of a chapter, from its title to the next one.

    Args:
        page: in the folder of documents.
        title: of the chapter.
    """
    text = (_PAGES / page).read_text(encoding="utf-8")
    _, found, rest = text.partition(f"\n## {title}\n")
    assert found, f"{page} has no chapter {title!r}"
    return re.split(r"^## ", rest, maxsplit=1, flags=re.MULTILINE)[0]


def blocks(text: str, language: str = "") -> list[str]:
    """Return the blocks of a text that are in a language, without the marks around them.

    Args:
        text: of a chapter.
        language: as it stands behind the mark; none for what is typed in a shell.
    """
    return [one["text"] for one in _BLOCK.finditer(text) if one["language"] == language]


def typed(text: str) -> list[str]:
    """Return the lines that a reader types in a shell.

    Args:
        text: of a chapter.
    """
    return [line for block in blocks(text) for line in block.splitlines() if _is_command(line)]


def _is_command(line: str) -> bool:
    return line.startswith(("mmpctl ", "zip ", "printf "))
