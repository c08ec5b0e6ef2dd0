"""The rules of the inventory; no device is asked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import Any

from nornir.core.inventory import Host, Inventory

from mmpctl.cluster.role import ROLE_WORDS, Role, role_of
from mmpctl.inventory.addresses import resolve
from mmpctl.inventory.connections import PLATFORM, is_address, problems_of_connections
from mmpctl.inventory.documents import Sources
from mmpctl.inventory.mistakes import Problem, did_you_mean
from mmpctl.inventory.nodes import DB_PORT, SIP_PORT, SSH_PORT, STANDALONE, site_of
from mmpctl.inventory.passwords import passwords_in
from mmpctl.inventory.pki_fields import problems_of_pki
from mmpctl.inventory.schema import DATA_KEYS, DB_PORT_KEY, SIP_PORT_KEY
from mmpctl.services.unattended import HOURS_KEY, UNATTENDED_KEY, mistakes


def check(
    inventory: Inventory, sources: Sources, ssh_config: str, doubtful: frozenset[str] = frozenset()
) -> tuple[Problem, ...]:
    """Check a loaded inventory of any plugin.

    Args:
        inventory: all of it, before anything was added to it.
        sources: where it was loaded from.
        ssh_config: the SSH configuration file that the user has named.
        doubtful: names of the hosts of which something could not be read: what they lack may be that.

    Returns:
        all problems; empty when the inventory is good.
    """
    hosts = inventory.hosts
    if not hosts:
        place = sources.place("hosts")
        return (Problem(place, None, "no hosts", "Write your servers into it, as in the sample inventory."),)
    found = [
        problem
        for host in hosts.values()
        for problem in (
            *_host(host, sources, host.name not in doubtful),
            *_addresses(host, sources),
            *_unattended(host, sources),
        )
    ]
    found += _same_endpoint(hosts, sources)
    members: dict[str, list[Host]] = {}
    for host in hosts.values():
        cluster = host.get("cluster")
        if isinstance(cluster, str):
            members.setdefault(cluster, []).append(host)
    for cluster, its_hosts in members.items():
        found += _one_master(cluster, its_hosts, sources, not doubtful)
    placed = {name: [host for host in its_hosts if host.get("role") is not None] for name, its_hosts in members.items()}
    found += _same_db_address(placed, sources)
    found += _serving(hosts, sources, not doubtful)
    found += problems_of_pki(inventory, sources)
    found += passwords_in(inventory, sources)
    found += problems_of_connections(inventory, sources, ssh_config)
    return tuple(found)


def _host(host: Host, sources: Sources, is_whole: bool) -> Iterator[Problem]:
    def problem(what: str, cure: str, *keys: str) -> Problem:
        return Problem(sources.place("hosts", host.name, *keys), host.name, what, cure)

    if not fit_for_folder(host.name):
        yield problem(
            f"{host.name!r} cannot be the name of a folder", "Use only letters, digits, dot, hyphen and underscore."
        )
    if not host.hostname and is_whole:
        yield problem("no hostname", "Give its address or DNS name as `hostname`.")
    port: Any = host.port
    # In files that we can read, the wrong type is told with its line, by the check of the form.
    if port is not None and not (_is_port(port) or (sources.documents and not _is_number(port))):
        yield problem(f"port {port!r} is not a port", f"Write a number from 1 to 65535, usually {SSH_PORT}.", "port")
    if host.platform != PLATFORM and (host.platform or is_whole):
        what = f"platform is {host.platform!r}" if host.platform else "no platform"
        yield problem(what, f"Set `platform: {PLATFORM}`, on the host, a group or in the defaults.", "platform")
    for key, usual in _wrong_ports(host):
        cure = f"Write a number from 1 to 65535, usually {usual}, or leave the line out."
        yield problem(f"{key} {host.get(key)!r} is not a port", cure, "data", key)
    words = {key: host.get(key) for key in DATA_KEYS} | {"site": site_of(host)}
    for key, value in words.items():
        if isinstance(value, Mapping):
            cure = f"Write a word. In NetBox, use a custom field named {key}, with `flatten_custom_fields: true`."
            yield problem(f"{key} is a block of keys", cure, "data", key)
        elif value is not None and (not isinstance(value, str) or not value.strip()):
            yield problem(f"{key} {value!r} is not a word", "Write a word, and put numbers in quotes.", "data", key)
    cluster, role = words["cluster"], words["role"]
    if isinstance(cluster, str) and cluster.strip() and (cluster.startswith(STANDALONE) or not fit_for_folder(cluster)):
        cure = "Use only letters, digits, dot, hyphen and underscore."
        yield problem(f"cluster {cluster!r} cannot be the name of a folder", cure, "data", "cluster")
    if cluster is not None and role is None and is_whole:
        cure = f"Add `role` ({', '.join(ROLE_WORDS)}). If the server has no database, delete `cluster`."
        yield problem(f"in cluster {cluster!r} without a role", meant(host, "role") or cure, "data", "cluster")
    if role is not None and cluster is None and is_whole:
        cure = "Add `cluster`. If the server has no database, delete `role`."
        yield problem(f"role {role!r} without a cluster", meant(host, "cluster") or cure, "data", "role")
    if isinstance(role, str) and role.strip() and role not in ROLE_WORDS:
        hint = did_you_mean(role, ROLE_WORDS)
        cure = f"{hint} " if hint else ""
        yield problem(f"unknown role {role!r}", f"{cure}The roles are {', '.join(ROLE_WORDS)}.", "data", "role")


def meant(host: Host, key: str) -> str:
    """Return what to do if a key is missing and another one of the host looks like it; empty if none does.

    Args:
        host: of the inventory.
        key: that is missing.
    """
    written = (each for each in host.data if each not in DATA_KEYS and did_you_mean(each, (key,)))
    return next((f"Write `{key}` in place of {each!r}." for each in written), "")


def _serving(hosts: Mapping[str, Host], sources: Sources, is_whole: bool) -> Iterator[Problem]:
    """Yield the servers that serve a cluster which is not there, or are in one themselves."""
    named = {name: host.get("cluster") for name, host in hosts.items()}
    clusters = sorted({each for each in named.values() if isinstance(each, str)})
    for name, host in hosts.items():
        serves = host.get("serves")
        if not isinstance(serves, str) or not serves.strip():
            continue
        place = sources.place("hosts", name, "data", "serves")
        if named[name] is not None:
            cure = "Delete `serves`: a node of a cluster works with its own Call Bridges."
            yield Problem(place, name, f"serves {serves!r}, and is in a cluster itself", cure)
        elif serves not in clusters and is_whole:
            cure = did_you_mean(serves, clusters) or "Write the name of a cluster, or leave the line out."
            yield Problem(place, name, f"serves the unknown cluster {serves!r}", cure)


def _addresses(host: Host, sources: Sources) -> Iterator[Problem]:
    data = ((("data", key), host.get(key)) for key in ("db_address", "service_address"))
    for keys, value in ((("hostname",), host.hostname), *data):
        if isinstance(value, str) and value.strip() and not is_address(value):
            what = f"{keys[-1]} {value!r} is neither a name nor an address"
            cure = "Write its DNS name or its IP address."
            yield Problem(sources.place("hosts", host.name, *keys), host.name, what, cure)


def _unattended(host: Host, sources: Sources) -> Iterator[Problem]:
    for key, what, cure in mistakes(host.get(UNATTENDED_KEY), host.get(HOURS_KEY)):
        yield Problem(sources.place("hosts", host.name, "data", key), host.name, what, cure)


def _is_number(value: object) -> bool:
    # To Python a yes/no is a number.
    return isinstance(value, int) and not isinstance(value, bool)


def _wrong_ports(host: Host) -> Iterator[tuple[str, int]]:
    for key, usual in ((DB_PORT_KEY, DB_PORT), (SIP_PORT_KEY, SIP_PORT)):
        given = host.get(key)
        if given is not None and not _is_port(given):
            yield key, usual


def _is_port(value: Any) -> bool:
    return _is_number(value) and 0 < value < 65536


def fit_for_folder(name: str) -> bool:
    """Return whether a node's or a cluster's name can be the name of a folder.

    Args:
        name: as the inventory has it.
    """
    # Certificates and backups are kept in folders named after cluster and node; `=` divides them in --keeper.
    return name.isprintable() and name == name.strip() and not name.startswith(".") and not set(name) & set('/\\=:"')


def _same_endpoint(hosts: Mapping[str, Host], sources: Sources) -> Iterator[Problem]:
    first: dict[tuple[str, object], str] = {}
    for host in hosts.values():
        if not isinstance(host.hostname, str) or not host.hostname:
            continue
        endpoint = (host.hostname.casefold(), SSH_PORT if host.port is None else host.port)
        other = first.setdefault(endpoint, host.name)
        if other != host.name:
            what = f"same hostname and port as {other} ({host.hostname}:{endpoint[1]})"
            place = sources.place("hosts", host.name, "hostname")
            yield Problem(
                place, host.name, what, "Each server is one host: correct the address, or delete one of the two."
            )


def _one_master(cluster: str, hosts: list[Host], sources: Sources, is_whole: bool) -> Iterator[Problem]:
    words = [host.get("role") for host in hosts]
    if any(word not in ROLE_WORDS for word in words):
        return  # told already, and who is master cannot be counted yet
    masters = [host for host, word in zip(hosts, words, strict=True) if role_of(word) is Role.MASTER]
    if not masters and is_whole:
        names = ", ".join(host.name for host in hosts)
        cure = f"Give one of {names} `role: master`: the node whose database must survive."
        yield Problem(sources.place("hosts", hosts[0].name), None, f"cluster {cluster!r} has no master", cure)
    for host in masters[1:]:
        what = f"cluster {cluster!r} has {len(masters)} masters: {', '.join(each.name for each in masters)}"
        place = sources.place("hosts", host.name, "data", "role")
        yield Problem(place, host.name, what, "Keep `role: master` for one of them. The others are slaves.")


def _same_db_address(members: Mapping[str, list[Host]], sources: Sources) -> Iterator[Problem]:
    spelled = {host.name: _db_address(host) for hosts in members.values() for host in hosts}
    addresses = resolve(address for address in spelled.values() if address)
    known_by = {name: {word.casefold(), *addresses[word]} for name, word in spelled.items() if word}
    for cluster, hosts in members.items():
        for one, other in combinations([host for host in hosts if host.name in known_by], 2):
            if not known_by[one.name] & known_by[other.name]:
                continue
            if (one.hostname, one.port) == (other.hostname, other.port):
                continue  # told already, as the same hostname and port
            what = f"same db_address as {one.name} in cluster {cluster!r} ({spelled[other.name]})"
            place = sources.place("hosts", other.name, "data", "db_address")
            yield Problem(place, other.name, what, "Each node has an address of its own: correct one of the two.")


def _db_address(host: Host) -> str | None:
    word = host.get("db_address") or host.hostname
    return word if isinstance(word, str) else None
