"""The nodes of a stopped run: each that is needed answers, and is the machine that the run began with."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Protocol

from mmpctl.cluster.trouble import SILENT, trouble_of
from mmpctl.errors import HostKeyError, MmpError


class SeenAgain(Protocol):
    """A node as a job sees it now."""

    @property
    def name(self) -> str:
        """Inventory name."""

    @property
    def answers(self) -> bool:
        """It could be looked at."""

    @property
    def error(self) -> str | None:
        """Why it could not."""

    @property
    def host_key(self) -> str:
        """Fingerprint that it proved itself with."""

    @property
    def hostname(self) -> str:
        """In its prompt."""


def check_same(
    nodes: Iterable[SeenAgain],
    then: Iterable[Mapping[str, object]],
    needed: Collection[str],
    errors: Mapping[str, MmpError],
    bring_back: Callable[[str], str],
) -> None:
    """Make sure that each node that is needed answers, and that each that answers is the machine that it was.

    Args:
        nodes: as they are seen now, without those that take no part.
        then: the nodes as the run began with them: `name`, and of `host_key` and `hostname` what must not differ.
        needed: inventory names of the nodes that must answer.
        errors: why each other node could not be looked at, by inventory name.
        bring_back: what to do about a node that does not answer, by inventory name.

    Raises:
        HostKeyError: a node does not prove itself with its recorded key.
        MmpError: a node does not answer (code `not-reachable`), is not understood (code `not-understood`), or is
            another machine (code `other-node`).
    """
    begun = {one["name"]: one for one in then}
    for node in nodes:
        if not node.answers:
            if node.name in needed:
                raise _unseen(node, errors.get(node.name), bring_back)
            continue
        was = begun.get(node.name, {})
        for key, now in (("host_key", node.host_key), ("hostname", node.hostname)):
            if was.get(key, now) != now:
                raise MmpError(
                    f"its {key.replace('_', ' ')} is {now!r} now, it was {was[key]!r}",
                    code="other-node",
                    node=node.name,
                    advice="This may be another machine. Find out what changed. Nothing was sent to any node.",
                )


def _unseen(node: SeenAgain, error: MmpError | None, bring_back: Callable[[str], str]) -> MmpError:
    if isinstance(error, HostKeyError):
        return error
    trouble = trouble_of(error)
    if trouble != SILENT:
        return MmpError(
            f"it {trouble} ({node.error})",
            code="not-understood",
            node=node.name,
            advice="It is alive: do not close this run as if the node were dead. Find out what it reports, then "
            "resume.",
        )
    return MmpError(
        f"it does not answer ({node.error})",
        code="not-reachable",
        node=node.name,
        advice=bring_back(node.name),
    )
