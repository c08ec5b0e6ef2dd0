"""Tables and pages know every word of the lists that they show, and no other."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

import pytest
from jinja2 import Environment, nodes

from mmpctl.cluster.preflight import Verdict
from mmpctl.device.ssh.host_key import Trust
from mmpctl.evidence.model import FileNow
from mmpctl.history.changes import Kind
from mmpctl.reports import history_table, plan_table, renewal_table, trust_table, widgets
from mmpctl.reports.audit import view
from mmpctl.reports.run import view as run_view
from mmpctl.reports.run.page import source
from mmpctl.runs import seal
from mmpctl.runs.ending import Ending
from mmpctl.severity import STATES, Severity


@pytest.mark.parametrize(
    ("shown", "words"),
    [
        (history_table.STYLES, Kind),
        (plan_table.VERDICTS, Verdict),
        (renewal_table.OUTCOMES, Ending),
        (trust_table.STATES, Trust),
        (widgets.STYLES, Severity),
        (view.KINDS, STATES),
        (view.SIGNS, STATES),
        # A run that has no end yet has no word for it.
        (run_view.OUTCOMES, [*Ending, None]),
    ],
    ids=["changes", "verdicts", "endings", "host keys", "severities", "kinds", "signs", "endings on the page"],
)
def test_a_table_knows_each_word_of_its_list(shown: Mapping[Any, object], words: Iterable[str | None]) -> None:
    assert set(shown) == set(words)


# What a page compares with a text, by the last name before it, and what this can be.
COMPARED: Mapping[str, Collection[str]] = {
    "severity": STATES,
    "kinds": set(view.KINDS.values()),
    "now": set(FileNow),
    "proof": {seal.PROVED, seal.OTHER_KEY, seal.UNSEALED, seal.CHANGED},
    "kind": {"good", "warn", "bad", "tick"},
    "word": {word for _, word, _ in run_view.OUTCOMES.values()},
    # A column of the page itself.
    "key": {"days"},
}


def compared(page: str) -> Iterator[tuple[str, str]]:
    """Each text that a page compares something with, after the name of what it is."""
    for node in Environment(autoescape=True).parse(source(page)).find_all(nodes.Compare):
        for operand in node.ops:
            several = operand.expr.items if isinstance(operand.expr, nodes.Tuple) else (operand.expr,)
            for one in several:
                if isinstance(one, nodes.Const) and isinstance(one.value, str):
                    yield _name(node.expr), one.value


def _name(node: nodes.Node) -> str:
    if isinstance(node, nodes.Getattr):
        return node.attr
    if isinstance(node, nodes.Getitem):
        return _name(node.node)
    assert isinstance(node, nodes.Name), node
    return node.name


@pytest.mark.parametrize("page", ["audit.html.j2", "run.html.j2"])
def test_a_page_compares_with_words_of_the_program(page: str) -> None:
    found = set(compared(page))
    assert len(found) > 2
    assert {(name, text) for name, text in found if text not in COMPARED[name]} == set()


def test_the_script_of_the_page_compares_with_words_of_the_program() -> None:
    found = re.findall(r'\bseverity\s*[!=]==\s*"(\w+)"', source("audit.js"))
    assert found and set(found) <= set(STATES)
