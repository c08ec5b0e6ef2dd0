"""The running lab for people: how to use it."""

from __future__ import annotations

from rich.console import RenderableType
from rich.text import Text

from mmpctl.reports.sentences import Copied
from mmpctl.reports.typed import call
from mmpctl.reports.widgets import Document, block, points, stack, words


def lab(document: Document) -> RenderableType:
    """Return the document of `mmpctl lab up`."""
    facts: list[tuple[Text, RenderableType]] = [
        (Text(f"{label}:"), words(document[key]))
        for label, key in (
            ("Inventory", "inventory"),
            ("Certificates", "certificates"),
            ("Host keys", "known_hosts"),
            ("Process", "pid"),
            ("Until", "ends_at"),
        )
        if document.get(key) is not None
    ]
    return stack(
        [
            block(Text("The lab is running, on loopback only.", "bold green"), points(facts)),
            _commands("Type this first; it sets the account and the host keys:", document["environment"]),
            _commands("Then, for example:", document["try"]),
        ]
    )


def _commands(title: str, commands: list[str]) -> RenderableType:
    typed = (words(call().plain(one)).plain for one in commands)
    return block(Text(title, "bold"), *(Copied(Text(one, "cyan")) for one in typed))
