"""`plan` and `renew` with --service and --engine: as from one machine, and once; what is the site's own stays there."""

from __future__ import annotations

import json
import os
import shlex
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mmpctl.lab.fleet import Fleet
from mmpctl.lab.scenario import cluster, deployment
from mmpctl.reach.tickets.sent_tickets import SentTickets
from tests.support.command import Command, Said
from tests.support.lab import Lab
from tests.support.many_sites import site_program, sites_file, started_here
from tests.support.person import Person
from tests.support.service_runs import leaf_in_use, new_leaf, told

EDGES = ("lon-edge-1", "lon-edge-2")
WEB = ("--service", "webbridge3")


@pytest.fixture
def fleet(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> Fleet:
    """A cluster with its services at one site; the desk has no account that is any good."""
    monkeypatch.setenv("MMP_PASSWORD", "of the desk")
    return lab(deployment())


def sites(fleet: Fleet, tmp_path: Path, *more: str, renews: bool = True) -> Path:
    """The file of the only site, which has its own folders, and its own account of the REST API."""
    place = tmp_path / "at-site"
    place.mkdir(exist_ok=True)
    options = ("--certs", str(fleet.service_certificates), "--runs", str(place / "runs"), "--renews", *more)
    program = site_program(fleet, place, "london", *options)
    return sites_file(tmp_path, {"london": {"address": started_here(program), "renews": renews}})


def runs(tmp_path: Path) -> list[Path]:
    return sorted((tmp_path / "at-site" / "runs").glob("*"))


def waiting() -> int:
    """How many tickets of the desk have no end that is known."""
    return len(SentTickets.of(Path("runs")).open())


def next_of(said: Said) -> list[str]:
    """The first command that is suggested, as a shell takes it apart."""
    line = next(line for line in said.out.splitlines() if line.startswith("Next: "))
    return shlex.split(line)[2:]


def units(document: Any) -> list[tuple[str, str, str]]:
    (cluster,) = document["clusters"]
    return [(one["name"], one["service"], one["outcome"]) for one in cluster["units"]]


def test_a_web_bridge_is_renewed_by_its_site_and_its_end_is_told_at_the_desk(
    fleet: Fleet, mmpctl: Command, tmp_path: Path
) -> None:
    file = sites(fleet, tmp_path)
    shown = mmpctl("plan", "--engine", file, *WEB, "--host", EDGES[0], "-i", fleet.inventory)
    assert shown.code == 0, shown.err
    assert told(fleet, "webbridge3") == [] and "READY" in shown.out
    suggested = next_of(shown)
    assert suggested[0] == "renew" and "--engine" in suggested and "--certs" not in suggested
    done = mmpctl(*suggested, "--yes", "-o", "json")
    assert done.code == 0, done.err
    (cluster,) = done.document["clusters"]
    (run,) = runs(tmp_path)
    assert (cluster["job"], cluster["site"], cluster["run"]) == ("services", "london", run.name)
    assert units(done.document) == [(EDGES[0], "webbridge3", "renewed")] and cluster["valid_until"]
    assert "wave 1 of" in done.err and "webbridge3 enable" in done.err, "its progress"
    request = json.loads((run / "request.json").read_text(encoding="utf-8"))
    assert request["job"] == "services" and request["ticket"]
    for pair in ("https", "c2w"):
        assert leaf_in_use(fleet, EDGES[0], "webbridge3", pair) == new_leaf(fleet, EDGES[0], "webbridge3", pair)
        assert leaf_in_use(fleet, EDGES[1], "webbridge3", pair) != new_leaf(fleet, EDGES[1], "webbridge3", pair)
    assert fleet.links.down() == [] and fleet.lost.get("callbridge", 0) == 0
    assert waiting() == 0 and not Path("runs").exists()


@pytest.mark.gate
def test_what_an_audit_of_sites_suggests_plans_what_is_due_at_its_site(
    fleet: Fleet, mmpctl: Command, tmp_path: Path
) -> None:
    file = sites(fleet, tmp_path)
    looked = mmpctl("audit", "--engine", file, "--host", EDGES[0], "-i", fleet.inventory)
    suggested = next_of(looked)
    assert suggested[:2] == ["plan", "--engine"] and {"--service", "webbridge3", EDGES[0]} <= set(suggested), looked
    planned = mmpctl(*suggested, "-o", "json")
    assert planned.code == 0, planned
    (group,) = planned.document["clusters"]
    assert (group["verdict"], group["job"]) == ("ready", "services")
    # As one machine plans it.
    here = mmpctl("plan", *WEB, "--host", EDGES[0], "--certs", fleet.service_certificates, "-o", "json", fleet=fleet)
    assert group == here.document["clusters"][0]


def allowed(fleet: Fleet) -> Path:
    """An inventory of the desk that is the lab's of before, and says nothing of what the site allows from now on."""
    desk = fleet.inventory.parent / "desk"
    shutil.copytree(fleet.inventory, desk)
    groups = fleet.inventory / "groups.yaml"
    text, site = groups.read_text(encoding="utf-8"), "    site: london\n"
    assert site in text
    groups.write_text(text.replace(site, f"{site}    unattended: [webbridge3]\n"), encoding="utf-8")
    return desk


@pytest.mark.gate
def test_a_timer_at_the_desk_renews_what_the_inventory_of_the_site_allows_and_nothing_else(
    fleet: Fleet, mmpctl: Command, tmp_path: Path
) -> None:
    timer = ("renew", "--engine", sites(fleet, tmp_path), "--if-due", "30", "--yes", "-o", "json")
    refused = mmpctl(*timer, *WEB, "-i", fleet.inventory)
    (cluster,) = refused.document["clusters"]
    assert refused.code == 5 and "`unattended` of lon-edge-1 in the inventory does not name it" in cluster["reason"]
    assert told(fleet, "webbridge3") == [] and waiting() == 0
    desk = allowed(fleet)
    done = mmpctl(*timer, *WEB, "-i", desk)
    assert done.code == 0 and units(done.document) == [(EDGES[0], "webbridge3", "renewed")], done
    again = mmpctl(*timer, *WEB, "-i", desk)
    assert (again.code, again.document["clusters"][0]["outcome"]) == (0, "nothing to do")
    # What the desk says of itself allows nothing, and what runs by itself drops no calls.
    mixed = mmpctl(*timer, "--service", "callbridge", "--drop-calls", "lon-1", "-i", desk)
    assert mixed.code == 2 and "cannot be combined with --if-due" in mixed.err


@pytest.mark.gate
def test_calls_are_counted_at_the_site_with_its_own_account(
    fleet: Fleet, mmpctl: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MMP_API_PASSWORD", "of the desk")
    file = sites(fleet, tmp_path)
    program = tmp_path / "at-site" / "site-london"
    account = f"export MMP_API_USERNAME={fleet.username} MMP_API_PASSWORD={shlex.quote(fleet.password)} "
    program.write_text(program.read_text().replace("export ", account), encoding="utf-8")
    quiet = ("renew", "--engine", file, "--yes", "--service", "callbridge", "-o", "json", "-i", fleet.inventory)
    refused = mmpctl(*quiet, "--host", "lon-2", "--max-calls", "0")
    (cluster,) = refused.document["clusters"]
    assert refused.code == 5 and "12 calls are on it now, and --max-calls allows 0" in cluster["reason"], cluster
    assert told(fleet, "callbridge") == []
    fleet.nodes["lon-2"].services["callbridge"].busy = 0
    done = mmpctl(*quiet, "--host", "lon-2", "--max-calls", "0")
    assert done.code == 0 and units(done.document) == [("lon-2", "callbridge", "renewed")], done
    (run,) = runs(tmp_path)
    assert json.loads((run / "request.json").read_text(encoding="utf-8"))["max_calls"] == 0


@pytest.mark.gate
def test_whether_calls_may_drop_is_asked_at_the_desk(fleet: Fleet, tmp_path: Path) -> None:
    file = sites(fleet, tmp_path)
    words = ["renew", "--engine", str(file), "--service", "callbridge", "--host", "lon-2", "-i", str(fleet.inventory)]
    person = Person(words, tmp_path, {**os.environ, "TERM": "xterm"})
    try:
        person.waits_for("May the calls on lon-2 drop?")
        person.waits_for("type 'yes' to go on:")
        person.types("yes\n")
        person.waits_for("callbridge restart")
        person.waits_for("type 'yes' to go on:")
        assert told(fleet, "callbridge") == []
        person.types("yes\n")
        assert person.ends() == 0, person.seen
    finally:
        person.leaves()
    (run,) = runs(tmp_path)
    assert json.loads((run / "request.json").read_text(encoding="utf-8"))["drop_calls"] == ["lon-2"]
    assert leaf_in_use(fleet, "lon-2", "callbridge") == new_leaf(fleet, "lon-2", "callbridge")


@pytest.mark.gate
def test_a_site_without_such_a_service_is_left_out_and_one_that_is_away_is_told(
    lab: Lab, mmpctl: Command, tmp_path: Path
) -> None:
    whole = deployment()
    other = cluster("osl-prod", site="oslo", prefix="osl-", subnet="127.77.2", slaves=0)
    fleet = lab(replace(whole, clusters=(*whole.clusters, other)))
    london = json.loads(sites(fleet, tmp_path).read_text(encoding="utf-8"))["london"]
    oslo = started_here(site_program(fleet, tmp_path, "oslo", "--certs", str(fleet.service_certificates), "--renews"))
    words = (*WEB, "-o", "json", "-i", fleet.inventory)
    both = mmpctl("plan", "--engine", sites_file(tmp_path, {"london": london, "oslo": oslo}), *words)
    assert (both.code, [one["name"] for one in both.document["clusters"]]) == (0, ["lon-prod"]), both
    assert [(one["name"], one["answered"]) for one in both.document["sites"]] == [("london", True), ("oslo", True)]
    away = sites_file(tmp_path, {"london": london, "oslo": "exec:false"})
    said = mmpctl("renew", "--engine", away, *words, "--yes")
    told_of = {one["name"]: (one["site"], one["outcome"]) for one in said.document["clusters"]}
    assert told_of == {"lon-prod": ("london", "renewed"), "osl-prod": ("oslo", "refused")}
    assert said.code == 10 and "the site oslo is away" in said.document["clusters"][-1]["reason"]


HOSTS = """\
c-1: {hostname: 127.70.1.1, data: {site: london, cluster: c, role: master}}
c-2: {hostname: 127.70.1.2, data: {site: oslo, cluster: c, role: slave}}
edge-1: {hostname: 127.70.1.3, data: {site: london}}
edge-2: {hostname: 127.70.1.4, data: {site: oslo}}
"""


def test_what_no_site_has_whole_is_refused_before_any_site_is_asked(mmpctl: Command, tmp_path: Path) -> None:
    file = sites_file(tmp_path, dict.fromkeys(("london", "oslo"), "exec:touch asked"))
    inventory = tmp_path / "inventory"
    inventory.mkdir()
    (inventory / "hosts.yaml").write_text(HOSTS, encoding="utf-8")
    (inventory / "defaults.yaml").write_text("platform: cisco_cms\n", encoding="utf-8")
    words = ("--engine", file, *WEB, "-i", inventory, "-o", "json")
    for said in (mmpctl("plan", *words), mmpctl("renew", *words, "--yes")):
        assert said.code == 5 and not Path("asked").exists()
        assert [one["name"] for one in said.document["clusters"]] == [
            "standalone servers of london",
            "standalone servers of oslo",
            "c",
        ]
    (*_, cluster) = said.document["clusters"]
    assert (cluster["site"], cluster["outcome"], cluster["run"]) == ("london", "refused", None)
    assert "the inventory of the site london lacks edge-2" in cluster["reason"]
    assert "Say with `serves`" in cluster["reason"]


def test_an_edge_without_a_machine_of_its_own_is_for_the_site_of_its_cluster(mmpctl: Command, tmp_path: Path) -> None:
    inventory = tmp_path / "inventory"
    inventory.mkdir()
    hosts = HOSTS.replace("{site: oslo}", "{site: dmz, serves: c}")
    (inventory / "hosts.yaml").write_text(hosts, encoding="utf-8")
    (inventory / "defaults.yaml").write_text("platform: cisco_cms\n", encoding="utf-8")
    file = sites_file(tmp_path, {"london": "exec:touch asked", "oslo": "exec:touch not-asked"})
    said = mmpctl("plan", "--engine", file, *WEB, "--host", "edge-2", "-i", inventory, "-o", "json")
    assert said.code == 10 and Path("asked").exists() and not Path("not-asked").exists()
    assert "asking the site london;" in said.err
    (group,) = said.document["clusters"]
    assert (group["name"], group["reasons"]) == ("c", ["the cluster was not seen: the site london is away"])
