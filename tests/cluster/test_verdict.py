"""The verdict on a cluster: a selection does not change it, and silence is not illness."""

from __future__ import annotations

import pytest

from mmpctl.cluster.preflight import Verdict
from mmpctl.cluster.verdict import Health, verdict_on
from tests.cluster.cases import make_cluster

ALL = "lon-1 master, lon-2 slave, lon-3 slave"
CALM = {
    "lon-1": f"master | Enabled | {ALL}",
    "lon-2": f"slave | Enabled | {ALL}",
    "lon-3": f"slave | Enabled | {ALL}",
    "lon-4": f"client | Enabled | {ALL}",
}
SILENT = {"lon-1": "master | silent", "lon-2": "slave | silent", "lon-3": "slave | silent", "lon-4": "client | silent"}
LONELY = "lon-1 master, lon-2 slave, lon-3 gone"


def verdict(nodes: dict[str, str], selected: int = 4) -> str:
    return verdict_on(make_cluster(nodes), selected)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({}, Health.HEALTHY, id="all well"),
        pytest.param(SILENT, Health.NOT_SEEN, id="nobody answers"),
        pytest.param({"lon-3": "slave | silent"}, Health.NOT_SEEN, id="one silent, the others see it in sync"),
        pytest.param({"lon-4": "client | silent"}, Health.NOT_SEEN, id="the client silent"),
        pytest.param(
            {**SILENT, "lon-4": CALM["lon-4"]}, Health.NOT_SEEN, id="only the client answers, and sees no fault"
        ),
        pytest.param(
            {**SILENT, "lon-4": f"client | Enabled | {LONELY}"}, Health.NOT_HEALTHY, id="only it, and it sees one"
        ),
        pytest.param(
            {"lon-3": "slave | silent", "lon-1": f"master | Enabled | {LONELY}"},
            Health.NOT_HEALTHY,
            id="one silent and gone",
        ),
        pytest.param(
            {"lon-3": "slave | silent", "lon-2": "slave | Enabled | lon-2 slave"},
            Health.NOT_HEALTHY,
            id="one sees nobody",
        ),
        pytest.param({"lon-1": "master | silent", "lon-2": "slave | Disabled"}, Health.NOT_HEALTHY, id="one has left"),
        pytest.param({"lon-2": "slave | Disabled"}, Health.NOT_HEALTHY, id="all answer, one has left"),
        pytest.param(
            {name: line.replace("lon-1 master", "lon-1 slave") for name, line in CALM.items()},
            Health.NOT_HEALTHY,
            id="no master",
        ),
        pytest.param(
            {**CALM, "lon-2": "slave | Enabled | lon-1 slave, lon-2 master, lon-3 slave"},
            Health.NOT_HEALTHY,
            id="two masters",
        ),
        pytest.param(
            {name: f"{line} | expired=c.cer" for name, line in CALM.items()},
            Health.NOT_HEALTHY,
            id="a certificate expired",
        ),
        pytest.param(
            {
                name: line.replace("lon-1 master, lon-2 slave", "lon-1 slave, lon-2 master")
                for name, line in CALM.items()
            },
            Health.HEALTHY,
            id="another master than the inventory's",
        ),
    ],
)
def test_the_verdict_on_a_whole_cluster(changes: dict[str, str], expected: str) -> None:
    assert verdict({**CALM, **changes}) == expected


@pytest.mark.parametrize("selected", [1, 2, 3])
@pytest.mark.parametrize("nodes", [CALM, SILENT, {**CALM, "lon-2": "slave | Disabled"}])
def test_of_some_of_its_nodes_no_verdict_is_made(nodes: dict[str, str], selected: int) -> None:
    assert verdict(nodes, selected) == Health.NOT_JUDGED


def test_the_words_of_the_contract() -> None:
    assert [*map(str, Health)] == ["not healthy", "not seen", "not judged", "healthy"]
    assert [*map(str, Verdict)] == ["ready", "nothing to do", "refused"]
