"""What the renewal of a database cluster calls things."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, cast

from mmpctl.cluster.job_words import UNKNOWN_JOB, JobWords, Stake
from mmpctl.documents.request import WordsDocument

# The job of all runs whose request names none.
DATABASE_CLUSTER: Final = "database"

DATABASE_WORDS: Final = JobWords(
    work="renewal",
    of="database cluster certificates",
    unit="cluster",
    units="clusters",
    touched="database",
    has="has the new certificates",
    waits="the data is safe on {lead}; not yet in the new cluster: {nodes}",
    lead="keeper",
    begins="the database of {lead}, the keeper, survives",
    stake=Stake(
        name="data",
        intact="every node still has its data; {lead} is the keeper",
        everywhere="on every node",
        kept="the good copy is on {lead}, the keeper",
        copied="in sync with it: {copies}",
        saved="backups are on this machine",
    ),
)


def words_of(document: Mapping[str, Any]) -> WordsDocument:
    """Return what the job of a document calls things: a run's request, or a procedure by hand.

    Args:
        document: one that names neither words nor a job is of a database's renewal, as all were once.
    """
    known = document.get("job", DATABASE_CLUSTER) == DATABASE_CLUSTER
    told = (DATABASE_WORDS if known else UNKNOWN_JOB).document()
    given = document.get("words")
    return cast("WordsDocument", {**told, **given}) if isinstance(given, dict) else told


def about_cluster(keeper: str, address: str, left_out: Sequence[str]) -> tuple[str, ...]:
    """Return what to know before the steps of a cluster are typed by hand, one sentence each.

    Args:
        keeper: inventory name of the node whose database survives.
        address: the address by which the other nodes know it.
        left_out: names of nodes that take no part.
    """
    survives = f"The keeper is {keeper} ({address}): its database survives, all others are replaced by copies of it."
    if not left_out:
        return (survives,)
    return survives, f"Left out: {', '.join(left_out)}; never start it as a member of the old cluster again."
