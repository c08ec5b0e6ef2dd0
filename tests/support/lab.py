"""A lab of simulated Meeting Servers for a test."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol, get_args

import pytest

from mmpctl.lab.fault import Fault
from mmpctl.lab.fleet import Fleet
from mmpctl.lab.scenario import ClusterSpec, FleetSpec, Scenario, single
from mmpctl.lab.switches import Switches

QUICK = Switches(
    remove_seconds=0.05,
    initialize_seconds=0.05,
    join_seconds=0.05,
    connect_seconds=0.05,
    sync_seconds=0.05,
    backup_seconds=0.01,
)


class Lab(Protocol):
    """Starts fleets; each is stopped when the test ends."""

    def __call__(
        self,
        spec: FleetSpec | ClusterSpec | Scenario = "healthy",
        *,
        faults: Iterable[Fault] = (),
        nodes: Mapping[str, Mapping[str, Any]] | None = None,
        **switches: Any,
    ) -> Fleet:
        """Start a fleet on ephemeral ports, with operations of a twentieth of a second.

        Args:
            spec: a fleet, a cluster, or a scenario's name: then lon-1 (master), lon-2, lon-3 (slaves), lon-4 (client).
            faults: what goes wrong.
            nodes: further switches for single nodes, by name.
            switches: switches of all nodes, where they differ from the quick ones.
        """


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    started: list[Fleet] = []

    def start(
        spec: FleetSpec | ClusterSpec | Scenario = "healthy",
        *,
        faults: Iterable[Fault] = (),
        nodes: Mapping[str, Mapping[str, Any]] | None = None,
        **switches: Any,
    ) -> Fleet:
        if isinstance(spec, str):
            assert spec in get_args(Scenario)
            spec = single(spec)
        elif isinstance(spec, ClusterSpec):
            spec = FleetSpec((spec,))
        folder = tmp_path / f"lab-{len(started) + 1}"
        folder.mkdir()
        common = replace(QUICK, **switches)
        fleet = Fleet(
            spec,
            folder,
            switches=common,
            node_switches={name: replace(common, **changes) for name, changes in (nodes or {}).items()},
            faults=faults,
            networking="ports",
        )
        started.append(fleet)
        return fleet.start()

    yield start
    for fleet in started:
        fleet.stop()
