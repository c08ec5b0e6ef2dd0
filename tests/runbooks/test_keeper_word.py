"""The operator's word on the keeper is kept in the run: the node, why, who said so, and when."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mmpctl.runbooks.witness import user
from tests.conftest import Lab
from tests.runbooks.conftest import Command
from tests.runbooks.fleet import CLUSTER, KEEPER
from tests.runbooks.shape import TIME

CONFIRMED = "--keeper", f"{CLUSTER}={KEEPER}", "--yes", "-o", "json"


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (("--reason", " it was the master on Friday "), "it was the master on Friday"),
        ((), f"given on the command line by {user()}"),
    ],
)
def test_the_word_is_kept_in_the_run(lab: Lab, mmpctl: Command, options: tuple[str, ...], reason: str) -> None:
    fleet = lab("expired", sync_seconds=0.0)
    run = mmpctl("renew", "--certs", fleet.certificates, *CONFIRMED, *options, fleet=fleet).document["run"]
    (cluster,) = json.loads(Path("runs", run, "request.json").read_text(encoding="utf-8"))["clusters"]
    assert (cluster["keeper_confirmed"], cluster["keeper_reason"]) == (True, reason)
    assert cluster["keeper_confirmed_by"] == user() and TIME.fullmatch(cluster["keeper_confirmed_at"])
    assert cluster["keeper_evidence"][0].startswith(f"{KEEPER} (master in the inventory): ")


def test_a_keeper_that_is_proved_needs_no_word(lab: Lab, mmpctl: Command) -> None:
    fleet = lab("due", sync_seconds=0.0)
    said = mmpctl("renew", "--certs", fleet.certificates, "--yes", "-o", "json", fleet=fleet)
    request = json.loads(Path("runs", said.document["run"], "request.json").read_text(encoding="utf-8"))
    (cluster,) = request["clusters"]
    assert cluster["keeper_proved"] and cluster["keeper_reason"] is None and cluster["keeper_confirmed_at"] is None


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--reason", "why"), "--reason goes with --keeper"),
        (("--reason", "", *CONFIRMED), "one line that is not empty"),
        (("--reason", "  ", *CONFIRMED), "one line that is not empty"),
        (("--reason", "two\nlines", *CONFIRMED), "one line that is not empty"),
    ],
)
def test_a_reason_that_is_none(lab: Lab, mmpctl: Command, options: tuple[str, ...], told: str) -> None:
    fleet = lab("expired")
    said = mmpctl("renew", "--certs", fleet.certificates, *options, fleet=fleet)
    assert said.code == 2 and told in said.err, said
    assert fleet.log.select("command") == []
