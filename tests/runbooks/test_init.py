"""`mmpctl init` makes a folder to begin with and never overwrites; MMP_INVENTORY names the default inventory."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from tests.support.command import Command
from tests.support.lab import Lab


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_new_folder_has_all_that_its_readme_names(mmpctl: Command) -> None:
    said = mmpctl("init", "fleet", "-o", "json")
    assert (said.code, said.document["schema"], said.document["command"]) == (0, 1, "init")
    made = {"inventory/hosts.yaml", "inventory/groups.yaml", "inventory/defaults.yaml", ".gitignore", "README.md"}
    assert set(contents(Path("fleet"))) == made
    assert {os.path.relpath(name, "fleet") for name in said.document["files"]} == made
    readme = Path("fleet/README.md").read_text(encoding="utf-8")
    for command in ("inventory check", "trust", "status", "audit", "plan", "renew"):
        assert f"mmpctl {command}" in readme


def test_what_it_prints_is_right_where_one_stands(mmpctl: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    said = mmpctl("init", "our fleet")
    assert "cd 'our fleet'" in said.out and "our fleet/inventory/hosts.yaml" in said.out
    monkeypatch.chdir("our fleet")
    checked = mmpctl("inventory", "check")
    assert checked.code == 0 and "london-prod" in checked.out, checked


@pytest.mark.parametrize("umask", [0o000, 0o002, 0o077])
def test_nobody_else_may_write_there(umask: int, mmpctl: Command) -> None:
    before = os.umask(umask)
    try:
        assert mmpctl("init", "fleet").code == 0
    finally:
        os.umask(before)
    for path in (Path("fleet"), *Path("fleet").rglob("*")):
        assert not path.stat().st_mode & (stat.S_IWGRP | stat.S_IWOTH), path


def test_an_inventory_is_never_overwritten(mmpctl: Command) -> None:
    assert mmpctl("init", "fleet").code == 0
    Path("fleet/inventory/hosts.yaml").write_text("mine: {}\n")
    Path("fleet/README.md").unlink()
    before = contents(Path("fleet"))
    said = mmpctl("init", "fleet")
    assert said.code == 2 and "fleet already has an inventory; nothing was written" in said.err
    assert contents(Path("fleet")) == before


def test_files_of_the_users_own_are_kept(mmpctl: Command) -> None:
    Path("README.md").write_text("mine\n")
    Path(".gitignore").symlink_to("nowhere")
    said = mmpctl("init", ".")
    assert said.code == 0 and "Kept as it was:\n  .gitignore\n  README.md\n" in said.out
    assert Path("README.md").read_text() == "mine\n" and not Path("nowhere").exists()
    assert Path("inventory/hosts.yaml").is_file()


def test_a_folder_that_cannot_be_made_is_told(mmpctl: Command) -> None:
    said = mmpctl("init", "/dev/null/fleet")
    assert said.code == 2 and "/dev/null/fleet: Not a directory" in said.err


def test_without_an_inventory_init_is_named(mmpctl: Command) -> None:
    said = mmpctl("audit")
    assert said.code == 2 and "mmpctl init DIR" in said.err and "MMP_INVENTORY" in said.err


def test_the_inventory_comes_from_the_environment(lab: Lab, mmpctl: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    fleet = lab("healthy")
    mmpctl("init", "fleet")
    monkeypatch.setenv("MMP_INVENTORY", "fleet/inventory")
    assert "london-prod" in mmpctl("inventory", "check").out
    given = mmpctl("inventory", "check", "-i", fleet.inventory)
    assert given.code == 0 and "london-prod" not in given.out
    monkeypatch.setenv("MMP_INVENTORY", "")
    assert "no inventory at inventory" in mmpctl("inventory", "check").err


def test_the_examples_of_the_inventory_are_no_servers(mmpctl: Command) -> None:
    """The first thing that a newcomer types was "✓ OK", and the next one could reach nobody."""
    mmpctl("init", "fleet")
    said = " ".join(mmpctl("inventory", "check", "-i", "fleet/inventory").out.split())
    assert "! cms-1, cms-2, cms-3, cms-4, edge-1: these addresses are examples and belong to nobody." in said
