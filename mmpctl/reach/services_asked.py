"""What a desk says of services that are renewed at a site: names and numbers, never a path or an account."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

from mmpctl.errors import UsageError
from mmpctl.services.outside_stores import outside
from mmpctl.services.renewable import in_turn


@dataclass(frozen=True, slots=True)
class ServicesAsked:
    """Which services of which nodes are renewed, and what the operator has said of it.

    Args:
        services: their commands, e.g. `webbridge3`.
        nodes: inventory names of the nodes whose services are renewed.
        max_calls: a Call Bridge restarts with no more calls on it than that; None if the operator said none of it.
        drop_calls: inventory names of the nodes whose calls may drop.
        done: systems outside that a person has seen to.
        if_due: only services of which a certificate expires within so many days; None for all.
        alone: with `if_due`, nobody is asked: only what the site's inventory allows without a person.
    """

    services: tuple[str, ...]
    nodes: tuple[str, ...] = ()
    max_calls: int | None = None
    drop_calls: tuple[str, ...] = ()
    done: tuple[str, ...] = ()
    if_due: int | None = None
    alone: bool = False

    def check(self) -> None:
        """Refuse a request that is not valid; the command at the desk has refused it before.

        Raises:
            UsageError: with what is wrong.
        """
        if not self.services or not self.nodes:
            raise UsageError("the request names no service or no node", advice="Name one at the desk.")
        in_turn(self.services)
        for system in self.done:
            outside(system)
        if (self.max_calls or 0) < 0 or (self.if_due is not None and self.if_due < 1):
            raise UsageError("the request has a number that is too small", advice="Correct the options at the desk.")
        if self.if_due is not None and (self.drop_calls or self.max_calls):
            raise UsageError(
                "the request combines --if-due with calls that may drop",
                advice="A run without a person must not drop calls. Leave out one of the two options.",
            )

    def of_nodes(self, names: Collection[str]) -> ServicesAsked:
        """Return what is wanted of some of the nodes.

        Args:
            names: of the inventory.
        """
        nodes = tuple(name for name in self.nodes if name in names)
        return replace(self, nodes=nodes, drop_calls=tuple(name for name in self.drop_calls if name in names))
