"""Names within certificates that speak for a node which the inventory lacks."""

from __future__ import annotations

from mmpctl.cluster.unseen import doubtful_names, unseen_members
from tests.cluster.cases import make_cluster


def test_where_a_node_lists_the_members_no_name_is_doubtful() -> None:
    assert doubtful_names(make_cluster({"cms1": "master | Disabled | names=cms2"})) == {"cms2"}
    assert doubtful_names(make_cluster({"cms1": "master | Enabled | cms1 master | names=cms2"})) == set()


def test_of_many_names_the_first_few_are_doubtful() -> None:
    names = " ".join(f"cms{number}" for number in range(10, 100))
    found = doubtful_names(make_cluster({"cms1": f"master | Disabled | names={names}"}))
    assert found == {"cms10", "cms11", "cms12", "cms13", "cms14"}


def test_of_many_backups_the_first_few_strangers_are_told() -> None:
    backups = " ".join(f"cms{number}-nightly" for number in range(2, 10))
    told = list(unseen_members(make_cluster({"cms1": f"master | Disabled | backups={backups}"})))
    named = [line for line in told if line.startswith("the backup")]
    assert [line.split()[2] for line in named] == [f"cms{number}-nightly" for number in range(2, 7)]


def test_a_node_that_joined_or_connected_to_a_stranger_is_told() -> None:
    nodes = {"lon-1": "master | silent", "lon-2": "slave | Disabled | last=database cluster join 10.9.9.9 x"}
    nodes["lon-3"] = "client | Disabled | last=database cluster connect 10.9.9.8"
    told = [line for line in unseen_members(make_cluster(nodes)) if "last command" in line]
    assert [line.split(",")[0] for line in told] == [
        "lon-2's last command is 'database cluster join 10.9.9.9 x'",
        "lon-3's last command is 'database cluster connect 10.9.9.8'",
    ]
    assert "and 10.9.9.9 x is no node" in told[0]
