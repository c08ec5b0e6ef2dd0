"""What a job calls things: where its stake is told to be, and of which job a document is."""

from __future__ import annotations

from typing import Any

import pytest

from mmpctl.cluster.database_words import DATABASE_CLUSTER, DATABASE_WORDS, about_cluster, words_of
from mmpctl.cluster.job_words import UNKNOWN_JOB
from mmpctl.cluster.status import DatabaseStatus, Member


@pytest.mark.parametrize(
    ("copies", "intact", "told", "brief"),
    [
        ((), True, "every node still has its data; lon-1 is the keeper", "data: on every node"),
        ((), False, "the good copy is on lon-1, the keeper; backups are on this machine", "data: on lon-1"),
        (
            ("lon-2", "lon-3"),
            False,
            "the good copy is on lon-1, the keeper; in sync with it: lon-2, lon-3",
            "data: on lon-1, lon-2, lon-3",
        ),
    ],
)
def test_where_the_data_is(copies: tuple[str, ...], intact: bool, told: str, brief: str) -> None:
    stake = DATABASE_WORDS.stake
    assert stake is not None
    assert stake.told("lon-1", copies, intact) == told
    assert stake.brief("lon-1", copies, intact) == brief


def test_a_unit_that_nothing_has_changed() -> None:
    assert DATABASE_WORDS.as_it_was == "the cluster is as it was"


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ({}, DATABASE_WORDS.document()),
        ({"job": DATABASE_CLUSTER}, DATABASE_WORDS.document()),
        ({"job": "of another release"}, UNKNOWN_JOB.document()),
        ({"job": "x", "words": {"unit": "pair"}}, {**UNKNOWN_JOB.document(), "unit": "pair"}),
        ({"words": "none"}, DATABASE_WORDS.document()),
    ],
)
def test_the_words_of_a_document(document: dict[str, Any], words: dict[str, Any]) -> None:
    assert words_of(document) == words


def test_a_status_in_a_few_words() -> None:
    me = Member("10.1.0.1", True, "Connected Master")
    assert DatabaseStatus("Disabled").brief == "Disabled"
    assert DatabaseStatus("Enabled", nodes=(me,)).brief == "Enabled: Connected Master"
    assert DatabaseStatus("ERROR", error="no route").brief == "ERROR (no route)"


def test_whoever_types_the_steps_knows_the_keeper_and_who_is_left_out() -> None:
    (survives,) = about_cluster("lon-1", "10.0.0.1", ())
    assert survives.startswith("The keeper is lon-1 (10.0.0.1)")
    assert about_cluster("lon-1", "10.0.0.1", ("lon-2", "lon-3"))[1].startswith("Left out: lon-2, lon-3;")


def test_who_watches_from_another_machine_is_told_where_what_is_saved_lies() -> None:
    stake = DATABASE_WORDS.at_site().stake
    assert stake is not None
    assert stake.told("lon-1", (), intact=False).endswith("backups are at the site")
    assert UNKNOWN_JOB.at_site() == UNKNOWN_JOB, "nothing is at stake"
