"""`renew`, `resume` and `runs` as users type them: exit codes, documents, and what is left alone."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from mmpctl.lab.fault import Fault
from mmpctl.lab.scenario import FleetSpec, cluster
from mmpctl.renewal.journal_context import user
from mmpctl.runs.lock import locked
from tests.support.command import Command
from tests.support.fleet import CLUSTER, DATABASES, KEEPER
from tests.support.gate import some
from tests.support.lab import Lab
from tests.support.renew_command import CONFIRMED, only, renewed
from tests.support.shape import RENEWAL, RUN, check

REFUSED = Fault("lon-2", "command", "refuse", match="certs", text="ERROR: Not now.")
NO_BACKUP = Fault("lon-3", "download", "drop", match=".bak", count=2)


def test_renew_then_nothing_to_do(lab: Lab, mmpctl: Command) -> None:
    fleet = lab("expired")
    rows = fleet.nodes[KEEPER].rows
    said = renewed(mmpctl, fleet, *CONFIRMED)
    assert (said.code, only(said)["outcome"], only(said)["keeper"]) == (0, "renewed", KEEPER), said
    assert {name: fleet.nodes[name].rows for name in DATABASES} == dict.fromkeys(DATABASES, rows)
    assert "wave 1 of" in said.err and "database cluster initialize" in said.err
    assert fleet.password not in said.out + said.err
    run = said.document["run"]
    check(run, RUN)

    assert mmpctl("audit", fleet=fleet).code == 0
    again = renewed(mmpctl, fleet, "--yes")
    assert (again.code, only(again)["outcome"], again.document["run"]) == (0, "nothing to do", None), again

    listed = mmpctl("runs", "-o", "json")
    assert (listed.code, [one["run"] for one in listed.document["runs"]]) == (0, [run])
    assert (listed.document["schema"], listed.document["command"]) == (1, "runs")
    assert listed.document["runs"][0]["state"] == "finished"
    shown = mmpctl("runs", run, "-o", "json")
    assert shown.document["request"]["clusters"][0]["keeper"] == KEEPER
    assert [one["detail"] for one in shown.document["records"] if one["event"] == "question"]
    assert mmpctl("runs", run).code == 0
    closed = mmpctl("runs", "--close", run, "--reason", "x")
    assert closed.code == 2 and "has ended" in closed.err


def test_stopped_then_resumed(lab: Lab, mmpctl: Command) -> None:
    fleet = lab("expired", faults=[REFUSED])
    stopped = renewed(mmpctl, fleet, *CONFIRMED)
    assert (stopped.code, only(stopped)["outcome"]) == (6, "stopped"), stopped
    run = stopped.document["run"]
    before = len(fleet.log.select("accepted"))

    for look in ("status", "audit"):
        lines = mmpctl(look, fleet=fleet).out.splitlines()
        first = next(line for line in lines if line.startswith("Next: "))
        assert first.startswith(f"Next: mmpctl resume {run} "), "what was begun comes before all else"

    unconfirmed = mmpctl("resume", run, "-o", "json", fleet=fleet)
    assert unconfirmed.code == 5 and len(fleet.log.select("accepted")) == before

    again = renewed(mmpctl, fleet, *CONFIRMED)
    assert (again.code, again.document["run"]) == (5, None) and run in only(again)["reason"]

    done = mmpctl("resume", run, "--yes", "-o", "json", fleet=fleet)
    check(done.document, RENEWAL)
    assert (done.code, done.document["command"], only(done)["outcome"]) == (0, "resume", "renewed"), done
    assert done.document["run"] == run
    after = mmpctl("resume", run, "--yes", "-o", "json", fleet=fleet)
    assert (after.code, only(after)["outcome"]) == (0, "nothing to do")


def test_a_run_that_nobody_will_resume_is_closed(lab: Lab, mmpctl: Command) -> None:
    fleet = lab("expired", faults=[NO_BACKUP])
    run = renewed(mmpctl, fleet, *CONFIRMED).document["run"]
    assert mmpctl("runs", "-o", "json").document["runs"][0]["state"] == "unfinished"
    closed = mmpctl("runs", "--close", run, "--reason", "done by hand", "-o", "json")
    assert (closed.code, closed.document["state"]) == (0, "closed")
    assert closed.document["records"][-1]["detail"] == {"reason": "done by hand", "user": user()}
    assert f"done by hand, says {user()}" in mmpctl("runs", run).out
    assert f"done by hand, says {user()}" in mmpctl("runs", run, "-o", "html").out
    done = mmpctl("resume", run, "--yes", "-o", "json", fleet=fleet)
    assert (done.code, only(done)["outcome"]) == (5, "refused")
    assert "the run was closed (done by hand)" in only(done)["reason"]


@pytest.mark.parametrize("what", some(["journal", "inventory"], every=2))
def test_what_resume_refuses_is_told_in_a_document(lab: Lab, mmpctl: Command, what: str) -> None:
    fleet = lab("expired", faults=[NO_BACKUP])
    run = renewed(mmpctl, fleet, *CONFIRMED).document["run"]
    heard = len(fleet.log)
    if what == "inventory":
        file = fleet.inventory / "hosts.yaml"
        master, slave, rest = re.split("role: (?:master|slave)", file.read_text(encoding="utf-8"), maxsplit=2)
        file.write_text(f"{master}role: slave{slave}role: master{rest}", encoding="utf-8")
    else:
        file = Path("runs", run, "journal.jsonl")
        file.write_text(file.read_text(encoding="utf-8").replace("lon-1", "lon-2", 1), encoding="utf-8")
    said = mmpctl("resume", run, "--yes", "-o", "json", fleet=fleet)
    check(said.document, RENEWAL)
    assert (said.code, only(said)["outcome"]) == (5, "refused"), said
    assert only(said)["reason"] and said.document["run"] == run
    assert len(fleet.log) == heard


def test_nobody_confirms_without_a_terminal(lab: Lab, mmpctl: Command) -> None:
    fleet = lab("due")
    said = renewed(mmpctl, fleet)
    assert (said.code, only(said)["outcome"], said.document["run"]) == (5, "refused", None)
    assert "not confirmed" in only(said)["reason"]
    assert fleet.log.select("question", "sftp-put") == []
    assert mmpctl("runs", "-o", "json").document["runs"] == []


def test_yes_does_not_stand_for_the_keeper(lab: Lab, mmpctl: Command) -> None:
    fleet = lab("expired")
    said = renewed(mmpctl, fleet, "--yes")
    assert (said.code, only(said)["outcome"]) == (5, "refused")
    assert f"--keeper {CLUSTER}={KEEPER}" in only(said)["reason"]
    assert fleet.log.select("question", "sftp-put") == []


def test_a_cluster_that_another_run_works_on(lab: Lab, mmpctl: Command) -> None:
    oslo = cluster("osl-prod", "expired", site="oslo", prefix="osl-", subnet="127.77.2")
    fleet = lab(FleetSpec((cluster(scenario="due"), oslo)))
    host, port = fleet.address("lon-3")
    with locked([f"{host}:{port}"], {"pid": "4711", "user": "a colleague"}):
        said = renewed(mmpctl, fleet, "--yes", "--cluster", CLUSTER)
        assert (said.code, only(said)["outcome"], said.document["run"]) == (9, "not started", None)
        assert "a colleague" in only(said)["reason"]
        both = renewed(mmpctl, fleet, "--yes")
        assert both.code == 10
        assert {one["name"]: one["code"] for one in both.document["clusters"]} == {CLUSTER: 9, "osl-prod": 5}
    assert fleet.log.select("question", "sftp-put") == []


def test_a_node_that_does_not_answer_is_refused_unless_left_out(lab: Lab, mmpctl: Command) -> None:
    fleet = lab("expired", faults=[Fault("lon-3", "connect", "refuse", count=0)])
    said = renewed(mmpctl, fleet, *CONFIRMED)
    assert said.code == 5 and "--leave-out lon-3" in only(said)["reason"]
    plan = mmpctl("plan", "--certs", fleet.certificates, *CONFIRMED[:2], "--leave-out", "lon-3", fleet=fleet)
    assert plan.code == 0, plan
    keeper = mmpctl("plan", "--certs", fleet.certificates, "--leave-out", KEEPER, fleet=fleet)
    assert keeper.code == 5 and KEEPER in keeper.out


def test_a_plan_tells_of_a_run_that_is_not_finished(lab: Lab, mmpctl: Command) -> None:
    fleet = lab("expired", faults=[Fault("lon-2", "command", "drop", match="remove")])
    keeper = ("--certs", fleet.certificates, "--keeper", f"{CLUSTER}={KEEPER}")
    run = mmpctl("renew", *keeper, "--yes", "-o", "json", fleet=fleet).document["run"]
    fleet.faults.clear()
    (planned,) = mmpctl("plan", *keeper, "--by-hand", "-o", "json", fleet=fleet).document["clusters"]
    assert (planned["verdict"], planned["steps"], planned["by_hand"]) == ("refused", [], None)
    assert f"mmpctl resume {run}" in planned["reasons"][0]


def test_what_the_plan_notes_is_told_without_a_question_too(lab: Lab, mmpctl: Command) -> None:
    fleet = lab("due", nodes={"lon-2": {"clock_offset": 3600}})
    said = mmpctl("renew", "--certs", fleet.certificates, "--yes", fleet=fleet)
    assert said.code == 0 and "lon-2's clock is" in said.err and "Freeze provisioning" in said.err
