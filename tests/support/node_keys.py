"""Certificate sets whose keys were made on the lab's nodes, signed by a private CA of mmpctl's own."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from mmpctl.lab.fleet import Fleet
from mmpctl.runbooks import csr, sign
from mmpctl.signing.sources import PrivateCa
from mmpctl.times import now_utc
from tests.support.fleet import CLUSTER, nornir
from tests.support.private_ca import PASSPHRASE, cheap_passphrases, make_ca


def requested(fleet: Fleet, folder: Path) -> Path:
    """Requests of all nodes, with keys that stay there."""
    assert csr.run(nornir(fleet), folder, confirm=lambda _: True).code == 0
    return folder


def signed(fleet: Fleet, tmp_path: Path) -> Path:
    """Requests of all nodes, and the certificates that answer them."""
    folder = requested(fleet, tmp_path / "new")
    answer(folder, tmp_path / "ca")
    return folder


def answer(folder: Path, ca: Path) -> None:
    """Have all requests signed by a private CA."""
    with cheap_passphrases():
        if not ca.exists():
            make_ca(ca)
        assert sign.run(folder, PrivateCa(ca, PASSPHRASE, None, now_utc), again=False).code == 0


def ties(folder: Path, node: str) -> Mapping[str, str]:
    """The keys' files on a node, by the names that they would have here."""
    told = json.loads((folder / CLUSTER / node / "request.json").read_text())
    return {name: one["device"] for name, one in told["files"].items()}
