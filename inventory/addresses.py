"""Addresses of names: two spellings of one server are found out by resolving both."""

from __future__ import annotations

import ipaddress
import queue
import socket
import threading
import time
from collections.abc import Iterable

# The resolver of the system cannot be interrupted, so it is asked in threads that may be left behind.
_ASKED_AT_ONCE = 16
_known: dict[str, frozenset[str]] = {}


def addresses_of(name: str, *, timeout: float = 3.0) -> frozenset[str]:
    """Return all IP addresses of a name; an IP address is its own.

    Args:
        name: DNS name, or an IPv4 or IPv6 address.
        timeout: seconds to wait for the resolver.

    Returns:
        addresses in their canonical spelling; empty when the name is not known or the resolver is silent.
    """
    return resolve((name,), timeout=timeout)[name]


def resolve(names: Iterable[str], *, timeout: float = 3.0) -> dict[str, frozenset[str]]:
    """Resolves many names at once; what was found is remembered for the life of the process.

    Args:
        names: DNS names and addresses.
        timeout: seconds to wait for all of them together.

    Returns:
        addresses by name, as `addresses_of` gives them.
    """
    wanted = dict.fromkeys(names)
    found = {name: _literal(name) or _known.get(name) for name in wanted}
    open_names: queue.SimpleQueue[str] = queue.SimpleQueue()
    missing = [name for name, addresses in found.items() if addresses is None]
    answers: queue.SimpleQueue[tuple[str, frozenset[str]]] = queue.SimpleQueue()
    for name in missing:
        open_names.put(name)
    for _ in range(min(_ASKED_AT_ONCE, len(missing))):
        threading.Thread(target=_ask, args=(open_names, answers), daemon=True).start()
    deadline = time.monotonic() + timeout
    for _ in missing:
        try:
            name, addresses = answers.get(timeout=max(0.0, deadline - time.monotonic()))
        except queue.Empty:
            break
        found[name] = addresses
        if addresses:
            _known[name] = addresses
    return {name: addresses or frozenset() for name, addresses in found.items()}


def _literal(name: str) -> frozenset[str] | None:
    try:
        return frozenset({str(ipaddress.ip_address(name))})
    except ValueError:
        return None


def _ask(
    names: queue.SimpleQueue[str],
    answers: queue.SimpleQueue[tuple[str, frozenset[str]]],
) -> None:
    while True:
        try:
            name = names.get_nowait()
        except queue.Empty:
            return
        try:
            found = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            found = []
        # A link-local IPv6 address carries its interface after a percent sign.
        answers.put((name, frozenset(str(entry[4][0]).partition("%")[0] for entry in found)))
