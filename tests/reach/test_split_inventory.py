"""`mmpctl inventory split`: the parts are what desk and sites agree on, and the desk's has nothing private."""

from __future__ import annotations

from pathlib import Path

import pytest

from mmpctl.inventory import SAMPLE
from mmpctl.inventory.load import load
from mmpctl.inventory.nodes import nodes_of
from mmpctl.reach.site_inventory import digest_of, nodes_around
from mmpctl.reach.sites.split_inventory import split
from tests.support.command import Command
from tests.support.inventories import DEFAULTS, GROUPS, HOSTS


@pytest.fixture
def inventory(tmp_path: Path) -> Path:
    """Two clusters, of which one spans both sites; with accounts and other data."""
    folder = tmp_path / "whole"
    folder.mkdir()
    (folder / "hosts.yaml").write_text(
        HOSTS.replace("  groups: [south]\n", "  groups: [south]\n  username: edge-user\n")
    )
    (folder / "groups.yaml").write_text(GROUPS + "nobody: {data: {left: over}}\n")
    (folder / "defaults.yaml").write_text(DEFAULTS)
    return folder


def test_each_part_has_the_digest_that_the_desk_wants(mmpctl: Command, inventory: Path, tmp_path: Path) -> None:
    said = mmpctl("inventory", "split", "--to", tmp_path / "split", "-i", inventory, "-o", "json")
    assert said.code == 0, said.err
    everybody = nodes_of(load(inventory))
    told = {one["name"]: one for one in said.document["sites"]}
    assert {name: (one["nodes"], one["others"]) for name, one in told.items()} == {"north": (3, 2), "south": (3, 1)}
    desk = nodes_of(load(said.document["desk"]))
    for name, one in told.items():
        there = nodes_of(load(one["folder"]))
        assert digest_of(nodes_around(name, there)) == one["digest"] == digest_of(nodes_around(name, desk))
    assert digest_of(desk) == digest_of(everybody) and [one.name for one in desk] == [one.name for one in everybody]


def test_a_site_has_all_that_was_written_and_the_desk_names_and_addresses(
    mmpctl: Command, inventory: Path, tmp_path: Path
) -> None:
    assert mmpctl("inventory", "split", "--to", tmp_path / "split", "-i", inventory).code == 0
    south = load(tmp_path / "split" / "south").inventory
    assert south.hosts["edge"].username == "edge-user" and south.hosts["b-1"]["power"] == {"feed": "red"}
    assert south.hosts["b-1"]["owner"] == "voice" and "a-1" not in south.hosts
    assert set(south.groups) == {"beta", "south", "north"}, "those that its nodes are in, and no others"
    text = "".join(file.read_text() for file in (tmp_path / "split" / "desk").iterdir())
    assert not [word for word in ("edge-user", "feed", "voice", "tags") if word in text]


def test_one_site_alone(mmpctl: Command, inventory: Path, tmp_path: Path) -> None:
    with (inventory / "hosts.yaml").open("a") as file:
        file.write("stray: {hostname: 127.70.0.9}\n")
    said = mmpctl("inventory", "split", "--site", "south", "--to", tmp_path / "split", "-i", inventory, "-o", "json")
    assert (said.code, said.document["desk"]) == (0, None)
    assert [one.name for one in (tmp_path / "split").iterdir()] == ["south"]
    said = mmpctl("inventory", "split", "--to", tmp_path / "all", "-i", inventory)
    assert said.code == 2 and "the node stray has no site" in said.err and not (tmp_path / "all").exists()


@pytest.mark.parametrize("name", ["desk", "a/b", "..", "a\x1bb"])
def test_a_site_that_no_folder_can_be_called_after(mmpctl: Command, inventory: Path, tmp_path: Path, name: str) -> None:
    written = name.replace("\x1b", r"\e")
    (inventory / "groups.yaml").write_text(GROUPS.replace("{site: south}", f'{{site: "{written}"}}'))
    said = mmpctl("inventory", "split", "--to", tmp_path / "split", "-i", inventory)
    assert said.code == 2 and not (tmp_path / "split").exists() and "\x1b" not in said.err


def test_nothing_is_overwritten(mmpctl: Command, inventory: Path, tmp_path: Path) -> None:
    (tmp_path / "south").mkdir()
    said = mmpctl("inventory", "split", "--to", tmp_path, "-i", inventory)
    assert said.code == 2 and "is there already; nothing was written" in said.err
    assert not (tmp_path / "north").exists()


def test_of_another_plugin_a_site_gets_names_and_addresses(inventory: Path, tmp_path: Path) -> None:
    nr = load(inventory)
    nr.config.inventory.plugin = "NetBoxInventory2"
    document = split(nr, inventory, tmp_path / "split", ["south"])
    there = load(tmp_path / "split" / "south")
    assert digest_of(nodes_of(there)) == document["sites"][0]["digest"]
    assert there.inventory.hosts["edge"].username is None


def test_an_inventory_that_a_configuration_file_names(mmpctl: Command, inventory: Path, tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    files = "\n".join(
        f"    {kind}_file: {inventory}/{name}.yaml"
        for kind, name in (("host", "hosts"), ("group", "groups"), ("defaults", "defaults"))
    )
    config.write_text(f"inventory:\n  plugin: SimpleInventory\n  options:\n{files}\n")
    assert mmpctl("inventory", "split", "--to", tmp_path / "split", "-i", config).code == 0
    assert load(tmp_path / "split" / "south").inventory.hosts["edge"].username == "edge-user"


def test_the_sample_can_be_split(mmpctl: Command, tmp_path: Path) -> None:
    said = mmpctl("inventory", "split", "--to", tmp_path / "split", "-i", SAMPLE)
    assert said.code == 0 and "mmpctl engine check -i" in said.out
    assert ": {address: ssh://user@host}` before you check it" in " ".join(said.out.split()).replace("`,", "`")
