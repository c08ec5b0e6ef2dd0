"""Renewals by a timer as they are shipped: what an ACME client calls, the job, and the page about them."""

from __future__ import annotations

import datetime as dt
import os
import re
import shutil
import stat
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from mmpctl.lab.fleet import Fleet
from mmpctl.lab.scenario import deployment
from tests.support.children import PATIENCE_SECONDS
from tests.support.guide import blocks, chapter
from tests.support.lab import Lab
from tests.support.pebble import pebble
from tests.support.process import COMMAND, environment, quick_to_read
from tests.support.service_runs import leaf_in_use, told

MONITORING = Path(__file__).parents[2] / "monitoring"
LAY_DOWN = str(MONITORING / "mmpctl-lay-down")
NODE = "lon-edge-1"
PLACE = "/var/lib/mmpctl-renew/new-certs/webbridge3/https"


def laid_down(*words: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([LAY_DOWN, *words], capture_output=True, text=True, check=False)


def test_new_files_are_laid_down_whole_and_for_nobody_else(tmp_path: Path) -> None:
    folder, key, chain = tmp_path / "https", tmp_path / "privkey.pem", tmp_path / "fullchain.pem"
    folder.mkdir()
    key.write_text("a key")
    chain.write_text("a chain")
    assert laid_down(folder, key, chain).returncode == 0
    assert {one.name: one.read_text() for one in folder.iterdir()} == {"key.key": "a key", "cert.cer": "a chain"}
    assert {stat.S_IMODE(one.stat().st_mode) for one in folder.iterdir()} == {0o600}
    key.write_text("another")
    assert laid_down(folder, key, chain, chain).returncode == 0
    assert sorted(one.name for one in folder.iterdir()) == ["bundle.cer", "cert.cer", "key.key"]
    assert (folder / "key.key").read_text() == "another"


def test_what_cannot_be_laid_down_changes_nothing(tmp_path: Path) -> None:
    folder, key, empty = tmp_path / "https", tmp_path / "key", tmp_path / "empty"
    key.write_text("a key")
    empty.touch()
    told = laid_down(folder, key, key)
    assert (told.returncode, "is no folder: make it" in told.stderr) == (2, True)
    folder.mkdir()
    for words in ((folder, key, empty), (folder, key, tmp_path / "not-there"), (folder, key)):
        assert laid_down(*words).returncode != 0
        assert [*folder.iterdir()] == []


def job(tmp_path: Path, fleet: Fleet, **more: str) -> subprocess.CompletedProcess[str]:
    """Run the timer's job with nothing else in its environment, as systemd and cron do."""
    for name in ("bin", "config", "state"):
        (tmp_path / name).mkdir(exist_ok=True)
    program = tmp_path / "bin" / "mmpctl"
    source = Path(__file__).parents[2]
    given = f"PYTHONPATH={source} PYTHON_KEYRING_BACKEND=keyring.backends.null.Keyring"
    program.write_text(f'#!/bin/sh\n{given} exec {COMMAND[0]} -c "{COMMAND[2]}" "$@"\n')
    program.chmod(0o755)
    account = environment(quick_to_read(fleet))
    settings = {
        "MMP_USERNAME": account["MMP_USERNAME"],
        "MMP_PASSWORD": account["MMP_PASSWORD"],
        "MMPCTL_INVENTORY": str(fleet.inventory),
        "MMPCTL_PATH": f"{tmp_path / 'bin'}:/usr/bin:/bin",
        **more,
    }
    (tmp_path / "config" / "renewer").write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
    return subprocess.run(
        ["/bin/sh", str(MONITORING / "mmpctl-renew")],
        env={"MMPCTL_CONFIG": str(tmp_path / "config"), "STATE_DIRECTORY": str(tmp_path / "state")},
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_SECONDS,
    )


def allow(fleet: Fleet, *services: str) -> None:
    """Let the inventory allow services without a person."""
    groups = fleet.inventory / "groups.yaml"
    site = "    site: london\n"
    allowed = f"{site}    unattended: [{', '.join(services)}]\n"
    groups.write_text(groups.read_text(encoding="utf-8").replace(site, allowed), encoding="utf-8")


@pytest.mark.gate
def test_a_night_renews_what_a_hook_has_laid_down_and_the_next_one_has_nothing_to_do(lab: Lab, tmp_path: Path) -> None:
    fleet = lab(deployment())
    allow(fleet, "webbridge3", "turn")
    folder = tmp_path / "state" / "new-certs" / NODE / "webbridge3" / "https"
    folder.mkdir(parents=True)
    nothing = job(tmp_path, fleet)
    assert (nothing.returncode, "no files for webbridge3 of lon-edge-1" in " ".join(nothing.stdout.split())) == (
        5,
        True,
    )
    new = fleet.service_certificates / NODE / "webbridge3" / "https"
    assert laid_down(folder, new / "key.key", new / "cert.cer").returncode == 0
    done = job(tmp_path, fleet)
    assert done.returncode == 0 and "RENEWED" in done.stdout, done
    assert leaf_in_use(fleet, NODE, "webbridge3", "https") == (new / "cert.cer").read_bytes()
    assert {line.split()[0] for line in told(fleet, "webbridge3", "turn")} == {NODE}
    again = job(tmp_path, fleet)
    assert again.returncode == 0 and "NOTHING TO DO" in again.stdout, again


@pytest.mark.gate
def test_certbot_fetches_and_the_timer_renews(lab: Lab, tmp_path: Path) -> None:
    if shutil.which("certbot") is None:
        pytest.skip("no certbot here: apt-get install certbot")
    fleet = with_public_names(lab(deployment()))
    allow(fleet, "webbridge3")
    folder = tmp_path / "state" / "new-certs" / NODE / "webbridge3" / "https"
    folder.mkdir(parents=True)
    with pebble(tmp_path / "pebble", days=20) as server:
        (tmp_path / "root.pem").write_bytes(server.root)
        (line,) = [one for one in blocks(chapter("timer.md", "ACME clients"), "sh") if one.startswith("certbot ")]
        asked = line.strip().replace(PLACE, str(folder)).replace("/etc/mmpctl/root.pem", str(tmp_path / "root.pem"))
        options = certbot(tmp_path, server.directory)
        shell({"PATH": f"{MONITORING}:{os.environ['PATH']}"}, f"{asked} {options} --standalone --http-01-port 0")
        # Another CA than before: who checks the join name outside must know it first, and a person says so.
        refused = job(tmp_path, fleet, MMPCTL_SERVICES="webbridge3")
        assert refused.returncode == 5 and "--done Expressway" in " ".join(refused.stdout.split()), refused
        words = ["renew", "--service", "webbridge3", "-i", str(fleet.inventory), "--certs", str(folder.parents[2])]
        by_hand = subprocess.run(
            [*COMMAND, *words, "--done", "Expressway", "--yes", "--runs", str(tmp_path / "state" / "runs")],
            env=environment(fleet),
            check=False,
            capture_output=True,
            text=True,
        )
        assert by_hand.returncode == 0, by_hand
        first = leaf_in_use(fleet, NODE, "webbridge3", "https")
        shell({"PATH": f"{MONITORING}:{os.environ['PATH']}"}, f"certbot renew --force-renewal {options}")
        done = job(tmp_path, fleet, MMPCTL_SERVICES="webbridge3")
    assert done.returncode == 0 and "RENEWED" in done.stdout, done
    second = leaf_in_use(fleet, NODE, "webbridge3", "https")
    assert first is not None and second is not None and first != second
    # The root, which ACME servers leave out, is its end.
    assert second.endswith(server.root) and first.endswith(server.root)


def with_public_names(fleet: Fleet) -> Fleet:
    """Give the web bridge a certificate of the join name only: no public CA issues for private addresses."""
    (made,) = fleet.deployments.values()
    now = dt.datetime.now(dt.timezone.utc)
    life = (now - dt.timedelta(days=80), now + dt.timedelta(days=9))
    issued = made.authority.issue("join.example.com", "server", *life, names=("join.example.com",))
    node = fleet.nodes[NODE]
    (node.files / "webbridge3-https.key").write_bytes(issued.key)
    (node.files / "webbridge3-https.cer").write_bytes(issued.certificate + made.authority.certificate)
    node.services["webbridge3"].start()
    return fleet


def certbot(place: Path, directory: str) -> str:
    """The options by which certbot asks a server of the test, and keeps to the test's folder."""
    folders = " ".join(f"--{name}-dir {place / 'certbot' / name}" for name in ("config", "work", "logs"))
    asking = "-n -q --agree-tos --register-unsafely-without-email --no-verify-ssl --no-random-sleep-on-renew"
    return f"--server {directory} {folders} {asking}"


def shell(given: Mapping[str, str], line: str) -> None:
    done = subprocess.run(["sh", "-c", line], env={**os.environ, **given}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done


def test_the_unit_starts_the_job_and_hands_it_the_account() -> None:
    unit = (MONITORING / "systemd" / "mmpctl-renew.service").read_text()
    (command,) = re.findall(r"^ExecStart=(.*)$", unit, re.MULTILINE)
    script = MONITORING / command.split("/")[-1]
    assert os.access(script, os.X_OK) and os.access(LAY_DOWN, os.X_OK)
    assert "LoadCredential=renewer:/etc/mmpctl/renewer" in unit and "$config}/renewer" in script.read_text()
    assert "ReadWritePaths" not in unit and "ProtectSystem=strict" in unit
    page = "\n".join(blocks(chapter("timer.md", "The timer")))
    for path in (script, Path(LAY_DOWN)):
        assert str(path.relative_to(MONITORING.parent)) in page


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")
def test_the_unit_is_shut_tight() -> None:
    rated = subprocess.run(
        [
            "systemd-analyze",
            "security",
            "--offline=true",
            "--threshold=20",
            MONITORING / "systemd/mmpctl-renew.service",
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    # The threshold is in tenths: 2.0.
    assert rated.returncode == 0, rated.stdout[-2000:] + rated.stderr
