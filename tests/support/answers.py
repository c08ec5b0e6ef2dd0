"""What devices answer, as recorded: the files beside the tests of their parsing."""

from __future__ import annotations

from pathlib import Path

from mmpctl.device.answers import parse
from mmpctl.device.commands import DECLARED

CASES = Path(__file__).parents[1] / "device" / "answers" / "parse"
TEMPLATES = Path(parse.__file__).parents[2] / "templates" / "ttp"
RAWS = sorted(CASES.glob("*/*.raw"))


def command_of(raw: Path) -> str:
    """The command that an answer is of."""
    return next(name for name in DECLARED if name.replace(" ", "_") == raw.parent.name)


def raw_of(case: str) -> str:
    """The text of an answer: `FOLDER/FILE`, without its ending."""
    return (CASES / f"{case}.raw").read_text(encoding="utf-8")


def name_of(raw: Path) -> str:
    """The name of an answer among the cases."""
    return f"{raw.parent.name}/{raw.stem}"
