"""Names within certificates that speak for a node which the inventory lacks."""

from __future__ import annotations

from mmpctl.cluster.unseen import doubtful_names
from tests.cluster.cases import make_cluster


def test_where_a_node_lists_the_members_no_name_is_doubtful() -> None:
    assert doubtful_names(make_cluster({"cms1": "master | Disabled | names=cms2"})) == {"cms2"}
    assert doubtful_names(make_cluster({"cms1": "master | Enabled | cms1 master | names=cms2"})) == set()


def test_of_many_names_the_first_few_are_doubtful() -> None:
    names = " ".join(f"cms{number}" for number in range(10, 100))
    found = doubtful_names(make_cluster({"cms1": f"master | Disabled | names={names}"}))
    assert found == {"cms10", "cms11", "cms12", "cms13", "cms14"}
