"""The inventory that stands in the files of a SimpleInventory, which are read once: as Nornir's own plugin makes it.

Of one whose form is wrong, it is what can be read, so that the rules are checked on it as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nornir.core.inventory import (
    ConnectionOptions,
    Defaults,
    Group,
    Groups,
    Host,
    Hosts,
    Inventory,
    ParentGroups,
)

from mmpctl.inventory.documents import Kind, Sources
from mmpctl.inventory.schema import DEFAULT_KEYS, ELEMENT_KEYS, OPTION_KEYS, Keys, groups_above, is_a


@dataclass(frozen=True, slots=True)
class Partial:
    """An inventory without what cannot be read.

    Args:
        inventory: the rest.
        doubtful: names of the hosts of which something may be missing, their own or inherited.
    """

    inventory: Inventory
    doubtful: frozenset[str]


def readable(sources: Sources) -> Partial:
    """Read the files of a SimpleInventory as far as their form is right.

    Args:
        sources: where they were loaded from.
    """
    doubtful: set[str] = set()
    own, defaults_are_whole = _fields(_content(sources, "defaults"), DEFAULT_KEYS)
    defaults = Defaults(**own)
    groups, hosts = Groups(), Hosts()
    parents: dict[str, list[str]] = {}
    for name, block in _elements(sources, "groups").items():
        fields, is_whole = _fields(block, ELEMENT_KEYS)
        parents[name] = [each for each in fields.pop("groups", None) or () if isinstance(each, str)]
        groups[name] = Group(name, defaults=defaults, **fields)
        if not is_whole:
            doubtful.add(name)
    ancestors = {name: groups_above(name, parents) for name in parents}
    for name, above in ancestors.items():
        if name in above or above - set(parents):
            doubtful.add(name)
        # Nornir recurses for ever in a circle.
        groups[name].groups = ParentGroups(
            [groups[each] for each in parents[name] if each in groups and name not in ancestors[each] | {each}]
        )
    told: set[str] = set()
    for name, block in _elements(sources, "hosts").items():
        fields, is_whole = _fields(block, ELEMENT_KEYS)
        given = fields.pop("groups", None) or ()
        known = [each for each in given if isinstance(each, str) and each in groups]
        above = {one for each in known for one in (each, *ancestors[each])}
        if not (is_whole and defaults_are_whole and len(known) == len(given)) or above & doubtful:
            told.add(name)
        hosts[name] = Host(name, defaults=defaults, groups=ParentGroups([groups[each] for each in known]), **fields)
    return Partial(Inventory(hosts, groups, defaults), frozenset(told))


def _content(sources: Sources, kind: Kind) -> Any:
    document = sources.documents.get(kind)
    return document.content if document is not None else {}


def _elements(sources: Sources, kind: Kind) -> dict[str, Any]:
    content = _content(sources, kind)
    return {str(name): block for name, block in content.items()} if isinstance(content, Mapping) else {}


def _fields(block: Any, known: Keys) -> tuple[dict[str, Any], bool]:
    """The fields whose names and types are right, and whether no field of a known name was left out."""
    if not isinstance(block, Mapping):
        return {}, False
    right = {key: value for key, value in block.items() if isinstance(key, str) and key in known}
    fields = {key: value for key, value in right.items() if value is not None and is_a(known[key][0], value)}
    is_whole = all(value is None or key in fields for key, value in right.items())
    if "connection_options" in fields:
        options = {name: _fields(one, OPTION_KEYS) for name, one in fields["connection_options"].items()}
        fields["connection_options"] = {name: ConnectionOptions(**one) for name, (one, _) in options.items()}
    return fields, is_whole
