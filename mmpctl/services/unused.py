"""Services that were asked for, and that no selected node uses: a renewal of nothing says why."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from mmpctl.services.renewable import RenewableService
from mmpctl.services.seen_services import SeenGroup, SeenNode


def unused(group: SeenGroup, services: Iterable[RenewableService], is_selected: Callable[[str], bool]) -> Iterator[str]:
    """Yield a sentence for each service that no selected node of a group uses, as far as they answer.

    Args:
        group: as it was seen.
        services: those that were asked for.
        is_selected: whether a node, by its inventory name, is one of those whose services are renewed.
    """
    selected = [node for node in group.nodes if is_selected(node.name)]
    if not selected or any(not node.answers for node in selected):
        return
    for service in services:
        if any(_uses(node, service) for node in selected):
            continue
        others = [node.name for node in group.nodes if _uses(node, service)]
        if others:
            yield f"{service.name} runs on {', '.join(others)}, which {_were(others)} not selected"
        else:
            yield f"no node of {group.name} uses {service.name}"


def _uses(node: SeenNode, service: RenewableService) -> bool:
    seen = node.services.get(service.name)
    return seen is not None and bool(seen.pairs or seen.enabled)


def _were(names: list[str]) -> str:
    return "were" if len(names) > 1 else "was"
