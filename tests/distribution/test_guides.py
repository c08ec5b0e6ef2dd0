"""The guides to new certificates, gone through as they are written: every command is typed, and ends well."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mmpctl.lab.fleet import Fleet
from mmpctl.lab.scenario import FleetSpec, cluster, deployment
from tests.support.command import Command, Said
from tests.support.guide import blocks, chapter, typed
from tests.support.lab import Lab
from tests.support.other_ca import OtherCa, by_mail, from_certreq, from_the_web_page
from tests.support.person import squeezed
from tests.support.private_ca import PASSPHRASE, cheap_passphrases
from tests.support.process import quick_to_read
from tests.support.requests import lay_requests

PAGE = "certificates.md"
DOCS = Path(__file__).parents[2] / "docs"
EASY_RSA = Path("/usr/share/easy-rsa")
Answer = Callable[[OtherCa, Path, Path], None]


@pytest.fixture
def london(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> Iterator[Fleet]:
    """The cluster that the guides speak of, due soon: cms-1 (master), cms-2, cms-3, cms-4 (client)."""
    fleet = quick_to_read(lab(FleetSpec((cluster("london", "due", site="uk", prefix="cms-", clients=1),))))
    monkeypatch.setenv("MMP_INVENTORY", str(fleet.inventory))
    monkeypatch.setenv("MMP_USERNAME", fleet.username)
    monkeypatch.setenv("MMP_PASSWORD", fleet.password)
    monkeypatch.setenv("MMP_CA_PASSPHRASE", PASSPHRASE)
    with cheap_passphrases():
        yield fleet


def ends_well(mmpctl: Command, line: str) -> Said:
    """Type a line; nobody is at a terminal, so what asks is given --yes."""
    words = shlex.split(line)
    asks = words[1] in ("renew", "rotate") and "--until-plan" not in words
    said = mmpctl(*words[1:], *(["--yes"] if asks else []))
    assert said.code == 0, (line, said)
    return said


def gone_through(mmpctl: Command, title: str, before_signing: Callable[[], None] = lambda: None) -> dict[str, Said]:
    """Type all commands of a chapter; what each said, by its first two words."""
    said: dict[str, Said] = {}
    for line in typed(chapter(PAGE, title)):
        if line.startswith("mmpctl sign"):
            before_signing()
        if line.startswith("mmpctl "):
            said[" ".join(line.split()[1:2])] = ends_well(mmpctl, line)
        elif shutil.which(line.split()[0]):
            subprocess.run(line, shell=True, check=True, capture_output=True)  # noqa: S602 - as a reader types it
    return said


@pytest.mark.gate
def test_i_have_no_ca(london: Fleet, mmpctl: Command) -> None:
    text = chapter(PAGE, "I have no CA")
    assert len(typed(text)) == 10
    said = gone_through(mmpctl, "I have no CA")
    assert "RENEWED" in said["rotate"].out
    (issuing,) = {path.read_bytes() for path in Path("after-the-theft").rglob("ca.cer")}
    assert issuing.count(b"BEGIN") == 2, "the new root and its issuing certificate, nothing of the old root"
    assert not list(Path("after-the-theft").rglob("*.key"))


@pytest.mark.parametrize(
    ("title", "usage", "answer"),
    [
        ("Our CA is Microsoft's", "serverAuth,clientAuth", from_the_web_page),
        pytest.param("Our CA is Microsoft's", "serverAuth,clientAuth", from_certreq, marks=pytest.mark.gate),
        pytest.param("Another team signs", "{use}Auth", by_mail, marks=pytest.mark.gate),
    ],
    ids=["Microsoft's, by its web page", "Microsoft's, by certreq", "another team"],
)
def test_somebody_else_signs(
    london: Fleet, mmpctl: Command, tmp_path: Path, title: str, usage: str, answer: Answer
) -> None:
    ca = OtherCa(tmp_path / "elsewhere", usage).found()
    said = gone_through(mmpctl, title, lambda: answer(ca, Path("requests"), Path("from-the-ca")))
    assert "RENEWED" in said["renew"].out
    assert "4of4nodescomplete" in squeezed(said["sign"].out)
    assert not list(Path("requests").rglob("*.key")) and not [
        one for one in london.log.select("sftp-get") if one.text.endswith(".key")
    ]


@pytest.mark.parametrize("page", ["README.md", "docs/start.md", "docs/window.md"])
def test_whoever_has_a_due_certificate_is_one_link_away_from_the_guides(page: str) -> None:
    text = (Path(__file__).parents[2] / page).read_text(encoding="utf-8")
    guide = "docs/certificates.md" if page == "README.md" else "certificates.md"
    # A paragraph, a row or an item that speaks of somebody who has none yet.
    parts = [part for part in re.split(r"\n\n|\n(?=\||\d\.)", text) if f"]({guide})" in part]
    assert any(re.search("no new one|if you have none", part) for part in parts), parts


@pytest.mark.gate
def test_the_first_page_can_be_typed_in_the_simulated_fleet(mmpctl: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MMP_CA_PASSPHRASE", PASSPHRASE)
    text = chapter("start.md", "On a simulated fleet")
    lines = [line for block in blocks(text) for line in block.splitlines() if line.startswith(".venv/bin/mmpctl ")]
    first, *between, last = [shlex.split(line)[1:] for line in lines]
    up = mmpctl(*first, "--operation-seconds", "0.05", "-o", "json")
    assert up.code == 0, up
    try:
        for line in up.document["environment"]:
            name, value = shlex.split(line)[1].split("=", 1)
            monkeypatch.setenv(name, value)
        with cheap_passphrases():
            said = [mmpctl(*words, *(["--yes"] if words[0] == "rotate" else [])) for words in between]
    finally:
        down = mmpctl(*last)
    assert down.code == 0, down
    # One of its clusters has expired: that is what status and audit end with.
    assert [one.code for one in said] == [4, 4, 0, 0, 0], said
    assert "RENEWED" in said[3].out and "1 cluster: 1 healthy" in said[4].out


def programs() -> list[list[str]]:
    """The blocks of the chapter about programs, in which each ends with `mmpctl sign`."""
    return [block.splitlines() for block in blocks(chapter(PAGE, "A program signs"))]


def test_a_program_signs(mmpctl: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    if not (EASY_RSA / "easyrsa").exists() or shutil.which("cfssl") is None:
        pytest.skip("Debian's easy-rsa or cfssl is not there")
    place = OtherCa(tmp_path / "elsewhere").found().place
    shutil.copy(place / "root.pem", "ca.pem")
    shutil.copy(place / "root.key", "ca.key")
    monkeypatch.setenv("PATH", f"{EASY_RSA}:{os.environ['PATH']}")
    usages = '"usages": ["digital signature", "%s auth"], "expiry": "20000h"'
    profiles = ", ".join(f'"{use}": {{{usages % use}}}' for use in ("server", "client"))
    Path("config.json").write_text(f'{{"signing": {{"profiles": {{{profiles}}}, "default": {{"expiry": "1h"}}}}}}')
    (script,) = blocks(chapter(PAGE, "A program signs"), "sh")
    Path("easy-rsa-sign").write_text(script)
    Path("easy-rsa-sign").chmod(0o755)
    for what in ("init-pki", "build-ca nopass"):
        subprocess.run(["easyrsa", "--batch", *what.split()], check=True, capture_output=True)
    assert len(programs()) == 3
    for lines in programs():
        lay_requests(Path("requests"))
        for line in lines:
            if line.startswith("mmpctl "):
                assert "1of1nodecomplete" in squeezed(ends_well(mmpctl, line).out)
            else:
                subprocess.run(line, shell=True, check=True)  # noqa: S602 - as a reader types it
        shutil.rmtree("requests")


@pytest.mark.gate
def test_a_service_is_renewed_as_the_guide_says(lab: Lab, mmpctl: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    fleet = quick_to_read(lab(deployment(calls=0)))
    shutil.copytree(fleet.service_certificates, "new-certs")
    for name in ("MMP", "MMP_API"):
        monkeypatch.setenv(f"{name}_USERNAME", fleet.username)
        monkeypatch.setenv(f"{name}_PASSWORD", fleet.password)
    monkeypatch.setenv("MMP_INVENTORY", str(fleet.inventory))
    text = (DOCS / "services.md").read_text(encoding="utf-8")
    lines = typed(text)
    assert [line.split()[1] for line in lines] == ["audit", "plan", "renew", "renew", "audit"]
    first, plan, renewed, quiet, last = (
        mmpctl(*words[1:], *(["--yes"] if words[1] == "renew" else [])) for words in map(shlex.split, lines)
    )
    # Something is due at first, and nothing is at the end.
    assert [one.code for one in (first, plan, renewed, quiet, last)] == [3, 0, 0, 0, 0], (renewed, quiet)
    (shown,) = blocks(text, "text")[:1]
    told = next(line for line in first.out.splitlines() if "webbridge3 https" in line)
    # Up to the day, which is another one every time.
    assert told.split()[:5] == shown.split()[:5]
    assert "RENEWED" in renewed.out and "RENEWED" in quiet.out and "DUE" not in last.out
    assert list(Path("runs").glob("*/report.html")) and list(Path("runs").glob("*/reminder.ics"))
