"""No secret passes an engine: all that goes there and back, or is logged on the way, is searched for each of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from mmpctl.lab.fleet import Fleet
from mmpctl.lab.scenario import sample
from mmpctl.runs.runs_folder import create
from mmpctl.times import now_utc
from tests.support.command import Command
from tests.support.gate import some
from tests.support.lab import Lab
from tests.support.many_sites import sites_file
from tests.support.site_host import site_host
from tests.support.site_secrets import COMMANDS, OF_NODES, secrets


@pytest.fixture
def fleet(lab: Lab) -> Fleet:
    return lab(sample())


@pytest.mark.parametrize("command", some(list(COMMANDS), every=3))
def test_no_secret_passes_an_engine(fleet: Fleet, mmpctl: Command, tmp_path: Path, command: str) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    create(kept / "runs", {"command": "renew", "clusters": [{"name": "osl-prod", "keeper": "osl-1"}]}, now_utc())
    runs = kept / ("begun" if command == "renew" else "runs")
    own = ("--backups", kept, "--certs", fleet.certificates, "--runs", runs, "--renews")
    with site_host(fleet, tmp_path / "oslo", "oslo", *map(str, own)) as host:
        passed = tmp_path / "passed"
        passed.mkdir()
        # What the site hears, says, and complains of, as it goes over the line.
        tee = f"tee -a {passed}/in | {tmp_path}/oslo/site-oslo 2>> {passed}/err | tee -a {passed}/out"
        host.authorize(f'restrict,command="{tee}"')
        file = sites_file(tmp_path, {"oslo": {"address": host.address, "renews": True}})
        options = ("--engine", file, "--ssh-config", host.config, "-o", "json")
        site = ("--site", "oslo") if command in OF_NODES else ()
        said = mmpctl(*COMMANDS[command], *site, *options, fleet=None if command == "runs" else fleet)
        (one,) = said.document["sites"]
        assert one["answered"] and one["rows"], said
        (passed / "sshd").write_text(host.server.log())
        heard = {file.name: file.read_text() for file in passed.iterdir()}
        # The journal goes to a desk that asks for the run, and nothing secret is in it either.
        past = mmpctl("runs", "latest", *options).out if command == "renew" else ""
    # Of a renewal, its journal and its backups stay there too.
    journals = [line for one in runs.glob("*/journal.jsonl") for line in one.read_text().splitlines()]
    backups = [one.read_text("latin-1") for one in runs.glob("*/backups/*/*/*")]
    assert command != "renew" or (said.code == 0 and journals and backups), said
    known = {*secrets(fleet), *journals, *backups}
    assert len(known) > 10
    for name, text in heard.items():
        assert name == "err" or text, "it was listened at"
        assert [one for one in known if one in text] == [], name
    assert command != "renew" or "intent" in past
    assert [one for one in {*secrets(fleet), *backups} if one in past] == []
    assert [one for one in known if one in said.out + said.err] == []
