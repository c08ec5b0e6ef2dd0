"""The operator's confirmation of the keeper: the node, the reason, who confirmed it, and when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from mmpctl.documents.begun import BegunCluster
from mmpctl.documents.request import KeeperWordDocument
from mmpctl.renewal.journal_context import user
from mmpctl.renewal.resume.said import Said
from mmpctl.times import iso, read_iso


@dataclass(frozen=True, slots=True)
class KeeperWord:
    """What the operator said.

    Args:
        node: inventory name of the node whose database must survive, right or wrong.
        reason: why, one line.
        by: the user who said it.
        at: when, aware, UTC; None if a run of an earlier release does not tell.
        reasoned: the reason was given by the operator, and is no more than how the word came otherwise.
    """

    node: str
    reason: str
    by: str
    at: datetime | None
    reasoned: bool = True

    def document(self) -> KeeperWordDocument:
        """Return the word as a run keeps it."""
        return {
            "keeper_reason": self.reason,
            "keeper_confirmed_by": self.by,
            "keeper_confirmed_at": iso(self.at) if self.at else None,
        }


def words_of(keepers: Mapping[str, str], reason: str | None, now: datetime) -> dict[str, KeeperWord]:
    """Return the word on each cluster's keeper that was given beforehand.

    Args:
        keepers: the node, by cluster.
        reason: why; None if it was not said.
        now: the time, aware, UTC.
    """
    by = user()
    told = reason or f"given on the command line by {by}"
    return {cluster: KeeperWord(node, told, by, now, reason is not None) for cluster, node in keepers.items()}


def word_then(one: BegunCluster) -> KeeperWord | None:
    """Return the word that a run began with, as its request tells.

    Args:
        one: the cluster's part of the request.
    """
    if not one["keeper_confirmed"]:
        return None
    at = one.get("keeper_confirmed_at")
    return KeeperWord(
        one["keeper"],
        one.get("keeper_reason") or "",
        one.get("keeper_confirmed_by") or "",
        read_iso(at) if at else None,
        bool(one.get("keeper_reasoned")),
    )


@dataclass(frozen=True, slots=True)
class Words:
    """What the operator said when the run was resumed.

    Args:
        said: all of it.
        keepers: the word on the keeper, by cluster.
    """

    said: Said
    keepers: Mapping[str, KeeperWord]

    @classmethod
    def of(cls, said: Said, now: datetime) -> Words:
        """Return what was said, as words on keepers.

        Args:
            said: by the operator.
            now: the time, aware, UTC.
        """
        return cls(said, words_of(said.keepers, said.reason, now))

    def on_keeper(self, one: BegunCluster) -> KeeperWord | None:
        """Return what the operator said of a cluster's keeper, now or when the run began.

        Args:
            one: the cluster's part of the request.
        """
        now, then = self.keepers.get(one["name"]), word_then(one) if self.said.proved else None
        # A name that is given again takes nothing back of the reason that was given then.
        return then if now is None or (then and then.reasoned and not now.reasoned) else now
