"""The marks of runs: their names, and what on a node is the sign of somebody else."""

from __future__ import annotations

import pytest

from mmpctl.cluster.marks import Alone, Mark, mark_of, run_of_backup, traces_of
from mmpctl.cluster.permit import SEAL, Identity, RemovePermit
from mmpctl.errors import RefusedError

RUN, OTHER = "20260101-120000-abcd", "20260102-120000-ef01"
MINE, RIVAL = Mark(RUN, "00000001"), Mark(RUN, "00000002")
IDENTITY = Identity("SHA256:x", "lon-1", frozenset())


def test_a_mark_is_read_from_the_name_that_it_gives() -> None:
    assert mark_of(MINE.file) == MINE
    for file in ("mark.pem", f"{MINE.file}.bak", f"x{MINE.file}", f"mark-{RUN}-0000000g.pem", "ca.pem"):
        assert mark_of(file) is None


@pytest.mark.parametrize(
    ("snapshot", "run"),
    [(f"pre-{RUN}", RUN), (f"pre-{RUN}-2", RUN), (f"pre-{RUN}-again-3", RUN), (f"pre-{RUN}x", None), ("nightly", None)],
)
def test_the_run_of_a_backup(snapshot: str, run: str | None) -> None:
    assert run_of_backup(snapshot) == run


def test_the_traces_among_a_nodes_files() -> None:
    files = [f"pre-{RUN}.bak", f"pre-{OTHER}.bak", f"pre-{OTHER}-again.bak", f"pre-{OTHER}.json", RIVAL.file, "a.cer"]
    files.append("pre-20260103-120000-ef01")
    assert traces_of(files, RUN) == {f"run {OTHER}", RIVAL.file}
    assert traces_of(files, "") == {f"run {OTHER}", f"run {RUN}", RIVAL.file}


def test_alone_until_something_new_is_there_or_the_own_mark_is_gone() -> None:
    alone = Alone(RUN, frozenset({f"run {OTHER}"}), MINE.file)
    assert alone.broken_by(frozenset({MINE.file})) is None
    assert alone.broken_by(frozenset({MINE.file, f"run {OTHER}"})) is None
    assert RIVAL.file in (alone.broken_by(frozenset({MINE.file, RIVAL.file})) or "")
    third = Mark(OTHER, "00000003").file
    told = alone.broken_by(frozenset({MINE.file, RIVAL.file, third})) or ""
    assert told.startswith(f"{RIVAL.file}, {third} has appeared on it since this run looked")
    assert "is no longer on it" in (alone.broken_by(frozenset({f"run {OTHER}"})) or "")
    assert Alone(RUN).broken_by(frozenset()) is None


def test_a_permit_without_a_look_for_others_accepts_no_trace() -> None:
    permit = RemovePermit("lon-1", (), IDENTITY, seal=SEAL)
    permit.check_alone(frozenset())
    with pytest.raises(RefusedError) as caught:
        permit.check_alone(frozenset({RIVAL.file}))
    assert (caught.value.code, caught.value.node, permit.run) == ("not-alone", "lon-1", "")
    seen = RemovePermit("lon-1", (), IDENTITY, Alone(RUN, frozenset(), MINE.file), seal=SEAL)
    seen.check_alone(frozenset({MINE.file}))
    assert seen.run == RUN
