"""The lock of a cluster: one run at a time on this machine."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import AbstractContextManager

from nornir.core import Nornir
from nornir.core.inventory import Host

from mmpctl.inventory.nodes import node_of, unit_of
from mmpctl.renewal.context import Watch
from mmpctl.renewal.journal_context import user
from mmpctl.runs.lock import locked
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
