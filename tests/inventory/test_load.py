"""Loading: folders, configuration files, other plugins, and what goes wrong with them."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest
from nornir.core.inventory import Defaults, Groups, Host, Hosts, Inventory
from nornir.core.plugins.inventory import InventoryPluginRegister
from nornir.core.plugins.runners import RunnerPlugin, RunnersPluginRegister
from nornir.core.task import Result, Task
from nornir.plugins.runners import SerialRunner, ThreadedRunner

from mmpctl.errors import InventoryError, UsageError
from mmpctl.inventory import SAMPLE
from mmpctl.inventory.load import DEFAULT_WORKERS, load
from mmpctl.inventory.mistakes import FaultyInventoryError
from mmpctl.inventory.nodes import nodes_of
from mmpctl.inventory.select import select
from tests.support.inventories import Write


def test_the_sample_is_the_fleet_of_the_lab() -> None:
    hosts = load(SAMPLE).inventory.hosts
    seen = {
        name: (host.hostname, host.port, host.platform, host["site"], host.get("cluster"), host.get("role"))
        for name, host in hosts.items()
    }
    assert len(seen) == 11
    assert seen["lon-1"] == ("127.77.1.11", 2022, "cisco_cms", "london", "lon-prod", "master")
    assert seen["lon-4"] == ("127.77.1.14", 2022, "cisco_cms", "london", "lon-prod", "client")
    assert seen["osl-3"] == ("127.77.2.13", 2022, "cisco_cms", "oslo", "osl-prod", "slave")
    assert seen["tst-1"] == ("127.77.3.11", 2022, "cisco_cms", "london", "shared-test", "master")
    assert seen["tst-2"] == ("127.77.3.12", 2022, "cisco_cms", "oslo", "shared-test", "slave")
    assert seen["osl-edge"] == ("127.77.2.20", 2022, "cisco_cms", "oslo", None, None)


def test_the_sample_explains_every_key() -> None:
    text = "".join((SAMPLE / f"{name}.yaml").read_text(encoding="utf-8") for name in ("hosts", "groups", "defaults"))
    comments = "\n".join(line for line in text.splitlines() if "#" in line)
    for key in ("hostname", "port", "platform", "groups", "site", "cluster", "role", "db_address"):
        assert key in comments


def test_data_is_inherited_from_groups_and_defaults(write: Write) -> None:
    host = load(write()).inventory.hosts["b-1"]
    assert (host["site"], host["cluster"], host["owner"], host.port) == ("south", "beta", "voice", 2022)


def test_groups_and_defaults_may_be_missing(write: Write) -> None:
    folder = write(hosts="x: {hostname: 127.70.1.1, platform: cisco_cms}\n", groups=None, defaults=None)
    assert load(str(folder)).inventory.hosts["x"].port is None


def test_nornir_writes_no_log_and_prints_no_traceback(
    write: Write, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    def fail(task: Task, password: str) -> Result:
        raise ValueError("no luck")

    nr = load(write())
    assert nr.run(task=fail, password="TopSecret1").failed
    logging.shutdown()
    assert not list(tmp_path.rglob("nornir.log"))
    assert capfd.readouterr() == ("", "")


def test_what_netbox_says_of_its_own_is_told_from_ours(tmp_path: Path) -> None:
    """A site is a block of keys there; role and cluster are blocks of its own, which are not ours."""

    class LikeNetBox:
        def __init__(self, **data: Any) -> None:
            self.data = data

        def load(self) -> Inventory:
            own = {"site": {"id": 2, "name": "London", "slug": "london"}, **self.data}
            host = Host("lon-1", hostname="127.70.0.1", platform="cisco_cms", data=own)
            return Inventory(Hosts({"lon-1": host}), Groups(), Defaults())

    InventoryPluginRegister.register("LikeNetBox", LikeNetBox)
    config = tmp_path / "config.yaml"
    config.write_text("inventory: {plugin: LikeNetBox, options: {cluster: lon, role: master}}\n")
    nr = load(config)
    assert [(node.site, node.cluster) for node in nodes_of(nr)] == [("london", "lon")]
    for words in ({"sites": ["london"]}, {"filters": ["site=london"]}, {"filters": ["site=London"]}):
        assert select(nr, **words).inventory.hosts
    for site, said in (("{name: Oslo}", "Oslo"), ("oslo", "oslo")):
        config.write_text(f"inventory: {{plugin: LikeNetBox, options: {{site: {site}}}}}\n")
        assert [node.site for node in nodes_of(load(config))] == [said]
    config.write_text(
        "inventory: {plugin: LikeNetBox, options: {role: {slug: server}, cluster: {name: esx}, site: {id: 2}}}\n"
    )
    with pytest.raises(FaultyInventoryError) as caught:
        load(config)
    for key in ("role", "cluster", "site"):
        assert f"{key} is a block of keys" in str(caught.value)
    assert "a custom field named role, with `flatten_custom_fields: true`" in str(caught.value)


def workers_of(runner: RunnerPlugin) -> int:
    """How many nodes Nornir's own runner takes at once."""
    assert isinstance(runner, ThreadedRunner)
    return runner.num_workers


def test_workers(write: Write, tmp_path: Path) -> None:
    folder = write()
    assert workers_of(load(folder).runner) == DEFAULT_WORKERS
    assert workers_of(load(folder, workers=3).runner) == 3
    config = tmp_path / "config.yaml"
    config.write_text(
        "inventory:\n  options: {host_file: inventory/hosts.yaml, group_file: inventory/groups.yaml,"
        " defaults_file: inventory/defaults.yaml}\nrunner: {options: {num_workers: 7}}\n"
    )
    assert workers_of(load(config).runner) == 7
    assert workers_of(load(config, workers=3).runner) == 3


def test_a_runner_of_the_users_own_is_kept(write: Write, tmp_path: Path) -> None:
    write()
    config = tmp_path / "config.yaml"
    text = (
        "inventory:\n  options: {host_file: inventory/hosts.yaml, group_file: inventory/groups.yaml,"
        " defaults_file: inventory/defaults.yaml}\n"
    )
    config.write_text(f"{text}runner: {{plugin: serial}}\n")
    assert isinstance(load(config).runner, SerialRunner)
    # What is typed says more than what is written.
    assert workers_of(load(config, workers=3).runner) == 3
    RunnersPluginRegister.register("ours", OursRunner)
    config.write_text(f"{text}runner: {{plugin: ours, options: {{at_once: 5}}}}\n")
    runner = load(config).runner
    assert isinstance(runner, OursRunner) and runner.at_once == 5
    with pytest.raises(UsageError, match="--workers 3 does not fit the runner 'ours'") as caught:
        load(config, workers=3)
    assert caught.value.advice


class OursRunner(SerialRunner):
    """A runner that only its owner knows."""

    def __init__(self, at_once: int) -> None:
        self.at_once = at_once


def test_a_configuration_file_elsewhere_counts_its_paths_from_the_working_directory(
    write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(folder="work/fleet")
    config = tmp_path / "etc" / "nornir.yaml"
    config.parent.mkdir()
    config.write_text(
        "inventory:\n"
        "  plugin: SimpleInventory\n"
        "  options:\n"
        "    host_file: fleet/hosts.yaml\n"
        "    group_file: fleet/groups.yaml\n"
        "    defaults_file: fleet/defaults.yaml\n"
        "logging: {enabled: true, log_file: nornir.log}\n"
        "core: {raise_on_error: true}\n"
        "user_defined: {ours: 1}\n"
    )
    monkeypatch.chdir(tmp_path / "work")
    nr = load(config)
    assert len(nr.inventory) == 6
    assert nr.config.user_defined["ours"] == 1
    assert not nr.config.core.raise_on_error
    assert not list(tmp_path.rglob("nornir.log"))

    monkeypatch.chdir(tmp_path)
    with pytest.raises(InventoryError, match=r"fleet/hosts\.yaml in .*start at the working directory"):
        load(config)


class _Plugin:
    """An inventory from elsewhere, as users have it."""

    def __init__(self, mood: str = "good") -> None:
        self.mood = mood

    def load(self) -> Inventory:
        if self.mood == "bad":
            raise ConnectionError("the source of truth is away")
        # A source of truth without types gives texts.
        port: Any = "22" if self.mood == "sloppy" else 22
        data = {"cluster": "c"} if self.mood == "sloppy" else {"cluster": "c", "role": "master"}
        defaults = Defaults()
        host = Host("x", hostname="127.70.1.1", port=port, platform="cisco_cms", data=data, defaults=defaults)
        return Inventory(hosts=Hosts({"x": host}), groups=Groups(), defaults=defaults)


@pytest.fixture
def plugin_config(tmp_path: Path) -> Path:
    InventoryPluginRegister.register("OfOurs", _Plugin)
    config = tmp_path / "config.yaml"
    config.write_text("inventory: {plugin: OfOurs, options: {mood: good}}\n")
    return config


def test_any_inventory_plugin_is_loaded_and_checked(plugin_config: Path) -> None:
    assert load(plugin_config).inventory.hosts["x"].hostname == "127.70.1.1"
    plugin_config.write_text("inventory: {plugin: OfOurs, options: {mood: sloppy}}\n")
    with pytest.raises(FaultyInventoryError) as caught:
        load(plugin_config)
    assert [(str(p.place), p.host, p.what) for p in caught.value.problems] == [
        (str(plugin_config), "x", "port '22' is not a port"),
        (str(plugin_config), "x", "in cluster 'c' without a role"),
    ]


def test_a_plugin_that_fails_is_named(plugin_config: Path) -> None:
    plugin_config.write_text("inventory: {plugin: OfOurs, options: {mood: bad}}\n")
    with pytest.raises(InventoryError, match="plugin OfOurs failed: ConnectionError: the source of truth is away"):
        load(plugin_config)
    plugin_config.write_text("inventory: {plugin: Nobox}\n")
    with pytest.raises(InventoryError, match="plugin Nobox failed: PluginNotRegistered"):
        load(plugin_config)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("inventroy: {plugin: OfOurs}\nrunner: {}\n", r"config\.yaml:1 · unknown section 'inventroy' · Did you mean"),
        ("runner: {}\ninventory:\n", r"config\.yaml:2 · inventory has no keys"),
        ("inventory: {pluging: OfOurs}\n", "unexpected keyword argument 'pluging'"),
        ("x: {hostname: 127.70.1.1}\n", "is not a Nornir configuration file · Name the folder"),
        ("- inventory\n", "is not a Nornir configuration file"),
        ("inventory: {plugin: [}\n", r"config\.yaml:1 · "),
    ],
)
def test_a_configuration_file_that_is_none(tmp_path: Path, text: str, told: str) -> None:
    config = tmp_path / "config.yaml"
    config.write_text(text)
    with pytest.raises(InventoryError, match=told):
        load(config)


def test_nothing_there(write: Write, tmp_path: Path) -> None:
    with pytest.raises(InventoryError, match=r"no inventory at nowhere in .* · Go to the folder that has it"):
        load("nowhere")
    (tmp_path / "empty").mkdir()
    with pytest.raises(InventoryError, match=r"no hosts\.yaml in empty"):
        load("empty")
    (tmp_path / "empty" / "hosts.yml").touch()
    with pytest.raises(InventoryError, match=r"Rename hosts\.yml to hosts\.yaml"):
        load("empty")


@pytest.mark.parametrize(
    ("hosts", "told"),
    [
        ("x:\n  hostname: 127.70.1.1\n   port: 22\n", r"hosts\.yaml:3 · "),
        ("x:\n  hostname: [127.70.1.1\ny: {}\n", r"hosts\.yaml:3 · "),
        ("x: {hostname: 127.70.1.1}\nx: {hostname: 127.70.1.2}\n", r'hosts\.yaml:2 · found duplicate key "x"'),
        ("x:\n\thostname: 127.70.1.1\n", r"hosts\.yaml:2 · "),
    ],
)
def test_broken_yaml_is_told_with_its_line(write: Write, hosts: str, told: str) -> None:
    with pytest.raises(FaultyInventoryError, match=told):
        load(write(hosts=hosts))


def test_the_value_of_a_duplicate_key_is_not_repeated(write: Write) -> None:
    with pytest.raises(FaultyInventoryError) as caught:
        load(write(hosts="x:\n  password: TopSecret1\n  password: TopSecret2\n"))
    assert "TopSecret" not in str(caught.value)


def test_a_file_in_another_encoding_is_told(write: Write) -> None:
    folder = write()
    (folder / "hosts.yaml").write_bytes("x: {hostname: 127.70.1.1} # Zürich\n".encode("latin-1"))
    with pytest.raises(FaultyInventoryError, match=r"hosts\.yaml · not a YAML text in utf-8"):
        load(folder)


def test_a_file_that_cannot_be_read_is_told(write: Write) -> None:
    folder = write(groups=None)
    (folder / "groups.yaml").mkdir()
    with pytest.raises(InventoryError, match=r"cannot read .*groups\.yaml: Is a directory"):
        load(folder)


def test_every_error_of_an_inventory_is_a_usage_error() -> None:
    assert issubclass(FaultyInventoryError, UsageError)
