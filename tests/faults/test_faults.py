"""Every case of the table of faults: exit code, what the devices were told, every database's rows, what is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults import case as table
from tests.faults.play import played
from tests.support.command import Command
from tests.support.gate import some
from tests.support.lab import Lab

PLAYED = table.played()


@pytest.mark.parametrize("file", some(PLAYED.values(), every=10, ids=list(PLAYED)))
def test_fault(file: Path, lab: Lab, mmpctl: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    case = table.read(file)
    assert case.first is not None
    with played(case, lab, mmpctl, monkeypatch, tmp_path) as play:
        play.do(case.first)
        assert not play.fleet.faults.waiting, "a fault did not happen"
        for run in case.then:
            if run.mended:
                play.mend()
            play.do(run)
