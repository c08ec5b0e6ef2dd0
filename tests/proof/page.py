"""The page that tells what was proved, when, and of what."""

from __future__ import annotations

import platform
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "proof.md"

_HEAD = """# What was proved

`make prove` runs what is too heavy for `make test`, and writes its last result here: do not edit. One of them,
for instance `python -m tests.proof mutation`, can be run alone, and replaces its own section.
"""
_BEGINNING = "\n## "


@dataclass(frozen=True, slots=True)
class Section:
    """One proof and its last result.

    Args:
        title: its name.
        about: what is shown, and how.
        passed: whether it held.
        ended: when, aware.
        seconds: how long it took.
        figures: what was counted.
    """

    title: str
    about: str
    passed: bool
    ended: datetime
    seconds: float
    figures: Mapping[str, int | str]


def with_section(before: str, section: Section) -> str:
    """The page, with one proof's section as it is now.

    Args:
        before: the page as it was; empty where there is none.
        section: the proof that was run.
    """
    kept = dict(part.split("\n", 1) for part in before.split(_BEGINNING)[1:])
    kept[section.title] = _body(section)
    return _HEAD + "".join(f"{_BEGINNING}{title}\n{body.rstrip()}\n" for title, body in kept.items())


def _body(section: Section) -> str:
    result = {
        "result": "holds" if section.passed else "**does not hold**",
        **section.figures,
        "took": _span(section.seconds),
        "date": section.ended.strftime("%Y-%m-%d %H:%MZ"),
        "commit": _commit(),
        "with": f"Python {platform.python_version()}, "
        + ", ".join(f"{name} {version(name)}" for name in ("hypothesis", "mutmut", "pytest")),
    }
    return f"\n{section.about}\n\n{_table(result)}"


def _table(rows: Mapping[str, int | str]) -> str:
    told = (
        f"| {name} | {value:,} |" if isinstance(value, int) else f"| {name} | {value} |" for name, value in rows.items()
    )
    return "\n".join(("| | |", "|---|---|", *told)) + "\n"


def _span(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def _commit() -> str:
    """The commit that was checked out, and whether anything but this page was changed since."""
    try:
        commit = _git("rev-parse", "--short=12", "HEAD").strip()
        changed = [line for line in _git("status", "--porcelain").splitlines() if line[3:] != "docs/proof.md"]
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return f"{commit}, with changes" if changed else commit


def _git(*arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, encoding="utf-8", check=True).stdout
