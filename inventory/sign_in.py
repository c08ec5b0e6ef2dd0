"""What each node's connections get: strict host keys at once, the accounts when devices are needed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nornir.core import Nornir
from nornir.core.inventory import ConnectionOptions, Host

from mmpctl.inventory.accounts import Place, find_accounts
from mmpctl.inventory.connections import CONNECTIONS, NETMIKO, PLATFORM, require_safe
from mmpctl.inventory.credentials import Credentials
from mmpctl.inventory.known_hosts_file import require_known_hosts


def set_host_key_policy(nr: Nornir, known_hosts: Path) -> None:
    """Make every connection to a node check its host key against one file.

    Args:
        nr: its hosts are changed, which its filtered copies share.
        known_hosts: absolute path; the file need not be there yet.
    """
    policy = {
        "ssh_strict": True,
        "system_host_keys": False,
        "alt_host_keys": True,
        "alt_key_file": str(known_hosts),
    }
    for host in _nodes(nr):
        _merge(host, extras=policy)


def sign_in(nr: Nornir, credentials: Credentials | None = None) -> dict[str, Credentials]:
    """Give every node's connections an account to log in with; call it once, before devices are asked.

    Args:
        nr: made by `load`; its hosts are changed, which its filtered copies share.
        credentials: by default they are looked for, and asked for on a terminal.

    Returns:
        The account of each node, by its name.

    Raises:
        UsageError: there are no credentials, or no file with host keys.
        InventoryError: a connection would lead to anything but SSH with checked host keys.
    """
    require_known_hosts(nr)
    nodes = _nodes(nr)
    for host in nodes:
        for connection in CONNECTIONS:
            require_safe(host, connection, nr.config.ssh.config_file)
    accounts = find_accounts(_place(host) for host in nodes) if credentials is None else {}
    given = {host.name: credentials or accounts[host.name] for host in nodes}
    for host in nodes:
        _give(host, given[host.name])
    return given


def _give(host: Host, account: Credentials) -> None:
    extras = {
        # One attempt: neither the agent's keys nor those of ~/.ssh are tried, a node may lock us out.
        "use_keys": False,
        "allow_agent": False,
        "key_file": None if account.key_file is None else str(account.key_file),
        "passphrase": account.passphrase,
    }
    _merge(host, extras=extras, username=account.username, password=account.password)


def _place(host: Host) -> Place:
    site = host.get("site")
    username = host.get_connection_parameters(NETMIKO).username
    return Place(host.name, site if isinstance(site, str) else None, username or None)


def _nodes(nr: Nornir) -> list[Host]:
    return [host for host in nr.inventory.hosts.values() if host.platform == PLATFORM]


def _merge(host: Host, *, extras: dict[str, Any], **account: str | None) -> None:
    """Adds to a host's connection options what Nornir would replace: extras are not merged by it."""
    inherited = {name: host.get_connection_parameters(name) for name in CONNECTIONS}
    for name, options in inherited.items():
        merged = {**(inherited[NETMIKO].extras or {}), **(options.extras or {}), **extras}
        own = host.connection_options.setdefault(name, ConnectionOptions())
        own.extras = merged
        for key, value in account.items():
            setattr(own, key, value)
