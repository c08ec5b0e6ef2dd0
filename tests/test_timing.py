"""What the time is spent on: each moment counted once, by node, in figures that add up over threads and processes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from mmpctl import timing
from mmpctl.reports.timing_text import timing_text
from mmpctl.timing import Phase, Recorder, summed_up


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 100.0

    def perf_counter(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(timing, "time", made)
    return made


def test_a_phase_within_another_has_its_time_to_itself(clock: Clock) -> None:
    recorder = Recorder()
    with recorder.at("lon-1"), recorder.spent_on(Phase.WAIT):
        clock.now += 2
        with recorder.spent_on(Phase.COMMANDS):
            clock.now += 3
            with recorder.spent_on(Phase.CONNECT):
                clock.now += 5
        clock.now += 7
    assert recorder.figures() == {"lon-1": {"wait": (1, 9.0), "commands": (1, 3.0), "connect": (1, 5.0)}}


def test_what_fails_has_taken_its_time_too(clock: Clock) -> None:
    recorder = Recorder()
    with pytest.raises(ZeroDivisionError), recorder.spent_on(Phase.SFTP):
        clock.now += 1
        raise ZeroDivisionError
    with recorder.spent_on(Phase.REPORT):
        clock.now += 1
    assert recorder.figures() == {"": {"sftp": (1, 1.0), "report": (1, 1.0)}}


def test_threads_do_not_mix_their_nodes() -> None:
    recorder = Recorder()

    def work(node: str) -> None:
        for _ in range(200):
            with recorder.at(node), recorder.spent_on(Phase.COMMANDS), recorder.spent_on(Phase.PARSE):
                pass

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, [f"n{number % 4}" for number in range(16)]))
    found = {node: {phase: count for phase, (count, _) in of.items()} for node, of in recorder.figures().items()}
    assert found == {f"n{number}": {"commands": 800, "parse": 800} for number in range(4)}


def test_figures_come_from_other_processes_and_add_up() -> None:
    recorder = Recorder()
    recorder.add({"lon-1": {"commands": (2, 1.0)}})
    before = recorder.figures()
    sent = {"lon-1": {"commands": (3, 0.5)}, "lon-2": {"login": (1, 0.25)}}
    recorder.add(sent)
    assert recorder.since(before) == sent
    assert recorder.figures()["lon-1"] == {"commands": (5, 1.5)}
    assert recorder.take("lon-1") == {"lon-1": {"commands": (5, 1.5)}} and recorder.take("lon-1") == {}
    assert list(recorder.figures()) == ["lon-2"]


def test_the_sum_has_the_nodes_in_the_middle_and_at_the_end() -> None:
    spent = {"a": {"login": (1, 1.0)}, "b": {"login": (2, 2.0)}, "c": {"login": (1, 9.0)}, "": {"report": (1, 0.5)}}
    document = summed_up(spent, 10.0)
    by_phase = {one["phase"]: one for one in document["phases"]}
    assert [one["phase"] for one in document["phases"]] == [phase.value for phase in Phase]
    login = by_phase["login"]
    assert (login["count"], login["seconds"], login["nodes"]) == (4, 12.0, 3)
    assert (login["node_median"], login["node_most"]) == (2.0, 9.0)
    assert (by_phase["report"]["seconds"], by_phase["report"]["node_most"], by_phase["sftp"]["count"]) == (0.5, None, 0)


def test_the_lines_stand_below_each_other() -> None:
    text = timing_text(summed_up({"a": {"sftp": (1, 1.0)}}, 123.456))
    first, head, *lines = text.splitlines()
    assert first == "Time spent: 123.46 s in all. Nodes are worked on at the same time."
    assert len(lines) == len(Phase) and {len(line) for line in (head, *lines)} == {len(head)}
    assert "SFTP             1     1.000 s      1.000 s       1.000 s" in lines
