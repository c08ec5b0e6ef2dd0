"""What `make test` leaves out is in `make gate`, and `.ci/run` runs both."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import settings

from tests.support import gate
from tests.support.children import PATIENCE_SECONDS
from tests.support.gate import WHOLE_RENEWALS, examples, mark_whole_renewals, some

ROOT = Path(__file__).parents[2]


def test_make_test_and_make_gate_are_all_tests_and_ci_runs_both() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    chosen = {
        target: re.findall(rf"^{target}: .*\n\t@.* -m pytest .*-m (.*)$", makefile, re.MULTILINE)
        for target in ("test", "gate")
    }
    assert chosen == {"test": ['"not gate"'], "gate": ['"gate or hypothesis"']}
    run = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    assert {"make test", "make gate"} <= set(run)


def test_one_in_so_many_is_in_make_test() -> None:
    params = some([(1, "a"), (2, "b"), (3, "c"), (4, "d")], every=3, ids=["w", "x", "y", "z"])
    assert [param.id for param in params if not param.marks] == ["w", "z"]
    assert [param.values for param in params] == [(1, "a"), (2, "b"), (3, "c"), (4, "d")]


def test_of_whole_renewals_the_first_of_each_module() -> None:
    assert all((ROOT / "tests" / module).is_file() for module in WHOLE_RENEWALS)
    places = ["renewal/test_resume.py", "cli/test_commands.py", "renewal/test_resume.py", "renewal/test_swapped.py"]
    marked: list[int] = []
    items = [
        SimpleNamespace(path=ROOT / "tests" / place, add_marker=lambda _, number=number: marked.append(number))
        for number, place in enumerate(places)
    ]
    mark_whole_renewals(items)  # type: ignore[arg-type]
    assert marked == [2]


def test_the_mark_is_there_when_tests_are_chosen() -> None:
    module = "tests/renewal/test_unknown_lines.py"

    def chosen(*words: str) -> list[str]:
        said = subprocess.run(
            [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", *words, module],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
            check=True,
        )
        return [line for line in said.stdout.splitlines() if "::" in line]

    every = chosen("-o", "addopts=")
    assert len(every) > 2
    assert chosen("-o", "addopts=", "-m", "not gate") == every[:1]


def test_of_the_examples_of_a_property_a_quarter_unless_the_gate_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate, "_divisor", 1)
    before = settings.get_current_profile_name()
    try:
        for expression, all_of_80, usual in (("gate or hypothesis", 80, 100), ("", 80, 100), ("not gate", 20, 25)):
            settings.load_profile("shared")
            gate.play_few(expression)
            assert (examples(80).max_examples, settings().max_examples) == (all_of_80, usual)
    finally:
        settings.load_profile(before)
