"""The operator's word on the keeper is kept in the run: the node, why, who said so, and when."""

from __future__ import annotations

from pathlib import Path

import pytest

from mmpctl.lab.fault import Fault
from mmpctl.renewal.journal_context import user
from tests.support import schemas
from tests.support.command import Command
from tests.support.contradiction import contradicting
from tests.support.fleet import CLUSTER, KEEPER
from tests.support.lab import Lab
from tests.support.person import Person, squeezed
from tests.support.process import environment, quick_to_read
from tests.support.shape import TIME

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
    (cluster,) = schemas.read(Path("runs", run, "request.json"))["clusters"]
    assert (cluster["keeper_confirmed"], cluster["keeper_reason"]) == (True, reason)
    assert cluster["keeper_confirmed_by"] == user() and TIME.fullmatch(cluster["keeper_confirmed_at"])
    assert cluster["keeper_evidence"][0].startswith(f"{KEEPER} (master in the inventory): ")


def test_a_keeper_that_is_proved_needs_no_word(lab: Lab, mmpctl: Command) -> None:
    fleet = lab("due", sync_seconds=0.0)
    said = mmpctl("renew", "--certs", fleet.certificates, "--yes", "-o", "json", fleet=fleet)
    request = schemas.read(Path("runs", said.document["run"], "request.json"))
    (cluster,) = request["clusters"]
    assert cluster["keeper_proved"] and cluster["keeper_reason"] is None and cluster["keeper_confirmed_at"] is None


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--reason", "why"), "--reason can only be used with --keeper"),
        (("--reason", "", *CONFIRMED), "--reason must be one line of text"),
        (("--reason", "  ", *CONFIRMED), "--reason must be one line of text"),
        (("--reason", "two\nlines", *CONFIRMED), "--reason must be one line of text"),
    ],
)
def test_a_reason_that_is_none(lab: Lab, mmpctl: Command, options: tuple[str, ...], told: str) -> None:
    fleet = lab("expired")
    said = mmpctl("renew", "--certs", fleet.certificates, *options, fleet=fleet)
    assert said.code == 2 and told in said.err, said
    assert fleet.log.select("command") == []


def test_a_run_that_is_resumed_takes_a_reason_with_the_keeper_only(lab: Lab, mmpctl: Command) -> None:
    fleet = lab("expired", faults=[Fault("lon-3", "download", "drop", match=".bak", count=2)])
    run = mmpctl("renew", "--certs", fleet.certificates, *CONFIRMED, fleet=fleet).document["run"]
    fleet.faults.clear()
    alone = mmpctl("resume", run, "--reason", "why", "--yes", fleet=fleet)
    assert alone.code == 2 and "--reason can only be used with --keeper" in alone.err, alone
    said = mmpctl("resume", run, *CONFIRMED, "--reason", "it was the master on Friday", fleet=fleet)
    assert said.code == 0, said
    kept = schemas.journal(Path("runs", run, "journal.jsonl"))
    assert [one["detail"].get("keeper_reason") for one in kept if one["event"] == "begun"][-1] == (
        "it was the master on Friday"
    )


def test_against_the_evidence_a_reason_is_wanted_and_no_option_to_copy_is_shown(lab: Lab, mmpctl: Command) -> None:
    fleet = contradicting(lab)
    plan = mmpctl("plan", "--certs", fleet.certificates, fleet=fleet)
    told = " ".join(plan.out.split())
    assert plan.code == 5 and f"--keeper {CLUSTER}={KEEPER}" not in told
    assert "was the master that lon-1 and lon-3 joined" in told and "data that only lon-2 holds is lost" in told

    refused = mmpctl("renew", "--certs", fleet.certificates, *CONFIRMED, fleet=fleet)
    (one,) = refused.document["clusters"]
    assert (refused.code, one["outcome"], refused.document["run"]) == (5, "refused", None)
    assert "the evidence speaks against lon-1" in one["reason"]
    assert not fleet.log.select("accepted") and not Path("runs").exists()

    reason = "lon-2 was restored from a tape on Friday"
    said = mmpctl("renew", "--certs", fleet.certificates, *CONFIRMED, "--reason", reason, fleet=fleet)
    assert said.code == 0, said
    request = schemas.read(Path("runs", said.document["run"], "request.json"))
    assert (request["clusters"][0]["keeper_reasoned"], request["clusters"][0]["keeper_reason"]) == (True, reason)


def test_where_the_evidence_agrees_the_name_is_enough(lab: Lab, mmpctl: Command) -> None:
    fleet = lab("expired", sync_seconds=0.0)
    fleet.nodes[KEEPER].database.last_command = ("database cluster initialize", True)
    for name in ("lon-2", "lon-3"):
        address = fleet.nodes[KEEPER].database.address
        fleet.nodes[name].database.last_command = (f"database cluster join {address}", True)
    plan = mmpctl("plan", "--certs", fleet.certificates, "-o", "json", fleet=fleet).document["clusters"][0]
    assert plan["keeper_conclusions"] == [
        "by their last commands lon-1 was initialized, and was the master that lon-2 and lon-3 joined"
    ]
    assert mmpctl("renew", "--certs", fleet.certificates, *CONFIRMED, fleet=fleet).code == 0


def test_a_reason_goes_with_a_plan_too(lab: Lab, mmpctl: Command) -> None:
    fleet = contradicting(lab)
    keeper = ("--keeper", f"{CLUSTER}={KEEPER}", "--reason", "it was restored")
    plan = mmpctl("plan", "--certs", fleet.certificates, *keeper, fleet=fleet)
    assert plan.code == 0 and "--reason 'it was restored'" in " ".join(plan.out.split())


@pytest.mark.parametrize("given", [(), ("--keeper", f"{CLUSTER}=lon-2")])
def test_a_wrong_name_is_explained_once(lab: Lab, tmp_path: Path, given: tuple[str, ...]) -> None:
    fleet = lab("expired", sync_seconds=0.0)
    words = ["renew", "-i", str(fleet.inventory), "--certs", str(fleet.certificates), *given]
    one = Person(words, tmp_path, environment(quick_to_read(fleet)))
    try:
        one.waits_for("name: ")
        # With a wrong name on the command line, no dialogue has explained it.
        one.types("\n" if given else "lon-2\n")
        assert one.ends() == 5
        told = squeezed(one.seen)
        assert told.count("theinventory'smasterislon-1") == 1, one.seen
        assert ("Seetheanswertolon-2above." in told) is not bool(given), one.seen
    finally:
        one.leaves()
