"""Look at all nodes of a fleet at once, and group what was seen by cluster."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from nornir.core import Nornir

from mmpctl.cluster.key_proof import KeySeen
from mmpctl.cluster.observed import ObservedCluster
from mmpctl.cluster.status import CertificateFiles
from mmpctl.cluster.target import Goal
from mmpctl.cluster.trouble import trouble_of
from mmpctl.errors import MmpError
from mmpctl.fleet.run_on import Outcome, run_on
from mmpctl.inventory.nodes import Cluster, clusters_of
from mmpctl.renewal.jobs.database_cluster.known_addresses import unseen, with_aliases
from mmpctl.tasks.look_at_keys import look_at_keys as read_keys
from mmpctl.tasks.node_facts import NodeFacts, Subject
from mmpctl.tasks.read_node import read_node
from mmpctl.tasks.status import status as read_status
from mmpctl.tasks.surroundings import SURROUNDINGS
from mmpctl.times import now_utc

_BESIDE: Final = SURROUNDINGS | {Subject.KEYS}
_OBSERVED: Final = frozenset({Subject.STATUS, Subject.IDENTITY, Subject.DATABASE_FILES})


@dataclass(frozen=True, slots=True)
class Sight:
    """One look at a cluster.

    Args:
        site: where it stands; None when it spans several sites.
        cluster: what decisions are made of.
        facts: what was found on each node that answered, by inventory name.
        errors: why each other node could not be looked at, by inventory name.
    """

    site: str | None
    cluster: ObservedCluster
    facts: Mapping[str, NodeFacts]
    errors: Mapping[str, MmpError]


def run(nr: Nornir, services: bool = False, clock: Callable[[], datetime] | None = None) -> tuple[Sight, ...]:
    """Observe every cluster of the inventory given.

    Args:
        nr: filtered by the caller to whole clusters.
        services: ask for the files of other services too.
        clock: gives the time, aware; with it, the nodes' clocks, releases, backups and lists of keys are read too.

    Returns:
        One sight a cluster; a node that did not answer is in it, with the reason.
    """
    groups = [group for group in clusters_of(nr) if group.name is not None]
    names = [node.name for group in groups for node in group.nodes]
    subjects = _OBSERVED | ({Subject.SERVICES} if services else set()) | (_BESIDE if clock else set())
    outcomes = run_on(nr, names, read_node, lambda _: {"subjects": subjects, "clock": clock or now_utc})
    called = {name: host.hostname or name for name, host in nr.inventory.hosts.items()}
    return tuple(_sight(group, outcomes, called) for group in groups)


def look_again(nr: Nornir, seen: ObservedCluster, without: frozenset[str]) -> ObservedCluster:
    """Ask the nodes of a cluster for their status again.

    Args:
        nr: a Nornir object that knows the cluster.
        seen: the cluster as it was observed before; identities are kept from there.
        without: names of nodes that are left out, and not asked.
    """
    names = [node.name for node in seen.nodes if node.name not in without]
    outcomes = run_on(nr, names, read_status)
    nodes = []
    for node in seen.nodes:
        if node.name in outcomes:
            error = outcomes[node.name].error
            seen_now = replace(node, status=outcomes[node.name].value, error=error.message if error else None)
            nodes.append(replace(seen_now, trouble=trouble_of(error)))
        else:
            nodes.append(node)
    return with_aliases(replace(seen, nodes=tuple(nodes)))


def look_for_backups(nr: Nornir, seen: ObservedCluster, without: frozenset[str]) -> ObservedCluster:
    """Ask the nodes of a cluster again for the backups and the marks of runs that lie on them.

    Args:
        nr: a Nornir object that knows the cluster.
        seen: the cluster as it was observed before; all else is kept from there.
        without: names of nodes that are left out, and not asked.

    Raises:
        MmpError: a node could not be asked at all.
    """
    found = _asked(nr, seen, without, {"subjects": {Subject.TRACES}})
    nodes = (
        replace(node, backups=found[node.name].backups, marks=found[node.name].marks) if node.name in found else node
        for node in seen.nodes
    )
    return replace(seen, nodes=tuple(nodes))


def look_at_clocks(
    nr: Nornir, seen: ObservedCluster, without: frozenset[str], clock: Callable[[], datetime]
) -> ObservedCluster:
    """Ask the nodes of a cluster for the time.

    Args:
        nr: a Nornir object that knows the cluster.
        seen: the cluster as it was observed before; all else is kept from there.
        without: names of nodes that are left out, and not asked.
        clock: gives this machine's time, aware.

    Raises:
        MmpError: a node could not be asked at all.
    """
    found = _asked(nr, seen, without, {"subjects": {Subject.CLOCK}, "clock": clock})
    nodes = (
        replace(node, clock_ahead=found[node.name].clock_ahead) if node.name in found else node for node in seen.nodes
    )
    return replace(seen, nodes=tuple(nodes))


def look_at_keys(nr: Nornir, goals: Iterable[tuple[ObservedCluster, Goal]]) -> dict[str, dict[str, KeySeen]]:
    """Look at the keys on nodes to which new certificates belong; nodes without such keys are not asked.

    Args:
        nr: a Nornir object that knows the clusters.
        goals: clusters as they were observed, each with what it is to become.

    Returns:
        What each node shows of its keys, by inventory name and by the key's file. Of one that could not be asked, why.
    """
    wanted = {
        node.name: goal.wanted[node.name].certificates_of_keys()
        for cluster, goal in goals
        for node in cluster.nodes
        if node.answers and node.name in goal.wanted and goal.wanted[node.name].certificates_of_keys()
    }
    outcomes = run_on(nr, list(wanted), read_keys, lambda name: {"keys": wanted[name]})
    return {
        name: outcome.value
        if outcome.error is None
        else dict.fromkeys(wanted[name], KeySeen(listed=False, trouble=outcome.error.told))
        for name, outcome in outcomes.items()
    }


def _asked(
    nr: Nornir, seen: ObservedCluster, without: frozenset[str], arguments: Mapping[str, Any]
) -> dict[str, NodeFacts]:
    """Return what is read of each node; raises what any of them raised."""
    outcomes = run_on(
        nr, [node.name for node in seen.nodes if node.name not in without], read_node, lambda _: arguments
    )
    for outcome in outcomes.values():
        if outcome.error is not None:
            raise outcome.error
    return {name: outcome.value for name, outcome in outcomes.items()}


def _sight(group: Cluster, outcomes: Mapping[str, Outcome], called: Mapping[str, str]) -> Sight:
    facts: dict[str, NodeFacts] = {name: outcome.value for name, outcome in outcomes.items() if outcome.value}
    nodes = []
    for node in group.nodes:
        found, error = facts.get(node.name), outcomes[node.name].error
        if found is None:
            why = error.told.removesuffix(".") if error else "no answer"
            nodes.append(replace(unseen(node), error=why, trouble=trouble_of(error)))
            continue
        nodes.append(
            replace(
                unseen(node),
                status=found.status,
                host_key=found.host_key,
                hostname=found.hostname,
                names_in_use=_names_in_use(found),
                in_use={name: file.sha256 for name, file in found.certificates.items()},
                service_files=found.service_files,
                backups=found.backups,
                marks=found.marks,
                clock_ahead=found.clock_ahead,
                release=found.release,
                account=found.account,
                no_transfer=found.no_transfer,
                stored=found.stored,
                listed=found.listed,
            )
        )
    errors = {node.name: error for node in group.nodes if (error := outcomes[node.name].error) is not None}
    own = {node.name for node in group.nodes}
    elsewhere = frozenset(text for name in called.keys() - own for text in (name, called[name]))
    cluster = ObservedCluster(group.name or "", tuple(nodes), elsewhere=elsewhere)
    return Sight(group.site, with_aliases(cluster), facts, errors)


def _names_in_use(found: NodeFacts) -> frozenset[str]:
    """Return the names within the certificates that a node presents; its CA's are no names of nodes."""
    files = found.status.certificates if found.status is not None else CertificateFiles()
    used = (found.certificates.get(name or "") for name in (files.server_certificate, files.client_certificate))
    leaves = [each for file in used if file is not None for each in file.certificates if not each.is_ca]
    return frozenset(name for each in leaves for name in (*each.common_names, *each.host_names))
