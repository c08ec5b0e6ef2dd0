"""Every case of the table of faults: exit code, what the devices were told, every database's rows, what is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.case import Case, cases
from tests.faults.play import played
from tests.support.command import Command
from tests.support.gate import some
from tests.support.lab import Lab

PLAYED = [case for case in cases() if case.test is None]


@pytest.mark.parametrize("case", some(PLAYED, every=10, ids=[case.id for case in PLAYED]))
def test_fault(case: Case, lab: Lab, mmpctl: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert case.first is not None
    with played(case, lab, mmpctl, monkeypatch, tmp_path) as play:
        play.do(case.first)
        assert not play.fleet.faults.waiting, "a fault did not happen"
        for run in case.then:
            if run.mended:
                play.mend()
            play.do(run)
