"""The command `renew`, with its document checked."""

from __future__ import annotations

from typing import Any

from mmpctl.lab.fleet import Fleet
from tests.support.command import Command, Said
from tests.support.fleet import CLUSTER, KEEPER
from tests.support.shape import RENEWAL, check

CONFIRMED = "--keeper", f"{CLUSTER}={KEEPER}", "--yes"


def renewed(mmpctl: Command, fleet: Fleet, *options: str) -> Said:
    """Renew with the fleet's new certificates; the document has the form that is promised."""
    said = mmpctl("renew", "--certs", fleet.certificates, "-o", "json", *options, fleet=fleet)
    check(said.document, RENEWAL)
    return said


def only(said: Said) -> dict[str, Any]:
    """The document's one cluster."""
    (one,) = said.document["clusters"]
    assert one["code"] == said.code
    return dict(one)
