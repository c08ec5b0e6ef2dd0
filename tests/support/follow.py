"""A person who follows the procedure by hand to the letter, with a plain SSH client, and knows nothing else."""

from __future__ import annotations

import hashlib
import re
import shlex
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mmpctl.lab.fleet import Fleet
from tests.support.children import PATIENCE_SECONDS
from tests.support.lab_client import Client, states, until

STATUS = "database cluster status"


def follow(fleet: Fleet, procedure: Mapping[str, Any], folder: Path) -> None:
    """Do every step of a procedure.

    Args:
        fleet: the lab.
        procedure: the JSON of one cluster.
        folder: the working directory.
    """
    for step in procedure["steps"]:
        for look in step["look_first"]:
            _see(fleet, look["node"], look["expect"])
        question, said = step["question"], list[str]()
        for typed in step["type"]:
            assert typed["node"] == step["node"]
            if typed["where"] == "here":
                said.append(_here(typed["line"], folder))
            elif typed["where"] == "sftp":
                _sftp(fleet, step["node"], typed["line"], folder)
            elif question is not None:
                _ask(fleet, step["node"], typed["line"], question)
                question = None
            else:
                with Client(fleet, step["node"]) as client:
                    client.run(typed["line"])
        for file in step["files"]:
            content = Path(file["source"]).read_bytes()
            assert (len(content), hashlib.sha256(content).hexdigest()) == (file["bytes"], file["sha256"])
        if step["expect"] is not None:
            _see(fleet, step["node"], step["expect"])
        for shown in re.findall(r"(?:serial|Fingerprint)=[0-9A-F:]+", " ".join(step["must_see"])):
            assert any(shown in one for one in said), f"{shown} was not to be seen in {said}"


def typed(fleet: Fleet, node: str, command: str) -> None:
    """Somebody types and confirms a command, and it has ended."""
    fleet.by_hand(node, command)
    until(lambda: fleet.nodes[node].database.operation is None, f"the end of {command}", seconds=PATIENCE_SECONDS)


def _ask(fleet: Fleet, node: str, command: str, question: Mapping[str, Any]) -> None:
    """Type a command that asks; answer only what the procedure prints, or on a client what its note allows."""
    wanted = ["".join(text.split()) for text in question["texts"]]
    with Client(fleet, node) as client:
        if question["note"] is not None:
            client.run(command, question["answer"].encode())
            return
        shell = client.shell()
        shell.send(command + "\r")
        said = ""
        while "".join(said.replace(command, "", 1).split()) not in wanted:
            assert len(said) < 1000, said
            said += shell.channel.recv(1).decode()
        shell.send(question["answer"])
        shell.read()


def _sftp(fleet: Fleet, node: str, line: str, folder: Path) -> None:
    verb, *names = shlex.split(line)
    with Client(fleet, node) as client:
        sftp = client.ssh.open_sftp()
        if verb == "put":
            sftp.put(str(folder / names[0]), names[1])
        elif verb == "get":
            target = folder / names[1]
            sftp.get(names[0], str(target / names[0].lstrip("/") if names[1].endswith("/") else target))
        else:
            assert line == "ls -l"


def _here(line: str, folder: Path) -> str:
    """Return what a line that is typed on one's own machine printed."""
    program, *rest = shlex.split(line)
    if program == "mkdir":
        (folder / rest[-1]).mkdir(parents=True, exist_ok=True)
        return ""
    if program in ("awk", "printf", "openssl"):
        return subprocess.run(["sh", "-c", line], cwd=folder, capture_output=True, check=False, text=True).stdout
    assert program == "sha256sum"
    place = folder / rest[0]
    sums = [hashlib.sha256(file.read_bytes()).hexdigest() for file in place.parent.glob(place.name)]
    assert len(sums) >= 2 and all(sums.count(one) >= 2 for one in sums), "each backup came twice alike"
    return ""


def _see(fleet: Fleet, node: str, expect: Mapping[str, Any]) -> None:
    """Look again and again until all that must be seen is there."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        with Client(fleet, node) as client:
            status = client.run(STATUS)
        missing = [key for key, value in expect.items() if not _shows(status, key, value)]
        if not missing:
            return
        assert time.monotonic() < deadline, f"{node}: {missing} of {expect} did not come:\n{status}"
        time.sleep(0.02)


def _shows(status: str, key: str, value: Any) -> bool:
    """Whether a status shows one expected fact; read by other means than the project's own."""
    lines = states(status)
    mine = next((state for address, state in lines.items() if address.endswith("(me)")), "")
    last = re.search(r"Last command\s*:\s*'(.*)' \((\w+)\)", status)
    word = re.search(r"^Status\s*:\s*(\w+)", status, re.MULTILINE)
    shown = word.group(1) if word else ""
    facts: dict[str, bool] = {
        "status": shown == value,
        "not_status": isinstance(value, list) and shown not in value,
        "last_command": last is not None and last.group(1) == value,
        "last_result": last is not None and last.group(2) == value,
        "me": ("Master" in mine or "Primary" in mine) if value == "master" else "In Sync" in mine,
    }
    if key in facts:
        return bool(facts[key])
    if key == "certificates":
        return all(re.search(rf": {re.escape(name)}$", status, re.MULTILINE) for name in value)
    if key == "master":
        masters = [address.split()[0] for address, state in lines.items() if "Master" in state or "Primary" in state]
        return bool(masters == [value])
    assert key == "in_sync"
    return bool(sum("In Sync" in state for state in lines.values()) == value)
