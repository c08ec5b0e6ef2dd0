"""A page as a browser reads it: elements, ids, text; and what a page that needs nothing must not have."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, field
from html.parser import HTMLParser

from mmpctl.reports.reminder import REMINDER_FILE

VOID = {"meta", "br"}


@dataclass
class Page(HTMLParser):
    """What was found in a page."""

    html: str
    ids: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    elements: list[str] = field(default_factory=list)
    attributes: list[tuple[str, str | None]] = field(default_factory=list)
    style: str = ""
    policy: str = ""
    text: str = ""

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._open: list[str] = []
        self.feed(self.html)
        self.close()
        assert self._open == [], "an element has no end"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        self.attributes += attrs
        given = dict(attrs)
        if given.get("id"):
            self.ids.append(given["id"] or "")
        if tag == "a":
            self.links.append(given.get("href") or "")
        if given.get("http-equiv") == "Content-Security-Policy":
            self.policy = given.get("content") or ""
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open and self._open[-1] == tag, f"</{tag}> closes {self._open[-1:]}"
        self._open.pop()

    def handle_data(self, data: str) -> None:
        if self._open[-1:] == ["style"]:
            self.style += data
        else:
            self.text += data


def check_page(html: str) -> Page:
    """Read a page, and make sure that it is whole, needs nothing from outside, and can run nothing.

    Args:
        html: all of it.
    """
    page = Page(html)
    assert len(page.ids) == len(set(page.ids))
    # The one file beside a page that it names: whoever follows the link needs no network for it either.
    assert set(page.links) - {REMINDER_FILE} <= {f"#{one}" for one in page.ids}
    assert not {"script", "link", "img", "iframe", "object", "embed", "form", "base", "svg"} & set(page.elements)
    assert not [name for name, _ in page.attributes if name in ("src", "style", "srcset") or name.startswith("on")]
    assert "url(" not in page.style and "@import" not in page.style and "://" not in page.style
    digest = base64.b64encode(hashlib.sha256(page.style.encode()).digest()).decode()
    assert page.policy.startswith(f"default-src 'none'; style-src 'sha256-{digest}';")
    assert page.elements.count("h1") == 1
    assert page.elements.count("table") == page.elements.count("caption")
    assert [character for character in page.text if not character.isprintable() and character != "\n"] == []
    return page
