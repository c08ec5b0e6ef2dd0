"""What a file counts as: used, part of an open request, not judged, or unused."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta, timezone

import pytest

from mmpctl.leftovers.deletion import objection
from mmpctl.leftovers.judgement import FileState, judge, judged
from mmpctl.leftovers.node_files import DATABASE, NodeFiles, used_by

CHANGED = datetime(2026, 5, 4, tzinfo=timezone.utc)
DAY = timedelta(days=1)
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


STAGED = ("dbserver-20261124-ab12.key", "dbserver-20261124-ab12.csr", "dbserver-20261124-ab12-1a2b3c4d.cer")


def with_staged(theirs: datetime | None, used: datetime | None, user: str = DATABASE) -> NodeFiles:
    """A key with its request and its certificate, beside a certificate that is in use."""
    times = {STAGED[2]: theirs, "used.cer": used}
    known = {name: time for name, time in times.items() if time is not None}
    return NodeFiles("cms-1", listed=(*STAGED, "used.cer"), modified=known, used_by={"used.cer": (user,)})


@pytest.mark.parametrize("file", ["dbca-20361128-5d90458c.cer", "dbserver-20261128-5d90458c.key"])
@pytest.mark.parametrize(
    ("theirs", "used", "expected"),
    [
        (CHANGED, CHANGED - DAY, FileState.STAGED),
        (CHANGED, CHANGED, FileState.STAGED),
        (CHANGED, None, FileState.STAGED),
        (None, CHANGED, FileState.STAGED),
        (CHANGED, CHANGED + DAY, FileState.UNUSED),
    ],
)
def test_a_file_that_is_named_for_a_renewal_is_staged_until_a_newer_one_is_used(
    file: str, theirs: datetime | None, used: datetime | None, expected: FileState
) -> None:
    times = {name: time for name, time in ((file, theirs), ("used.cer", used)) if time is not None}
    seen = NodeFiles("cms-1", listed=(file, "used.cer"), modified=times, used_by={"used.cer": (DATABASE,)})
    assert state(file, seen) is expected
    assert (objection(seen, file) is None) == (expected is FileState.UNUSED)


@pytest.mark.parametrize(
    ("theirs", "used", "user", "expected"),
    [
        (CHANGED, CHANGED - DAY, DATABASE, FileState.REQUEST),
        (CHANGED, CHANGED, DATABASE, FileState.REQUEST),
        (CHANGED, CHANGED + DAY, DATABASE, FileState.UNUSED),
        (CHANGED, CHANGED + DAY, "turn (TLS cert)", FileState.REQUEST),
        (CHANGED, None, DATABASE, FileState.REQUEST),
        (None, CHANGED + DAY, DATABASE, FileState.REQUEST),
    ],
)
def test_a_key_whose_certificate_is_on_the_node_waits_until_a_newer_one_is_used(
    theirs: datetime | None, used: datetime | None, user: str, expected: FileState
) -> None:
    seen = with_staged(theirs, used, user)
    assert {state(file, seen) for file in STAGED} == {expected}
    if expected is FileState.REQUEST:
        assert judge(seen, STAGED[0]).why == "its key and its certificate wait for their renewal"


def test_once_its_key_is_used_nothing_of_a_request_is_open() -> None:
    seen = replace(with_staged(CHANGED, None), used_by=used_by([(STAGED[0], DATABASE), (STAGED[2], DATABASE)]))
    assert [state(file, seen) for file in STAGED] == [FileState.USED, FileState.UNUSED, FileState.USED]


def test_the_certificate_of_a_key_that_a_request_json_names_is_kept() -> None:
    seen = replace(with_staged(CHANGED, CHANGED + DAY), requests={STAGED[0]: "requests/lon/cms-1/request.json"})
    assert {state(file, seen) for file in STAGED} == {FileState.REQUEST}


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
