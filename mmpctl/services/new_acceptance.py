"""Whether the others accept the new certificates of services: who would refuse one, and what to extend first."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from mmpctl.peers.checks import Check
from mmpctl.peers.deployment import Membership
from mmpctl.peers.held import Held
from mmpctl.peers.peer import Pair
from mmpctl.peers.relations import RELATIONS
from mmpctl.peers.store_verdict import ACCEPTING, Verdict, judge
from mmpctl.services.renewable import PairSetting

# A place calls the pair of TURN `tls`, which tells it from nothing.
_COMMON = frozenset({"tls"})
_NAMED = 5


@dataclass(frozen=True, slots=True)
class NewPath:
    """The new certificate of one pair of a service, as others are shown it.

    Args:
        node: that presents it.
        setting: which pair.
        path: the new leaf, then the CAs that it is signed by.
        old: likewise of the certificate in use; empty if it is not known.
    """

    node: str
    setting: PairSetting
    path: tuple[Held, ...]
    old: tuple[Held, ...] = ()

    @property
    def is_checked(self) -> bool:
        """Other services check it at all."""
        return any(
            one.presenter == self.setting.service and one.presented == self.setting.words - _COMMON for one in RELATIONS
        )

    def is_of(self, check: Check) -> bool:
        """Return whether a check is one of this pair.

        Args:
            check: an edge of the trust graph.
        """
        mine: Pair = check.pair
        same = mine.service == self.setting.service and mine.words == self.setting.words - _COMMON
        return same and check.presenter == self.node


@dataclass(frozen=True, slots=True)
class Others:
    """The nodes that work together, and what is known of them.

    Args:
        members: with what each node of the inventory works.
        seen: names of the nodes that were looked at.
        troubles: what could not be seen of a node, by its name.
        alone: names of the nodes that may work with nobody: a Call Bridge is on them.
    """

    members: Mapping[str, Membership]
    seen: Collection[str]
    troubles: Mapping[str, Sequence[str]] = field(default_factory=dict)
    alone: Collection[str] = ()


def refused_edges(news: Iterable[NewPath], checks: Collection[Check]) -> Iterator[tuple[NewPath, Check]]:
    """Yield each new certificate with each check of it that accepts the present one and would refuse it.

    Args:
        news: the new certificates.
        checks: the trust graph as it is now.
    """
    for new, edge in _checked(news, checks):
        if not _is_unknown(edge) and edge.acceptance.verdict in ACCEPTING and not _accepted(new, edge):
            yield new, edge


def refusing(
    refused: Iterable[tuple[NewPath, Check]], reachable: Collection[str], own: Collection[str], *, outside: bool
) -> Iterator[str]:
    """Yield a sentence for each store that accepts the present certificates and would refuse new ones.

    Args:
        refused: new certificates, each with a check that would refuse it.
        reachable: names of the nodes whose services the run may touch.
        own: names of all nodes of the group that is renewed.
        outside: it is a group of servers that the inventory gives to no cluster.
    """
    for (verifier, command, presented), edges in _gathered(refused).items():
        others = [node for node in edges.verifiers if node not in reachable and node in own]
        apart = [node for node in edges.verifiers if node not in own]
        also = f", or select {_list(others)} as well, so that a run can do it" if others else ""
        if apart:
            # Another group is another part of the run, and selecting more nodes does not bring the two together.
            nodes = edges.presenters if outside else apart
            also += (
                f", or write `serves: {edges.deployment}` for {_list(nodes)} in the inventory, so that a run does both"
            )
        yield (
            f"{verifier} would refuse the new certificate of {presented} of {_list(edges.presenters)}: neither it nor "
            f"a CA of it is in {_list(edges.stores)}. First set a file of a new name there (`{command}`), with all "
            f"that the present one holds, the new certificate and its CAs{also}; then plan again"
        )


def not_known(news: Iterable[NewPath], checks: Collection[Check]) -> Iterator[str]:
    """Yield a sentence for each store of which it is not known what it makes of a new certificate.

    Args:
        news: the new certificates.
        checks: the trust graph as it is now.
    """
    unknown = ((new, edge) for new, edge in _checked(news, checks) if _is_unknown(edge))
    for (verifier, _, presented), edges in _gathered(unknown).items():
        yield (
            f"{verifier} checks the certificate of {presented} of {_list(edges.presenters)}, and what it holds it "
            f"against could not be read ({_list(edges.stores)}): it is not known whether it accepts the new one"
        )


@dataclass(slots=True)
class _Edges:
    """Checks of one kind: who presents, and which stores decide."""

    presenters: list[str] = field(default_factory=list)
    verifiers: list[str] = field(default_factory=list)
    stores: list[str] = field(default_factory=list)
    deployment: str = ""


def _checked(news: Iterable[NewPath], checks: Collection[Check]) -> Iterator[tuple[NewPath, Check]]:
    for new in news:
        for edge in checks:
            if edge.store is not None and not edge.is_off and new.is_of(edge):
                yield new, edge


def _is_unknown(edge: Check) -> bool:
    return edge.acceptance.verdict is Verdict.UNKNOWN or edge.store is None or edge.store.held is None


def _gathered(checked: Iterable[tuple[NewPath, Check]]) -> dict[tuple[str, str, str], _Edges]:
    found: dict[tuple[str, str, str], _Edges] = {}
    for new, edge in checked:
        key = (edge.relation.verifier, edge.relation.command, new.setting.command)
        same = found.setdefault(key, _Edges())
        same.deployment = edge.deployment
        same.presenters.append(new.node)
        same.verifiers.append(edge.verifier)
        same.stores.append(f"{edge.store.file if edge.store is not None else 'nothing'} on {edge.verifier}")
    return found


def _accepted(new: NewPath, edge: Check) -> bool:
    held = edge.store.held if edge.store is not None else None
    return bool(held) and judge(new.path, held or (), listed=edge.relation.listed).verdict in ACCEPTING


def not_judged(news: Iterable[NewPath], others: Others, own: Collection[str]) -> Iterator[str]:
    """Yield a sentence for each reason why it is not known who checks the new certificates.

    Args:
        news: the new certificates.
        others: the nodes that work together.
        own: names of the nodes of the group that is renewed; that one of them does not answer is told elsewhere.
    """
    checked = [new for new in news if new.is_checked]
    for node in dict.fromkeys(new.node for new in checked):
        member = others.members.get(node)
        if member is None and node not in others.alone:
            yield (
                f"it is not known which Call Bridges {node} works with, so nobody can tell whether they accept its new "
                "certificate. Name their cluster as `serves` in the inventory"
            )
    together = {others.members[new.node].deployment for new in checked if new.node in others.members}
    for deployment in sorted(together):
        with_it = [name for name, one in others.members.items() if one.deployment == deployment]
        unseen = [name for name in with_it if name not in others.seen and name not in own]
        if unseen:
            yield (
                f"{_list(unseen)} could not be looked at, and may check the new certificates: it is not known whether "
                f"{'it accepts' if len(unseen) == 1 else 'they accept'} them"
            )
        for name in with_it:
            for trouble in others.troubles.get(name, ()):
                yield f"it is not known whether all services of {name} accept the new certificates: {trouble}"


def _list(names: Sequence[str]) -> str:
    every = list(dict.fromkeys(names))
    more = f" and {len(every) - _NAMED} more" if len(every) > _NAMED else ""
    return ", ".join(every[:_NAMED]) + more
