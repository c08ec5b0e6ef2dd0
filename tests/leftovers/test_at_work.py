"""Whether a run may be at work on a node, by its marks and backups there."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest

from mmpctl.cluster.status import DISABLED, ENABLED, DatabaseStatus
from mmpctl.leftovers.at_work import runs_at_work

NOW = datetime(2026, 3, 2, 12, tzinfo=timezone.utc)
OLD, YOUNG = "20260131-010203-abcd", "20260302-010203-abcd"


@pytest.mark.parametrize(
    ("files", "status", "over", "found"),
    [
        ((f"pre-{OLD}.bak",), ENABLED, (), None),
        ((f"pre-{OLD}-again.bak",), DISABLED, (), OLD),
        ((f"pre-{YOUNG}.bak",), ENABLED, (), YOUNG),
        ((f"pre-{YOUNG}.bak",), ENABLED, (YOUNG,), None),
        ((f"mark-{OLD}-0123abcd.pem",), ENABLED, (), OLD),
        ((f"mark-{OLD}-0123abcd.pem",), ENABLED, (OLD,), None),
        (("pre-20269999-010203-abcd.bak",), ENABLED, (), "20269999-010203-abcd"),
        (("nightly.bak", f"pre-{YOUNG}.cer"), DISABLED, (), None),
    ],
)
def test_a_run_that_is_not_known_to_be_over_counts(
    files: tuple[str, ...], status: str, over: tuple[str, ...], found: str | None
) -> None:
    told = [*runs_at_work(files, DatabaseStatus(status), frozenset(over), NOW)]
    assert (told == []) if found is None else (len(told) == 1 and f"--other-run {found}" in told[0])
