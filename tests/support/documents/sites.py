"""Many sites as documents; literal with the document's own type, since real ones are of many machines."""

from __future__ import annotations

from typing import Any

from mmpctl.documents.sites.engine_check import EngineCheckDocument


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
