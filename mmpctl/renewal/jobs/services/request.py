"""The services' part of a run's request: written when it starts, and all that a resumed run needs to finish them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from nornir.core import Nornir

from mmpctl.cluster.foreign_runs import runs_seen
from mmpctl.cluster.permit import Identity
from mmpctl.documents.services.service_request import (
    BegunServices,
    RequestedGroup,
    RequestedPair,
    RequestedService,
    WrittenOfServices,
)
from mmpctl.inventory.nodes import Node, nodes_of
from mmpctl.renewal.jobs.services.group_plan import GroupPlan
from mmpctl.renewal.jobs.services.unit import group_unit
from mmpctl.renewal.jobs.services.wish import ServiceWish
from mmpctl.renewal.request import inventory_line
from mmpctl.renewal.unit import Unit
from mmpctl.services.renewable import PairSetting
from mmpctl.services.seen_services import PairNames, UnitKey
from mmpctl.services.service_goal import Presented, ServiceGoal, WantedPair, WantedStore, WantedUnit
from mmpctl.services.store_settings import store_setting
from mmpctl.services.switched_services import switched
from mmpctl.times import iso, read_iso


def requested_of(nr: Nornir, plans: Iterable[GroupPlan], wish: ServiceWish) -> WrittenOfServices:
    """Return what a run of services keeps of its request: paths, names, fingerprints and SHA-256, never keys.

    Args:
        nr: the inventory.
        plans: those that the run begins with.
        wish: what is wanted.
    """
    nodes = {node.name: node for node in nodes_of(nr)}
    begun = list(plans)
    return {
        "certs": str(wish.certs.absolute()),
        "services": list(wish.names),
        "max_calls": wish.max_calls,
        "if_due": wish.if_due,
        "drop_calls": sorted({name for plan in begun for name in plan.goal.restarts}),
        "done": sorted(wish.done),
        "clusters": [_group(plan, nodes) for plan in begun],
    }


def goal_of(one: RequestedGroup, request: BegunServices) -> ServiceGoal:
    """Return what the services of a group were to use when their run began.

    Args:
        one: the group's part of the request.
        request: the run's.
    """
    units = tuple(_unit(unit) for unit in one["units"])
    return ServiceGoal(units, request["max_calls"], frozenset(request["drop_calls"]))


def requested_unit(one: RequestedGroup) -> Unit:
    """Return a group as a unit of the run that began with it.

    Args:
        one: the group's part of the request.
    """
    return group_unit(one["name"], [UnitKey.of_part(unit["name"], unit["service"]) for unit in one["units"]])


def identities_of(one: RequestedGroup) -> dict[str, Identity]:
    """Return what each node proved itself with when the run began.

    Args:
        one: the group's part of the request.
    """
    return {node["name"]: Identity(node["host_key"], node["hostname"], frozenset()) for node in one["nodes"]}


def keys_of(pairs: Iterable[Iterable[str]]) -> frozenset[UnitKey]:
    """Return services from what a request has of them.

    Args:
        pairs: node and service each.
    """
    return frozenset(UnitKey(*pair) for pair in pairs)


def first_expiry(one: RequestedGroup) -> str | None:
    """Return when the first of a group's new certificates expires, ISO 8601; None if it is not known.

    Args:
        one: the group's part of the request.
    """
    ends = [unit["valid_until"] for unit in one["units"] if unit["pairs"]]
    known = [end for end in ends if end is not None]
    return min(known) if known and len(known) == len(ends) else None


def _group(plan: GroupPlan, nodes: Mapping[str, Node]) -> RequestedGroup:
    group = plan.group
    return {
        "name": plan.name,
        "nodes": [
            {**inventory_line(nodes[node.name]), "host_key": node.host_key, "hostname": node.hostname}
            for node in group.nodes
        ],
        "units": [_service(unit) for unit in plan.goal.units],
        "were_on": [[key.node, key.service] for key in sorted(plan.were_on)],
        "known_runs": sorted(plan.known_runs & {run.name for run in runs_seen(group)}),
    }


def _service(unit: WantedUnit) -> RequestedService:
    return {
        "name": unit.key.node,
        "service": unit.key.part,
        "pairs": [_pair(pair) for pair in unit.pairs],
        "stores": [
            {
                "command": store.setting.command,
                "old": list(store.old),
                "new": list(store.new),
                "files": dict(store.digests),
                "added": list(store.added),
            }
            for store in unit.stores
        ],
        "stays": [_pair(pair) for pair in unit.stays],
        "valid_until": iso(unit.first_expiry) if unit.first_expiry else None,
    }


def _pair(pair: WantedPair) -> RequestedPair:
    return {
        "command": pair.setting.command,
        "old": list(pair.old.arguments),
        "new": list(pair.new.arguments),
        "files": dict(pair.digests),
        "presents": [*filter(None, (pair.presents.leaf,)), *pair.presents.chain],
        "presented": pair.presented.leaf,
        "serial": pair.serial,
    }


def _unit(one: RequestedService) -> WantedUnit:
    key = UnitKey.of_part(one["name"], one["service"])
    service = switched(key.service)
    settings: dict[str, PairSetting] = {setting.command: setting for setting in service.settings}
    pairs, stays = (tuple(_wanted(pair, settings) for pair in each) for each in (one["pairs"], one["stays"]))
    stores = tuple(
        WantedStore(setting, tuple(store["old"]), tuple(store["new"]), store["files"], tuple(store["added"]))
        for store in one["stores"]
        if (setting := store_setting(store["command"])) is not None
    )
    end: datetime | None = read_iso(one["valid_until"]) if one["valid_until"] else None
    return WantedUnit(key, service, pairs, end, stores, stays)


def _wanted(pair: RequestedPair, settings: Mapping[str, PairSetting]) -> WantedPair:
    return WantedPair(
        settings[pair["command"]],
        PairNames(*pair["old"]),
        PairNames(*pair["new"]),
        Presented(pair["presents"][0] if pair["presents"] else None, tuple(pair["presents"][1:])),
        Presented(pair["presented"]),
        pair["files"],
        pair["serial"],
    )
