"""Collect host keys, compare them with those we know, and record the new ones."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from nornir.core import Nornir
from nornir.core.task import Result, Task

from mmpctl.device import hostkeys
from mmpctl.device.hostkeys import HostKey
from mmpctl.inventory.nodes import Node, nodes_of
from mmpctl.runbooks import outcome as codes
from mmpctl.runbooks.fleet import run_on

KNOWN, NEW, CHANGED, UNREACHABLE = "known", "new", "changed", "unreachable"


@dataclass(frozen=True, slots=True)
class HostTrust:
    """One node's host key.

    Args:
        node: as the inventory knows it.
        key: what it proved itself with; None where it did not answer.
        state: `known`, `new`, `changed` or `unreachable`.
        error: why it did not answer.
    """

    node: Node
    key: HostKey | None
    state: str
    error: str | None


@dataclass(frozen=True, slots=True)
class TrustReport:
    """The host keys of a fleet.

    Args:
        known_hosts: the file they are recorded in.
        hosts: in the order of the inventory.
        written: keys were recorded.
    """

    known_hosts: Path
    hosts: tuple[HostTrust, ...]
    written: bool = False

    def writable(self, replacing: bool) -> tuple[HostTrust, ...]:
        """The nodes whose key would be recorded: the new ones, and the changed ones where that is wanted."""
        states = (NEW, CHANGED) if replacing else (NEW,)
        return tuple(host for host in self.hosts if host.state in states)

    def code(self, replacing: bool) -> int:
        """0 when every key is known now; 5 when one was left out, 10 when a node did not answer."""
        if any(host.state == UNREACHABLE for host in self.hosts):
            return codes.DIFFERENT
        unrecorded = any(host.state == CHANGED and not (replacing and self.written) for host in self.hosts)
        new = any(host.state == NEW for host in self.hosts) and not self.written
        return codes.REFUSED if unrecorded or new else codes.DONE


def collect(nr: Nornir, known_hosts: Path) -> TrustReport:
    """Ask every node for its host key, without logging in.

    Args:
        nr: filtered by the caller.
        known_hosts: the file with the keys that we know; it need not be there.
    """

    def host_key(task: Task) -> Result:
        return Result(host=task.host, result=hostkeys.collect(task.host.hostname or "", task.host.port or 22))

    nodes = nodes_of(nr)
    outcomes = run_on(nr, (node.name for node in nodes), host_key)
    hosts = []
    for node in nodes:
        outcome = outcomes[node.name]
        if outcome.error is not None:
            hosts.append(HostTrust(node, None, UNREACHABLE, outcome.error.told))
        else:
            hosts.append(HostTrust(node, outcome.value, _state(known_hosts, node, outcome.value), None))
    return TrustReport(known_hosts, tuple(hosts))


def record(report: TrustReport, replacing: bool) -> TrustReport:
    """Write the keys into the file of known hosts, whole or not at all.

    Args:
        report: what was collected.
        replacing: replace the keys that have changed.
    """
    keys = [(host.node.hostname, host.node.port, host.key) for host in report.writable(replacing) if host.key]
    hostkeys.record(report.known_hosts, keys)
    return replace(report, written=True)


def _state(known_hosts: Path, node: Node, key: HostKey) -> str:
    recorded = hostkeys.recorded(known_hosts, node.hostname, node.port)
    if not recorded:
        return NEW
    return KNOWN if key in recorded else CHANGED


def document(report: TrustReport) -> dict[str, Any]:
    """The report as JSON."""
    return {
        "schema": 1,
        "command": "trust",
        "known_hosts": str(report.known_hosts),
        "written": report.written,
        "hosts": [
            {
                "name": host.node.name,
                "address": host.node.hostname,
                "port": host.node.port,
                "key_type": host.key.kind if host.key else None,
                "fingerprint": host.key.fingerprint if host.key else None,
                "state": host.state,
                "error": host.error,
            }
            for host in report.hosts
        ],
    }
