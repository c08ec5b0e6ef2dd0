"""What a run of services began with must be there when it is resumed: its nodes, its files, and nobody else."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress

from mmpctl.certificates.services.service_set import ServiceSet
from mmpctl.cluster.foreign_runs import begun_since, copies_at_work
from mmpctl.documents.services.service_request import RequestedGroup
from mmpctl.errors import HostKeyError, MmpError, RefusedError
from mmpctl.renewal.claim import known_marks
from mmpctl.renewal.context import RunContext
from mmpctl.renewal.jobs.services.observation import GroupSight
from mmpctl.renewal.jobs.services.wanted_pairs import given_set
from mmpctl.renewal.jobs.services.wish import ServiceWish
from mmpctl.services.seen_services import UnitKey
from mmpctl.services.service_goal import ServiceGoal, WantedUnit

OTHER_FILES = "other-files"


def files_of(
    sight: GroupSight, units: Sequence[WantedUnit], wish: ServiceWish, open_ones: Sequence[UnitKey]
) -> tuple[dict[tuple[UnitKey, str], ServiceSet], tuple[str, ...]]:
    """Return the operator's files, as far as they are those that the run began with; what is open needs none.

    Args:
        sight: the group as it is seen now.
        units: the services that are not done.
        wish: what the run began with.
        open_ones: the services that the run has touched.

    Returns:
        The files of each pair, and what to tell of those that are missing.

    Raises:
        RefusedError: some are missing, and nothing is open (code `other-files`).
    """
    sets: dict[tuple[UnitKey, str], ServiceSet] = {}
    for unit in units:
        for pair in unit.pairs:
            facts = sight.facts.get(unit.key.node)
            given = None
            with suppress(MmpError):
                given = given_set(wish.certs, unit.key.node, pair.setting, facts, pair.old)
            if given is not None and given.names() == pair.new:
                sets[unit.key, pair.setting.command] = given
    missing = [
        f"{pair.setting.command} of {unit.key.node}"
        for unit in units
        for pair in unit.pairs
        if (unit.key, pair.setting.command) not in sets and unit.key not in open_ones
    ]
    if not missing:
        return sets, ()
    told = f"the files that the run began with are not in {wish.certs} any more, for {', '.join(missing)}"
    if not open_ones:
        raise RefusedError(
            told,
            code=OTHER_FILES,
            advice="Put the files of the run back, or name their folder with --certs. Nothing was sent.",
        )
    return sets, (f"{told}: only the services that the run had begun with are finished",)


def check_files(goal: ServiceGoal, one: RequestedGroup) -> None:
    """The files are the very ones that the run began with.

    Args:
        goal: what the files of now lead to.
        one: the group's part of the request.

    Raises:
        RefusedError: a file differs (code `other-files`).
    """
    then = {
        (unit["name"], unit["service"], pair["command"]): pair["new"] for unit in one["units"] for pair in unit["pairs"]
    }
    now = {
        (unit.key.node, unit.key.service, pair.setting.command): list(pair.new.arguments)
        for unit in goal.units
        for pair in unit.pairs
    }
    changed = sorted(" of ".join((key[2], key[0])) for key in then.keys() | now.keys() if then.get(key) != now.get(key))
    if changed:
        raise RefusedError(
            f"these are not the certificates that the run began with: {', '.join(changed)}",
            code=OTHER_FILES,
            advice="Put the files of the run back, or name their folder with --certs. Nothing was sent.",
        )


def check_nodes(sight: GroupSight, one: RequestedGroup, needed: Iterable[str]) -> None:
    """Every node that is needed answers, and every node that answers is the machine that it was.

    Args:
        sight: the group as it is seen now.
        one: the group's part of the request.
        needed: inventory names of the nodes that must answer.

    Raises:
        MmpError: a node does not answer (code `not-reachable`).
        HostKeyError: a node is another machine (code `other-node`).
    """
    then = {node["name"]: node for node in one["nodes"]}
    for node in sight.group.nodes:
        if not node.answers:
            if node.name in needed:
                raise MmpError(
                    f"it does not answer ({node.error})",
                    code="not-reachable",
                    node=node.name,
                    advice="One of its services was begun with. Bring it back, then resume.",
                )
            continue
        for key, now in (("host_key", node.host_key), ("hostname", node.hostname)):
            if node.name in then and now != then[node.name][key]:  # type: ignore[literal-required]
                raise HostKeyError(
                    f"its {key.replace('_', ' ')} is {now!r} now, it was {then[node.name][key]!r}",  # type: ignore[literal-required]
                    code="other-node",
                    node=node.name,
                    advice="This may be another machine. Find out what changed. Nothing was sent to any node.",
                )


def check_alone(run: RunContext, sight: GroupSight, known: frozenset[str]) -> None:
    """Nobody else is at work on the nodes: no copy of this run, and no run that has begun since.

    Args:
        run: the run.
        sight: the group as it is seen now.
        known: runs that nobody works on any more.

    Raises:
        RefusedError: somebody is (code `not-alone`).
    """
    marks = known_marks(run.journal.records, sight.group.name)
    others = (
        *copies_at_work(sight.group, run.folder.name, marks),
        *begun_since(sight.group, run.folder.name, known),
    )
    if others:
        raise RefusedError(
            "; ".join(others),
            code="not-alone",
            advice="Only commands that change nothing were sent. Resume the run on the machine where it has continued, "
            "with the folder there. Only if that folder is lost for good, close this run with `mmpctl runs --close "
            f"{run.folder.name} --reason TEXT` and start a new renewal with --other-run {run.folder.name}.",
        )
