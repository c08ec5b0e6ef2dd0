"""What an inventory may say about the connections to a node: it must not lead them elsewhere, nor start programs.

The options of a connection reach Netmiko as they are: among them are the kind of session (Telnet shows the password
to everybody), the address, files to write, and a file that names programs to start.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping

from nornir.core.inventory import ConnectionOptions, Defaults, Group, Host, Inventory

from mmpctl.errors import InventoryError
from mmpctl.inventory.documents import Kind, Sources
from mmpctl.inventory.mistakes import Problem, did_you_mean
from mmpctl.inventory.passwords import is_secret
from mmpctl.inventory.ssh_config_file import VARIABLE, is_named

PLATFORM = "cisco_cms"
NETMIKO = "netmiko"
# Our SFTP connection follows Netmiko's settings, so that one policy holds for both.
CONNECTIONS = (NETMIKO, "mmp_sftp")

# Names and addresses become words of proxy commands: a blank or a leading hyphen would make options of them.
_ADDRESS = re.compile(r"(?!-)[\w.:%-]+")
_SSH_CONFIG = "ssh_config_file"
_DAY = 86_400
# Without any, the first words of a question would count as all of it.
_LEAST_SILENCE = 0.05


def _is_seconds(value: object) -> bool:
    # No clock counts to `.inf`, and no number without an end.
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value <= _DAY


def _is_silence(value: object) -> bool:
    return _is_seconds(value) and value >= _LEAST_SILENCE  # type: ignore[operator]


def _is_yes_or_no(value: object) -> bool:
    return isinstance(value, bool)


def _are_algorithms(value: object) -> bool:
    return isinstance(value, Mapping) and all(
        isinstance(kind, str) and isinstance(names, list) and all(isinstance(name, str) for name in names)
        for kind, names in value.items()
    )


_Fits = Callable[[object], bool]
_SECONDS: tuple[_Fits, str] = (_is_seconds, f"a number of seconds, up to {_DAY}")
_YES_OR_NO: tuple[_Fits, str] = (_is_yes_or_no, "true or false")
_ALLOWED: Mapping[str, tuple[_Fits, str]] = {
    "conn_timeout": _SECONDS,
    "auth_timeout": _SECONDS,
    "banner_timeout": _SECONDS,
    "blocking_timeout": _SECONDS,
    "timeout": _SECONDS,
    "session_timeout": _SECONDS,
    "read_timeout_override": _SECONDS,
    "quiet_seconds": (_is_silence, f"a number of seconds from {_LEAST_SILENCE} to {_DAY}"),
    "keepalive": _SECONDS,
    "global_delay_factor": (_is_seconds, "a number"),
    "fast_cli": _YES_OR_NO,
    "disable_sha2_fix": _YES_OR_NO,
    "read_only": _YES_OR_NO,
    "disabled_algorithms": (_are_algorithms, "lists of names by kind, such as {pubkeys: [rsa-sha2-512]}"),
}
# What holds anyway may be written down.
_HOLDS: Mapping[str, object] = {
    "ssh_strict": True,
    "system_host_keys": False,
    "alt_host_keys": True,
    "use_keys": False,
    "allow_agent": False,
}
# What `load` and `sign_in` set themselves, and what a project of the user's own may set for its account.
_ACCOUNT = (*_HOLDS, "alt_key_file", "key_file", "passphrase", "secret")
# Objects that a program has made; as a text from an inventory, each would be the name of something to open.
_OBJECTS = ("recorder", "session_log", "pkey", "sock")


def problems_of_connections(inventory: Inventory, sources: Sources, ssh_config: str) -> Iterator[Problem]:
    """Find what hosts, groups and defaults must not say about connections.

    Args:
        inventory: of any plugin, before anything was added to it.
        sources: where it was loaded from.
        ssh_config: the SSH configuration file that the user has named.

    Returns:
        a problem for each key.
    """
    for name, host in inventory.hosts.items():
        yield from _element("hosts", name, host, sources, ssh_config)
    for name, group in inventory.groups.items():
        yield from _element("groups", name, group, sources, ssh_config)
    yield from _element("defaults", None, inventory.defaults, sources, ssh_config)


def require_safe(host: Host, connection: str, ssh_config: str) -> None:
    """Refuse a connection whose effective parameters lead to anything but SSH with checked host keys to this host.

    Args:
        host: of any inventory plugin.
        connection: `netmiko` or `mmp_sftp`.
        ssh_config: the SSH configuration file of Nornir's own configuration.

    Raises:
        InventoryError: names the parameter (code `connection-options`).
    """
    used = host.get_connection_parameters(connection)
    faults = []
    if used.platform != PLATFORM or host.platform != PLATFORM:
        faults.append(f"the platform is {used.platform!r}, not {PLATFORM!r}")
    if used.hostname != host.hostname or used.port != host.port:
        faults.append("its address is not the host's own `hostname` and `port`")
    if not is_address(host.hostname):
        faults.append(f"the hostname {host.hostname!r} is neither a name nor an address")
    for key, value in (used.extras or {}).items():
        if key in _ACCOUNT or (key in _OBJECTS and not isinstance(value, (str, bytes))):
            continue
        problem = _fault(key, value, ssh_config, os.environ.get(VARIABLE, ""))
        if problem is not None:
            faults.append(f"extras: {problem[0]}")
    if faults:
        raise InventoryError(
            f"no session is opened by the connection {connection}: {'; '.join(faults)}",
            code="connection-options",
            node=host.name,
            advice=f"Correct `connection_options` of {connection} in the inventory, on the host, its groups and the "
            f"defaults.",
        )


def is_address(text: object) -> bool:
    """Tell whether a text can be a DNS name or an address.

    Args:
        text: what an inventory says.
    """
    return isinstance(text, str) and _ADDRESS.fullmatch(text) is not None


def _element(
    kind: Kind, name: str | None, element: Host | Group | Defaults, sources: Sources, ssh_config: str
) -> Iterator[Problem]:
    above = () if name is None else (name,)
    for connection in CONNECTIONS:
        options = element.connection_options.get(connection)
        if options is None:
            continue
        for keys, what, cure in _faults(options, ssh_config):
            place = sources.place(kind, *above, "connection_options", connection, *keys)
            yield Problem(place, name or "defaults", f"connection_options.{connection}: {what}", cure)


def _faults(options: ConnectionOptions, ssh_config: str) -> Iterator[tuple[tuple[str, ...], str, str]]:
    for key in ("hostname", "port", "platform"):
        if getattr(options, key) is not None:
            what = f"{key} must not be set here"
            yield (key,), what, f"Delete it. Sessions go to the host's own hostname and port, as {PLATFORM}."
    extras = options.extras or {}
    if not isinstance(extras, Mapping):
        return  # told already, by the check of the form
    for key, value in extras.items():
        if key == "alt_key_file" or (key in _HOLDS and value == _HOLDS[key]) or is_secret(str(key)):
            continue  # a secret is told as such
        problem = _fault(key, value, ssh_config)
        if problem is not None:
            yield ("extras", str(key)), *problem


def _fault(key: object, value: object, *ssh_configs: str) -> tuple[str, str] | None:
    """Return what is wrong with one of the extras, and the cure."""
    if key == _SSH_CONFIG:
        if is_named(value, *ssh_configs):
            return None
        cure = f"Delete it, and name the file yourself, with --ssh-config or {VARIABLE}."
        return f"an inventory must not set {key}, because it can start programs", cure
    if not isinstance(key, str) or key not in _ALLOWED:
        hint = did_you_mean(key, _ALLOWED)
        return f"the option {key!r} is not allowed", f"{hint or 'Delete it.'} Allowed are {', '.join(_ALLOWED)}."
    fits, kind = _ALLOWED[key]
    return None if value is None or fits(value) else (f"{key} is not {kind}", f"Write {kind}.")
