"""The command `mmpctl`, run in this process against a lab."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import pytest

from mmpctl.cli import app
from mmpctl.lab.fleet import Fleet
from tests.support import schemas
from tests.support.fleet import QUIET_SECONDS

# The lab says all it has to say at once: no need to listen for as long as on a real line.
QUIET = {"quiet_seconds": QUIET_SECONDS}


@dataclass(frozen=True)
class Said:
    """How a command ended, and what it wrote."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> dict[str, Any]:
        """Standard output, which holds one JSON document and nothing else: one that fits its schema."""
        document: dict[str, Any] = schemas.parse(self.out)
        return document


class Command(Protocol):
    """Runs `mmpctl` with these arguments; with a fleet, its inventory and account are given as well.

    `session` are options of the nodes' sessions, in the inventory as `extras` of the connection `netmiko`.
    """

    def __call__(
        self, *arguments: str | Path, fleet: Fleet | None = None, session: Mapping[str, Any] | None = None
    ) -> Said: ...


@pytest.fixture
def mmpctl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Command:
    place = tmp_path / "cwd"
    place.mkdir()
    monkeypatch.chdir(place)

    def run(*arguments: str | Path, fleet: Fleet | None = None, session: Mapping[str, Any] | None = None) -> Said:
        words = [str(argument) for argument in arguments]
        if fleet is not None:
            extras = {"netmiko": {"extras": {**QUIET, **(session or {})}}}
            defaults = {"platform": "cisco_cms", "connection_options": extras}
            (fleet.inventory / "defaults.yaml").write_text(json.dumps(defaults), encoding="utf-8")
            words += ["-i", str(fleet.inventory)]
            monkeypatch.setenv("MMP_USERNAME", fleet.username)
            monkeypatch.setenv("MMP_PASSWORD", fleet.password)
        capfd.readouterr()
        code = app.run(words)
        return Said(code, *capfd.readouterr())

    return run
