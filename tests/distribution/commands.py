"""The reference and the manual page, made from the commands; `python -m tests.distribution.commands` writes them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer

from mmpctl.cli.app import app
from mmpctl.cli.guide import GUIDES, Guide
from mmpctl.exit_codes import MEANINGS

DOCS = Path(__file__).parents[2] / "docs"
PAGE, MANUAL = DOCS / "commands.md", DOCS / "mmpctl.1"
_MADE = "Made from the commands by `python -m tests.distribution.commands`; do not edit."
# What they are for is told in docs/reference.md.
_VARIABLES = {
    "MMP_INVENTORY": "The inventory, if -i is not given.",
    "MMP_USERNAME": "The account that signs in.",
    "MMP_PASSWORD": "Its password, or the passphrase of the key.",
    "MMP_SSH_KEY": "A private key file to sign in with.",
    "MMP_KNOWN_HOSTS": "The file with the host keys.",
    "MMPCTL_DEBUG": "With 1: the same as mmpctl --debug.",
    "NO_COLOR": "No colours, if it is set.",
    "COLUMNS": "How wide a help text may be.",
}


@dataclass(frozen=True)
class Entry:
    """One command.

    Args:
        words: its name, without `mmpctl`.
        usage: what may stand behind its name.
        about: paragraphs.
        records: each argument and option, with its help.
        guide: examples and exit codes.
    """

    words: str
    usage: str
    about: list[str]
    records: list[tuple[str, str]]
    guide: Guide


def entries() -> Iterator[Entry]:
    """All commands that do something, in the order of `mmpctl --help`."""
    root: Any = typer.main.get_command(app)
    yield from _below(root, "", None)


def _below(group: Any, words: str, parent: Any) -> Iterator[Entry]:
    context_class = group.context_class
    for name, command in group.commands.items():
        path = f"{words} {name}".strip()
        context = context_class(command, info_name=f"mmpctl {path}", parent=None, max_content_width=100)
        if getattr(command, "commands", None):
            yield from _below(command, path, context)
            continue
        records = [one.get_help_record(context) for one in command.get_params(context)]
        paragraphs = [" ".join(one.split()) for one in (command.help or "").split("\n\n")]
        usage = " ".join(command.collect_usage_pieces(context))
        yield Entry(path, usage, paragraphs, [one for one in records if one], GUIDES[path])


def page() -> str:
    """The reference in Markdown."""
    parts = [f"# Commands\n\nWhat `mmpctl COMMAND --help` shows. {_MADE}\n"]
    for one in entries():
        parts.append(f"\n## mmpctl {one.words}\n\n" + "\n\n".join(one.about) + "\n")
        parts.append(f"\n```\nmmpctl {one.words} {one.usage}\n```\n\n| | |\n|---|---|\n")
        parts += [f"| `{_cell(left)}` | {_cell(right)} |\n" for left, right in one.records]
        parts.append("\nExamples:\n\n```\n" + "\n".join(one.guide.examples) + "\n```\n")
        parts.append("\nExit codes: " + " · ".join(f"{code} {meaning}" for code, meaning in one.guide.lines()) + "\n")
    return "".join(parts)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def manual() -> str:
    """The manual page, section 1, for `man`."""
    lines = [
        '.\\" ' + _MADE.replace("`", ""),
        ".TH MMPCTL 1",
        ".SH NAME",
        "mmpctl \\- renew the database\\-cluster certificates of Cisco Meeting Servers",
        ".SH SYNOPSIS",
        ".B mmpctl",
        ".I COMMAND",
        "[OPTIONS]",
        ".SH COMMANDS",
    ]
    for one in entries():
        lines += [f".SS mmpctl {_roff(one.words)} {_roff(one.usage)}"]
        for number, paragraph in enumerate(one.about):
            lines += [".PP", *_text(paragraph)] if number else _text(paragraph)
        for left, right in one.records:
            lines += [".TP", f".B {_roff(left)}", *_text(right)]
        lines += [
            ".PP",
            "Examples:",
            ".PP",
            ".nf",
            *(f".RS 4\n{_roff(text)}\n.RE" for text in one.guide.examples),
            ".fi",
        ]
        lines += [".PP", *_text("Exit codes: " + ", ".join(str(code) for code in one.guide.codes))]
    lines.append(".SH EXIT STATUS")
    for code, meaning in MEANINGS.items():
        lines += [".TP", f".B {code}", *_text(meaning)]
    lines.append(".SH ENVIRONMENT")
    for name, meaning in _VARIABLES.items():
        lines += [".TP", f".B {name}", *_text(meaning)]
    return "\n".join(lines) + "\n"


def _text(text: str) -> list[str]:
    line = _roff(" ".join(text.split()))
    # A line that begins with a point or an apostrophe would be a command of roff's.
    return [f"\\&{line}" if line.startswith((".", "'")) else line]


def _roff(text: str) -> str:
    # Every `man` knows these; not every one reads UTF-8.
    return text.replace("\\", "\\e").replace("…", "...").replace("-", "\\-").replace("'", "\\(aq").replace("`", "\\(ga")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    MANUAL.write_text(manual(), encoding="utf-8")
