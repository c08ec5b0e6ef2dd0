"""Look at the services of all nodes of a fleet at once: what they show, what is in their files, what they present."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from nornir.core import Nornir
from nornir.core.task import Result, Task

from mmpctl.certificates.certificate import Certificate
from mmpctl.certificates.certificate_places import service_places, words_of
from mmpctl.device.commands.service import ServiceView
from mmpctl.errors import ConnectError, MmpError
from mmpctl.fleet.run_on import Outcome, run_on
from mmpctl.inventory.deployments import groups_of
from mmpctl.inventory.nodes import Node, node_of
from mmpctl.renewal.jobs.services.call_counts import CallCount, CallCounter
from mmpctl.services.renewable import PairSetting, RenewableService
from mmpctl.services.seen_services import PairNames, SeenGroup, SeenNode, SeenService
from mmpctl.services.store_settings import stores_of
from mmpctl.tasks.match import match_each
from mmpctl.tasks.node_facts import NodeFacts, Subject
from mmpctl.tasks.probe_service import probe_service
from mmpctl.tasks.read_node import read_node
from mmpctl.tasks.read_services import read_services

_SUBJECTS: Final = frozenset({Subject.IDENTITY, Subject.SERVICES, Subject.CLOCK, Subject.KEYS}) | frozenset(
    {Subject.TRACES, Subject.FILES, Subject.TRANSFER}
)


@dataclass(frozen=True, slots=True)
class PortSight:
    """What a service presents at its ports with one pair.

    Args:
        shown: the certificates, in the order that they are sent in, by port.
        error: why nothing could be seen; None if something was.
    """

    shown: Mapping[int, tuple[Certificate, ...]] = field(default_factory=dict)
    error: MmpError | None = None


@dataclass(frozen=True, slots=True)
class GroupSight:
    """One look at the nodes of a cluster, or at those of no cluster.

    Args:
        site: where they stand; None if they stand at several.
        group: what decisions are made of.
        facts: what was found on each node that answered, by inventory name.
        ports: what is presented, by inventory name and the pair's command.
        errors: why each other node could not be looked at, by inventory name.
        services: that were looked at as services that may be switched.
    """

    site: str | None
    group: SeenGroup
    facts: Mapping[str, NodeFacts]
    ports: Mapping[tuple[str, str], PortSight]
    errors: Mapping[str, MmpError]
    services: tuple[RenewableService, ...]


@dataclass(frozen=True, slots=True)
class _NodeSight:
    facts: NodeFacts
    services: Mapping[str, SeenService]
    ports: Mapping[str, PortSight]
    calls: CallCount


def run(
    nr: Nornir,
    services: tuple[RenewableService, ...],
    clock: Callable[[], datetime],
    calls: CallCounter,
) -> tuple[GroupSight, ...]:
    """Observe every group of the inventory given.

    Args:
        nr: filtered by the caller to whole groups.
        services: those that matter.
        clock: gives this machine's time, aware.
        calls: tells how many calls are on a node; asked of those that have a Call Bridge.

    Returns:
        One sight a group; a node that did not answer is in it, with the reason.
    """

    def look(task: Task) -> Result:
        facts: NodeFacts = read_node(task, _SUBJECTS, clock=clock, lenient=True).result
        seen, ports = _services_of(task, services)
        pairs = ((names.key, names.certificate) for one in seen.values() for names in one.pairs.values())
        facts = replace(facts, fits=match_each(task, pairs))
        return Result(host=task.host, result=_NodeSight(facts, seen, ports, _calls_on(task, seen, calls)))

    groups = groups_of(nr)
    outcomes = run_on(nr, [node.name for group in groups for node in group.nodes], look)
    sights = []
    for group in groups:
        seen: dict[str, _NodeSight] = {
            node.name: outcome.value for node in group.nodes if (outcome := outcomes[node.name]).error is None
        }
        nodes = tuple(_node(node, seen.get(node.name), outcomes[node.name].error) for node in group.nodes)
        ports = {(name, command): sight for name, one in seen.items() for command, sight in one.ports.items()}
        facts = {name: one.facts for name, one in seen.items()}
        errors = {node.name: error for node in group.nodes if (error := outcomes[node.name].error) is not None}
        sights.append(GroupSight(group.site, SeenGroup(group.unit_name, nodes), facts, ports, errors, services))
    return tuple(sights)


def look_again(nr: Nornir, group: SeenGroup, services: tuple[RenewableService, ...], calls: CallCounter) -> SeenGroup:
    """Ask the nodes of a group for their services again; one that does not answer is in it, with the reason.

    Args:
        nr: a Nornir object that knows the group.
        group: as it was observed before; identities and traces are kept from there.
        services: those that matter.
        calls: tells how many calls are on a node; asked of those that have a Call Bridge.
    """

    def look(task: Task) -> Result:
        views: dict[str, ServiceView] = read_services(task, _names(services)).result
        seen = _seen(views, services, node_of(task.host))
        return Result(host=task.host, result=(seen, _calls_on(task, seen, calls)))

    outcomes = run_on(nr, [node.name for node in group.nodes], look)
    return group.with_nodes({node.name: _again(node, outcomes[node.name]) for node in group.nodes})


def seen_of(task: Task, service: RenewableService) -> SeenService | None:
    """Look at one service of a node; None if its release does not know it.

    Args:
        task: Nornir's task on the node.
        service: which one.
    """
    views: dict[str, ServiceView] = read_services(task, (service.name,)).result
    return _seen(views, (service,), node_of(task.host)).get(service.name)


def ports_of(task: Task, setting: PairSetting, seen: SeenService) -> PortSight:
    """Connect to the ports where a service answers with one pair.

    Args:
        task: Nornir's task on the node.
        setting: which pair.
        seen: the service as it shows itself.
    """
    try:
        return PortSight(probe_service(task, seen.ports.get(setting.command, ())).result)
    except ConnectError as error:
        return PortSight(error=error)


def _services_of(
    task: Task, services: tuple[RenewableService, ...]
) -> tuple[dict[str, SeenService], dict[str, PortSight]]:
    views: dict[str, ServiceView] = read_services(task, _names(services)).result
    seen = _seen(views, services, node_of(task.host))
    ports = {
        setting.command: ports_of(task, setting, seen[service.name])
        for service in services
        for setting in service.settings
        if service.name in seen and setting.command in seen[service.name].pairs and setting.listens
    }
    return seen, ports


def _calls_on(task: Task, seen: Mapping[str, SeenService], calls: CallCounter) -> CallCount:
    used = seen.get("callbridge")
    return calls(task) if used is not None and used.pairs else CallCount()


def _names(services: Iterable[RenewableService]) -> tuple[str, ...]:
    return tuple(one.name for one in services)


def _seen(
    views: Mapping[str, ServiceView], services: tuple[RenewableService, ...], node: Node
) -> dict[str, SeenService]:
    return {one.name: _service(views[one.name], one, node) for one in services if one.name in views}


def _service(view: ServiceView, service: RenewableService, node: Node) -> SeenService:
    # A service that is on and says that it does not run is on its way.
    enabled = None if view.enabled and view.running is False else view.enabled
    pairs = {setting.command: pair for setting in service.settings if (pair := _pair(view, setting)) is not None}
    ports = {setting.command: _ports(view, setting, node) for setting in service.settings}
    return SeenService(enabled, pairs, ports, dict(_stores(view, service, pairs)))


def _stores(
    view: ServiceView, service: RenewableService, pairs: Mapping[str, PairNames]
) -> Iterator[tuple[str, tuple[str, ...]]]:
    places = [place for place in service_places(service.name, view.files) if place.bundle]
    for store in stores_of(service.name):
        file = next((place.file for place in places if store.words <= frozenset(place.use.split()[1:])), None)
        pair = pairs.get(store.pair) if store.pair is not None else None
        if file is not None and (store.pair is None or pair is not None):
            yield store.command, pair.arguments if pair is not None else (file,)


def _pair(view: ServiceView, setting: PairSetting) -> PairNames | None:
    for place in service_places(setting.service, view.files):
        words = frozenset(place.use.split()[1:]) - {"certificate"}
        if not place.bundle and place.key is not None and words == setting.words:
            return PairNames(place.key, place.file, place.authority)
    return None


def _ports(view: ServiceView, setting: PairSetting, node: Node) -> tuple[int, ...]:
    if setting.port is not None:
        return (node.sip_port,)
    found = (ports for label, ports in view.ports.items() if setting.words <= frozenset(words_of(label)))
    return tuple(dict.fromkeys(port for ports in found for port in ports))


def _node(node: Node, seen: _NodeSight | None, error: MmpError | None) -> SeenNode:
    if seen is None:
        return SeenNode(
            node.name, node.site, node.service_address, error=error.told.removesuffix(".") if error else "no answer"
        )
    facts = seen.facts
    return SeenNode(
        node.name,
        node.site,
        node.service_address,
        facts.host_key,
        facts.hostname,
        seen.services,
        facts.backups,
        facts.marks,
        facts.clock_ahead,
        facts.no_transfer,
        *seen.calls,
    )


def _again(node: SeenNode, outcome: Outcome) -> SeenNode:
    if outcome.error is not None:
        return replace(node, services={}, error=outcome.error.told.removesuffix("."))
    services, count = outcome.value
    told = {"calls": count.number, "no_calls": count.why, "calls_soon": count.soon}
    return replace(node, services=services, error=None, **told)
