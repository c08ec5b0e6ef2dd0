"""The page of an audit: one HTML file that needs no network, for the morning and for the mail."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

from jinja2 import Environment, Template
from markupsafe import Markup

from mmpctl.documents.audit import AuditDocument
from mmpctl.documents.history import KeptCounts
from mmpctl.reports.audit.answer import answer
from mmpctl.reports.audit.counts import counts
from mmpctl.reports.audit.entries import NONE_USED, WHOLE, entries
from mmpctl.reports.audit.expiry_lanes import lanes, scale
from mmpctl.reports.audit.matrix import matrix
from mmpctl.reports.audit.next_commands import next_commands
from mmpctl.reports.audit.problems import needs
from mmpctl.reports.audit.site_rows import NO_SITE, site_rows
from mmpctl.reports.audit.trend import HEIGHT, WIDTH, trend
from mmpctl.reports.audit.trust_links import BREAKS, broken, trust_links
from mmpctl.reports.audit.trust_map import WIDTH as MAP_WIDTH
from mmpctl.reports.audit.trust_map import trust_maps
from mmpctl.reports.audit.view import HORIZONS, KINDS, NO_END, SIGNS, horizons, link
from mmpctl.reports.page_command import command
from mmpctl.reports.run.page import source
from mmpctl.reports.sanitize import harmless
from mmpctl.reports.widgets import counted, outlived, used_by
from mmpctl.severity import STATES
from mmpctl.times import minute_of

# Who has no script sees so many rows; the others are told of.
_WITHOUT_SCRIPT = 200
# What is shown at once; what is folded; the rest is told as a number.
_LIMITS = {
    "needs": 10, "needs_folded": 40, "authorities": 10, "authorities_folded": 50, "maps": 4, "maps_folded": 40,
    "links": 400, "sites": 25,
}  # fmt: skip
_COMMAND = re.compile(r"`([^`]+)`")


def audit_page_pieces(
    document: AuditDocument,
    history: Sequence[KeptCounts] = (),
    *,
    site: str | None = None,
    index: str | None = None,
) -> Iterator[str]:
    """Yield an audit's page piece by piece: that of 10,000 nodes takes 70 MB as one text.

    Args:
        document: of `mmpctl audit`.
        history: audits of before, the oldest first, each with `at` and the counts by severity.
        site: that the page is of; None if it is of all.
        index: where the page of all sites is, a relative link; None if there is none.

    Returns:
        The pieces of the whole file; whatever devices report in it is text, and nothing else.
    """
    rows = entries(document)
    found = counts(document)
    style = page_style()
    script = Markup(source("audit.js") + source("audit_links.js"))  # noqa: S704  our own
    picture, lanes_left_out = lanes(document)
    links = trust_links(document)
    problems, problems_left_out = needs(rows, _LIMITS["needs_folded"])
    yield from page_template("audit.html.j2").generate(
        site=site,
        index=index,
        document=document,
        answer=answer(document).sentences(),
        commands=next_commands(document, document["clusters"]),
        counts=found,
        sites=site_rows(document),
        needs=problems,
        needs_left_out=problems_left_out,
        horizons=horizons(document),
        lanes=picture,
        lanes_left_out=lanes_left_out,
        scale=scale(),
        matrix=matrix(document, rows),
        rows=rows[:_WITHOUT_SCRIPT],
        total=len(rows),
        data=_data(
            {
                "rows": rows,
                "signs": SIGNS,
                "kinds": KINDS,
                "horizons": HORIZONS,
                "noEnd": NO_END,
                "wholes": [*sorted(WHOLE), NONE_USED],
            }
        ),
        links=links,
        broken=broken(links),
        maps=trust_maps(document),
        trend=trend(document, history),
        style=style,
        script=script,
        policy=(
            f"default-src 'none'; style-src '{digest(style)}'; script-src '{digest(script)}'; base-uri 'none'; "
            "form-action 'none'"
        ),
    )


def page_style() -> Markup:
    """Return the style sheet of an audit's pages."""
    return Markup(source("run.css") + source("audit.css"))  # noqa: S704  our own


@cache
def page_template(name: str) -> Template:
    """Return a template of an audit's pages.

    Args:
        name: of its file.
    """
    environment = Environment(autoescape=True, finalize=_plain, trim_blocks=True, lstrip_blocks=True)
    environment.globals.update(
        counted=counted, outlived=outlived, used_by=used_by, no_end=NO_END,
        coded=coded, command=command, human=minute_of, link=link, signs=SIGNS, kinds=KINDS,
        breaks=BREAKS, map_width=MAP_WIDTH, no_site=NO_SITE,
        severities=STATES, limits=_LIMITS, trend_width=WIDTH, trend_height=HEIGHT,
    )  # fmt: skip
    return environment.from_string(source("audit_parts.html.j2") + source(name))


def coded(text: object) -> Markup:
    """Return a sentence with its commands, which stand between backticks, set as code.

    Args:
        text: of a finding; escaped before anything else.
    """
    pieces = _COMMAND.split(harmless(text))
    return Markup("").join(command(one) if at % 2 else one for at, one in enumerate(pieces))


def _plain(value: Any) -> Any:
    if isinstance(value, Markup | int | float):
        return value
    return "–" if value is None else harmless(value)


def _data(value: Any) -> Markup:
    # Nothing in it can end the block that it stands in, or begin another one.
    text = json.dumps(value, ensure_ascii=True, separators=(",", ":"))
    return Markup(text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))  # noqa: S704  escaped


def digest(text: str) -> str:
    """Return what a policy names a style sheet or a script by.

    Args:
        text: all of it.
    """
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
