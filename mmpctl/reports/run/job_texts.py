"""What tables say of a job's steps and runs, by the job's name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from mmpctl.cluster.database_words import DATABASE_CLUSTER, DATABASE_WORDS
from mmpctl.cluster.job_words import UNKNOWN_JOB
from mmpctl.services.service_words import SERVICE_WORDS, SERVICES_JOB


@dataclass(frozen=True, slots=True)
class JobTexts:
    """The texts of one job.

    Args:
        touched: what of a node its steps are about.
        legend: what the columns of its steps mean, one sentence each.
        safe: the heading of what is safe and what to do next.
        left: what a run leaves in its folder.
        renewed: what it means that all ended well.
        by_node: the next command names nodes, and no clusters.
    """

    touched: str
    legend: tuple[str, ...]
    safe: str
    left: str
    renewed: str
    by_node: bool = False


_DATABASE: Final = JobTexts(
    touched=DATABASE_WORDS.touched,
    legend=(
        "About: + means that a larger database takes longer. A remove was measured at 19 s; the other times are "
        "estimates.",
        "Stop: shows if you may stop after the step. yes: nothing is waiting. pause: the data is safe on the "
        "keeper, but nodes are outside the cluster; do not leave them in that state.",
    ),
    safe="Data safety and next steps:",
    left="its journal, backups and transcripts are in ",
    renewed="Every node that took part was checked afterwards, and all are healthy.",
)
_SERVICES: Final = JobTexts(
    touched=SERVICE_WORDS.touched,
    legend=(
        "About: all times are estimates.",
        "Stop: shows if you may stop after the step. yes: nothing is waiting. pause: a service is off, or not proved: "
        "a run that is asked to stop there finishes this service first.",
    ),
    safe="State of the services, and what to do next:",
    left="its journal and transcripts are in ",
    renewed="Every service that was renewed has presented its new certificate, and all that were on are on.",
    by_node=True,
)
_UNKNOWN: Final = JobTexts(
    UNKNOWN_JOB.touched,
    (),
    "State of the nodes, and what to do next:",
    _SERVICES.left,
    _DATABASE.renewed,
)
_TEXTS: Final = {DATABASE_CLUSTER: _DATABASE, SERVICES_JOB: _SERVICES}


def texts_of(job: str) -> JobTexts:
    """Return the texts of a job; those of one that is not known here are of no job in particular.

    Args:
        job: its name.
    """
    return _TEXTS.get(job, _UNKNOWN)
