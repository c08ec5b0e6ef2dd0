"""A folder to begin with, for people: what was made, and what to do next."""

from __future__ import annotations

from rich.console import RenderableType
from rich.text import Text

from mmpctl.documents.init import InitDocument
from mmpctl.reports.sentences import Copied
from mmpctl.reports.typed import call
from mmpctl.reports.widgets import block, stack, words


def init(document: InitDocument) -> RenderableType:
    """Return the document of `mmpctl init`."""
    commands = [call().plain(one, elsewhere=True) for one in document["next"]]
    return stack(
        [
            block(Text("Made:", "bold"), *(_whole(name) for name in document["files"])),
            block(Text("Kept as it was:", "bold"), *(_whole(name) for name in document["kept"]))
            if document["kept"]
            else None,
            block(Text("Replace the examples by your servers in", "bold"), _whole(document["edit"])),
            block(Text("Then type:", "bold"), *(_whole(one, "cyan") for one in commands)),
        ]
    )


def _whole(line: str, style: str = "") -> Copied:
    return Copied(Text(f"  {words(line).plain}", style))
