"""`plan`, `renew` and `resume` with --service as users type them: exit codes, documents, and what is shown."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from pathlib import Path

import pytest

from mmpctl.lab.fault import Fault
from mmpctl.lab.fleet import Fleet
from mmpctl.lab.scenario import deployment
from tests.support.command import Command, Said
from tests.support.lab import Lab
from tests.support.service_runs import leaf_in_use, new_leaf, told

EDGES = ("lon-edge-1", "lon-edge-2")
RUNS = ("--runs", "runs")


def asked(mmpctl: Command, command: str, fleet: Fleet, *options: str, service: str = "webbridge3") -> Said:
    return mmpctl(command, "--certs", fleet.service_certificates, "--service", service, *options, fleet=fleet)


def test_services_are_planned_then_renewed_then_nothing_is_left_to_do(lab: Lab, mmpctl: Command) -> None:
    fleet = lab(deployment())
    shown = asked(mmpctl, "plan", fleet)
    assert shown.code == 0 and "mmpctl renew" in shown.out
    assert "--service webbridge3" in shown.out
    planned = asked(mmpctl, "plan", fleet, "--by-hand", "-o", "json").document
    edges = planned["clusters"][0]
    assert [(one["name"], one["service"]) for one in edges["units"]] == [(node, "webbridge3") for node in EDGES]
    assert {step["action"] for step in edges["steps"]} >= {"upload", "verify", "disable", "certs", "enable", "prove"}
    by_hand = json.dumps(edges["by_hand"])
    assert by_hand.count('"line": "webbridge3 disable"') == by_hand.count('"line": "webbridge3 enable"') == len(EDGES)
    assert told(fleet, "webbridge3") == []

    done = asked(mmpctl, "renew", fleet, *RUNS, "--yes", "-o", "json")
    assert done.code == 0, done.err
    assert [one["outcome"] for one in done.document["clusters"][0]["units"]] == ["renewed", "renewed"]
    assert leaf_in_use(fleet, EDGES[1], "webbridge3", "https") == new_leaf(fleet, EDGES[1], "webbridge3", "https")
    assert fleet.links.down() == [] and fleet.lost.get("callbridge", 0) == 0

    again = asked(mmpctl, "renew", fleet, *RUNS, "--yes")
    assert again.code == 0 and "nothing to do" in again.out.lower()
    assert "webbridge3" in mmpctl("runs", *RUNS).out


@pytest.mark.gate
def test_a_renewal_that_stopped_is_resumed_by_the_same_command(lab: Lab, mmpctl: Command) -> None:
    fleet = lab(deployment(), faults=[Fault(EDGES[1], "service", "fail", match="webbridge3 enable", text="no")])
    stopped = asked(mmpctl, "renew", fleet, *RUNS, "--yes")
    assert stopped.code in (6, 7) and "uses its old files again" in stopped.out
    assert "mmpctl resume" in stopped.out
    fleet.faults.clear()
    [run] = Path("runs").glob("2*")
    resumed = mmpctl("resume", run.name, *RUNS, "--yes", "-o", "json", fleet=fleet)
    assert resumed.code == 0, resumed.err
    assert [one["outcome"] for one in resumed.document["clusters"][0]["units"]] == ["renewed", "renewed"]
    assert fleet.links.down() == []


def next_of(said: Said) -> list[list[str]]:
    """The commands that are suggested, as a shell takes them apart."""
    lines = [line.strip() for line in said.out.splitlines()]
    leads = ("Next: mmpctl ", "or: mmpctl ")
    return [shlex.split(line.partition("mmpctl ")[2]) for line in lines if line.startswith(leads)]


@pytest.mark.gate
def test_what_is_suggested_runs_as_it_is_printed(lab: Lab, mmpctl: Command) -> None:
    fleet = lab(deployment("leafs"))
    shutil.copytree(fleet.service_certificates, "new certs")
    trusted = [option for node in ("lon-1", "lon-2") for option in ("--host", node, "--drop-calls", node)]
    selected = ("--host", EDGES[0], *trusted, "--done", "expressway", "--runs", "my runs")
    shown = mmpctl("plan", "--certs", "new certs", "--service", "webbridge3", *selected, fleet=fleet)
    [renew] = next_of(shown)
    assert shown.code == 0 and renew[0] == "renew"
    fleet.faults.add(Fault("lon-2", "service", "fail", match="callbridge restart", text="no"))
    stopped = mmpctl(*renew, "--yes")
    assert stopped.code in (6, 7), stopped.err
    assert [line.split()[:3] for line in told(fleet, "callbridge")][-1] == ["lon-2", "callbridge", "restart"]
    [resume, look] = next_of(stopped)
    assert (resume[0], look[0]) == ("resume", "runs")
    assert mmpctl(*look).code == 0
    # What shows that all is well is what tells of services.
    told_of = " ".join(stopped.out.split())
    assert re.search(r"finished by hand and `mmpctl audit [^`]*` shows the new certificates in use", told_of)
    fleet.faults.clear()
    done = mmpctl(*resume, "--yes")
    assert done.code == 0, done.out
    assert leaf_in_use(fleet, EDGES[0], "webbridge3", "c2w") == new_leaf(fleet, EDGES[0], "webbridge3", "c2w")
    assert leaf_in_use(fleet, EDGES[1], "webbridge3", "c2w") != new_leaf(fleet, EDGES[1], "webbridge3", "c2w")
    for command in next_of(done):
        assert mmpctl(*command).code in (0, 3, 4)
    assert fleet.links.down() == []


@pytest.mark.gate
def test_a_call_bridge_restarts_only_if_its_calls_may_drop(lab: Lab, mmpctl: Command) -> None:
    fleet = lab(deployment())
    refused = asked(mmpctl, "renew", fleet, *RUNS, "--yes", service="callbridge")
    assert refused.code == 5 and "--drop-calls lon-1" in refused.out and told(fleet, "callbridge") == []
    # One reason for each node, each with a line of its own, and how to wait instead.
    assert len([line for line in refused.out.splitlines() if "callbridge of lon-" in line and "restarts" in line]) >= 2
    assert "--max-calls 0 lets it restart only while there are none" in " ".join(refused.out.split())
    one = asked(
        mmpctl, "renew", fleet, *RUNS, "--yes", "--host", "lon-2", "--drop-calls", "lon-2", service="callbridge"
    )
    assert one.code == 0, one.out
    assert [line.split()[:3] for line in told(fleet, "callbridge")] == [
        ["lon-2", "callbridge", "certs"],
        ["lon-2", "callbridge", "restart"],
    ]


@pytest.mark.gate
def test_a_call_bridge_restarts_if_its_rest_api_counts_few_enough_calls(
    lab: Lab, mmpctl: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    fleet = lab(deployment(calls=2))
    monkeypatch.setenv("MMP_API_USERNAME", fleet.username)
    monkeypatch.setenv("MMP_API_PASSWORD", fleet.password)
    shown = asked(mmpctl, "plan", fleet, "--max-calls", "2", service="callbridge")
    assert shown.code == 0 and "--max-calls 2" in " ".join(shown.out.split())
    assert "restarts only if no more than 2 calls are on it then" in " ".join(shown.out.split())
    done = asked(mmpctl, "renew", fleet, *RUNS, "--yes", "--max-calls", "2", service="callbridge")
    assert done.code == 0, done.out
    [run] = Path("runs").glob("2*")
    assert json.loads((run / "request.json").read_text(encoding="utf-8"))["max_calls"] == 2


def test_a_timer_renews_what_is_due_and_allowed_and_else_says_that_nothing_is(lab: Lab, mmpctl: Command) -> None:
    fleet = lab(deployment())
    timer = (*RUNS, "--if-due", "30", "--yes")
    refused = asked(mmpctl, "renew", fleet, *timer)
    assert refused.code == 5 and "`unattended` of lon-edge-1 in the inventory does not name it" in " ".join(
        refused.out.split()
    )
    groups = fleet.inventory / "groups.yaml"
    site = "    site: london\n"
    text = groups.read_text(encoding="utf-8")
    groups.write_text(text.replace(site, f"{site}    unattended: [webbridge3, turn]\n"), encoding="utf-8")
    done = asked(mmpctl, "renew", fleet, *timer, "-o", "json")
    assert done.code == 0, done
    assert [(one["name"], one["outcome"]) for one in done.document["clusters"][0]["units"]] == [(EDGES[0], "renewed")]
    again = asked(mmpctl, "renew", fleet, *timer)
    assert (again.code, "NOTHING TO DO" in again.out) == (0, True)
    assert "webbridge3 of 2 nodes is not due within 30 days" in " ".join(again.out.split())
    shown = asked(mmpctl, "plan", fleet, "--if-due", "30")
    assert (shown.code, "is not due within 30 days" in " ".join(shown.out.split())) == (0, True)


@pytest.mark.gate
def test_who_would_refuse_a_new_certificate_is_told_before_anything_is_touched(lab: Lab, mmpctl: Command) -> None:
    fleet = lab(deployment("leafs"))
    refused = asked(mmpctl, "renew", fleet, *RUNS, "--yes", "--host", EDGES[0])
    said = " ".join(refused.out.split())
    assert refused.code == 5 and "callbridge would refuse the new certificate" in said
    assert "select lon-1, lon-2 as well" in said
    assert told(fleet, "webbridge3") == []
    # With the nodes of those who check it, only the word on their calls is missing; then they trust more first.
    whole = asked(mmpctl, "plan", fleet, "--by-hand", "-o", "json")
    assert whole.code == 5 and "--drop-calls lon-1" in json.dumps(whole.document)
    agreed = asked(mmpctl, "plan", fleet, "--by-hand", "-o", "json", "--drop-calls", "lon-1", "--drop-calls", "lon-2")
    [group] = agreed.document["clusters"]
    assert agreed.code == 0 and "callbridge-trust" in [unit["service"] for unit in group["units"]]
    typed = [line["line"] for step in group["by_hand"]["steps"] for line in step["type"]]
    [made] = {line.split()[-1] for line in typed if line.startswith("put lon-1-callbridge-c2w-trust")}
    assert f"callbridge trust c2w {made.removeprefix('/')}" in typed
    assert "get /callbridge-c2w-trust.cer lon-1-callbridge-c2w-trust.cer" in typed


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (("--service", "database"), "no such service can be renewed"),
        (("--drop-calls", "lon-1"), "--drop-calls wants --service"),
        (("--max-calls", "0"), "--max-calls wants --service"),
        (("--if-due", "30"), "--if-due wants --service"),
        (("--service", "callbridge", "--if-due", "9", "--drop-calls", "lon-1"), "--drop-calls cannot be combined with"),
        (("--service", "callbridge", "--if-due", "9", "--max-calls", "1"), "--max-calls cannot be combined with"),
        (("--done", "CUCM"), "--done wants --service"),
        (("--service", "webadmin", "--done", "PBX"), "no such system"),
        (("--service", "webadmin", "--keeper", "lon-prod=lon-1"), "--keeper is about database clusters"),
        (("--service", "webadmin", "--leave-out", "lon-1"), "--leave-out is about database clusters"),
    ],
)
def test_options_that_cannot_be_meant_are_refused(mmpctl: Command, options: tuple[str, ...], why: str) -> None:
    Path("new").mkdir()
    said = mmpctl("plan", "--certs", "new", *options)
    assert said.code == 2 and why in " ".join(said.err.split())
