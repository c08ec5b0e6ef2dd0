"""Commands with `--engine`: the same documents, forms and exit codes as from one machine, and a site that is away."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mmpctl.audit.document import document
from mmpctl.audit.model import AuditReport
from mmpctl.audit.scope import Scope
from mmpctl.inventory import SAMPLE
from mmpctl.inventory.nodes import nodes_of
from mmpctl.lab.fleet import Fleet
from mmpctl.lab.scenario import sample
from mmpctl.reach.address import LocalCommand
from mmpctl.reach.desk import Selected, audit
from mmpctl.reach.engine import Engine
from mmpctl.reach.lines.site_line import Bounds
from mmpctl.reach.sites_file import RemoteSite
from mmpctl.runbooks import audit as auditing
from mmpctl.times import now_utc
from tests.support.children import PATIENCE_SECONDS
from tests.support.command import Command, Said
from tests.support.fleet import nornir
from tests.support.lab import Lab
from tests.support.many_sites import site_program, sites_file, started_here

AWAY = "exec:sh -c 'echo \"No route to host\" >&2; exit 255'"


@pytest.fixture
def fleet(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> Fleet:
    """A fleet at two sites; each has an account of its own, and the desk none that is any good."""
    monkeypatch.setenv("MMP_PASSWORD", "of the desk")
    return lab(sample())


def sites(fleet: Fleet, place: Path, **others: str) -> Path:
    """The file of both sites."""
    both = {site: started_here(site_program(fleet, place, site)) for site in ("london", "oslo")}
    return sites_file(place, {**both, **others})


def timeless(report: AuditReport) -> str:
    """All that an audit tells, but how long each look took."""
    clusters = tuple(
        replace(cluster, nodes=tuple(replace(node, seconds=None) for node in cluster.nodes))
        for cluster in report.clusters
    )
    return json.dumps(document(replace(report, clusters=clusters)))


def test_the_document_is_byte_for_byte_that_of_one_process(fleet: Fleet, tmp_path: Path) -> None:
    nr, scope = nornir(fleet), Scope(now_utc(), presented=True)
    nodes = nodes_of(nr)
    both = {
        site: RemoteSite(site, LocalCommand((str(site_program(fleet, tmp_path, site)),))) for site in ("london", "oslo")
    }
    engine = Engine(bounds=Bounds(PATIENCE_SECONDS, PATIENCE_SECONDS))
    apart, answers = audit(engine, Selected(nodes, nodes, both), scope)
    assert [(one.error, one.same_inventory) for one in answers] == [(None, True)] * 2
    together = auditing.assemble(nodes, auditing.look(nr, scope), scope.now, nodes)
    assert timeless(apart) == timeless(together)


def without(told: Mapping[str, Any], *keys: str) -> dict[str, Any]:
    return {key: value for key, value in told.items() if key not in keys}


def test_a_site_that_is_away_is_told_once_and_its_nodes_are_not_seen(
    fleet: Fleet, mmpctl: Command, tmp_path: Path
) -> None:
    file = sites(fleet, tmp_path, oslo=AWAY)
    clusters = [word for name in ("osl-prod", "shared-test") for word in ("--cluster", name)]
    said = mmpctl("audit", "--engine", file, *clusters, "-o", "json", fleet=fleet)
    assert said.code == 10
    assert said.err.count("No route to host") == 1, said.err
    assert "does not answer within 60 seconds" in said.err, "how long it may take at most"
    london, oslo = said.document["sites"]
    assert (london["answered"], london["rows"], london["same_inventory"]) == (True, 1, True)
    assert (oslo["answered"], oslo["rows"], "No route to host" in oslo["error"]) == (False, 0, True)
    errors = {node["name"]: node["error"] for one in said.document["clusters"] for node in one["nodes"]}
    assert errors["tst-1"] is None
    assert {str(errors[name]).partition(" ·")[0] for name in ("osl-1", "tst-2")} == {"the site oslo is away"}


@pytest.mark.gate
def test_all_forms_come_from_many_sites(fleet: Fleet, mmpctl: Command, tmp_path: Path) -> None:
    file = sites(fleet, tmp_path)
    forms = [word for form in ("json", "csv", "html", "prometheus") for word in ("-o", form)]
    places = ("--output-dir", tmp_path / "out", "--history", tmp_path / "audits.db")
    said = mmpctl("audit", "--engine", file, *forms, *places, "--page-by-site", "--nagios", fleet=fleet)
    assert said.code == 2 and said.out.startswith("CMS CERTIFICATES CRITICAL - "), said
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        "audit.json",
        "audit.csv",
        "audit.html",
        "audit.prom",
        "audit-london.html",
        "audit-oslo.html",
    }
    assert "lon-1" in (tmp_path / "out" / "audit-london.html").read_text() and (tmp_path / "audits.db").exists()


def told_of_status(said: Said) -> dict[str, Any]:
    return without(said.document, "at", "asked", "sites")


@pytest.mark.gate
def test_a_status_of_many_sites_is_that_of_one_machine(fleet: Fleet, mmpctl: Command, tmp_path: Path) -> None:
    apart = mmpctl("status", "--engine", sites(fleet, tmp_path), "-o", "json", fleet=fleet)
    together = mmpctl("status", "-o", "json", fleet=fleet)
    assert apart.code == together.code == 4
    assert told_of_status(apart) == told_of_status(together)
    assert apart.document["asked"]["engine"] == [str(tmp_path / "sites.yaml")]


@pytest.mark.parametrize(
    "words",
    [
        ("audit", "--backups", "."),
        ("audit", "--processes", "2"),
        ("audit", "--workers", "2"),
        ("status", "--watch"),
        ("status", "--site", "paris"),
    ],
)
def test_what_cannot_be_asked_of_sites(mmpctl: Command, tmp_path: Path, words: tuple[str, ...]) -> None:
    file = sites_file(tmp_path, dict.fromkeys(("london", "oslo"), "exec:touch asked"))
    said = mmpctl(*words, "--engine", file, "-i", SAMPLE)
    assert said.code == 2 and said.out == "" and not Path("asked").exists()


def test_sites_that_are_away_are_told_alike_by_every_command(mmpctl: Command, tmp_path: Path) -> None:
    file = sites_file(tmp_path, dict.fromkeys(("london", "oslo"), "exec:false"))
    backed_up = mmpctl("backup", "--engine", file, "-i", SAMPLE)
    assert backed_up.code == 10 and "private keys" not in backed_up.out
    # The very file that was named; another name of it would be looked for in vain.
    assert f"`mmpctl engine check --engine {file} --site oslo`" in " ".join(backed_up.out.split())
    listed = mmpctl("runs", "--engine", file)
    assert (listed.code, listed.out) == (10, "There are no runs at the sites that answered; not seen: london, oslo.\n")


def test_who_forgets_engine_at_a_desk_is_not_sent_to_record_host_keys(mmpctl: Command, tmp_path: Path) -> None:
    alone = mmpctl("status", "-i", SAMPLE)
    assert alone.code == 2 and "mmpctl trust" in alone.err and "--engine" not in alone.err
    Path("sites.yaml").write_text("oslo: {address: ssh://gw.example.com}\n")
    said = mmpctl("status", "-i", SAMPLE)
    assert said.code == 2 and "add --engine sites.yaml. Else: Run `mmpctl trust" in said.err


def test_the_runs_of_one_site(mmpctl: Command, tmp_path: Path) -> None:
    file = sites_file(tmp_path, {"london": "exec:touch asked", "oslo": "exec:false"})
    said = mmpctl("runs", "--engine", file, "--site", "oslo")
    assert said.code == 10 and "not seen: oslo." in said.out and not Path("asked").exists()
    assert "Its sites are london, oslo." in mmpctl("runs", "--engine", file, "--site", "paris").err
    assert "--site needs --engine" in mmpctl("runs", "--site", "oslo").err
    page = mmpctl("runs", "20260131", "--engine", file, "-o", "html")
    assert page.code == 2 and "at the site itself" in page.err


@pytest.mark.gate
def test_another_inventory_at_a_site_is_a_note(fleet: Fleet, mmpctl: Command, tmp_path: Path) -> None:
    file = sites(fleet, tmp_path)
    desk = tmp_path / "desk"
    desk.mkdir()
    for one in fleet.inventory.iterdir():
        (desk / one.name).write_text(one.read_text().replace("osl-edge", "osl-gate"))
    said = mmpctl("status", "--engine", file, "--host", "osl-gate", "-i", desk)
    assert said.code == 10 and "note: the inventory of the site oslo differs from its part of this one" in said.err
    assert "has no node osl-gate of its own" in said.out
