"""The running lab for people: how to use it."""

from __future__ import annotations

from rich.console import RenderableType
from rich.text import Text

from mmpctl.documents.lab import LabDocument
from mmpctl.reports.sentences import Copied
from mmpctl.reports.typed import call
from mmpctl.reports.widgets import block, points, stack, words


def lab(document: LabDocument) -> RenderableType:
    """Return the document of `mmpctl lab up`."""
    facts: list[tuple[Text, RenderableType]] = [
        (Text(f"{label}:"), words(value))
        for label, value in (
            ("Inventory", document["inventory"]),
            ("Certificates", document["certificates"]),
            ("Of services", document.get("service_certificates")),
            ("Host keys", document["known_hosts"]),
            ("Process", document["pid"]),
            ("Until", document["ends_at"]),
        )
        if value is not None
    ]
    return stack(
        [
            block(Text("The lab is running, on loopback only.", "bold green"), points(facts)),
            _commands(
                "Type this first; it sets the account, the host keys and the inventory:", document["environment"]
            ),
            _commands("Then, for example:", document["try"]),
        ]
    )


def _commands(title: str, commands: list[str]) -> RenderableType:
    typed = (words(call().plain(one)).plain for one in commands)
    return block(Text(title, "bold"), *(Copied(Text(one, "cyan")) for one in typed))
