"""Passwords and other secrets in an inventory, which must hold none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from nornir.core.inventory import Defaults, Group, Host, Inventory

from mmpctl.inventory.documents import Kind, Sources
from mmpctl.inventory.mistakes import Problem

_NAMES = ("password", "passwd", "passphrase", "secret")
_CURE = "Delete it. Set MMP_PASSWORD or MMP_SSH_KEY instead, or keep it in the system keyring."


def passwords_in(inventory: Inventory, sources: Sources) -> Iterator[Problem]:
    """Find passwords on hosts, groups and defaults, in their data and their connection options.

    Returns:
        a problem for each, which names the key and never the value.
    """
    for name, host in inventory.hosts.items():
        yield from _element("hosts", name, host, sources)
    for name, group in inventory.groups.items():
        yield from _element("groups", name, group, sources)
    yield from _element("defaults", None, inventory.defaults, sources)


def _element(kind: Kind, name: str | None, element: Host | Group | Defaults, sources: Sources) -> Iterator[Problem]:
    # A host's attributes are inherited; what is written on it itself is only seen past that.
    own = {"password": object.__getattribute__(element, "password"), "data": element.data}
    own["connection_options"] = {
        connection: {"password": options.password, "extras": options.extras}
        for connection, options in element.connection_options.items()
    }
    for keys in _paths(own):
        place = sources.place(kind, *(() if name is None else (name,)), *keys)
        yield Problem(place, name or "defaults", f"{'.'.join(keys)} is a secret in the inventory", _CURE)


def _paths(value: Any) -> Iterator[tuple[str, ...]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if isinstance(inner, Mapping | list):
                yield from ((str(key), *path) for path in _paths(inner))
            elif inner not in (None, "") and is_secret(str(key)):
                yield (str(key),)
    elif isinstance(value, list):
        for inner in value:
            yield from _paths(inner)


def is_secret(key: str) -> bool:
    """Tell whether a key names a secret.

    Args:
        key: as it is written.
    """
    word = key.casefold().replace("-", "_")
    return any(word == name or word.endswith(f"_{name}") for name in _NAMES)
