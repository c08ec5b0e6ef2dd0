"""What is wanted of a renewal of database clusters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from nornir.core import Nornir

from mmpctl.cluster.target import Naming
from mmpctl.renewal.rollout import Rollout
from mmpctl.renewal.run_options import RunOptions


@dataclass(frozen=True, slots=True)
class RenewOptions:
    """What is wanted of a renewal.

    Args:
        keepers: the node whose database survives, by cluster, if the operator confirms it.
        reason: why they are the right ones.
        other_runs: runs of other machines on which nobody works any more.
        leave_out: names of dead nodes to go on without.
        names: `versioned` or `same`.
        slaves_at_once: how many slaves leave or join together; None for all.
        rollout: which clusters go first, how many at a time, and how many may fail.
        runs: the folder of all runs.
        inventory: where the inventory lies, so that `mmpctl resume RUN` finds it; None for where `load` found it.
        ticket: the id of the ticket with which a desk has it begun at this site; None if it is begun here.
    """

    keepers: Mapping[str, str] = field(default_factory=dict)
    reason: str | None = None
    other_runs: frozenset[str] = frozenset()
    leave_out: frozenset[str] = frozenset()
    names: Naming = Naming.VERSIONED
    slaves_at_once: int | None = None
    rollout: Rollout = field(default_factory=Rollout)
    runs: Path = Path("runs")
    inventory: Path | str | None = None
    ticket: str | None = None

    @property
    def of_run(self) -> RunOptions:
        """What of it is of the run, whatever its job."""
        return RunOptions(self.rollout, self.runs, self.inventory, self.other_runs, self.ticket)


@dataclass(frozen=True, slots=True)
class ClusterWish:
    """What is wanted of database clusters.

    Args:
        certs: the folder of the new certificates.
        options: all else.
    """

    certs: Path
    options: RenewOptions

    def narrowed(self, nr: Nornir) -> ClusterWish:
        """Return what is wanted of the clusters whose nodes are given.

        Args:
            nr: their nodes.
        """
        hosts = nr.inventory.hosts
        clusters = {host.get("cluster") for host in hosts.values()}
        keepers = {name: node for name, node in self.options.keepers.items() if name in clusters}
        options = replace(self.options, keepers=keepers, leave_out=self.options.leave_out & set(hosts))
        return replace(self, options=options)
