"""A run is shown as it is, wherever it is shown, and is never held up by being shown."""

from __future__ import annotations

import io
import itertools
import re
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from rich.cells import cell_len

from mmpctl.cluster.database_words import DATABASE_WORDS
from mmpctl.cluster.status import DatabaseStatus, Member
from mmpctl.cluster.step import Step, StepKey
from mmpctl.cluster.step_kinds import KINDS
from mmpctl.display.board import Board
from mmpctl.display.display import Display, Plain, display
from mmpctl.display.events import Progress, Silent
from mmpctl.display.terminal import Live, scrolled
from mmpctl.display.unit_progress import Story, duration
from mmpctl.errors import MmpError
from tests.support.terminal import Terminal

START = datetime(2026, 11, 23, 20, 31, 7, tzinfo=timezone.utc)
STEPS = tuple(
    Step(number, wave, node, KINDS[action], again=again)
    for number, (wave, node, action, again) in enumerate(
        [
            (1, "lon-1", "backup", False),
            (1, "lon-2", "backup", False),
            (2, "lon-2", "remove", False),
            (3, "lon-1", "remove", False),
            (4, "lon-1", "backup", True),
            (5, "lon-1", "initialize", False),
            (6, "lon-2", "join", False),
            (7, "lon-1", "verify", False),
        ],
        1,
    )
)
LEAVING = DatabaseStatus("Disabling", started_seconds=1)
LAGGING = DatabaseStatus("Enabled", nodes=(Member("10.0.0.2", True, "Connected Slave"),))


def clock() -> Callable[[], datetime]:
    """A second later each time; asked by several threads."""
    seconds = itertools.count()
    return lambda: START + timedelta(seconds=next(seconds))


def plain_lines(tell: Any) -> list[str]:
    """What the plain display makes of events."""
    stream = io.StringIO()
    with display(stream, DATABASE_WORDS, clock=clock()) as progress:
        tell(progress)
    return stream.getvalue().splitlines()


def played(board: Board, upto: int, cluster: str = "lon-prod") -> Iterable[Any]:
    """Plays the first steps on a board; the last of them is still under way."""
    lines = board.planned(START, cluster, "lon-1", STEPS)
    for step in STEPS[:upto]:
        lines += board.begins(START, cluster, step)
        if step.number < upto:
            lines += board.ends(START + timedelta(seconds=2), cluster, step, None)
    return lines


def test_plain_lines_tell_what_happens_whether_to_stop_and_what_comes_next() -> None:
    def tell(progress: Progress) -> None:
        progress.planned("lon-prod", "lon-1", STEPS)
        progress.begins("lon-prod", STEPS[2])
        progress.saw("lon-prod", "lon-2", LEAVING)
        progress.saw("lon-prod", "lon-2", DatabaseStatus("Disabling", started_seconds=9))
        progress.ends("lon-prod", STEPS[2], None)
        progress.finished("lon-prod", "stopped", "asked to")

    assert [re.sub(r"\d+ s\b", "N s", line[9:]) for line in plain_lines(tell)] == [
        "lon-prod  8 steps in 7 waves; the database of lon-1, the keeper, survives",
        "lon-prod  wave 2 of 7: removing lon-2 from the cluster",
        "lon-prod    data: the good copy is on lon-1, the keeper; backups are on this machine",
        "lon-prod    stop: safe: Ctrl-C completes running steps, starts no new ones; resume goes on",
        "lon-prod    next: removing lon-1 from the cluster",
        "lon-prod    time: now N s to 2 min; in all 3 min +",
        "lon-prod  3/8 lon-2  remove: database cluster remove",
        # That only time went by is no news.
        "lon-prod  3/8 lon-2  shows Disabling",
        "lon-prod  3/8 lon-2  remove: done in N s",
        "lon-prod  STOPPED after N s: asked to",
    ]


def test_each_line_has_the_time_of_its_event() -> None:
    def tell(progress: Progress) -> None:
        progress.planned("lon-prod", "lon-1", STEPS)
        progress.note("lon-prod", "x")

    times = [line[:8] for line in plain_lines(tell)]
    assert times[0] == "20:31:07"
    assert times[1] > times[0]


def test_a_failure_is_told_with_its_cure() -> None:
    error = MmpError("it has not ended", advice="look by hand\x1b[2J")

    def tell(progress: Progress) -> None:
        progress.planned("lon-prod", "lon-1", STEPS)
        progress.begins("lon-prod", STEPS[0])
        progress.ends("lon-prod", STEPS[0], error)

    failed, cure = plain_lines(tell)[-2:]
    assert "1/8 lon-1  backup: FAILED after" in failed
    assert failed.endswith("it has not ended")
    assert cure.endswith("1/8 lon-1  → look by hand\\x1b[2J")


def test_a_note_about_no_cluster_is_a_line_too() -> None:
    assert plain_lines(lambda progress: progress.note("", "stopping"))[0].split() == ["20:31:07", "stopping"]


def test_a_stream_that_is_closed_stops_nothing() -> None:
    stream, before = io.StringIO(), set(threading.enumerate())
    with display(stream, DATABASE_WORDS) as progress:
        stream.close()
        progress.planned("lon-prod", "lon-1", STEPS)
        for step in STEPS:
            progress.begins("lon-prod", step)
            progress.ends("lon-prod", step, None)
        progress.finished("lon-prod", "renewed", None)
    assert set(threading.enumerate()) <= before


def test_a_terminal_that_is_stopped_holds_nothing_up() -> None:
    go_on = threading.Event()

    class Stopped(io.StringIO):
        def write(self, text: str) -> int:
            go_on.wait(30)
            return super().write(text)

    stream = Stopped()
    with display(stream, DATABASE_WORDS) as progress:
        progress.planned("lon-prod", "lon-1", STEPS)
        for number in range(1000):
            progress.note("lon-prod", f"note {number}")
        # All events are told, and none is shown yet.
        assert stream.getvalue() == ""
        go_on.set()
    assert len(stream.getvalue().splitlines()) == 1001


def test_lines_of_many_threads_stay_whole() -> None:
    def often(progress: Progress, name: str) -> None:
        for _ in range(50):
            progress.note(name, "x" * 60)

    def tell(progress: Progress) -> None:
        threads = [
            threading.Thread(target=often, args=(progress, name)) for name in ("lon-prod", "nyc-prod", "par-prod")
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    lines = plain_lines(tell)
    assert len(lines) == 150
    assert all(line.endswith("-prod  " + "x" * 60) for line in lines)


def test_the_display_fits_the_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    screens: list[object] = []
    monkeypatch.setattr(Display, "__init__", lambda self, screen, *_: screens.append(screen))
    monkeypatch.setattr(Display, "close", lambda self: None)
    with closing(Terminal()) as terminal:
        for term in ("xterm", "dumb"):
            monkeypatch.setenv("TERM", term)
            with display(terminal.stream, DATABASE_WORDS):
                pass
    with display(io.StringIO(), DATABASE_WORDS):
        pass
    assert [type(screen) for screen in screens] == [Live, Plain, Plain]
    with display(io.StringIO(), DATABASE_WORDS, quiet=True) as progress:
        assert isinstance(progress, Silent)


@pytest.fixture
def picture(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Terminal, Board, Live]]:
    monkeypatch.setenv("TERM", "xterm-256color")
    board = Board(DATABASE_WORDS)
    with closing(Terminal()) as terminal:
        yield terminal, board, Live(terminal.stream, board)


def test_the_live_picture_shows_each_node_the_data_stopping_and_what_is_next(
    picture: tuple[Terminal, Board, Live],
) -> None:
    terminal, board, live = picture
    live.show([*played(board, 7), *board.saw(START, "lon-prod", "lon-2", LAGGING)], START + timedelta(seconds=83))
    rows = [row.rstrip() for row in terminal.look()]
    assert rows[-9:] == [
        "",
        "lon-prod · step 7 of 8 · 1:23 · joining lon-2: a copy of the keeper's database",
        "  lon-1 ★ keeper ✓ initialize",
        "  lon-2          ▶ join, 1:23 · Enabled: Connected Slave",
        "  Data the good copy is on lon-1, the keeper; backups are on this machine",
        "  Stop safe: Ctrl-C completes running steps, starts no new ones; resume goes on",
        "  Next verifying from every node",
        "  Time now 60 s +; in all 3 min +",
        "",
    ]
    assert all(cell_len(row) <= 80 for row in rows)


def test_what_has_ended_scrolls_away_above_and_the_picture_stands_once(picture: tuple[Terminal, Board, Live]) -> None:
    terminal, board, live = picture
    live.show(board.planned(START, "lon-prod", "lon-1", STEPS), START)
    for step in STEPS[:4]:
        live.show(board.begins(START, "lon-prod", step), START)
        live.show(board.ends(START, "lon-prod", step, None), START)
        live.show([], START)
    rows = terminal.look()
    assert sum("★ keeper" in row for row in rows) == 1
    assert sum("done in 0 s" in row for row in rows) == 4
    assert not any("database cluster remove" in row for row in rows)


def test_the_end_leaves_nothing_but_lines(picture: tuple[Terminal, Board, Live]) -> None:
    terminal, board, live = picture
    live.show(played(board, 3), START)
    live.show(board.finished(START, "lon-prod", "renewed", None), START)
    live.clear()
    rows = [row for row in terminal.look() if row]
    assert rows[-1] == "20:31:07 lon-prod  RENEWED after 0 s"
    assert not any("★" in row or "Next" in row for row in rows)


@pytest.mark.parametrize("columns", [41, 50, 79, 81, 140])
def test_a_resize_leaves_no_remains(picture: tuple[Terminal, Board, Live], columns: int) -> None:
    terminal, board, live = picture
    live.show(played(board, 7), START)
    terminal.look()
    terminal.resize(columns, 24)
    live.show([], START)
    rows = terminal.look()
    assert sum("★ keeper" in row for row in rows) == 1
    assert sum(row.startswith("  Next") for row in rows) == 1
    # Only the picture was taken away, not what had scrolled above it.
    assert "wave 6 of 7: joining lon-2" in "".join(rows)


def test_many_clusters_fit_few_rows(picture: tuple[Terminal, Board, Live]) -> None:
    terminal, board, live = picture
    terminal.resize(80, 10)
    for number in range(4):
        played(board, 3, f"cluster-{number}")
    for _ in range(3):
        live.show([], START)
    brief = [row for row in terminal.look() if row]
    assert [row.split(" · ")[1].strip() for row in brief] == ["step 3 of 8"] * 4
    for number in range(4, 20):
        played(board, 3, f"cluster-{number}")
    for _ in range(3):
        live.show([], START)
    rows = [row for row in terminal.look() if row]
    assert len(rows) == 9
    assert rows[-1].rstrip() == "… and 12 more clusters"


def test_where_a_cluster_has_one_line_it_ends_with_a_word_and_a_failure_is_in_it(
    picture: tuple[Terminal, Board, Live],
) -> None:
    terminal, board, live = picture
    terminal.resize(60, 6)
    for number in range(4):
        played(board, 6, f"cluster-{number}")
    failed = next(step for step in STEPS if step.kind.name == "initialize")
    board.ends(START, "cluster-2", failed, MmpError("no answer"))
    live.show([], START)
    rows = [row.rstrip() for row in terminal.look() if row]
    assert rows[0] == "cluster-0 · step 6 of 8 · 0 s · making lon-1 the master …"
    assert rows[2] == "cluster-2 · ✗ lon-1 initialize FAILED · step 6 of 8 · 0 s …"
    assert all(len(row) < 60 for row in rows) and len(rows) == 4
    terminal.resize(22, 6)
    live.show([], START)
    narrow = [row.rstrip() for row in terminal.look() if row][-4:]
    assert narrow[1:3] == ["cluster-1 · step 6 …", "cluster-2 · ✗ lon-1 …"]


def test_four_of_many_clusters_are_whole_and_the_others_are_numbers(picture: tuple[Terminal, Board, Live]) -> None:
    terminal, board, live = picture
    names = tuple(f"cluster-{number}" for number in range(300))
    live.show(board.queued(START, names), START)
    assert terminal.look()[-2].rstrip() == "300 waiting"
    for name in names[:12]:
        played(board, 1, name)
        board.finished(START, name, "renewed", None)
    played(board, 1, names[12])
    board.finished(START, names[12], "stopped", "no answer")
    for name in names[13:17]:
        played(board, 7, name)
    live.show([], START)
    rows = [row.rstrip() for row in terminal.look() if row]
    assert rows[-1] == "12 renewed · 1 stopped · 4 running · 283 waiting"
    assert [row.split(" · ")[0] for row in rows if " · step 7 of 8" in row] == list(names[13:17])
    assert rows.count("  lon-1★ ✓ initialize  lon-2 ▶ join, 0 s") == 4
    assert sum(row.startswith("  data: on lon-1; stop: safe, resume goes on") for row in rows) == 4
    assert len(rows) < 24


def test_clusters_that_end_without_having_begun_wait_no_longer() -> None:
    def tell(progress: Progress) -> None:
        progress.queued(("lon-prod", "osl-prod", "par-prod"))
        progress.planned("lon-prod", "lon-1", STEPS)
        progress.finished("lon-prod", "stopped", "why")
        progress.finished("osl-prod", "not started", None)

    lines = [re.sub(r"\d+ s\b", "N s", line[9:]).strip() for line in plain_lines(tell)]
    assert lines == [
        "3 clusters, a few at a time",
        "lon-prod  8 steps in 7 waves; the database of lon-1, the keeper, survives",
        "lon-prod  STOPPED after N s: why",
        "so far: 1 stopped · 2 waiting",
        "osl-prod  NOT STARTED",
        "so far: 1 stopped · 1 not started · 1 waiting",
    ]


def test_nothing_is_shown_while_a_question_is_asked_and_nothing_is_lost(
    picture: tuple[Terminal, Board, Live],
) -> None:
    terminal, board, live = picture
    shown = Display(live, board, clock())
    shown.planned("lon-prod", "lon-1", STEPS)
    shown.begins("lon-prod", STEPS[0])
    with shown.paused():
        before = terminal.look()
        assert not any("★" in row for row in before)
        assert any("8 steps in 7 waves" in row for row in before)
        terminal.stream.write("Stop waiting? [y/N]\n")
        terminal.stream.flush()
        asked = terminal.look()
        shown.ends("lon-prod", STEPS[0], None)
        with shown.paused():
            shown.note("lon-prod", "something happened")
        assert terminal.look() == asked
    shown.close()
    rows = [row.rstrip() for row in terminal.look()]
    question = rows.index("Stop waiting? [y/N]")
    assert any("done in" in row for row in rows[question:])
    assert any("something happened" in row for row in rows[question:])


def test_a_terminal_that_is_stopped_does_not_hold_up_a_question_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mmpctl.display.display._PATIENCE_SECONDS", 0.05)
    go_on = threading.Event()

    class Stopped(io.StringIO):
        def write(self, text: str) -> int:
            go_on.wait(30)
            return super().write(text)

    with display(Stopped(), DATABASE_WORDS) as progress:
        progress.note("lon-prod", "x")
        with progress.paused():
            assert not go_on.is_set()
        go_on.set()


def test_letters_that_the_terminal_cannot_take_do_not_end_the_picture() -> None:
    with closing(Terminal()) as terminal:
        stream = io.TextIOWrapper(io.FileIO(terminal.stream.fileno(), "w", closefd=False), encoding="ascii")
        board = Board(DATABASE_WORDS)
        Live(stream, board).show(played(board, 3), START)
        assert any("? keeper" in row for row in terminal.look())


def story(*ended: str, error: MmpError | None = None) -> Story:
    """The story after these steps, by key; the last may have failed."""
    told = Story("lon-prod", DATABASE_WORDS, "lon-1", STEPS, START)
    for key in ended:
        told.begun[StepKey.parse(key)] = START
        told.ended[StepKey.parse(key)] = error if key == ended[-1] else None
    return told


CALM = [str(step.key) for step in STEPS if step.action != "verify"]


def test_before_the_first_remove_nothing_has_changed() -> None:
    for told in (story(), story(*CALM[:2])):
        assert told.stopping() == "safe now: the cluster is as it was"
        assert told.stake() == "every node still has its data; lon-1 is the keeper"


def test_from_the_first_remove_on_the_good_copy_is_the_keepers() -> None:
    told = story(*CALM[:2])
    told.begun[StepKey("remove", "lon-2")] = START
    assert told.stake() == "the good copy is on lon-1, the keeper; backups are on this machine"
    assert told.stopping().startswith("safe: Ctrl-C")


def test_a_slave_counts_as_a_copy_only_when_its_join_has_ended_well() -> None:
    assert story(*CALM).stake() == "the good copy is on lon-1, the keeper; in sync with it: lon-2"
    assert "in sync" not in (story(*CALM, error=MmpError("no")).stake() or "")


def test_when_all_is_done_only_the_check_is_left() -> None:
    told = story(*CALM)
    assert (told.number, told.wave, told.now()) == (8, 7, "verifying from every node")
    assert told.stopping() == "safe now: all steps are done, only the check is left"


def test_after_a_failure_nothing_comes_next() -> None:
    assert story(*CALM[:3]).then() == "removing lon-1 from the cluster"
    assert story(*CALM[:3], error=MmpError("no")).then().startswith("nothing")


def test_a_run_that_goes_on_with_another_never_says_that_nothing_has_changed() -> None:
    resumed = Story("lon-prod", DATABASE_WORDS, "lon-1", STEPS[3:], START)
    assert "the good copy is on lon-1" in (resumed.stake() or "")


def test_the_second_backup_is_called_so() -> None:
    assert story(*CALM[:4]).then() == "backing up lon-1 again"


@pytest.mark.parametrize(
    ("seconds", "told"), [(0.4, "0 s"), (59.9, "59 s"), (60, "1:00"), (3723, "1:02:03"), (-5, "0 s")]
)
def test_durations_are_those_that_people_read(seconds: float, told: str) -> None:
    assert duration(seconds) == told


@pytest.mark.parametrize("term", ["xterm", "dumb"])
def test_no_word_of_the_log_is_broken_on_a_terminal(monkeypatch: pytest.MonkeyPatch, term: str) -> None:
    monkeypatch.setenv("TERM", term)
    told = "the backup of this node could not be fetched " * 4
    with closing(Terminal()) as terminal:
        with display(terminal.stream, DATABASE_WORDS, clock=lambda: START) as progress:
            progress.note("lon-prod", told)
        rows = [row.rstrip() for row in terminal.look() if row.strip()]
    assert len(rows) > 2
    assert all(row.startswith(" " * 9) for row in rows[1:])
    assert all(cell_len(row) <= 80 for row in rows)
    assert " ".join(" ".join(rows).split()) == f"20:31:07 lon-prod {told}".strip()


def test_a_long_line_of_the_log_goes_on_below_its_text_and_each_line_alike() -> None:
    lines = scrolled(
        "20:00:00 lon-prod  no node shows a last command that succeeded, so a step counts as done later", 40
    )
    assert [len(line) - len(line.lstrip()) for line in lines[1:]] == [len("20:00:00 ")] * (len(lines) - 1) and lines[2:]
