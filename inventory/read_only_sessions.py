"""Sessions that only read: for as long as somebody only looks, no node can be sent anything else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from nornir.core import Nornir
from nornir.core.inventory import ConnectionOptions, Host

from mmpctl.inventory.connections import CONNECTIONS, PLATFORM

_OPTION = "read_only"


@contextmanager
def reading(nr: Nornir) -> Iterator[None]:
    """Let every session with these nodes send nothing but what changes nothing, until the end of the block.

    Sessions that are open already are opened again when they are next used, within the block and after it.

    Args:
        nr: its hosts are changed for that time, which its filtered copies share.
    """
    with reading_from(nr.inventory.hosts.values()):
        yield


@contextmanager
def reading_from(hosts: Iterable[Host]) -> Iterator[None]:
    """Do the same for these hosts; see `reading`.

    Args:
        hosts: of an inventory, also such as are no nodes: these are left alone.
    """
    hosts = [host for host in hosts if host.platform == PLATFORM]
    kept = {(host.name, name): _own(host, name).extras for host in hosts for name in CONNECTIONS}
    for host in hosts:
        only_to_read(host)
    try:
        yield
    finally:
        for host in hosts:
            for name in CONNECTIONS:
                _own(host, name).extras = kept[host.name, name]


def only_to_read(host: Host) -> None:
    """Let the sessions with a node send nothing but what changes nothing, for as long as this host is used.

    Args:
        host: a node, or none: that is left alone.
    """
    if host.platform == PLATFORM:
        for name in CONNECTIONS:
            inherited = host.get_connection_parameters(name).extras or {}
            _own(host, name).extras = {**inherited, _OPTION: True}


def only_reads(host: Host, name: str) -> bool:
    """Return whether a session with a node must be one that only reads.

    Args:
        host: the node.
        name: of the connection, `netmiko` or `mmp_sftp`.
    """
    own = host.connection_options.get(name)
    # As in Nornir, the host's own extras count alone; only without any, those of groups and defaults do.
    extras = own.extras if own is not None and own.extras is not None else host.get_connection_parameters(name).extras
    return bool((extras or {}).get(_OPTION))


def _own(host: Host, name: str) -> ConnectionOptions:
    return host.connection_options.setdefault(name, ConnectionOptions())
