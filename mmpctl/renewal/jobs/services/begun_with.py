"""The files that a run of services began with must be there when it is resumed."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from mmpctl.certificates.services.service_set import ServiceSet
from mmpctl.documents.services.service_request import RequestedGroup
from mmpctl.errors import MmpError, RefusedError
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
        (unit["name"], unit["service"], given["command"]): given["new"]
        for unit in one["units"]
        for given in (*unit["pairs"], *unit["stores"])
    }
    now = {
        (unit.key.node, unit.key.part, given.setting.command): list(given.arguments(back=False))
        for unit in goal.units
        for given in unit.given
    }
    changed = sorted(" of ".join((key[2], key[0])) for key in then.keys() | now.keys() if then.get(key) != now.get(key))
    if changed:
        raise RefusedError(
            f"these are not the certificates that the run began with: {', '.join(changed)}",
            code=OTHER_FILES,
            advice="Put the files of the run back, or name their folder with --certs. Nothing was sent.",
        )
