"""`trust`, sign-in and `backup` as users type them."""

from __future__ import annotations

import errno
import hashlib
import re
import sys
import threading
from pathlib import Path

import pytest

from mmpctl.cli import app
from mmpctl.inventory.accounts import suffix
from mmpctl.lab.fault import Fault
from mmpctl.runbooks import backup
from mmpctl.runs.disk import write_json
from tests.support import schemas
from tests.support.command import Command
from tests.support.host_keys import IMPOSTOR, states
from tests.support.lab import Lab


def test_trust_records_new_keys_on_confirmation_only(lab: Lab, mmpctl: Command) -> None:
    fleet = lab("healthy")
    file = Path("keys/known_hosts")
    asked = mmpctl("trust", "--known-hosts", file, "-o", "json", fleet=fleet)
    assert asked.code == 5
    assert (asked.document["schema"], asked.document["command"], asked.document["written"]) == (1, "trust", False)
    assert set(states(asked.document).values()) == {"new"} and not file.exists()
    for host in asked.document["hosts"]:
        assert re.fullmatch(r"SHA256:[A-Za-z0-9+/]{43}", host["fingerprint"])

    written = mmpctl("trust", "--known-hosts", file, "--yes", "-o", "json", fleet=fleet)
    assert (written.code, written.document["written"]) == (0, True)
    again = mmpctl("trust", "--known-hosts", file, "-o", "json", fleet=fleet)
    assert (again.code, set(states(again.document).values())) == (0, {"known"})
    assert fleet.log.select("auth") == [], "a fingerprint needs no login"
    assert mmpctl("audit", "--known-hosts", file, fleet=fleet).code == 0


def test_a_changed_key_is_replaced_only_when_told(lab: Lab, mmpctl: Command) -> None:
    fleet = lab("healthy", faults=[IMPOSTOR])
    before = fleet.known_hosts.read_bytes()
    refused = mmpctl("trust", "--yes", "-o", "json", fleet=fleet)
    assert (refused.code, states(refused.document)["lon-2"]) == (5, "changed")
    assert fleet.known_hosts.read_bytes() == before
    replaced = mmpctl("trust", "--yes", "--replace", fleet=fleet)
    assert replaced.code == 0, replaced
    known = mmpctl("trust", "-o", "json", fleet=fleet)
    assert (known.code, states(known.document)["lon-2"]) == (0, "known")


@pytest.mark.parametrize("changed", [True, False])
def test_audit_tells_a_host_key_from_a_timeout(lab: Lab, mmpctl: Command, changed: bool) -> None:
    fleet = lab("healthy", faults=[IMPOSTOR] if changed else [])
    if not changed:
        keys = fleet.known_hosts.read_text(encoding="utf-8").splitlines(keepends=True)
        port = str(fleet.address("lon-2")[1])
        fleet.known_hosts.write_text("".join(line for line in keys if port not in line), encoding="utf-8")
    said = mmpctl("audit", "-o", "json", fleet=fleet)
    assert said.code == 10
    nodes = {node["name"]: node for node in said.document["clusters"][0]["nodes"]}
    assert [name for name, node in nodes.items() if not node["reachable"]] == ["lon-2"]
    told = nodes["lon-2"]["error"]
    assert "host key" in told and "mmpctl trust" in told and "timed out" not in told.lower()
    assert fleet.log.select("auth", node="lon-2") == [], "no password goes to a machine that we do not know"


def test_a_wrong_password_is_tried_on_one_node(lab: Lab, mmpctl: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    fleet = lab("healthy")
    fleet_password = fleet.password
    monkeypatch.setattr(fleet, "password", "wrong-guess")
    said = mmpctl("audit", "-o", "json", fleet=fleet)
    assert said.code == 10
    for node in said.document["clusters"][0]["nodes"]:
        assert node["reachable"] is False and "password" in node["error"]
    attempts = fleet.log.select("auth")
    assert len(attempts) == 1, "no other node hears it"
    refused_by = attempts[0].node
    assert f"error: {refused_by} did not accept the password or key of admin; no other node was asked" in said.err
    assert f"MMP_PASSWORD__{suffix(refused_by)}" in said.err
    assert "wrong-guess" not in said.out + said.err and fleet_password not in said.out + said.err


def test_a_private_key_signs_in(lab: Lab, mmpctl: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    fleet = lab("healthy")
    monkeypatch.setattr(fleet, "password", "")
    monkeypatch.setenv("MMP_SSH_KEY", str(fleet.ssh_key))
    assert mmpctl("audit", fleet=fleet).code == 0


def test_backup(lab: Lab, mmpctl: Command, tmp_path: Path) -> None:
    fleet = lab("healthy", faults=[Fault("lon-3", "connect", "refuse", count=0)])
    to = tmp_path / "backups"
    said = mmpctl("backup", "--to", to, "-o", "json", fleet=fleet)
    assert (said.code, said.document["command"]) == (10, "backup")
    nodes = {node["name"]: node for node in said.document["nodes"]}
    assert {name: node["ok"] for name, node in nodes.items()} == {
        "lon-1": True,
        "lon-2": True,
        "lon-3": False,
        "lon-4": True,
    }
    for node in ("lon-1", "lon-2", "lon-4"):
        folder = to / node / said.document["snapshot"]
        kept = schemas.read(folder / "backup.json")
        assert {file["name"] for file in kept["files"]} == {f"{folder.name}.bak", "live.json"}
        for file in kept["files"]:
            content = (folder / file["name"]).read_bytes()
            assert (len(content), hashlib.sha256(content).hexdigest()) == (file["bytes"], file["sha256"])
            assert file["fetched_twice"] is True
    assert {path.stat().st_mode & 0o777 for path in to.rglob("*") if path.is_file()} == {0o600}
    assert {path.stat().st_mode & 0o777 for path in (to, *to.rglob("*")) if path.is_dir()} == {0o700}
    assert mmpctl("backup", "--to", to, "--host", "lon-3", fleet=fleet).code == 7
    assert mmpctl("backup", "--to", to, "--host", "lon-4", fleet=fleet).code == 0


def test_a_backup_without_its_record_is_none(
    lab: Lab, mmpctl: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fleet = lab("healthy")

    def full(path: Path, document: dict[str, object]) -> None:
        if document["node"] == "lon-2":
            raise OSError(errno.ENOSPC, "No space left on device")
        write_json(path, document)

    monkeypatch.setattr(backup, "write_json", full)
    said = mmpctl("backup", "--to", tmp_path / "backups", "-o", "json", fleet=fleet)
    assert said.code == 10, said
    nodes = {node["name"]: node for node in said.document["nodes"]}
    assert [name for name, node in nodes.items() if not node["ok"]] == ["lon-2"]
    for piece in ("backup.json could not be written", "No space left on device", "make the backup again."):
        assert piece in nodes["lon-2"]["error"]


def test_a_thread_that_lost_its_connection_shows_no_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shown: list[object] = []
    monkeypatch.setattr(threading, "excepthook", shown.append)
    monkeypatch.setattr(sys, "argv", ["mmpctl", "--version"])
    with pytest.raises(SystemExit):
        app.main()

    def run(error: Exception) -> None:
        def fail() -> None:
            raise error

        thread = threading.Thread(target=fail)
        thread.start()
        thread.join()

    run(EOFError())
    assert shown == []
    run(ValueError("a fault of ours"))
    assert len(shown) == 1
    assert "Traceback" not in capsys.readouterr().err
