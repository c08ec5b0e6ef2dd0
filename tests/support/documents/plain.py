"""What the documents have in common: a hostile text, and changes that keep a document's form."""

from __future__ import annotations

from typing import Any

# A subject, an error or a file name that tries to take over the terminal, the markup and the direction of writing.
HOSTILE = "x\x1b[2J\x1b]0;owned\x07\x9b31m[bold red]\u202eevil[/]\u2066\r\ndone"


def altered(document: Any, **changes: Any) -> Any:
    """Return a part of a document with some of its values changed.

    Args:
        document: as the program makes it.
        changes: by their keys, which it must have.
    """
    assert changes.keys() <= document.keys(), f"a document has no {changes.keys() - document.keys()}"
    return {**document, **changes}
