"""The settings that go with a Nornir object: typed, read in one place, merged into what the user keeps there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from nornir.core.configuration import Config

import mmpctl
from mmpctl.errors import UsageError
from mmpctl.inventory.known_hosts_file import known_hosts_of
from mmpctl.inventory.load import load
from mmpctl.inventory.reviewed_file import pin_reviewed
from mmpctl.inventory.select import select
from mmpctl.inventory.settings import Settings
from mmpctl.inventory.source import source_of
from tests.support.inventories import Write


def test_what_the_user_keeps_under_our_name_stays_beside_ours(write: Write, tmp_path: Path) -> None:
    folder = write()
    config = tmp_path / "nornir.yaml"
    config.write_text(
        "inventory:\n  plugin: SimpleInventory\n  options:\n"
        + "".join(f"    {kind}_file: {folder}/{kind}s.yaml\n" for kind in ("host", "group"))
        + f"    defaults_file: {folder}/defaults.yaml\n"
        "user_defined: {ours: 1, mmpctl: {theirs: [2], known_hosts: elsewhere}}\n"
    )
    nr = load(config)
    some = select(nr, sites=["north"])
    pinned = pin_reviewed(nr)
    kept = nr.config.user_defined
    assert (kept["ours"], kept["mmpctl"]["theirs"]) == (1, [2])
    assert Settings.of(nr.config) == Settings(
        inventory=str(config),
        known_hosts=str(tmp_path / "known_hosts"),
        questions=str(tmp_path / "questions.yaml"),
        questions_sha256=pinned,
        workers="default",
    )
    assert Settings.of(some.config) == Settings.of(nr.config), "filtered copies find them too"
    assert (known_hosts_of(some), source_of(some)) == (tmp_path / "known_hosts", str(config))


@pytest.mark.parametrize(
    ("section", "said"),
    [(["x"], "it is list, not a mapping"), ({"known_hosts": 1}, "`known_hosts` is int, not a text")],
)
def test_settings_of_another_form_are_a_usage_error(section: Any, said: str) -> None:
    with pytest.raises(UsageError, match="cannot be read") as caught:
        Settings.of(Config(user_defined={"mmpctl": section}))
    assert said in caught.value.message and caught.value.code == "settings" and caught.value.advice


def test_they_are_read_and_written_in_one_module() -> None:
    root = Path(mmpctl.__file__).parents[1]
    folders = (root / name for name in ("mmpctl", "runbooks", "tasks", "inventory"))
    users = {
        path.name for folder in folders for path in folder.rglob("*.py") if ".user_defined" in path.read_text("utf-8")
    }
    assert users == {"settings.py"}
