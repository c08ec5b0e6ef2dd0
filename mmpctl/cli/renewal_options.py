"""The options of a renewal, in the groups that plan, renew and resume share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mmpctl.cli import options
from mmpctl.cli.selection import Selection
from mmpctl.defaults import CLUSTERS_AT_ONCE, NAMES
from mmpctl.errors import UsageError

if TYPE_CHECKING:
    from mmpctl.display.events import Progress
    from mmpctl.reach.services_asked import ServicesAsked
    from mmpctl.reach.verbs import PlanRequest
    from mmpctl.renewal.context import Watch
    from mmpctl.renewal.jobs.database_cluster.renew_options import RenewOptions
    from mmpctl.renewal.rollout import Rollout
    from mmpctl.renewal.stop import Stop


@dataclass(frozen=True, slots=True)
class OperatorWord:
    """What the operator confirms because the nodes cannot prove it.

    Args:
        keeper: `CLUSTER=NODE`: the node whose database survives.
        reason: why they are the right ones.
        other_run: runs of other machines on which nobody works any more.
    """

    keeper: options.Keepers = None
    reason: options.Reason = None
    other_run: options.OtherRuns = None

    def check(self) -> None:
        """Refuse options that do not go together, before any node is asked.

        Raises:
            UsageError: with the option that is wrong.
        """
        self.keepers()
        self.why()
        self.others()

    def keepers(self) -> Mapping[str, str]:
        """Return the node whose database survives, by cluster; raises `UsageError` if one is not CLUSTER=NODE."""
        pairs = {}
        for text in self.keeper or ():
            cluster, separator, node = text.partition("=")
            if not (cluster and separator and node):
                raise UsageError(f"--keeper {text}: not CLUSTER=NODE", advice="Write it like --keeper london=cms-1.")
            pairs[cluster] = node
        return pairs

    def why(self) -> str | None:
        """Return the reason; None if none was given. Raises `UsageError` if it has no keeper, or is not one line."""
        if self.reason is None:
            return None
        if not self.keeper:
            raise UsageError(
                "--reason can only be used with --keeper", advice="Name the keeper with --keeper CLUSTER=NODE as well."
            )
        if not self.reason.strip() or not self.reason.isprintable():
            raise UsageError("--reason must be one line of text", advice="Say why the node is the right keeper.")
        return self.reason.strip()

    def others(self) -> frozenset[str]:
        """Return the runs of other machines that are over; raises `UsageError` if one is not the name of a run."""
        from mmpctl.cluster.foreign_runs import is_run

        for name in self.other_run or ():
            if not is_run(name):
                raise UsageError(
                    f"--other-run {name}: not the name of a run",
                    advice="Write it as YYYYMMDD-HHMMSS-xxxx; the refusal shows the name.",
                )
        return frozenset(self.other_run or ())

    def asked(self) -> dict[str, list[str]]:
        """Return these options for the next command, which is suggested."""
        why = self.why()
        return {
            "keeper": self.keeper or [],
            "reason": [why] if why else [],
            "other_run": self.other_run or [],
        }


@dataclass(frozen=True, slots=True)
class Shape:
    """How the clusters are taken apart and put together again.

    Args:
        leave_out: dead nodes to go on without.
        names: `versioned` or `same`.
        slaves_at_once: how many slaves leave or join together; None for all.
    """

    leave_out: options.LeaveOut = None
    names: options.Names = NAMES
    slaves_at_once: options.SlavesAtOnce = None

    def check(self) -> None:
        """Refuse an unknown choice before any node is asked.

        Raises:
            UsageError: `names` is neither of the two.
        """
        from mmpctl.cluster.target import Naming

        Naming.of(self.names)

    def asked(self) -> dict[str, list[str]]:
        """Return these options for the next command, as far as they differ from the default."""
        return {
            "leave_out": self.leave_out or [],
            "names": [self.names] if self.names != NAMES else [],
            "slaves_at_once": [str(self.slaves_at_once)] if self.slaves_at_once is not None else [],
        }


@dataclass(frozen=True, slots=True)
class Order:
    """In which order clusters follow each other.

    Args:
        canary: clusters that go first.
        clusters_at_once: how many are worked on at the same time.
        max_failures: how many may stop or fail before no further one is started.
    """

    canary: options.Canaries = None
    clusters_at_once: options.ClustersAtOnce = CLUSTERS_AT_ONCE
    max_failures: options.MaxFailures = 0

    def rollout(self) -> Rollout:
        """Return the same as the engine takes it."""
        from mmpctl.renewal.rollout import Rollout

        return Rollout(tuple(self.canary or ()), self.clusters_at_once, self.max_failures)


@dataclass(frozen=True, slots=True)
class Execution:
    """How a run is carried out.

    Args:
        runs: the folder of all runs.
        yes: nobody is asked.
        operation_minutes: how long one remove, initialize, join or connect may take.
    """

    runs: options.Runs = options.RUNS
    yes: options.Yes = False
    operation_minutes: options.OperationMinutes = 30.0

    def watch(self, progress: Progress, stop: Stop) -> Watch:
        """Return who watches the run.

        Args:
            progress: is told what happens.
            stop: takes the wish to stop.
        """
        from mmpctl.renewal.context import Watch
        from mmpctl.renewal.limits import Limits

        return Watch(progress, stop, Limits(operation=self.operation_minutes * 60))


@dataclass(frozen=True, slots=True)
class ExecutionAtSites(Execution):
    """The same for a command that has the work done at sites, if that is wanted.

    Args:
        engine: the file of sites; None if it is done here.
    """

    engine: options.Engine = None


def wanted(word: OperatorWord, shape: Shape, runs: Path) -> RenewOptions:
    """Return the options that a plan and its renewal share, as the engine takes them.

    Args:
        word: what the operator confirms.
        shape: how the clusters are taken apart.
        runs: the folder of all runs.
    """
    from mmpctl.cluster.target import Naming
    from mmpctl.renewal.jobs.database_cluster.renew_options import RenewOptions

    return RenewOptions(
        keepers=word.keepers(),
        reason=word.why(),
        other_runs=word.others(),
        leave_out=frozenset(shape.leave_out or ()),
        names=Naming.of(shape.names),
        slaves_at_once=shape.slaves_at_once,
        runs=runs,
    )


def wanted_at_sites(word: OperatorWord, shape: Shape, services: ServicesAsked | None) -> PlanRequest:
    """Return the same as sites take it, of all clusters.

    Args:
        word: what the operator confirms.
        shape: how the clusters are taken apart.
        services: which services are renewed; None for the database clusters.
    """
    from mmpctl.cluster.target import Naming
    from mmpctl.reach.verbs import PlanRequest

    return PlanRequest(
        (),
        word.keepers(),
        word.why(),
        word.others(),
        frozenset(shape.leave_out or ()),
        Naming.of(shape.names),
        shape.slaves_at_once,
        services,
    )


def asked_again(selection: Selection, runs: Path) -> dict[str, list[str]]:
    """Return the options that the next command wants too.

    Args:
        selection: of this command.
        runs: the folder of all runs.
    """
    return {**selection.asked(), **runs_asked(runs)}


def runs_asked(runs: Path) -> dict[str, list[str]]:
    """Return the option for the folder of all runs, for the next command; none if it is the default.

    Args:
        runs: the folder of all runs.
    """
    return {"runs": [str(runs)]} if runs != options.RUNS else {}
