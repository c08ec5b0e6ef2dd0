"""No secret passes an engine: all that goes there and back, or is logged on the way, is searched for each of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from mmpctl.lab.fleet import Fleet
from mmpctl.lab.scenario import sample
from tests.support.command import Command
from tests.support.lab import Lab
from tests.support.many_sites import sites_file
from tests.support.site_host import site_host

# The lab's services show it as the password of their TURN server.
TURN_SECRET = "Example.123"
COMMANDS = {
    "audit": ("audit", "--thorough", "--probe", "--backup-days", "1"),
    "status": ("status",),
}


@pytest.fixture
def fleet(lab: Lab) -> Fleet:
    return lab(sample())


def secrets(fleet: Fleet) -> Iterator[str]:
    """All that must not leave a site: passwords, and each line of each private key."""
    yield from (fleet.password, TURN_SECRET, "PRIVATE KEY")
    for node in fleet.nodes.values():
        for key in node.files.glob("*.key"):
            yield from re.findall(r"^[A-Za-z0-9+/=]{20,}$", key.read_text(), re.MULTILINE)


@pytest.mark.parametrize("command", COMMANDS)
def test_no_secret_passes_an_engine(fleet: Fleet, mmpctl: Command, tmp_path: Path, command: str) -> None:
    with site_host(fleet, tmp_path / "oslo", "oslo") as host:
        passed = tmp_path / "passed"
        passed.mkdir()
        # What the site hears, says, and complains of, as it goes over the line.
        tee = f"tee {passed}/in | {tmp_path}/oslo/program 2> {passed}/err | tee {passed}/out"
        host.authorize(f'restrict,command="{tee}"')
        file = sites_file(tmp_path, {"oslo": host.address})
        options = ("--site", "oslo", "--engine", file, "--ssh-config", host.config, "-o", "json")
        said = mmpctl(*COMMANDS[command], *options, fleet=fleet)
        assert said.document["sites"][0]["answered"] and "osl-edge" in said.out, said.err
        (passed / "sshd").write_text(host.server.log())
    known = set(secrets(fleet))
    assert len(known) > 10
    for file in passed.iterdir():
        text = file.read_text()
        assert file.name == "err" or text, "it was listened at"
        assert [one for one in known if one in text] == [], file.name
    assert [one for one in known if one in said.out + said.err] == []
