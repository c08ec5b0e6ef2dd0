"""What a file counts as: used, part of an open request, not judged, or unused."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timezone

import pytest

from mmpctl.leftovers.judgement import FileState, judge, judged
from mmpctl.leftovers.node_files import NodeFiles, used_by

CHANGED = datetime(2026, 5, 4, tzinfo=timezone.utc)
SEEN = NodeFiles(
    "cms-1",
    "SHA256:one",
    ("used.cer", "Used.KEY", "old.cer", "old.key", "new.key", "new.csr", "done.key", "done.csr", "done.cer"),
    {"old.cer": CHANGED},
    used_by(
        [("used.cer", "webadmin (Certificate file)"), ("used.cer", "callbridge (Certificate file)"), ("used.key", "x")]
    ),
)


def state(file: str, seen: NodeFiles = SEEN) -> FileState:
    return judge(seen, file).state


def test_what_the_database_or_a_service_names_is_in_use_whatever_its_capitals() -> None:
    assert judge(SEEN, "used.cer").why == "used by webadmin (Certificate file), callbridge (Certificate file)"
    assert state("Used.KEY") is FileState.USED


def test_a_file_that_nothing_names_is_unused_since_its_last_change() -> None:
    one = judge(SEEN, "old.cer")
    assert (one.state, one.since, one.valid_until) == (FileState.UNUSED, CHANGED, None)
    assert judge(SEEN, "old.key").since is None


def test_a_key_and_its_request_without_a_certificate_are_an_open_request() -> None:
    assert {state("new.key"), state("new.csr")} == {FileState.REQUEST}
    assert {state(f"done.{kind}") for kind in ("key", "csr", "cer")} == {FileState.UNUSED}


def test_a_request_whose_key_is_used_is_answered() -> None:
    assert state("new.csr", replace(SEEN, used_by=used_by([("new.key", "the database cluster")]))) is FileState.UNUSED


@pytest.mark.parametrize("file", ["old.key", "old.cer"])
def test_the_files_of_a_key_that_a_request_json_names_are_an_open_request(file: str) -> None:
    asked = replace(SEEN, requests={"old.key": "requests/lon/cms-1/request.json"})
    assert state(file, asked) is FileState.REQUEST
    assert "requests/lon/cms-1/request.json" in judge(asked, file).why
    used = replace(asked, used_by=used_by([("old.key", "the database cluster")]))
    assert state("old.cer", used) is FileState.UNUSED


def test_if_not_all_was_seen_nothing_counts_as_unused() -> None:
    unsure = replace(SEEN, unsure=("`turn` is refused",))
    states = [one.state for one in judged(unsure)]
    assert FileState.UNUSED not in states and states.count(FileState.NOT_JUDGED) == 5
    assert state("used.cer", unsure) is FileState.USED


def test_the_day_in_our_names_is_the_end_of_a_certificate_and_the_beginning_of_a_request() -> None:
    names = ("dbserver-20281231-1a2b3c4d.cer", "dbserver-20261129-1a2b.key", "dbca-20289999-1a2b3c4d.cer")
    versioned, requested, wrong = judged(NodeFiles("cms-1", listed=names))
    assert (versioned.since, versioned.valid_until) == (None, date(2028, 12, 31))
    assert (requested.since, requested.valid_until) == (datetime(2026, 11, 29, tzinfo=timezone.utc), None)
    assert (wrong.since, wrong.valid_until) == (None, None)


def test_the_mark_of_a_run_is_no_certificate() -> None:
    assert judged(NodeFiles("cms-1", listed=("mark-20260131-010203-abcd-0123abcd.pem",))) == ()
