"""The operator's word on the keeper: the node, why it is the right one, who says so, and when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from mmpctl.runbooks.witness import user


@dataclass(frozen=True, slots=True)
class KeeperWord:
    """What the operator said.

    Args:
        node: inventory name of the node whose database must survive, right or wrong.
        reason: why, one line.
        by: the user who said it.
        at: when, aware, UTC.
        reasoned: the reason was given by the operator, and is no more than how the word came otherwise.
    """

    node: str
    reason: str
    by: str
    at: datetime
    reasoned: bool = True


def words_of(keepers: Mapping[str, str], reason: str | None, now: datetime) -> dict[str, KeeperWord]:
    """The word on each cluster's keeper that was given beforehand.

    Args:
        keepers: the node, by cluster.
        reason: why; None where it was not said.
        now: the time, aware, UTC.
    """
    by = user()
    told = reason or f"given on the command line by {by}"
    return {cluster: KeeperWord(node, told, by, now, reason is not None) for cluster, node in keepers.items()}
