"""Validity by the clock of a node, to the second."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from mmpctl.cluster.clocks import not_valid_there
from mmpctl.cluster.status import CertificateFiles
from mmpctl.cluster.target import Goal, WantedFiles
from tests.cluster.cases import make_cluster

FROM = datetime(2026, 1, 1, tzinfo=timezone.utc)
UNTIL = datetime(2026, 7, 1, tzinfo=timezone.utc)
SECOND = timedelta(seconds=1)


def told(now: datetime, ahead: int = 0) -> str:
    """What is said of a node whose files are valid in the first half of 2026."""
    cluster = make_cluster({"lon-1": f"master | Enabled | ahead={ahead}"})
    files = WantedFiles(CertificateFiles(), valid_from=FROM, valid_until=UNTIL)
    return " ".join(not_valid_there(cluster, Goal("lon-1", "10.0.0.1", {"lon-1": files}), now))


@pytest.mark.parametrize(
    ("now", "why"),
    [
        (FROM - SECOND, "not valid before 2026-01-01"),
        (FROM, None),
        (UNTIL, None),
        (UNTIL + SECOND, "expired since 2026-07-01"),
    ],
)
def test_files_are_valid_from_the_first_to_the_last_second(now: datetime, why: str | None) -> None:
    assert (why in told(now)) if why else told(now) == ""


@pytest.mark.parametrize(
    ("ahead", "off"),
    [
        (300, "which is this machine's time"),
        (-300, "which is this machine's time"),
        (301, "5 minutes ahead of this machine's"),
        (-301, "5 minutes behind this machine's"),
    ],
)
def test_a_clock_that_is_right_is_not_called_off(ahead: int, off: str) -> None:
    assert f"{off}: by that clock the new certificates are" in told(UNTIL + timedelta(days=1), ahead)
