"""The page of an audit: one HTML file that needs no network, for the morning and for the mail."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from jinja2 import Environment, Template
from markupsafe import Markup

from mmpctl.reports.audit_view import KINDS, SEVERITIES, SIGNS, horizons, lanes, matrix, rows, scale
from mmpctl.reports.harmless import harmless
from mmpctl.reports.parts import Document, counted, outlived
from mmpctl.reports.run_page import source

# Who has no script sees so many rows; the others are told of.
_WITHOUT_SCRIPT = 200
_AUTHORITIES_SHOWN = 50


def audit_page(document: Document, history: Sequence[Mapping[str, Any]] = ()) -> str:
    """An audit's page.

    Args:
        document: of `mmpctl audit`.
        history: audits of before, the oldest first, each with `at` and the counts by severity.

    Returns:
        The whole file; whatever devices say in it is text, and nothing else.
    """
    shown = [_harmless(row) for row in rows(document)]
    style, script = Markup(source("run.css") + source("audit.css")), Markup(source("audit.js"))  # noqa: S704  our own
    picture, left_out = lanes(document)
    return _template().render(
        document=document,
        horizons=horizons(document),
        lanes=picture,
        lanes_left_out=left_out,
        scale=scale(),
        matrix=matrix(document),
        authorities_shown=_AUTHORITIES_SHOWN,
        rows=shown[:_WITHOUT_SCRIPT],
        total=len(shown),
        data=_data({"rows": shown, "signs": SIGNS, "kinds": KINDS}),
        history=history,
        most=max((sum(one["counts"].values()) for one in history), default=0) or 1,
        style=style,
        script=script,
        policy=(
            f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; base-uri 'none'; "
            "form-action 'none'"
        ),
    )


@cache
def _template() -> Template:
    environment = Environment(autoescape=True, finalize=_plain, trim_blocks=True, lstrip_blocks=True)
    environment.globals.update(counted=counted, outlived=outlived, signs=SIGNS, kinds=KINDS, severities=SEVERITIES)
    return environment.from_string(source("audit.html.j2"))


def _plain(value: Any) -> Any:
    if isinstance(value, Markup | int | float):
        return value
    return "–" if value is None else harmless(value)


def _harmless(value: Any) -> Any:
    """The same, with control characters and turns of the writing direction made visible."""
    if isinstance(value, str):
        return harmless(value)
    if isinstance(value, Mapping):
        return {name: _harmless(one) for name, one in value.items()}
    return [_harmless(one) for one in value] if isinstance(value, list) else value


def _data(value: Any) -> Markup:
    # Nothing in it can end the block that it stands in, or begin another one.
    text = json.dumps(value, ensure_ascii=True, separators=(",", ":"))
    return Markup(text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))  # noqa: S704  escaped


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
