"""Exit code 2: what is wrong, where, and what to do; never a traceback, and no device hears of it."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.command import Command
from tests.support.lab import Lab
from tests.support.shape import DATABASE_STATUS, check

PAIRS = Path(__file__).parents[1] / "device" / "answers" / "parse"
C = "--certs", "CERTS"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], ["Usage: mmpctl", "audit", "renew"]),
        (["frobnicate"], ["No such command", "frobnicate"]),
        (["audit", "--frobnicate"], ["No such option", "--frobnicate"]),
        (["audit", "-i"], ["-i", "requires an argument"]),
        (["audit", "--workers", "0"], ["--workers", "1"]),
        (["plan"], ["missing option", "--certs"]),
        (["renew"], ["missing option", "--certs"]),
        (["backup"], ["missing option", "--to"]),
        (["inventory"], ["Usage: mmpctl inventory", "check"]),
        (["runs", "--close", "20260101-000000-abcd"], ["--close", "--reason"]),
        (["runs", "20260101-000000-abcd"], ["20260101-000000-abcd", "none"]),
        (["audit", "-i", "nowhere"], ["nowhere", "hosts.yaml"]),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_wrong_command_line(mmpctl: Command, arguments: list[str], told: list[str]) -> None:
    said = mmpctl(*arguments)
    assert (said.code, said.out) == (2, "")
    for word in told:
        assert word in said.err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["audit", "-o", "xml"], ["-o xml", "table, json"]),
        (["audit", "--site", "londn"], ["'londn'", "london"]),
        (["audit", "--cluster", "x"], ["'x'", "lon-prod"]),
        (["audit", "--role", "boss"], ["'boss'", "master", "slave", "client"]),
        (["audit", "--host", "lon-9"], ["'lon-9'", "lon-1, lon-2, lon-3, lon-4"]),
        (["audit", "--role", "client", "--host", "lon-1"], ["known hosts: lon-1, lon-2", "Known sites: london"]),
        (["audit", "--filter", "rack"], ["--filter", "KEY=VALUE"]),
        (["audit", "--filter", "rack=7"], ["'rack'", "db_address"]),
        (["audit", "--known-hosts", "none"], ["known-hosts file", "none", "mmpctl trust"]),
        (["plan", *C, "--host", "lon-1", "--host", "lon-4"], ["lon-prod", "lon-2, lon-3", "--cluster"]),
        (["renew", *C, "--role", "slave"], ["lon-prod", "lon-1, lon-4", "--cluster"]),
        (["plan", *C, "--keeper", "lon-1"], ["--keeper lon-1", "CLUSTER=NODE"]),
        (["renew", *C, "--keeper", "paris=lon-1"], ["paris", "lon-prod"]),
        (["plan", *C, "--keeper", "lon-prod=lon-9"], ["lon-9", "lon-1, lon-2"]),
        (["plan", *C, "--leave-out", "lon-9"], ["--leave-out lon-9", "lon-1, lon-2"]),
        (["plan", *C, "--names", "new"], ["--names new", "versioned", "same"]),
        (["plan", "--certs", "nowhere"], ["--certs nowhere", "folder"]),
        (["resume", "20260101-000000-abcd"], ["20260101-000000-abcd", "runs"]),
        (["backup", "--to", "/dev/null/x"], ["--to /dev/null/x", "Choose a folder"]),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_wrong_option(lab: Lab, mmpctl: Command, arguments: list[str], told: list[str]) -> None:
    fleet = lab("healthy")
    said = mmpctl(*(fleet.certificates if word == "CERTS" else word for word in arguments), fleet=fleet)
    assert (said.code, said.out) == (2, ""), said
    for word in told:
        assert word in said.err
    assert "Traceback" not in said.err and fleet.password not in said.err
    assert fleet.log.select("connect") == []


def test_no_credentials_and_nobody_to_ask(lab: Lab) -> None:
    fleet = lab("healthy")
    said = subprocess.run(
        [Path(sys.executable).with_name("mmpctl"), "status", "-i", fleet.inventory],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        env={name: value for name, value in os.environ.items() if not name.startswith("MMP_")},
        check=False,
    )
    assert (said.returncode, said.stdout) == (2, "")
    assert "no password" in said.stderr and "MMP_PASSWORD" in said.stderr and "Traceback" not in said.stderr
    assert fleet.log.select("connect") == []


def test_inventory_check(lab: Lab, mmpctl: Command) -> None:
    fleet = lab("healthy")
    said = mmpctl("inventory", "check", "-o", "json", fleet=fleet)
    assert (said.code, said.document["command"], said.document["ok"]) == (0, "inventory check", True)
    assert [node["name"] for node in said.document["clusters"][0]["nodes"]] == ["lon-1", "lon-2", "lon-3", "lon-4"]
    assert fleet.log.select("connect") == []


def test_inventory_check_tells_all_problems_at_once(lab: Lab, mmpctl: Command) -> None:
    fleet = lab("healthy")
    hosts = fleet.inventory / "hosts.yaml"
    text = hosts.read_text(encoding="utf-8").replace("hostname:", "hostnam:", 1).replace("role: slave", "role: boss", 1)
    hosts.write_text(f"{text}lon-5:\n  hostname: 127.0.0.1\n  password: secret-word\n", encoding="utf-8")
    said = mmpctl("inventory", "check", fleet=fleet)
    assert (said.code, said.out) == (2, "")
    for word in ("hosts.yaml:", "hostnam", "lon-1", "boss", "lon-2", "password", "lon-5"):
        assert word in said.err
    assert "secret-word" not in said.err and "Traceback" not in said.err


@pytest.mark.parametrize(
    ("command", "case"),
    [
        ("database cluster status", "database_cluster_status/in_sync"),
        ("pki inspect", "pki_inspect/bundle"),
        ("pki list", "pki_list/vendor_note"),
        ("backup list", "backup_list/names"),
        ("callbridge", "callbridge/vendor_note"),
    ],
)
def test_parse(mmpctl: Command, monkeypatch: pytest.MonkeyPatch, command: str, case: str) -> None:
    expected = json.loads((PAIRS / f"{case}.json").read_text(encoding="utf-8"))
    raw = PAIRS / f"{case}.raw"
    of_file = mmpctl("parse", command, raw)
    session = f"cms1> {command}\n{raw.read_text(encoding='utf-8')}\ncms1> \n"
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(session.encode())))
    of_input = mmpctl("parse", command)
    assert (of_file.code, of_input.code) == (0, 0), of_input
    assert of_file.document == of_input.document
    assert of_file.document.pop("schema") == 1
    assert of_file.document["command"].startswith(command)
    assert expected.items() <= of_file.document.items()
    if command == "database cluster status":
        check(of_file.document, DATABASE_STATUS)


@pytest.mark.parametrize(
    ("command", "text", "told"),
    [
        ("database cluster status", "what is this\n", ["line 1", "what is this"]),
        ("database cluster status", "", ["database cluster status"]),
        ("pki list", "\n\n", ["pki list"]),
        ("pki inspect x.cer", "garbage\n", ["pki inspect"]),
        ("show version", "x\n", ["show version", "database cluster status", "callbridge"]),
    ],
)
def test_parse_of_something_else(
    mmpctl: Command, monkeypatch: pytest.MonkeyPatch, command: str, text: str, told: list[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
    said = mmpctl("parse", command)
    assert (said.code, said.out) == (2, "")
    for word in told:
        assert word in said.err
    first, *advice = said.err.splitlines()
    assert advice and advice[0].removeprefix("  → ") not in first, "the advice is told once"


@pytest.mark.parametrize(
    "written",
    [
        lambda text: text.encode("utf-16"),
        lambda text: b"\xfe\xff" + text.encode("utf-16-be"),
        lambda text: text.encode("utf-8-sig"),
        lambda text: text.replace("\n", "\r\n").encode() + b"\0",
        lambda text: f"\x1b]0;cms1\x07\x1b[?2004h{text}\x1b[0m".encode(),
    ],
    ids=["UTF-16 of PowerShell", "UTF-16, the other way round", "a byte-order mark", "a NUL behind it", "escape codes"],
)
def test_parse_of_a_text_as_other_programs_save_it(
    mmpctl: Command, tmp_path: Path, written: Callable[[str], bytes]
) -> None:
    raw = (PAIRS / "pki_inspect" / "template_with_line_feed.raw").read_text(encoding="utf-8")
    (tmp_path / "saved.txt").write_bytes(written(f"cms1> pki inspect x.cer\n{raw}\ncms1> "))
    said = mmpctl("parse", "pki inspect", tmp_path / "saved.txt")
    expected = json.loads((PAIRS / "pki_inspect" / "template_with_line_feed.json").read_text(encoding="utf-8"))
    assert said.code == 0 and expected.items() <= said.document.items()


def test_parse_takes_what_every_command_takes(mmpctl: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    text = "User supplied certificates and keys:\na.key\n"
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
    shown = mmpctl("parse", "pki list", "-", "-o", "json")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
    written = mmpctl("parse", "pki list", "--output-file", tmp_path / "files.json")
    assert (shown.code, written.code, written.out) == (0, 0, "")
    assert shown.document["files"] == ["a.key"]
    assert json.loads((tmp_path / "files.json").read_text("utf-8")) == shown.document
    refused = mmpctl("parse", "pki list", "-o", "table")
    assert (refused.code, refused.out) == (2, "") and "json" in refused.err


def test_parse_of_no_file(mmpctl: Command) -> None:
    said = mmpctl("parse", "pki list", "nowhere.txt")
    assert (said.code, said.out) == (2, "") and "nowhere.txt" in said.err


def test_what_an_inventory_says_cannot_move_the_cursor(mmpctl: Command, tmp_path: Path) -> None:
    (tmp_path / "inventory").mkdir()
    (tmp_path / "inventory" / "hosts.yaml").write_text('"a\\e[2J\\u202eb":\n  hostnam: "\\a\\e]0;x"\n', "utf-8")
    done = mmpctl("inventory", "check", "-i", str(tmp_path / "inventory"))
    said = done.out + done.err
    assert done.code == 2
    assert not set(said) & {"\x1b", "\x07", "\u202e"}
    assert "\\x1b[2J" in said
