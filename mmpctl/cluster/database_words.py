"""What the renewal of a database cluster calls things."""

from __future__ import annotations

from typing import Final

from mmpctl.cluster.job_words import JobWords, Stake

DATABASE_WORDS: Final = JobWords(
    unit="cluster",
    units="clusters",
    touched="database",
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
