"""Collect host keys, compare them with those we know, and record the new ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from nornir.core import Nornir
from nornir.core.inventory import Host
from nornir.core.task import Result, Task

from mmpctl import exit_codes as codes
from mmpctl.device.ssh import host_key_scan, known_hosts
from mmpctl.device.ssh.expected_keys import ExpectedKeys
from mmpctl.device.ssh.host_key import HostKey, Known, Trust
from mmpctl.device.ssh.route import Route, route_of
from mmpctl.documents.trust import TrustDocument
from mmpctl.fleet.run_on import run_on
from mmpctl.inventory.nodes import Node, nodes_of

_CONNECTION = "netmiko"


@dataclass(frozen=True, slots=True)
class HostTrust:
    """One node's host key.

    Args:
        node: as the inventory knows it.
        key: what it proved itself with; None if it did not answer.
        state: what is known of it.
        error: why it did not answer.
        route: the way to it, and the name of its key.
        recorded: fingerprints that the file has for it.
        expected: whether it is the key that `--expect` has for it; None if that says nothing.
    """

    node: Node
    key: HostKey | None
    state: Trust
    error: str | None
    route: Route | None = None
    recorded: tuple[str, ...] = ()
    expected: bool | None = None


@dataclass(frozen=True, slots=True)
class TrustReport:
    """The host keys of a fleet.

    Args:
        known_hosts: the file they are recorded in.
        hosts: in the order of the inventory.
        written: the nodes whose keys were recorded.
        expect: the file of fingerprints that they were compared with.
    """

    known_hosts: Path
    hosts: tuple[HostTrust, ...]
    written: frozenset[str] = frozenset()
    expect: Path | None = None

    def writable(self, replacing: bool) -> tuple[HostTrust, ...]:
        """Return the nodes whose key would be recorded: the new ones, and, if wanted, the changed ones.

        Where fingerprints were given, only keys that fit them are recorded.
        """
        states = (Trust.NEW, Trust.CHANGED) if replacing else (Trust.NEW,)
        wanted = (True,) if self.expect else (True, None)
        return tuple(host for host in self.hosts if host.state in states and host.expected in wanted)

    def code(self) -> int:
        """0 when every key is known now; 5 when one was left out, 10 when a node did not answer."""
        if any(host.state is Trust.UNREACHABLE for host in self.hosts):
            return codes.DIFFERENT
        known = all(host.state is Trust.KNOWN or host.node.name in self.written for host in self.hosts)
        return codes.DONE if known and all(host.expected is not False for host in self.hosts) else codes.REFUSED


def run(
    nr: Nornir,
    known_hosts_file: Path,
    *,
    expected: ExpectedKeys | None = None,
    replacing: bool = False,
    confirm: Callable[[TrustReport], bool] = lambda _: False,
) -> TrustReport:
    """Collect the nodes' host keys, and record those that are confirmed.

    Args:
        nr: filtered by the caller.
        known_hosts_file: the file with the keys that we know; it need not be there.
        expected: fingerprints that were got another way.
        replacing: replace the keys that have changed.
        confirm: shown what was collected if there is anything to record; nothing is recorded if it says no. BY DEFAULT,
            THE ANSWER IS NO.

    Raises:
        HostKeyError: the file cannot be written, or one of its lines says otherwise of a node.
    """
    report = collect(nr, known_hosts_file, expected)
    return record(report, replacing) if report.writable(replacing) and confirm(report) else report


def collect(nr: Nornir, known_hosts_file: Path, expected: ExpectedKeys | None = None) -> TrustReport:
    """Ask every node for its host key, without logging in, on the way that its connections take.

    Args:
        nr: filtered by the caller.
        known_hosts_file: the file with the keys that we know; it need not be there.
        expected: fingerprints that were got another way.
    """

    def host_key(task: Task) -> Result:
        route, known = known_of(nr, task.host, known_hosts_file)
        return Result(host=task.host, result=(route, known, host_key_scan.collect(route, known)))

    nodes = nodes_of(nr)
    outcomes = run_on(nr, (node.name for node in nodes), host_key)
    hosts = []
    for node in nodes:
        outcome = outcomes[node.name]
        if outcome.error is not None:
            hosts.append(HostTrust(node, None, Trust.UNREACHABLE, outcome.error.told))
        else:
            route, known, key = outcome.value
            hosts.append(_compared(node, route, known, key, expected))
    return TrustReport(known_hosts_file, tuple(hosts), expect=expected.file if expected else None)


def known_of(nr: Nornir, host: Host, known_hosts_file: Path) -> tuple[Route, Known]:
    """Return the way that a node's connections take, and the keys that are known at its end.

    Args:
        nr: whose inventory has the node.
        host: the node.
        known_hosts_file: the file with the keys that we know.

    Raises:
        ConnectError: the SSH configuration cannot be used.
        HostKeyError: the file cannot be read.
    """
    options = host.get_connection_parameters(_CONNECTION).extras or {}
    config = options.get("ssh_config_file") or nr.config.ssh.config_file
    route = route_of(host.hostname or "", host.port, None, config)
    return route, known_hosts.known(known_hosts_file, route.key_host, route.key_port)


def _compared(node: Node, route: Route, known: Known, key: HostKey, expected: ExpectedKeys | None) -> HostTrust:
    return HostTrust(
        node,
        key,
        known.trust(key),
        None,
        route,
        tuple(one.fingerprint for one in known.keys),
        expected.fits(node.name, node.hostname, node.port, key) if expected else None,
    )


def record(report: TrustReport, replacing: bool) -> TrustReport:
    """Write the keys into the file of known hosts, whole or not at all.

    Args:
        report: what was collected.
        replacing: replace the keys that have changed.

    Raises:
        HostKeyError: the file cannot be written, or one of its lines says otherwise of a node.
    """
    chosen = report.writable(replacing)
    known_hosts.record(
        report.known_hosts,
        [(host.route.key_host, host.route.key_port, host.key) for host in chosen if host.route and host.key],
    )
    return replace(report, written=frozenset(host.node.name for host in chosen))


def document(report: TrustReport) -> TrustDocument:
    """Return the report as JSON."""
    return {
        "schema": 1,
        "command": "trust",
        "known_hosts": str(report.known_hosts),
        "expect": str(report.expect) if report.expect else None,
        "written": bool(report.written),
        "hosts": [
            {
                "name": host.node.name,
                "address": host.node.hostname,
                "port": host.node.port,
                "key_type": host.key.kind if host.key else None,
                "fingerprint": host.key.fingerprint if host.key else None,
                "state": host.state,
                "recorded": list(host.recorded),
                "expected": host.expected,
                "written": host.node.name in report.written,
                "error": host.error,
            }
            for host in report.hosts
        ],
    }
