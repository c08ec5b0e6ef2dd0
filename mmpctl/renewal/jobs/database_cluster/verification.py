"""The check after a renewal: every node's status, several good looks in a row, and the restarted services."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from threading import Event

from nornir.core import Nornir
from nornir.core.task import Result, Task

from mmpctl.cluster.identity import members as strangers
from mmpctl.cluster.observed import ObservedCluster
from mmpctl.cluster.step import Step
from mmpctl.cluster.step_kinds import VERIFY
from mmpctl.fleet.run_on import run_on
from mmpctl.moment import Moment
from mmpctl.renewal.context import Watch
from mmpctl.renewal.execution import Halt
from mmpctl.renewal.jobs.database_cluster.actions.verify import Verify
from mmpctl.renewal.jobs.database_cluster.cluster_work import ClusterWork
from mmpctl.renewal.jobs.database_cluster.observations import Look, ServiceLook, Verification, with_look
from mmpctl.renewal.stop import Stopped
from mmpctl.tasks import service_state
from mmpctl.tasks.patience import Patience
from mmpctl.tasks.service_state import ServiceAnswer

# A replica can fall out of sync again: one good look proves little.
GOOD_LOOKS = 3
# Each remove, initialize, join and connect restarts these two.
RESTARTED = ("webadmin", "callbridge")


def verification(work: ClusterWork, look: Callable[[], ObservedCluster]) -> Verification:
    """Check one cluster from every node that took part, by the judgement of `mmpctl status`.

    Args:
        work: the cluster's part of the run; its watch's limits say how long the nodes may take until they agree.
        look: looks at every node that takes part again.

    Returns:
        What is wrong and what that rests on.

    Raises:
        Halt: the operator asked to stop; all steps are done, the check is not.
    """
    nr, watch, goal, seen = work.run.nr, work.watch, work.goal, work.prepared.cluster
    work.note("verifying from every node")
    patience = Patience(watch.limits.settle)
    looks: tuple[Look, ...] = ()
    services: dict[tuple[str, str], ServiceLook] = {}
    good = 0
    while True:
        _heed(watch, goal.keeper)
        patience.woke()
        services.update(_services(nr, goal.wanted, services, watch))
        seen = look()
        looks = with_look(looks, seen, goal.left_out, watch.clock())
        good = good + 1 if looks[-1].well else 0
        if good >= GOOD_LOOKS and all(service.up for service in services.values()):
            break
        answered = all(node.answers for node in seen.nodes if node.name not in goal.left_out)
        if (good == 0 or good >= GOOD_LOOKS) and patience.is_over(looked=answered):
            break
        if 0 < good < GOOD_LOOKS:
            Event().wait(watch.limits.between_looks)
        else:
            Event().wait(min(max(patience.elapsed / 10, 0.05), 2.0))
    problems = [] if good else list(_unhealthy(seen, goal.left_out))
    problems += [f"{one.node}: {one.service} {one.told}" for one in services.values() if not one.up]
    checked = tuple(goal.wanted) if good else ()
    if checked:
        problems += _files(work, seen)
    return Verification(tuple(problems), looks, tuple(services.values()), checked)


def _heed(watch: Watch, keeper: str) -> None:
    if watch.stop.wished:
        raise Halt(
            {
                keeper: Stopped(
                    "all steps are done, only the check afterwards is missing: the run was asked to stop",
                    advice="`mmpctl resume` looks at every node and makes the check.",
                )
            }
        )


def _services(
    nr: Nornir, nodes: Iterable[str], known: Mapping[tuple[str, str], ServiceLook], watch: Watch
) -> dict[tuple[str, str], ServiceLook]:
    """Return the services that were not seen to be up yet, as they are now."""
    open_ones = {
        node: [service for service in RESTARTED if (node, service) not in known or not known[node, service].up]
        for node in nodes
    }

    def ask(task: Task) -> Result:
        answers = {name: service_state(task, name).result for name in open_ones[task.host.name]}
        return Result(host=task.host, result=answers)

    outcomes = run_on(nr, [node for node, services in open_ones.items() if services], ask)
    found = {}
    for node, outcome in outcomes.items():
        for service in open_ones[node]:
            told = f"was not seen ({outcome.error.message})" if outcome.error else ""
            answer = outcome.value[service] if outcome.error is None else ServiceAnswer(False, told)
            found[node, service] = ServiceLook(node, service, watch.clock(), answer.up, answer.told)
    return found


def _files(work: ClusterWork, seen: ObservedCluster) -> list[str]:
    action = Verify(work)

    def look(task: Task) -> Result:
        step = Step(0, 0, task.host.name, VERIFY)
        return action.perform(task, step, None, work.ledger(step.key), seen, Moment.now())

    look.__name__ = VERIFY.name
    outcomes = run_on(work.run.nr, work.goal.wanted, look)
    problems = []
    for name, outcome in outcomes.items():
        if outcome.error is not None:
            problems.append(str(outcome.error))
        else:
            problems += [f"{name}: {problem}" for problem in outcome.value.problems]
    return problems


def _unhealthy(cluster: ObservedCluster, without: frozenset[str]) -> Iterator[str]:
    swapped = _swapped(cluster, without)
    yield from swapped.values()
    yield from strangers(cluster)
    for node in cluster.nodes:
        if node.name in without or node.name in swapped:
            continue
        status = node.status
        if status is None:
            yield f"{node.name} {node.trouble}: {node.error}"
            continue
        members = ", ".join(f"{member.address} {member.state}" for member in status.nodes) or "no members"
        expired = f", and marks {', '.join(status.expired)} as expired" if node.uses_expired else ""
        alarm = f", and shows {', '.join(map(repr, status.alarming))}, which is not known" if status.alarming else ""
        yield f"{node.name} reports {status.status} and shows {members}{expired}{alarm}"


def _swapped(cluster: ObservedCluster, without: frozenset[str]) -> dict[str, str]:
    found = {}
    for node in cluster.nodes:
        me = node.status.me if node.status and node.name not in without else None
        owner = cluster.owner(me.address) if me else None
        if me is not None and owner is not None and owner.name != node.name:
            found[node.name] = (
                f"{node.name} shows {me.address} as its own address, which is the address of {owner.name}: "
                "the addresses of the two are swapped; correct the inventory"
            )
    return found
