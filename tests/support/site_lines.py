"""Lines that a site of the tests answers with."""

from __future__ import annotations

from typing import Any

from mmpctl.audit.look import not_looked_at
from mmpctl.errors import MmpError
from mmpctl.inventory.nodes import Node
from mmpctl.reach.answer_lines import Hello, Row, row_of
from mmpctl.reach.site_inventory import digest_of
from mmpctl.times import now_utc

NODES = tuple(
    Node(f"{site[:3]}-{number}", f"10.1.{len(site)}.{number}", 22, site, None, None, "")
    for site in ("oslo", "london")
    for number in (1, 2)
)
OSLO = [node for node in NODES if node.site == "oslo"]


def hello(**changes: Any) -> Hello:
    """The first line of Oslo, but for the changes."""
    told = {"wire": 1, "version": "1.2.3", "site": "oslo", "clock": now_utc(), "inventory": digest_of(OSLO), **changes}
    return Hello(**told)


def row(name: str) -> Row:
    """The row of a node that did not answer."""
    return row_of(not_looked_at(Node(name, "", 22, None, None, None, ""), MmpError("no answer")))
