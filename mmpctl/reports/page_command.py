"""Commands in pages: as code that a browser breaks between words only, where it would also break after a hyphen."""

from __future__ import annotations

from markupsafe import Markup

from mmpctl.reports.sanitize import harmless


def command(text: object) -> Markup:
    """A command, a path or a file's name, set as code, each of its words in one piece.

    Args:
        text: escaped before anything else; a dash if there is none.
    """
    shown = "–" if text is None or text == "" else harmless(text)
    words = (Markup("<span>{}</span>").format(word) for word in shown.split(" "))
    return Markup("<code>{}</code>").format(Markup(" ").join(words))
