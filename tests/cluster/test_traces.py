"""What the last commands and the backups say of who was master."""

from __future__ import annotations

import pytest

from mmpctl.cluster.traces import Conclusion, conclusions, contradictions, listed
from tests.cluster.cases import make_cluster

JOINED = "Disabled | last=database cluster join 10.1.0.2"
LARGER = "backups=b,5000,2026-11-20T12:00"
SMALLER = "backups=a,1000,2026-11-20T12:00"


@pytest.mark.parametrize(
    ("last", "began"),
    [("remove", "lon-2 was the master"), ("initialize", "lon-2 was initialized, and was the master")],
)
def test_the_master_is_the_one_that_the_others_joined(last: str, began: str) -> None:
    nodes = {"lon-1": f"master | {JOINED}", "lon-2": f"slave | Disabled | last=database cluster {last}"}
    nodes |= {"lon-3": f"slave | {JOINED}", "lon-4": "client | Disabled | last=database cluster connect 10.1.0.2"}
    assert conclusions(make_cluster(nodes), "lon-1") == (
        Conclusion("lon-2", f"by their last commands {began} that lon-1, lon-3 and lon-4 joined"),
    )


def test_a_much_larger_backup_speaks_for_its_node() -> None:
    cluster = make_cluster({"lon-1": f"master | Disabled | {SMALLER}", "lon-2": f"slave | Disabled | {LARGER}"})
    (found,) = conclusions(cluster, "lon-1")
    assert found.node == "lon-2"
    assert found.told.startswith("lon-2's newest backup (5000 bytes, ")
    (told,) = contradictions(cluster, "lon-1")
    assert "data that only lon-2 holds is lost" in told


def test_half_of_the_databases_do_not_outvote_the_traces() -> None:
    nodes = {"lon-1": f"master | Enabled | lon-1 master | {SMALLER}", "lon-2": f"slave | Disabled | {LARGER}"}
    assert len(contradictions(make_cluster(nodes), "lon-1")) == 1
    nodes["lon-3"] = "slave | Enabled | lon-1 master"
    assert contradictions(make_cluster(nodes), "lon-1") == ()


def test_names_in_a_sentence() -> None:
    assert [listed(names) for names in (["a"], ["a", "b"], ["a", "b", "c"])] == ["a", "a and b", "a, b and c"]
