"""What to type after an audit: what goes on, is renewed, or is looked at."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from mmpctl.documents.audit import AuditCluster, AuditDocument
from mmpctl.documents.runs import RunSummary
from mmpctl.reports.audit.troubles import is_host_key, not_well
from mmpctl.reports.widgets import clusters_option, go_on, hosts_option, with_options
from mmpctl.services.renewable import RENEWABLE
from mmpctl.severity import BAD, Severity

_DUE: Final = (*BAD, Severity.DUE)
# In the order in which they are renewed.
_NAMES: Final = tuple(service.name for service in RENEWABLE)


def next_commands(
    document: AuditDocument, clusters: Sequence[AuditCluster], unfinished: Sequence[RunSummary] = ()
) -> tuple[str, ...]:
    """Return what to type: what a run has begun, then renewals; then what must be looked at before, or besides.

    Args:
        document: of `mmpctl audit`.
        clusters: of the document, in the order in which they are told.
        unfinished: runs that have not ended.
    """
    commands = go_on((one["name"] for one in document["clusters"]), unfinished)
    wanting = [one["name"] for one in clusters if one["name"] and _may_be_renewed(one)]
    here = not document.get("asked", {}).get("engine")
    # Each site has new certificates of its own, and makes requests and records host keys by itself.
    certs = " --certs DIR" if here else ""
    if wanting:
        commands.append(f"{_command(document, 'plan')} {clusters_option(wanting)}{certs}")
    if wanting and here:
        # Who has no new certificates begins here.
        commands.append(f"{_command(document, 'csr')} {clusters_option(wanting)} --to DIR")
    services, nodes = _services_to_renew(clusters)
    if services:
        named = " ".join(f"--service {service}" for service in services)
        commands.append(f"{_command(document, 'plan')} {named} {hosts_option(nodes)}{certs}")
    silent = [(one, node) for one in clusters for node in one["nodes"] if not node["reachable"]]
    strange = [node["name"] for _, node in silent if is_host_key(node)]
    if strange and here:
        commands.append(f"{_command(document, 'trust')} {hosts_option(strange)}")
    gone = {one["name"] for one, node in silent if one["name"] and not is_host_key(node)}
    ill = [one["name"] for one in clusters if one["name"] and (not_well(one) or one["name"] in gone)]
    if ill:
        commands.append(f"{_command(document, 'status')} {clusters_option(ill)}")
    alone = [node["name"] for one, node in silent if not one["name"] and not is_host_key(node)]
    if alone:
        commands.append(f"{_command(document, 'status')} {hosts_option(alone)}")
    return tuple(commands)


def _command(document: AuditDocument, verb: str) -> str:
    return with_options(document, f"mmpctl {verb}", "engine", "inventory", "known_hosts", "ssh_config")


def _services_to_renew(clusters: Sequence[AuditCluster]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the services whose own certificates are due, in their turn, and their nodes."""
    found = [
        (service, node["name"])
        for one in clusters
        for node in one["nodes"]
        for certificate in node["certificates"]
        for service, _, place in (certificate["use"].partition(" "),)
        if certificate["severity"] in _DUE and place.endswith("certificate") and service in _NAMES
    ]
    due = {service for service, _ in found}
    return tuple(name for name in _NAMES if name in due), tuple(dict.fromkeys(node for _, node in found))


def _may_be_renewed(cluster: AuditCluster) -> bool:
    return any(
        certificate["severity"] in _DUE and certificate["use"].startswith("database")
        for node in cluster["nodes"]
        for certificate in node["certificates"]
    )
