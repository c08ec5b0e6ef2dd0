"""Inventories of others: NetBox, a table, Ansible; what they say is checked, selected and used like our own."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from nornir.core import Nornir
from ruamel.yaml import YAML

from mmpctl.errors import MmpError, UsageError
from mmpctl.inventory.credentials import Credentials, Secret
from mmpctl.inventory.load import load
from mmpctl.inventory.mistakes import FaultyInventoryError
from mmpctl.inventory.nodes import Node, nodes_of
from mmpctl.inventory.select import select
from mmpctl.lab.fleet import Fleet
from mmpctl.runbooks import status
from tests.neighbours.netbox import DEVICES, MACHINES, TOKEN, NetBox
from tests.support.lab import Lab

pytestmark = pytest.mark.neighbours

EXAMPLES = Path(__file__).parents[2] / "examples" / "inventories"
ROLES = ["master", "slave", "slave", "client"]


@pytest.fixture(autouse=True)
def _in_its_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NORNIR_SSH_CONFIG_FILE", str(tmp_path / "no-ssh-config"))


@pytest.fixture
def fleet(lab: Lab) -> Fleet:
    return lab("healthy")


def nodes(fleet: Fleet) -> tuple[Node, ...]:
    return nodes_of(load(fleet.inventory, known_hosts=fleet.known_hosts))


def example(kind: str, here: Path) -> Path:
    """A copy of the example's folder, in the working directory: in Nornir, relative paths start there."""
    shutil.copytree(EXAMPLES / kind, here, dirs_exist_ok=True)
    return here / "nornir.yaml"


def served(config: Path, url: str, **options: object) -> Path:
    """The NetBox of an example's configuration file, served elsewhere."""
    content = YAML(typ="safe").load(config.read_text(encoding="utf-8"))
    content["inventory"]["options"] |= {"nb_url": url, **options}
    YAML().dump(content, config)
    return config


def well(nr: Nornir, fleet: Fleet, names: Sequence[str]) -> None:
    """Its nodes are the lab's, and what they say of their cluster is healthy."""
    assert [node.name for node in nodes_of(nr)] == list(names)
    report = status.run(nr)
    assert [(cluster.name, cluster.site, cluster.healthy) for cluster in report.clusters] == [
        ("lon-prod", "london", True)
    ]


def signed_in(fleet: Fleet) -> dict[str, Any]:
    account = Credentials(fleet.username, Secret(fleet.password))
    return {"known_hosts": fleet.known_hosts, "credentials": account}


def test_netbox(fleet: Fleet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NB_TOKEN", TOKEN)
    ours = nodes(fleet)
    with NetBox([replace(node, hostname=node.db_address) for node in ours]) as netbox:
        nr = load(served(example("netbox", tmp_path), netbox.url), **signed_in(fleet))
        assert {path.partition("?")[0] for path in netbox.asked} == {DEVICES, MACHINES}
        assert all("platform=cisco_cms" in path for path in netbox.asked if "offset" not in path)
    names = [node.name for node in ours]
    assert [(node.site, node.cluster, node.role and node.role.value) for node in nodes_of(nr)] == [
        ("london", "lon-prod", role) for role in ROLES
    ]
    # A device has no port in NetBox, where the lab's nodes have nothing but ports of their own.
    for node in ours:
        host = nr.inventory.hosts[node.name]
        assert (host.hostname, host.port) == (node.db_address, None)
        host.hostname, host.port = node.hostname, node.port
    well(nr, fleet, names)
    for filters in (["site=london"], ["site=London"], ["tags=video"], ["role=slave", "site__slug=london"]):
        assert set(select(nr, filters=filters).inventory.hosts) <= set(names)
    assert list(select(nr, sites=["london"], roles=["client"]).inventory.hosts) == ["lon-4"]
    with pytest.raises(UsageError, match="Known sites: london"):
        select(nr, sites=["bergen"])


def test_what_netbox_has_of_its_own_is_told_from_ours(
    fleet: Fleet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NB_TOKEN", TOKEN)
    with NetBox(nodes(fleet)) as netbox:
        config = served(example("netbox", tmp_path), netbox.url, flatten_custom_fields=False)
        with pytest.raises(FaultyInventoryError) as caught:
            load(config)
    said = str(caught.value)
    for what in ("role is a block of keys", "cluster is a block of keys"):
        assert what in said
    assert "a custom field named role, with `flatten_custom_fields: true`" in said


def test_a_netbox_that_refuses_is_told_as_such(fleet: Fleet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NB_TOKEN", "wrong")
    with NetBox(nodes(fleet)) as netbox:
        config = served(example("netbox", tmp_path), netbox.url)
        with pytest.raises(MmpError, match=r"NetBoxInventory2 failed: .* NetBox instance"):
            load(config)


def test_a_table(fleet: Fleet, tmp_path: Path) -> None:
    config = example("csv", tmp_path)
    table = tmp_path / "nodes.csv"
    columns = table.read_text(encoding="utf-8").splitlines()[0].split(",")
    assert [node.name for node in nodes_of(load(config, known_hosts=fleet.known_hosts))] == [
        *("lon-1", "lon-2", "lon-3", "lon-4"),
        "osl-edge",
    ]
    with table.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        for node in nodes(fleet):
            row = {"platform": "cisco_cms", **{key: getattr(node, key) for key in columns if key != "platform"}}
            writer.writerow(row | {"role": node.role.value if node.role else ""})
    well(load(config, **signed_in(fleet)), fleet, ["lon-1", "lon-2", "lon-3", "lon-4"])


def test_an_ansible_inventory(fleet: Fleet, tmp_path: Path) -> None:
    config = example("ansible", tmp_path)
    hosts = tmp_path / "hosts.yaml"
    example_of = nodes_of(load(config, known_hosts=fleet.known_hosts))
    assert [(node.name, node.site, node.cluster) for node in example_of] == [
        *((f"lon-{number}", "london", "lon-prod") for number in range(1, 5)),
        ("osl-edge", "oslo", None),
    ]
    content = YAML(typ="safe").load(hosts.read_text(encoding="utf-8"))
    groups = content["all"]["children"]
    for node in nodes(fleet):
        host = groups["london"]["children"]["lon_prod"]["hosts"][node.name]
        host |= {"ansible_host": node.hostname, "ansible_port": node.port, "db_address": node.db_address}
    del groups["oslo"]
    YAML().dump(content, hosts)
    well(load(config, **signed_in(fleet)), fleet, ["lon-1", "lon-2", "lon-3", "lon-4"])


def test_a_password_in_an_inventory_of_others_is_an_error(tmp_path: Path) -> None:
    config = example("ansible", tmp_path)
    hosts = tmp_path / "hosts.yaml"
    hosts.write_text(hosts.read_text(encoding="utf-8").replace("role: client", "ansible_password: TopSecret1"))
    with pytest.raises(FaultyInventoryError) as caught:
        load(config)
    assert "is a secret in the inventory" in str(caught.value) and "TopSecret1" not in str(caught.value)


def test_the_runner_of_somebody_else_is_kept(tmp_path: Path) -> None:
    config = example("csv", tmp_path)
    given = config.read_text(encoding="utf-8")
    config.write_text(f"{given}runner: {{plugin: RetryRunner, options: {{num_workers: 5}}}}\n")
    runner = load(config).runner
    assert (type(runner).__name__, vars(runner)["num_workers"]) == ("RetryRunner", 5)
    with pytest.raises(UsageError, match="--workers 3 does not fit the runner 'RetryRunner'") as caught:
        load(config, workers=3)
    assert caught.value.advice
