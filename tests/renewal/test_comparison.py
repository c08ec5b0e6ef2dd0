"""What `resume` shows of each node: the journal's last step, what the node shows, and what follows."""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from mmpctl.lab.fault import Fault
from mmpctl.lab.fleet import Fleet
from mmpctl.renewal import limits
from mmpctl.renewal.limits import Limits
from mmpctl.reports import tables
from mmpctl.reports.output import render
from tests.support import schemas
from tests.support.children import PATIENCE_SECONDS
from tests.support.command import Command
from tests.support.fleet import KEEPER
from tests.support.lab import Lab
from tests.support.lab_client import until
from tests.support.process import quick_to_read, started
from tests.support.renew_command import CONFIRMED, only, renewed
from tests.support.run_page import check_page

DROPPED = Fault("lon-2", "command", "drop", match="join")


@pytest.fixture(autouse=True)
def _quick_to_conclude(monkeypatch: pytest.MonkeyPatch) -> None:
    """A command of which nothing is seen counts as not accepted after three seconds; to people a minute is given."""
    monkeypatch.setattr(limits, "Limits", partial(Limits, accept=3, between_looks=0.05))


def nodes_of(document: Any) -> dict[str, Any]:
    (cluster,) = document["clusters"]
    return {node["name"]: node for node in cluster["nodes"]}


def killed(fleet: Fleet, place: Path, command: str) -> str:
    """The name of a run whose process was killed while lon-2 was at work on a command."""
    with started(quick_to_read(fleet), place) as process:
        until(
            lambda: any(command in event.text for event in fleet.log.select("accepted", node="lon-2")),
            command,
            seconds=PATIENCE_SECONDS,
        )
        process.kill()
        process.communicate(timeout=PATIENCE_SECONDS)
    (run,) = (place / "runs").glob("2*")
    return run.name


@pytest.mark.gate
@pytest.mark.parametrize(("action", "others"), [("remove", "next"), ("join", "done")])
def test_a_run_that_was_killed_shows_both_before_it_asks(lab: Lab, mmpctl: Command, action: str, others: str) -> None:
    long: dict[str, Any] = {f"{action}_seconds": 1.0}
    fleet = lab("expired", **long)
    place = Path.cwd()
    run = killed(fleet, place, f"database cluster {action}")
    sent = len(fleet.log.select("accepted"))

    asked = mmpctl("resume", run, "-o", "json", fleet=fleet)

    assert asked.code == 5 and len(fleet.log.select("accepted")) == sent
    seen = nodes_of(asked.document)
    assert list(seen) == list(fleet.nodes)
    assert seen["lon-2"]["journal"] == f"{action} was begun, its end was not seen"
    assert f"last command 'database cluster {action}" in seen["lon-2"]["shows"] and "Success" in seen["lon-2"]["shows"]
    assert "it has the run's backup" in seen["lon-2"]["shows"]
    follows = {"remove": ("next", "certs"), "join": ("done", None)}[action]
    assert (seen["lon-2"]["conclusion"], seen["lon-2"]["step"]) == follows
    assert seen[KEEPER]["conclusion"] == others

    done = mmpctl("resume", run, "--yes", fleet=fleet)
    assert done.code == 0, done
    assert re.search("Node .*The journal says .*The node shows .*Conclusion", done.out)
    report = schemas.read(place / "runs" / run / "report.json")
    assert set(nodes_of(report)) == set(fleet.nodes)
    table = render(tables.continuation("lon-prod", [*nodes_of(report).values()], [], []), width=80)
    assert max(map(len, table.splitlines())) <= 80 and all(f"\n{name}" in table for name in fleet.nodes)
    page = check_page((place / "runs" / run / "report.html").read_text(encoding="utf-8"))
    assert "What was found when it was resumed" in page.text
    # What the resume found that nobody confirmed was not written down: the journal is as the killed process left it.
    assert f"{action} was begun, its end was not seen" in page.text


def test_what_was_finished_by_hand_is_done(lab: Lab, mmpctl: Command) -> None:
    fleet = lab("expired", faults=[Fault("lon-4", "command", "refuse", match="connect", text="Not now.")])
    run = renewed(mmpctl, fleet, *CONFIRMED).document["run"]
    fleet.faults.clear()
    fleet.by_hand("lon-4", f"database cluster connect {fleet.nodes[KEEPER].address}")
    until(lambda: fleet.nodes["lon-4"].database.operation is None, "the connect", seconds=PATIENCE_SECONDS)

    seen = nodes_of(mmpctl("resume", run, "-o", "json", fleet=fleet).document)["lon-4"]

    assert seen["journal"].startswith("connect") and seen["journal"] != "connect ended well"
    assert "last command 'database cluster connect" in seen["shows"]
    assert (seen["conclusion"], seen["step"]) == ("done", None)


def test_what_was_not_accepted_is_done_again(lab: Lab, mmpctl: Command) -> None:
    fleet = lab("expired", faults=[DROPPED])
    run = renewed(mmpctl, fleet, *CONFIRMED).document["run"]
    fleet.faults.clear()
    seen = nodes_of(mmpctl("resume", run, "-o", "json", fleet=fleet).document)
    assert (seen["lon-2"]["conclusion"], seen["lon-2"]["step"]) == ("again", "join")
    assert seen[KEEPER]["conclusion"] == "done"


def test_a_node_that_does_not_answer_is_not_seen_and_the_others_wait(lab: Lab, mmpctl: Command) -> None:
    fleet = lab("expired", faults=[DROPPED])
    run = renewed(mmpctl, fleet, *CONFIRMED).document["run"]
    fleet.faults.clear()
    fleet.take_down("lon-3")

    stopped = mmpctl("resume", run, "--yes", "-o", "json", fleet=fleet)

    assert (stopped.code, only(stopped)["outcome"]) == (6, "stopped"), stopped
    seen = nodes_of(stopped.document)
    assert seen["lon-3"]["conclusion"] == "not seen" and seen["lon-3"]["shows"].startswith("does not answer")
    assert {seen[name]["conclusion"] for name in seen if name != "lon-3"} == {"waits"}
    shown = mmpctl("resume", run, "--yes", fleet=fleet).out
    assert re.search(r"\nlon-3 .*not seen\n", shown)


def test_the_node_that_a_person_must_look_at_is_named(lab: Lab, mmpctl: Command) -> None:
    fleet = lab("expired", faults=[DROPPED])
    run = renewed(mmpctl, fleet, *CONFIRMED).document["run"]
    fleet.faults.clear()
    (home,) = (Path("runs") / run / "backups" / "lon-2").rglob("*.bak")
    home.write_bytes(bytes(home.stat().st_size))

    stopped = mmpctl("resume", run, "--yes", "-o", "json", fleet=fleet)

    assert (stopped.code, only(stopped)["outcome"]) == (7, "stopped"), stopped
    follows = {name: node["conclusion"] for name, node in nodes_of(stopped.document).items()}
    assert follows == dict.fromkeys(fleet.nodes, "waits") | {"lon-2": "a person must look"}
