"""Validity by the clock of a node, to the second."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from mmpctl.cluster.clocks import clock_notes, not_valid_there, this_machine_ahead
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


@pytest.mark.parametrize(
    ("ahead", "here"),
    [
        ((), None),
        ((-86400,), None),  # one node and this machine: nobody knows which is right
        ((0, 0), None),
        ((-86400, 0), None),  # a node shows this machine's time
        ((-86400, -86400), 86400),
        ((-86400, -86500), 86450),
        ((86400, None, 86400), -86400),
        ((-86400, 3600), None),  # they do not agree
        ((-86400, -86400, 3600), 86400),  # more than half of them do
        ((-86400, -86400, 3600, 7200), None),
        ((-301, -301), 301),
        ((-300, -300), None),
    ],
)
def test_which_clock_is_the_odd_one_out(ahead: tuple[int | None, ...], here: float | None) -> None:
    assert this_machine_ahead(ahead) == here


def test_a_plan_names_the_clock_that_is_wrong() -> None:
    (note,) = clock_notes({"lon-1": 86400.0 * 3, "lon-2": None, "lon-3": 86400.0 * 3})
    assert "this machine's clock is 3 days behind the clocks of the nodes" in note
    assert "Correct the clock of this machine (NTP) before" in note
    (note,) = clock_notes({"lon-1": 86400.0 * 3, "lon-2": None, "lon-3": 0.0})
    assert "lon-1's clock is 3 days ahead of this machine's" in note


def test_new_certificates_that_only_a_wrong_clock_here_takes_are_no_fault_of_the_nodes() -> None:
    nodes = dict.fromkeys(("lon-1", "lon-2"), "master | Enabled | ahead=-31536000")
    files = WantedFiles(CertificateFiles(), valid_from=FROM, valid_until=UNTIL)
    goal = Goal("lon-1", "10.0.0.1", dict.fromkeys(nodes, files))
    told = " ".join(not_valid_there(make_cluster(nodes), goal, FROM))
    assert told.count("Correct the clock of this machine (NTP), then try again") == 2
