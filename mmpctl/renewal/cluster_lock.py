"""The lock of a cluster: one run at a time on this machine."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, ExitStack

from nornir.core import Nornir
from nornir.core.inventory import Host

from mmpctl import exit_codes as codes
from mmpctl.inventory.nodes import node_of, unit_of
from mmpctl.renewal.context import Watch
from mmpctl.renewal.journal_context import user
from mmpctl.renewal.outcome import UnitOutcome
from mmpctl.renewal.unit import Unit
from mmpctl.runs.ending import Ending
from mmpctl.runs.lock import LockedError, locked
from mmpctl.times import iso


def lock_cluster(
    nr: Nornir, cluster: str, watch: Watch, run: str | None = None, home: Callable[[Host], str] = unit_of
) -> AbstractContextManager[None]:
    """Return the lock of a cluster's nodes, as a context; entering it raises LockedError when another run holds one.

    Args:
        nr: a Nornir object that knows the cluster.
        cluster: its name; `STANDALONE` for the servers of none.
        watch: gives the time, for those who meet the lock.
        run: the run's name, if it has one already.
        home: tells what the job calls the nodes that a host is one of.
    """
    mine = (node_of(host) for host in nr.inventory.hosts.values() if home(host) == cluster)
    nodes = [f"{node.hostname}:{node.port}" for node in mine]
    since = iso(watch.clock())
    which = {"run": run} if run else {}
    return locked(nodes, {**which, "pid": str(os.getpid()), "user": user(), "since": since})


def lock_units(
    stack: ExitStack,
    nr: Nornir,
    units: Iterable[Unit],
    watch: Watch,
    run: str | None = None,
    home: Callable[[Host], str] = unit_of,
) -> dict[str, UnitOutcome]:
    """Lock units for as long as a stack is open, and return the outcomes of those that another run has locked.

    Args:
        stack: holds the locks.
        nr: a Nornir object that knows the units.
        units: those to be locked.
        watch: gives the time, for those who meet the locks.
        run: the run's name, if it has one already.
        home: tells what the job calls the nodes that a host is one of.

    Returns:
        Outcomes by the unit's name; none if all are locked for this run.
    """
    outcomes: dict[str, UnitOutcome] = {}
    for unit in units:
        try:
            stack.enter_context(lock_cluster(nr, unit.name, watch, run, home))
        except LockedError as error:
            outcomes[unit.name] = UnitOutcome(unit, Ending.NOT_STARTED, str(error), more=codes.LOCKED)
    return outcomes
