"""The page of a run: one HTML file that needs no network and runs nothing, for whoever has to judge the change."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import ChainableUndefined, Environment, Template, Undefined
from markupsafe import Markup, escape

from mmpctl.cluster.database_words import DATABASE_CLUSTER, words_of
from mmpctl.reports.node_state import follows
from mmpctl.reports.page_command import command
from mmpctl.reports.reminder import reminder_day
from mmpctl.reports.run.brief import absences, people
from mmpctl.reports.run.job_texts import texts_of
from mmpctl.reports.run.view import UnitView, duration, moment, result_mark, units
from mmpctl.reports.sanitize import harmless
from mmpctl.reports.widgets import Document, counted, size

_PAGE, _STYLE = "run.html.j2", "run.css"


@dataclass(frozen=True, slots=True)
class Transcript:
    """What was said on a node.

    Args:
        node: inventory name.
        text: the end of it, redacted when it was recorded.
        bytes: the whole length.
        left_out: bytes of its beginning that are not shown.
    """

    node: str
    text: str
    bytes: int
    left_out: int


def run_page(document: Document, transcripts: Sequence[Transcript] = ()) -> str:
    """Return a run's page.

    Args:
        document: how the run ended, `made_at`, and under `evidence` what its folder says.
        transcripts: of its nodes.

    Returns:
        The whole file; whatever devices and people wrote in it is text, and nothing else.
    """
    shown = units(document)
    style = Markup(source(_STYLE) + _places(shown))  # noqa: S704  our own, and numbers
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return _template().render(
        document=document,
        evidence=document["evidence"],
        units=shown,
        words=words_of(document["evidence"]["request"]),
        safe=texts_of(document["evidence"]["request"].get("job", DATABASE_CLUSTER)).safe.rstrip(":"),
        transcripts=transcripts,
        style=style,
        policy=f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'",
        next_time=min((day for one in shown if (day := reminder_day(one.valid_until, one.ended_at))), default=None),
        reminder=document.get("reminder"),
        begun=min((one.begun_at for one in shown if one.begun_at), default=None),
        ended=max((one.ended_at for one in shown if one.ended_at), default=None),
    )


@cache
def _template() -> Template:
    # What a run of another release did not write down is a dash in the page, no error.
    environment = Environment(
        autoescape=True, undefined=ChainableUndefined, finalize=_plain, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters.update(size=size, moment=moment, duration=duration, told=_told, result_mark=result_mark)
    environment.globals.update(counted=counted, absences=absences, command=command, people=people, follows=follows)
    return environment.from_string(source(_PAGE))


def _plain(value: Any) -> Any:
    """Every value that the page shows, with control characters and turns of the writing direction made visible."""
    if isinstance(value, Markup):
        return value
    return "–" if value is None or isinstance(value, Undefined) else harmless(value, lines=True)


def _told(sentence: object) -> Markup:
    """Return a sentence whose `commands` between backquotes are set as such."""
    pieces = harmless(sentence, lines=True).split("`")
    if len(pieces) % 2 == 0:
        return escape("`".join(pieces))
    return Markup("").join(command(one) if at % 2 else one for at, one in enumerate(pieces))


def _places(shown: Iterable[UnitView]) -> str:
    """The places of the bars: a style attribute would need a weaker policy than one style sheet with a known hash."""
    return "".join(
        f".{bar.id}{{left:{bar.left:.2f}%;width:{bar.width:.2f}%}}\n"
        for one in shown
        for line in one.timelines
        for row in line.rows
        for bar in row.bars
    )


def source(name: str) -> str:
    """Return a file of the templates for HTML.

    Args:
        name: without its folder.
    """
    return (files("mmpctl") / "templates" / "html" / name).read_text(encoding="utf-8")
