"""Test cases as data: a compact notation for services as they are seen, what is wanted of them, and what was done.

A service is one line below its node: `on`, `off` or `?`, then which files are set: `old`, `new` or `other`; of a
service with several pairs `https=old c2w=old`. `trust=old` is its file of whom it trusts; a unit `core-1 callbridge
trust` extends that. A node that is `silent` did not answer. Names of files are made of the
pair's command: `webadmin-old.key`. Without `units`, new files are wanted for every pair that is set.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from mmpctl.cluster.permit import Identity
from mmpctl.cluster.progress import History
from mmpctl.services.renewable import RENEWABLE, PairSetting, RenewableService, renewable
from mmpctl.services.seen_services import PairNames, SeenGroup, SeenNode, SeenService, UnitKey
from mmpctl.services.service_goal import Presented, ServiceGoal, WantedPair, WantedStore, WantedUnit
from mmpctl.services.service_guards import ServiceGuards
from mmpctl.services.store_settings import StoreSetting, stores_of
from tests.cluster.cases import keys

STATES = {"on": True, "off": False, "?": None}


@dataclass(frozen=True)
class Case:
    """One test case."""

    group: SeenGroup
    goal: ServiceGoal
    history: History
    back: bool
    steps: list[str]

    def guards(self) -> ServiceGuards:
        """The guards, for nodes whose services were on when the run began, whatever they show now."""
        identities = {one.name: Identity(f"SHA256:{one.name}", one.name, frozenset()) for one in self.group.nodes}
        return ServiceGuards(self.goal, identities, were_on(self.group), self.history)


def case_files() -> list[Path]:
    """All cases of the plan."""
    return sorted((Path(__file__).parent / "plan").glob("*.yaml"))


def read_case(path: Path) -> Case:
    """Read one case."""
    document = YAML(typ="safe").load(path.read_text(encoding="utf-8"))
    assert not set(document) - {"nodes", "units", "settled", "intended", "back", "steps"}, path.name
    steps = document.pop("steps", "").split("\n")[:-1]
    return make_case(**document, steps=steps)


def make_case(
    nodes: dict[str, Any],
    units: list[str] | None = None,
    settled: list[str] | None = None,
    intended: list[str] | None = None,
    back: bool = False,
    steps: list[str] | None = None,
    **goal: Any,
) -> Case:
    """A case from the notation."""
    group = SeenGroup("lon-prod", tuple(make_node(name, given) for name, given in nodes.items()))
    wanted = [UnitKey(*unit.split()) for unit in units] if units else _all_units(nodes)
    made = ServiceGoal(tuple(make_unit(key, nodes[key.node]) for key in wanted), **goal)
    return Case(group, made, History(keys(*settled or ()), keys(*intended or ())), back, steps or [])


def make_node(name: str, given: dict[str, str] | str) -> SeenNode:
    """A node from its services."""
    if isinstance(given, str):
        return SeenNode(name, error="timed out")
    services = {service: _seen(renewable(service), line) for service, line in given.items() if service != "calls"}
    calls = given.get("calls")
    return SeenNode(
        name, host_key=f"SHA256:{name}", hostname=name, services=services, calls=None if calls is None else int(calls)
    )


def make_unit(key: UnitKey, given: dict[str, str] | str) -> WantedUnit:
    """New files for the pairs of a service that are set."""
    service = renewable(key.service)
    words = given[key.service].split()[1:] if isinstance(given, dict) else []
    pairs = tuple(make_pair(setting) for setting in service.settings if _word(setting, words) is not None)
    if not key.aim:
        return WantedUnit(key, service, pairs)
    stays = tuple(replace(pair, new=pair.old, presents=pair.presented) for pair in pairs)
    return WantedUnit(key, service, (), stores=(make_store(stores_of(key.service)[0]),), stays=stays)


def make_store(setting: StoreSetting) -> WantedStore:
    """Old and new file of whom a service trusts."""
    old, new = f"{setting.device_prefix}-old.cer", f"{setting.device_prefix}-new.cer"
    return WantedStore(setting, (old,), (new,), {new: f"sha256 of {new}"}, ("one more",))


def make_pair(setting: PairSetting) -> WantedPair:
    """Old and new files of one pair."""
    new = names(setting, "new")
    digests = {name: f"sha256 of {name}" for name in new.arguments}
    return WantedPair(setting, names(setting, "old"), new, Presented("new leaf"), Presented("old leaf"), digests)


def names(setting: PairSetting, which: str) -> PairNames:
    """The files of one pair."""
    base = f"{setting.command.replace(' ', '-')}-{which}"
    return PairNames(f"{base}.key", f"{base}.cer")


def were_on(group: SeenGroup) -> frozenset[UnitKey]:
    """Every service of a group that has files: it was on when the run began."""
    return frozenset(
        UnitKey(node.name, name) for node in group.nodes for name, one in node.services.items() if one.pairs
    )


def _all_units(nodes: dict[str, Any]) -> list[UnitKey]:
    return [UnitKey(node, one.name) for one in RENEWABLE for node in nodes if one.name in nodes[node]]


def _seen(service: RenewableService, line: str) -> SeenService:
    state, *words = line.split()
    shown = {setting: _word(setting, words) for setting in service.settings}
    pairs = {setting.command: names(setting, which) for setting, which in shown.items() if which is not None}
    trusted = dict(word.split("=") for word in words if word.startswith("trust="))
    stores = {
        one.command: (f"{one.device_prefix}-{trusted['trust']}.cer",) for one in stores_of(service.name) if trusted
    }
    return SeenService(STATES[state], pairs, stores=stores)


def _word(setting: PairSetting, words: list[str]) -> str | None:
    given = dict(word.rpartition("=")[::2] for word in words if not word.startswith("trust="))
    return given.get(setting.command.partition(" ")[2] if "" not in given else "")
