"""The verdict before a renewal; every case is a file of `preflight/`."""

from __future__ import annotations

from pathlib import Path

import pytest

from mmpctl.cluster.keeper import decide_keeper
from mmpctl.cluster.preflight import preflight
from tests.cluster.cases import assert_sentences, case_files, read_case


@pytest.mark.parametrize("path", case_files("preflight"), ids=lambda path: path.stem)
def test_preflight(path: Path) -> None:
    case = read_case(path)
    result = preflight(case.cluster, case.goal, decide_keeper(case.cluster, case.confirmed))
    assert_sentences(result.reasons, case.expect["reasons"])
    assert result.verdict == case.expect["verdict"]
    if "notes" in case.expect:
        assert_sentences(result.notes, case.expect["notes"])


def test_there_are_cases() -> None:
    assert len(case_files("preflight")) >= 25


def test_nobody_is_advised_to_leave_out_the_keeper() -> None:
    case = read_case(Path(__file__).parent / "preflight" / "refused_keeper_unanswered.yaml")
    result = preflight(case.cluster, case.goal, decide_keeper(case.cluster, case.confirmed))
    assert result.reasons == ("lon-1 does not answer (timed out): bring it back",)
