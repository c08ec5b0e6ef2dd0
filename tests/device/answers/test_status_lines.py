"""Lines of a status that nobody knows: kept beside the facts, judged, and let pass where a person has read them."""

from __future__ import annotations

from pathlib import Path

import pytest

from mmpctl.device.answers.parse import to_json
from mmpctl.device.answers.reviewed_texts import ReviewedLine, load_lines, load_silent_releases
from mmpctl.device.commands.database_cluster_status import DATABASE_CLUSTER_STATUS
from mmpctl.device.questions import check_reviewed, load_reviewed
from mmpctl.errors import ParseError, UsageError
from tests.support.answers import raw_of

WHOLE = raw_of("database_cluster_status/in_sync").rstrip("\n").split("\n")


def with_line(line: str, place: int = 1) -> str:
    return "\n".join([*WHOLE[:place], line, *WHOLE[place:]])


@pytest.mark.parametrize("place", range(1, len(WHOLE) + 1))
def test_a_line_that_nobody_knows_changes_no_fact_wherever_it_stands(place: int) -> None:
    plain = DATABASE_CLUSTER_STATUS.read("\n".join(WHOLE))
    seen = DATABASE_CLUSTER_STATUS.read(with_line("Sync status : OK", place), lenient=True)
    assert (seen.unknown, seen.alarming) == (("Sync status : OK",), ())
    assert to_json(seen) == {**to_json(plain), "unknown": ["Sync status : OK"]}
    assert "unknown" not in to_json(plain)
    with pytest.raises(ParseError):
        DATABASE_CLUSTER_STATUS.read(with_line("Sync status : OK", place))


@pytest.mark.parametrize(
    "line",
    [
        "Replication ERROR : 17",
        "FAILURE: disk",
        "10.106.85.73 - Connected Master",
        "10.106.85.74 Disconnected",
        "Replication is disabled",
        "Last command",
        "Last comm",
        "Server Cert",
        "Are you sure you wish to go on? (Y/n)",
        "cms2>",
        "cms2> pki list",
        "Status : \u202edelbanE",
        "Last command : 'database cluster remove' (Success) at 12:00",
    ],
)
def test_a_line_that_reports_a_fault_or_may_contradict_the_facts_is_marked(line: str) -> None:
    seen = DATABASE_CLUSTER_STATUS.read(with_line(line), lenient=True)
    assert seen.alarming == seen.unknown == (line,)


def test_a_label_of_one_word_outside_the_list_of_nodes_is_no_node() -> None:
    plain = DATABASE_CLUSTER_STATUS.read("\n".join(WHOLE))
    seen = DATABASE_CLUSTER_STATUS.read(with_line("Replication : OK", len(WHOLE)), lenient=True)
    assert (seen.nodes, seen.unknown) == (plain.nodes, ("Replication : OK",))


def test_a_text_of_unknown_lines_for_the_most_part_is_another_commands() -> None:
    for text in ("Foreign words", "Status : Disabled\nOne thing\nAnother thing", with_line("\n".join(["odd"] * 11))):
        with pytest.raises(ParseError):
            DATABASE_CLUSTER_STATUS.read(text, lenient=True)


def write(folder: Path, text: str) -> Path:
    path = folder / "questions.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_reviewed_file_holds_lines_and_releases_beside_questions(tmp_path: Path) -> None:
    by = "reviewed_by: Ada\n  date: 2026-01-02\n"
    path = write(
        tmp_path,
        f"- operation: connect\n  question: Go on? (Y/n)\n  {by}"
        f"- line: 'Sync status : *'\n  {by}- release: '4.1'\n  last_command: never shown\n  {by}",
    )
    check_reviewed(path)
    assert [one.text for one in load_reviewed(path)] == ["Go on? (Y/n)"]
    assert load_lines(path) == (ReviewedLine("Sync status : *", "Ada", "2026-01-02"),)
    assert [one.release for one in load_silent_releases(path)] == ["4.1"]


@pytest.mark.parametrize(
    ("line", "fits"),
    [
        ("Sync   status :  OK", True),
        ("Sync status : 17", True),
        ("Sync status : FAILED", False),
        ("Sync status : ", False),
        ("Sync status : OK now", False),
        ("Async status : OK", False),
    ],
)
def test_a_reviewed_line_fits_itself_with_a_harmless_word_in_place_of_its_star(line: str, fits: bool) -> None:
    assert ReviewedLine("Sync status : *", "Ada", "2026-01-02").fits(line) is fits


def test_a_person_may_let_a_line_pass_whose_fixed_words_are_alarming() -> None:
    reviewed = ReviewedLine("Sync errors : 0", "Ada", "2026-01-02")
    assert reviewed.fits("Sync errors : 0") and not reviewed.fits("Sync errors : 1")


@pytest.mark.parametrize(
    ("entry", "complaint"),
    [
        ("line: 'Last command : x'", "cannot be allowed"),
        ("line: 'Status : Error'", "cannot be allowed"),
        ("line: '* *'", "one whole line"),
        ('line: "a\\nb"', "one whole line"),
        ("line: ''", "line is missing"),
        ("release: '4.1'\n  last_command: sometimes", "must be `never shown`"),
        ("release: '4.1'", "last_command is missing"),
    ],
)
def test_an_entry_that_is_not_right_is_told(entry: str, complaint: str, tmp_path: Path) -> None:
    path = write(tmp_path, f"- {entry}\n  reviewed_by: Ada\n  date: 2026-01-02\n")
    with pytest.raises(UsageError) as caught:
        check_reviewed(path)
    assert complaint in caught.value.message and str(path) in caught.value.message
