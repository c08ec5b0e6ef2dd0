"""Many sites as documents; literal with the document's own type, since real ones are of many machines."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mmpctl.documents.asked import SiteDocument
from mmpctl.documents.sites.engine_check import EngineCheckDocument
from mmpctl.reach.address import BrokerAddress
from mmpctl.reach.broker.owner_setup import owner_setup
from mmpctl.reach.sites_file import RemoteSite
from tests.support.documents.audits import audit_cluster, audit_node, audit_of, certificate


def engine_check() -> Any:
    """A site that is well, one whose inventory differs, and one that is away."""
    found: EngineCheckDocument = {
        "schema": 1,
        "command": "engine check",
        "ok": False,
        "sites": [
            {
                "name": "london",
                "address": "ssh://ops@gw.london.example.com:2222",
                "answered": True,
                "error": None,
                "version": "0.9.0",
                "rows": 1,
                "clock_ahead": 0.25,
                "same_inventory": True,
                "renews": True,
                "nodes_here": 12,
                "nodes": 12,
                "verbs": ["audit", "status", "check"],
                "troubles": [],
            },
            {
                "name": "new york",
                "address": "exec:./new-york",
                "answered": True,
                "error": None,
                "version": "0.8.0",
                "rows": 1,
                "clock_ahead": -7201.0,
                "same_inventory": False,
                "renews": False,
                "nodes_here": 3,
                "nodes": 4,
                "verbs": ["audit", "status"],
                "troubles": ["the clock of the site new york is 2 hours behind this machine's"],
            },
            {
                "name": "oslo",
                "address": "ssh://gw.oslo.example.com",
                "answered": False,
                "error": "the site oslo cannot be reached (exit code 255): Permission denied (publickey)",
                "version": None,
                "rows": 0,
                "clock_ahead": None,
                "same_inventory": None,
                "renews": False,
                "nodes_here": 8,
                "nodes": None,
                "verbs": None,
                "troubles": ["the site oslo cannot be reached (exit code 255): Permission denied (publickey)"],
            },
        ],
        "problems": ["nodes of the inventory here without a site: 1"],
    }
    return found


def engine_definitions() -> Any:
    """Two sites and two desks at a broker."""
    address = BrokerAddress("broker.example.com", "mmpctl", Path("broker"))
    sites = {name: RemoteSite(name, address) for name in ("london", "oslo")}
    return owner_setup(sites, ["desk-1", "desk-2"])


def audit_of_sites() -> Any:
    """An audit of three sites: one is well, one has something due, one is away; a cluster spans the first two."""
    fine, due = certificate("database server", "a.cer"), certificate("database server", "b.cer", "due", 12)
    audit = audit_of(
        audit_cluster("ldn-prod", audit_node("ldn-1", fine, site="london"), site="london"),
        audit_cluster("shared", audit_node("s-1", fine, site="london"), audit_node("s-2", due, site="new york")),
        audit_cluster(
            "osl-prod",
            *(audit_node(f"osl-{number}", error="the site oslo is away", site="oslo") for number in (1, 2)),
            site="oslo",
        ),
    )
    # As the command adds it.
    audit["sites"] = [asked("london"), asked("new york", version="0.8.0"), asked("oslo", error="the site oslo hung up")]
    return audit


def asked(name: str, *, error: str | None = None, version: str = "0.9.0", **changes: Any) -> Any:
    """What came of one site."""
    site: SiteDocument = {
        "name": name,
        "answered": error is None,
        "error": error,
        "version": None if error else version,
        "rows": 0 if error else 1,
        "clock_ahead": None if error else 0.25,
        "same_inventory": None if error else True,
    }
    return {**site, **changes}
