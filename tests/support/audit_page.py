"""An audit's page in the browser."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mmpctl.reports.audit.page import audit_page_pieces


def audit_page(document: Any, history: Sequence[Any] = ()) -> str:
    """An audit's page as one text."""
    return "".join(audit_page_pieces(document, history))


class Shown:
    """A page in the browser, with all that went wrong in it."""

    def __init__(self, browser: Any, place: Path, of: Any, history: Sequence[Any] = (), **options: Any) -> None:
        self.context = browser.new_context(**options)
        self.page = self.context.new_page()
        self.requests: list[str] = []
        self.errors: list[str] = []
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("console", lambda said: self.errors.append(said.text) if said.type == "error" else None)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        place.write_text(audit_page(of, history), encoding="utf-8")
        self.page.goto(place.as_uri())

    def rows(self) -> list[list[str]]:
        """The cells of each row of certificates."""
        return [line.split("\t") for line in self.page.locator("#rows tbody").inner_text().splitlines() if line]

    def column(self, number: int) -> list[str]:
        """The cells of one column, counted from 1."""
        cells = self.page.locator(f"#rows tbody tr:not(.details) > :nth-child({number})")
        return [str(text) for text in cells.all_inner_texts()]
