"""What holds for all tests: which are left to the gate, a state folder of their own, figures."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from functools import lru_cache
from importlib import metadata
from pathlib import Path

import pytest
from hypothesis import settings

from mmpctl.device.ssh.authentication import forget_failed_logins
from mmpctl.runs import login_memory
from mmpctl.runs.seal import known_key
from mmpctl.runs.state_folder import state_folder
from tests.support.children import heed_signals
from tests.support.command import mmpctl
from tests.support.figures import PASSED, totals
from tests.support.gate import mark_whole_renewals, play_few
from tests.support.lab import lab
from tests.support.rabbitmq import broker, running_broker

__all__ = ["broker", "lab", "mmpctl", "running_broker"]

# Machines are shared: how long an example takes says nothing about the code.
settings.register_profile("shared", deadline=None)
settings.load_profile("shared")

_FIGURE = "figure: "


def pytest_configure(config: pytest.Config) -> None:
    heed_signals()
    play_few(config.getoption("markexpr"))


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
    # Processes of xdist come here as well, each with its part.
    if "PYTEST_XDIST_WORKER" not in os.environ:
        _write_down(PASSED, len(terminalreporter.getreports("passed")))


def _write_down(name: str, value: int | str) -> None:
    """Tell a proof a figure, if one runs the tests."""
    file = os.environ.get("MMPCTL_FIGURES")
    if file:
        with Path(file).open("a", encoding="utf-8") as figures:
            figures.write(json.dumps({"name": name, "value": value}) + "\n")


@pytest.fixture
def figure(request: pytest.FixtureRequest) -> Callable[[str, int | str], None]:
    """Note a number for the last lines of the tests and for the page of proofs: `figure("points of death", 214)`."""

    def note(name: str, value: int | str) -> None:
        request.node.user_properties.append((_FIGURE + name, value))
        _write_down(name, value)

    return note


@pytest.fixture(scope="session", autouse=True)
def _nothing_of_who_runs_them(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    # Locks, credentials and host keys of whoever runs the tests are no part of them.
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
        patch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
        for name in ("MMP_USERNAME", "MMP_PASSWORD", "MMP_SSH_KEY", "MMP_KNOWN_HOSTS", "COLUMNS"):
            patch.delenv(name, raising=False)
        yield


@pytest.fixture(scope="session", autouse=True)
def _what_takes_time_and_shows_nothing() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        # On purpose, a digest of a login takes 40 ms: tests/device/ssh/test_failed_logins.py holds that it does.
        patch.setitem(login_memory._COST, "n", 2)
        # Nornir asks which plugins are installed whenever it begins: while the tests run, always the same ones.
        patch.setattr(metadata, "entry_points", lru_cache(metadata.entry_points))
        yield


@pytest.fixture(scope="module", autouse=True)
def _state_of_its_own(_nothing_of_who_runs_them: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    # Locks and keys: of a module, since its tests may share runs that were made once.
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
        yield


@pytest.fixture(autouse=True)
def _clean_state(_state_of_its_own: None) -> Iterator[None]:
    yield
    # A later test may get the port of an earlier one.
    forget_failed_logins()
    shutil.rmtree(state_folder() / "logins", ignore_errors=True)
    # The test that spoils the key fails here, and not the ones after it.
    known_key()
