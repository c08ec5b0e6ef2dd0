"""Which stores must hold more, so that all who check accept new certificates; and what they must come to hold.

A store only grows: old and new certificates are both accepted, so that nothing depends on the order of the nodes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from mmpctl.peers.checks import Check
from mmpctl.peers.held import Held
from mmpctl.peers.peer import Store
from mmpctl.peers.store_verdict import ACCEPTING, Verdict, judge
from mmpctl.services.new_acceptance import NewPath, refused_edges
from mmpctl.services.store_settings import StoreSetting, store_setting


@dataclass(frozen=True, slots=True)
class Extension:
    """A store that gets more certificates.

    Args:
        node: whose store.
        setting: which store.
        store: as it is now.
        added: the certificates that it lacks, the roots last.
        checks: the edges of the trust graph that need it.
    """

    node: str
    setting: StoreSetting
    store: Store
    added: tuple[Held, ...]
    checks: tuple[Check, ...]

    @property
    def presenters(self) -> tuple[str, ...]:
        """Whose new certificates it does not accept yet."""
        return tuple(dict.fromkeys(f"{one.pair.use.rpartition(' ')[0]} of {one.presenter}" for one in self.checks))


def extensions(
    news: Collection[NewPath], checks: Collection[Check], nodes: Collection[str], renewed: Collection[tuple[str, str]]
) -> tuple[Extension, ...]:
    """Return the stores that a run can extend by itself, with all that they lack.

    Args:
        news: the new certificates.
        checks: the trust graph as it is now.
        nodes: names of the nodes whose services the run may touch.
        renewed: node and command of each pair that the run renews: a store that is its third file is replaced with it.
    """
    found: dict[tuple[str, StoreSetting, Store], list[tuple[Check, tuple[Held, ...]]]] = {}
    for new, edge in refused_edges(news, checks):
        setting = store_setting(edge.relation.command)
        if setting is None or edge.verifier not in nodes or (edge.verifier, setting.pair or "") in renewed:
            continue
        lacking = _lacking(new, edge)
        if edge.store is not None and lacking:
            found.setdefault((edge.verifier, setting, edge.store), []).append((edge, lacking))
    return tuple(_extension(*place, edges) for place, edges in found.items())


def left_over(edges: Iterable[tuple[NewPath, Check]], extended: Iterable[Extension]) -> Iterator[tuple[NewPath, Check]]:
    """Yield the checks that would still fail if these stores were extended.

    Args:
        edges: new certificates, and who would refuse them.
        extended: the stores that are extended.
    """
    accepted = {id(check) for one in extended for check in one.checks}
    return ((new, edge) for new, edge in edges if id(edge) not in accepted)


def held_then(checks: Iterable[Check], replaced: Mapping[tuple[str, str], tuple[Held, ...]]) -> Iterator[Check]:
    """Yield the checks as they are made once the stores are replaced that are the third file of a renewed pair.

    Args:
        checks: the trust graph as it is now.
        replaced: what each such store holds then, by node and the pair's command.
    """
    for edge in checks:
        setting = store_setting(edge.relation.command)
        held = replaced.get((edge.verifier, setting.pair)) if setting is not None and setting.pair else None
        yield edge if held is None or edge.store is None else edge.with_store(held)


def _extension(
    node: str, setting: StoreSetting, store: Store, edges: Collection[tuple[Check, tuple[Held, ...]]]
) -> Extension:
    checks = tuple(edge for edge, _ in edges)
    added = {one.sha256: one for _, lacking in edges for one in lacking}
    return Extension(node, setting, store, tuple(sorted(added.values(), key=lambda one: one.is_root)), checks)


def _lacking(new: NewPath, edge: Check) -> tuple[Held, ...]:
    """Return what a store lacks to accept a certificate as safely as its present one; nothing if that is not known."""
    held = edge.store.held if edge.store is not None else None
    if held is None:
        return ()
    listed, now = edge.relation.listed, edge.acceptance.verdict
    # A list of the very certificates goes on to be one.
    wanted = [*(new.path[:1] if listed or now is Verdict.LEAF else ()), *(() if listed else new.path[1:])]
    known = {one.sha256 for one in held}
    lacking = tuple(one for one in wanted if one.sha256 not in known)
    then = judge(new.path, (*held, *lacking), listed=listed).verdict
    return lacking if then is Verdict.CA or (then in ACCEPTING and then is now) else ()
