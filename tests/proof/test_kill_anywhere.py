"""Kill anywhere: a run dies at every point that a calm run passes, and is finished as the calm run ended."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from nornir.core import Nornir

from mmpctl.display.events import Silent
from mmpctl.lab.fleet import Fleet
from mmpctl.renewal.context import Watch
from mmpctl.runbooks import resume
from mmpctl.runbooks.renew import RenewReport
from mmpctl.runs import runs_folder
from tests.proof.boundaries import AFTER, BEFORE, TORN, Point
from tests.proof.calm import LIMITS, Calm, durations
from tests.proof.death import Death, Mortal
from tests.proof.ending import ending
from tests.support.fleet import DATABASES, nornir, renewed
from tests.support.gate import dealt
from tests.support.lab import Lab

# The points are dealt out to so many tests: one of them is in `make test`, some are in the gate, all in `make prove`.
HANDS = 66


class Notes(Silent):
    """Keeps what a run notes."""

    def __init__(self) -> None:
        self.notes: list[str] = []

    def note(self, cluster: str, text: str) -> None:
        self.notes.append(text)


def test_the_points_are_every_record_and_every_word_that_changes_a_node(
    calm: Calm, figure: Callable[[str, int | str], None]
) -> None:
    assert len(set(calm.points)) == len(calm.points), "each point has a name of its own"
    for moment in (BEFORE, TORN, AFTER):
        assert sorted(calm.records) == [point.what for point in calm.points if point.moment == moment]
    confirmed = [point for point in calm.points if point.confirms]
    assert len(confirmed) == sum(len(node.operations) for node in calm.ending.values())
    assert {calm.ending[name].rows for name in DATABASES} == {calm.rows}
    hands = [point for hand in range(HANDS) for point in calm.points[hand::HANDS]]
    assert sorted(hands) == list(calm.points)
    figure(f"points of death of a renewal with {calm.file_names} names, in the process", len(calm.points))


# A library's thread that was sending when its connection was closed says so.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
@pytest.mark.parametrize("hand", dealt(HANDS, in_gate=6))
def test_a_run_that_died_is_finished(lab: Lab, tmp_path: Path, calm: Calm, hand: int) -> None:
    wrong = {}
    for number, point in enumerate(calm.points[hand::HANDS]):
        fleet = lab("expired", **durations(point))
        told = _died_and_resumed(fleet, tmp_path / str(number), point, calm)
        fleet.stop()
        if told is not None:
            wrong[str(point)] = told
    assert not wrong


def _died_and_resumed(fleet: Fleet, place: Path, point: Point, calm: Calm) -> str | None:
    with pytest.raises(Death), Mortal(point, fleet.folder / "lab.log").living():
        renewed(fleet, place, limits=LIMITS, names=calm.file_names)
    nr, runs = nornir(fleet), place / "runs"
    # At any point, another thread may be in the middle of a line.
    is_cut = (runs_folder.every(runs)[-1].path / "journal.jsonl").read_bytes()[-1:] not in (b"", b"\n")
    assert is_cut or point.moment != TORN
    told = Notes()
    report = _resumed(nr, runs, told)
    if report.code != 0:
        return f"not finished: {report.clusters}"
    if ending(fleet) != calm.ending:
        return f"another end: {ending(fleet)}, not {calm.ending}"
    if is_cut != any("its last line was cut" in note for note in told.notes):
        return f"the cut line: {told.notes}"
    again = _resumed(nr, runs, Silent())
    if (again.code, again.clusters[0].outcome) != (0, "nothing to do"):
        return f"something was left: {again.clusters}"
    return None


def _resumed(nr: Nornir, runs: Path, progress: Silent) -> RenewReport:
    return resume.run(nr, runs_folder.every(runs)[-1], watch=Watch(progress, limits=LIMITS))
