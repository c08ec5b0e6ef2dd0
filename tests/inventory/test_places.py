"""Whatever steers a command lies where nobody else can write."""

from __future__ import annotations

import os
from pathlib import Path

import asyncssh
import pytest
from nornir.core.configuration import InventoryConfig
from nornir.core.inventory import Defaults, Groups, Hosts, Inventory
from nornir.core.plugins.inventory import InventoryPluginRegister

from mmpctl import plain_yaml
from mmpctl.device.questions import load_reviewed
from mmpctl.device.ssh.ssh_config import read_ssh_config
from mmpctl.errors import InventoryError, UsageError
from mmpctl.inventory import disk_sources
from mmpctl.inventory.credentials import Credentials, Secret
from mmpctl.inventory.disk_sources import files_of
from mmpctl.inventory.load import load
from mmpctl.inventory.sign_in import sign_in
from mmpctl.trusted import PlaceError
from tests.support.bombs import BOMB
from tests.support.inventories import Write
from tests.support.one_account import find_credentials

_ACCOUNT = Credentials("ops", password=Secret("TopSecret1"))


@pytest.mark.parametrize("name", ["", "hosts.yaml", "groups.yaml", "defaults.yaml", "known_hosts"])
def test_an_inventory_that_others_may_write_is_refused_with_the_cure(write: Write, name: str) -> None:
    folder = write()
    (folder / "known_hosts").touch()
    place = folder / name if name else folder
    load(folder)
    place.chmod(0o777)
    with pytest.raises(UsageError, match=f"everybody may write to {place}.*chmod go-w {place}"):
        load(folder)


def test_an_inventory_in_a_working_directory_that_others_may_write_is_refused(write: Write, tmp_path: Path) -> None:
    write()
    tmp_path.chmod(0o777)
    with pytest.raises(PlaceError, match=f"the inventory inventory cannot .* may write to {tmp_path}"):
        load("inventory")
    tmp_path.chmod(0o1777)  # as a system's folder for temporary files
    assert load("inventory")


def test_the_files_that_a_configuration_file_names_are_looked_at(write: Write, tmp_path: Path) -> None:
    folder = write()
    config = tmp_path / "nornir.yaml"
    config.write_text(f"inventory: {{options: {{host_file: {folder}/hosts.yaml, group_file: {folder}/groups.yaml}}}}\n")
    for place in (config, folder / "groups.yaml"):
        place.chmod(0o666)
        with pytest.raises(PlaceError, match=f"everybody may write to {place}"):
            load(config)
        place.chmod(0o600)


def test_known_hosts_are_looked_at_once_more_before_devices_are_asked(write: Write, tmp_path: Path) -> None:
    file = tmp_path / "keys"
    file.touch()
    nr = load(write(), known_hosts=file)
    file.chmod(0o666)
    with pytest.raises(PlaceError, match=r"the known-hosts file .* cannot be trusted"):
        sign_in(nr, _ACCOUNT)


def test_an_ssh_configuration_file_that_others_may_write_starts_nothing(write: Write, tmp_path: Path) -> None:
    file = tmp_path / "ssh_config"
    file.write_text("Host *\n  ProxyCommand evil\n")
    file.chmod(0o666)
    with pytest.raises(PlaceError, match="the SSH configuration file"):
        load(write(), ssh_config=file)
    with pytest.raises(PlaceError, match="the SSH configuration file"):
        read_ssh_config(file)


def test_reviewed_questions_that_others_may_write_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "questions.yaml"
    file.write_text(
        "- {operation: remove, reviewed_by: Me, date: 2026-01-31, question: 'Are you really sure? (Y/n)'}\n"
    )
    assert load_reviewed(file)
    file.chmod(0o666)
    with pytest.raises(PlaceError, match="the file of reviewed texts"):
        load_reviewed(file)


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o644])
def test_a_key_file_that_others_may_read_is_used(tmp_path: Path, mode: int) -> None:
    file = tmp_path / "id"
    asyncssh.generate_private_key("ssh-ed25519").write_private_key(str(file))
    file.chmod(mode)
    assert find_credentials({"MMP_SSH_KEY": str(file)}).key_file == file


def test_a_key_file_that_others_may_write_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "id"
    asyncssh.generate_private_key("ssh-ed25519").write_private_key(str(file))
    file.chmod(0o666)
    with pytest.raises(PlaceError, match="the key file of MMP_SSH_KEY"):
        find_credentials({"MMP_SSH_KEY": str(file)})


@pytest.mark.parametrize("kind", ["host", "group", "default"])
def test_a_bomb_is_told_with_its_line_and_does_not_go_off(write: Write, kind: str) -> None:
    name = "defaults" if kind == "default" else f"{kind}s"
    with pytest.raises(InventoryError, match=rf"{name}\.yaml:\d+ · .*more than 1000000 values"):
        load(write(**{name: BOMB}))


def test_a_bomb_among_reviewed_questions_does_not_go_off(tmp_path: Path) -> None:
    (tmp_path / "questions.yaml").write_text(BOMB)
    with pytest.raises(UsageError, match="more than 1000000 values"):
        load_reviewed(tmp_path / "questions.yaml")


@pytest.mark.parametrize("name", ["hosts.yaml", "groups.yaml", "questions.yaml"])
def test_a_pipe_keeps_nobody_waiting(write: Write, name: str) -> None:
    folder = write()
    (folder / name).unlink(missing_ok=True)
    os.mkfifo(folder / name)
    if name == "questions.yaml":
        with pytest.raises(PlaceError, match="not a plain file"):
            load_reviewed(folder / name)
    else:
        with pytest.raises(UsageError):
            load(folder)
    (folder / "config").unlink(missing_ok=True)
    os.mkfifo(folder / "config")
    with pytest.raises(PlaceError, match=r"the inventory .* not a plain file"):
        load(folder / "config")


class Plugin:
    """An inventory plugin as Ansible's: a file or folder of its own, and variables beside it."""

    def __init__(self, hostsfile: str = "hosts", sources: object = None) -> None:
        self.hostsfile = hostsfile

    def load(self) -> Inventory:
        return Inventory(Hosts(), Groups(), Defaults())


@pytest.mark.parametrize("options", ["{}", "{hostsfile: ansible/hosts}", "{sources: {one: [ansible]}}"])
@pytest.mark.parametrize(
    "name", ["hosts", "group_vars", "group_vars/all.yaml", "group_vars/lon/deep.yaml", "host_vars/lon-1.yml"]
)
def test_what_another_plugin_reads_is_looked_at_with_the_variables_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: str, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(InventoryPluginRegister.available, "Plugin", Plugin)
    folder = tmp_path if options == "{}" else tmp_path / "ansible"
    for file in ("hosts", "group_vars/all.yaml", "group_vars/lon/deep.yaml", "host_vars/lon-1.yml"):
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).write_text("{}")
    config = tmp_path / "nornir.yaml"
    config.write_text(f"inventory: {{plugin: Plugin, options: {options}}}\n")
    settings = InventoryConfig(plugin="Plugin", options=plain_yaml.load(options) or {})
    assert folder / name in {file.absolute() for file in files_of(settings)}
    (folder / name).chmod(0o777 if (folder / name).is_dir() else 0o666)
    with pytest.raises(PlaceError, match=f"everybody may write to {folder / name}"):
        load(config)


def test_a_folder_that_leads_back_to_itself_ends_and_one_without_end_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "again").symlink_to(tmp_path)
    settings = InventoryConfig(plugin="Other", options={"folder": str(tmp_path), "user": "~nobody-of-this-name/x"})
    assert {file.name for file in files_of(settings)} == {tmp_path.name, "inner"}
    monkeypatch.setattr(disk_sources, "_MOST_FILES", 1)
    with pytest.raises(InventoryError, match="too many files"):
        list(files_of(settings))


def test_variables_beside_nornir_s_own_files_are_nobody_s(write: Write) -> None:
    folder = write()
    (folder / "group_vars").mkdir(mode=0o777)
    (folder / "group_vars").chmod(0o777)
    assert load(folder)
