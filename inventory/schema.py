"""The form of SimpleInventory's files: known keys, right types, groups that exist.

Nornir itself ignores keys it does not know, and fails with a traceback on wrong types.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mmpctl.inventory.documents import Document, Kind, Sources
from mmpctl.inventory.mistakes import Problem, did_you_mean
from mmpctl.inventory.pki_fields import PKI_KEY
from mmpctl.services.unattended import HOURS_KEY, UNATTENDED_KEY

_WORD = (str, "a word (put numbers in quotes)")
_NUMBER = (int, "a number")
_MAPPING = (dict, "a block of keys")
_LIST = (list, "a list, such as [london]")

# A password is refused whatever its type.
_ANYTHING = (object, "anything")

Keys = Mapping[str, tuple[type, str]]
_CONNECTION: Keys = {
    "hostname": _WORD,
    "port": _NUMBER,
    "username": _WORD,
    "password": _ANYTHING,
    "platform": _WORD,
}
DEFAULT_KEYS: Keys = {**_CONNECTION, "data": _MAPPING, "connection_options": _MAPPING}
ELEMENT_KEYS: Keys = {**DEFAULT_KEYS, "groups": _LIST}
OPTION_KEYS: Keys = {**_CONNECTION, "extras": _MAPPING}

# Words all of them; numbers go below `data` as well.
DATA_KEYS = ("site", "cluster", "role", "db_address", "service_address", "serves")
DB_PORT_KEY, SIP_PORT_KEY = "db_port", "sip_port"


def problems_of_form(sources: Sources) -> tuple[Problem, ...]:
    """Check the files of a SimpleInventory as they are written.

    Returns:
        all problems, in the order of the files; none for other plugins.
    """
    found: list[Problem] = []
    for kind in ("hosts", "groups", "defaults"):
        document = sources.documents.get(kind)
        if document is None:
            continue
        if not isinstance(document.content, Mapping):
            what = f"{_said(document.content)} instead of names with their keys"
            found.append(Problem(document.place(), None, what, "Begin each block with a name and a colon."))
        elif kind == "defaults":
            found += _block(document, None, (), document.content, DEFAULT_KEYS)
        else:
            for name, block in document.content.items():
                found += _element(document, sources, kind, name, block)
    return (*found, *_circles(sources))


def _element(document: Document, sources: Sources, kind: Kind, name: object, block: object) -> Iterator[Problem]:
    place = document.place(name)
    if not isinstance(name, str):
        yield Problem(place, str(name), "the name is not a word", f"Put it in quotes: {str(name)!r}.")
    elif not isinstance(block, Mapping):
        what = f"{_said(block)} instead of keys such as hostname"
        yield Problem(place, name, what, "Write its keys below the name, indented.")
    else:
        yield from _block(document, name, (name,), block, ELEMENT_KEYS)
        groups = block.get("groups")
        known = sources.documents["groups"].content if "groups" in sources.documents else {}
        for group in groups if isinstance(groups, list) else ():
            if not isinstance(group, str) or group not in known:
                hint = did_you_mean(group, (str(each) for each in known))
                cure = hint or "Add it to groups.yaml, or delete it here."
                yield Problem(document.place(name, "groups"), name, f"unknown group {group!r}", cure)


def _block(
    document: Document, name: str | None, keys: tuple[str, ...], block: Mapping[object, Any], known: Keys
) -> Iterator[Problem]:
    for key, value in block.items():
        place = document.place(*keys, key)
        if not isinstance(key, str) or key not in known:
            yield Problem(place, name, f"unknown key {key!r}", _cure_of_key(key, known))
        elif not is_a(known[key][0], value):
            yield Problem(place, name, f"{key} is {_said(value)}", f"Write {known[key][1]}.")
        elif key == "connection_options":
            yield from _connections(document, name, (*keys, key), value)


def _connections(document: Document, name: str | None, keys: tuple[str, ...], value: Any) -> Iterator[Problem]:
    # Nornir takes an absent block, but fails on one that is there and empty.
    if value is None:
        yield Problem(document.place(*keys), name, "connection_options is empty", "Delete the line.")
        return
    for connection, options in value.items():
        inner = (*keys, connection)
        if isinstance(options, Mapping):
            yield from _block(document, name, inner, options, OPTION_KEYS)
        else:
            what = f"connection_options of {connection} is {_said(options)}"
            yield Problem(document.place(*inner), name, what, f"Write {_MAPPING[1]}.")


def groups_above(name: str, parents: Mapping[str, list[str]]) -> set[str]:
    """Return all groups that a group inherits from; the group itself, too, if it stands in a circle.

    Args:
        name: of the group.
        parents: the groups that each group names, by its name.
    """
    seen: set[str] = set()
    ahead = list(parents[name])
    while ahead:
        group = ahead.pop()
        if group not in seen:
            seen.add(group)
            ahead += parents.get(group, [])
    return seen


def is_a(kind: type, value: object) -> bool:
    """Tell whether a value has the type that its key wants; nothing at all fits each.

    Args:
        kind: the type.
        value: what is written.
    """
    # To Python a yes/no is a number.
    return value is None or (isinstance(value, kind) and (kind is object or not isinstance(value, bool)))


def _cure_of_key(key: object, known: Keys) -> str:
    if key in (*DATA_KEYS, DB_PORT_KEY, SIP_PORT_KEY, PKI_KEY, UNATTENDED_KEY, HOURS_KEY):
        return f"Indent it below `data:`; Nornir looks for {key} there."
    own = "extras" if "extras" in known else "data"
    return did_you_mean(key, known) or f"The keys are {', '.join(known)}. Put your own keys below `{own}:`."


def _circles(sources: Sources) -> Iterator[Problem]:
    """Groups that inherit from themselves: Nornir would recurse for ever."""
    document = sources.documents.get("groups")
    if document is None or not isinstance(document.content, Mapping):
        return
    parents = {
        name: [each for each in block["groups"] if isinstance(each, str)]
        for name, block in document.content.items()
        if isinstance(block, Mapping) and isinstance(block.get("groups"), list)
    }
    for name in parents:
        if name in groups_above(name, parents):
            place = document.place(name, "groups")
            yield Problem(place, name, "the group inherits from itself", "Delete it from the `groups` above it.")


def _said(value: object) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "yes/no"
    kinds = ((str, "a word"), (int, "a number"), (float, "a number with a point"), (list, "a list"))
    return next((said for kind, said in kinds if isinstance(value, kind)), "a block of keys")
