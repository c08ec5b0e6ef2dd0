"""Fixtures for all tests: a lab of simulated Meeting Servers."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol, cast, get_args

import pytest
from hypothesis import settings

from mmpctl.device.ssh.authentication import forget_failed_logins
from mmpctl.lab.fault import Fault
from mmpctl.lab.fleet import Fleet
from mmpctl.lab.scenario import ClusterSpec, FleetSpec, Scenario, single
from mmpctl.lab.switches import Switches
from mmpctl.runs.state import state_folder
from tests.support.children import heed_signals
from tests.support.command import mmpctl
from tests.support.figures import totals
from tests.support.gate import mark_whole_renewals

__all__ = ["mmpctl"]

# Machines are shared: how long an example takes says nothing about the code.
settings.register_profile("shared", deadline=None)
settings.load_profile("shared")

QUICK = Switches(
    remove_seconds=0.05,
    initialize_seconds=0.05,
    join_seconds=0.05,
    connect_seconds=0.05,
    sync_seconds=0.05,
    backup_seconds=0.01,
)


_FIGURE = "figure: "


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


def pytest_configure() -> None:
    heed_signals()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    # Before `-m` chooses among them.
    mark_whole_renewals(items)


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("prove") and os.environ.get("MMPCTL_PROVE") != "1":
        pytest.skip("too heavy for the default suite: `make prove` runs it")
    if item.get_closest_marker("neighbours") and os.environ.get("MMPCTL_NEIGHBOURS") != "1":
        pytest.skip("needs other people's plugins: `make neighbours` runs it")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    noted = [item for report in terminalreporter.getreports("passed") for item in report.user_properties]
    lines = [(name.removeprefix(_FIGURE), value) for name, value in noted if name.startswith(_FIGURE)]
    for name, value in totals(lines).items():
        terminalreporter.write_line(f"{name}: {value}")


@pytest.fixture
def figure(request: pytest.FixtureRequest) -> Callable[[str, int | str], None]:
    """Note a number for the last lines of the tests and for the page of proofs: `figure("points of death", 214)`."""

    def note(name: str, value: int | str) -> None:
        request.node.user_properties.append((_FIGURE + name, value))
        file = os.environ.get("MMPCTL_FIGURES")
        if file:
            with Path(file).open("a", encoding="utf-8") as figures:
                figures.write(json.dumps({"name": name, "value": value}) + "\n")

    return note


@pytest.fixture(autouse=True)
def _no_failed_logins(_home_of_its_own: None) -> Iterator[None]:
    # A later test may get the port of an earlier one.
    yield
    forget_failed_logins()
    shutil.rmtree(state_folder() / "logins", ignore_errors=True)


@pytest.fixture(scope="session", autouse=True)
def _home_of_its_own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    # Locks, credentials and host keys of whoever runs the tests are no part of them.
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
        patch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
        for name in ("MMP_USERNAME", "MMP_PASSWORD", "MMP_SSH_KEY", "MMP_KNOWN_HOSTS", "COLUMNS"):
            patch.delenv(name, raising=False)
        yield


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
            spec = single(cast(Scenario, spec))
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
