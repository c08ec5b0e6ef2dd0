"""The page of error codes is made from the sources, and knows every error that they can make."""

from __future__ import annotations

import importlib
import pkgutil
import re

import mmpctl
from mmpctl.errors import MmpError
from tests.distribution.error_codes import PAGE, entries, page, read


def every_class(kind: type[MmpError]) -> set[type[MmpError]]:
    """A class of errors and all below it."""
    return {kind}.union(*(every_class(one) for one in kind.__subclasses__()))


def test_the_page_is_made_from_the_sources() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run python -m tests.distribution.error_codes"


def test_the_sources_are_read_as_python_reads_them() -> None:
    for module in pkgutil.walk_packages(mmpctl.__path__, "mmpctl."):
        if not module.name.startswith("mmpctl.lab"):
            importlib.import_module(module.name)
    ours = {one for one in every_class(MmpError) if one.__module__.startswith("mmpctl.")}
    sources = read()
    assert {one.__name__: one.code for one in ours} == {name: sources.code_of(name) for name in sources.kinds}


def test_every_code_has_a_heading_of_its_own_with_its_kind_and_its_messages() -> None:
    text = PAGE.read_text(encoding="utf-8")
    headings = re.findall(r"^## (.+)$", text, re.MULTILINE)
    assert len(headings) == len(set(headings)) and all(re.fullmatch(r"[a-z0-9-]+", one) for one in headings)
    assert {one.code for one in entries(read())} <= set(headings)
    guard = text.partition("\n## guard\n")[2].partition("\n## ")[0]
    assert "`RefusedError`" in guard and "| the keeper never joins: its database is the one to keep |" in guard
    changed = text.partition("\n## host-key-changed\n")[2].partition("\n## ")[0]
    assert "`HostKeyError`" in changed and "has changed: recorded …, shown … | Find out why" in changed
