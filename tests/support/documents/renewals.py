"""Renewals as documents."""

from __future__ import annotations

from typing import Any

from mmpctl import exit_codes as codes
from mmpctl.renewal.jobs.database_cluster.unit import cluster_unit
from mmpctl.renewal.outcome import UnitOutcome
from mmpctl.runbooks.renew import RenewReport, document
from mmpctl.runs.ending import Ending
from tests.support.documents.plans import planned_steps

RUN = "20261123-203107-4f2a"


def renewal() -> Any:
    """A renewal that went well for one cluster, and stopped for another."""
    stopped = UnitOutcome(
        cluster_unit("lon-prod", "lon-1"),
        Ending.STOPPED,
        "lon-2: 'database cluster remove' has not ended after 1800 s · look at the node by hand",
        (
            "The good copy of the database is on lon-1.",
            "The question that the node asked, not answered:\nWARNING!!!\nAre you sure you wish to dance? (Y/n)",
        ),
        planned_steps()[3:],
        more=codes.LOOK,
    )
    return document(RenewReport(RUN, (UnitOutcome(cluster_unit("lab", "lab-1"), Ending.RENEWED), stopped)))
