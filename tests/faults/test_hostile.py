"""Certificates whose subjects mean mischief, in use on a node and given for its renewal."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from mmpctl.lab.fleet import Fleet
from tests.support.command import Command
from tests.support.fleet import CLUSTER, KEEPER
from tests.support.lab import Lab

NODE = "lon-2"
HTML = "<script>alert(1)</script><img src=x onerror=alert(2)>"
ESCAPES = "\x1b[2J\x1b]0;owned\x07 \u202ecer.exe\u200f"
FORMULA = '=HYPERLINK("http://mallory.example.com","ok")'
PROMPT = f"{NODE}> "
# What moves a terminal's cursor, or turns the direction of writing.
DANGEROUS = ("\x1b", "\x07", "\u202e", "\u200f")


def give_subject(fleet: Fleet, subject: str) -> None:
    """Let a node's server certificate, the old one and the new one, have this common name."""
    authority = fleet.authorities[CLUSTER]
    now, day = dt.datetime.now(dt.timezone.utc), dt.timedelta(days=1)
    old = authority.issue(subject, "server", now - 400 * day, now - 3 * day)
    (fleet.nodes[NODE].files / "dbclusterserver.cer").write_bytes(old.certificate)
    new = authority.issue(subject, "server", now - day, now + 730 * day)
    for kind, content in (("key", new.key), ("cer", new.certificate)):
        (fleet.certificates / CLUSTER / NODE / f"server.{kind}").write_bytes(content)


@pytest.mark.parametrize(
    ("subject", "kept"),
    [(HTML, "alert(1)"), (ESCAPES, "owned"), (FORMULA, "HYPERLINK"), (PROMPT, NODE)],
    ids=["html", "escapes", "formula", "prompt"],
)
def test_a_subject_is_shown_without_effect_and_renewed(
    lab: Lab, mmpctl: Command, tmp_path: Path, subject: str, kept: str
) -> None:
    fleet = lab("expired")
    give_subject(fleet, subject)
    table = mmpctl("audit", fleet=fleet)
    listed = mmpctl("audit", "-o", "json", fleet=fleet)
    assert (table.code, listed.code) == (4, 4), (table, listed)
    nodes = {node["name"]: node for node in listed.document["clusters"][0]["nodes"]}
    subjects = {one["use"]: one["subject"] for one in nodes[NODE]["certificates"]}
    assert kept in subjects["database server"]

    words = ("--certs", fleet.certificates, "--keeper", f"{CLUSTER}={KEEPER}")
    planned = mmpctl("plan", *words, fleet=fleet)
    renewed = mmpctl("renew", *words, "--yes", "--runs", tmp_path / "runs", fleet=fleet)
    assert (planned.code, renewed.code) == (0, 0), (planned, renewed)
    for said in (table, listed, planned, renewed):
        for character in DANGEROUS:
            assert character not in said.out + said.err
    for page in (tmp_path / "runs").rglob("*.html"):
        assert "<script>alert" not in page.read_text("utf-8")
        assert "<img src=x" not in page.read_text("utf-8")
