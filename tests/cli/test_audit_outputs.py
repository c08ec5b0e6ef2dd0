"""Where an audit goes: what cannot be written is told before any node is asked, and loses nothing afterwards."""

from __future__ import annotations

import os
import sqlite3
import stat
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mmpctl.audit.document import document as audit_document
from mmpctl.audit.model import AuditReport
from mmpctl.cli import audit_outputs
from mmpctl.cli.audit_outputs import Delivery
from mmpctl.documents.audit import KeptAuditDocument
from mmpctl.errors import UsageError
from mmpctl.reports.audit.site_pages import INDEX, file_of_site
from mmpctl.reports.result_files import check_file, check_folder
from tests.support import documents
from tests.support.command import Command
from tests.support.gate import examples
from tests.support.lab import Lab
from tests.support.person import Person
from tests.support.process import environment, quick_to_read

WRONG = [
    (("--output-file", "/dev/null/a.json", "-o", "json"), "--output-file /dev/null/a.json: "),
    (("--output-file", "."), "--output-file .: is a folder"),
    (("--output-dir", "/proc"), "--output-dir /proc: "),
    (("--history", "/dev/null/a.sqlite"), "--history /dev/null/a.sqlite: "),
    (("--history", "notes.txt"), "not a database"),
    (("--history", "mysql://u:Example-123@localhost/x"), "pip install mysqlclient"),
    (("--history", "nothing://u:Example-123@localhost/x"), "SQLAlchemy knows no nothing"),
]


@pytest.mark.parametrize("nagios", [False, True])
@pytest.mark.parametrize(("options", "told"), WRONG)
def test_what_cannot_be_written_is_told_before_any_node_is_asked(
    lab: Lab, mmpctl: Command, options: tuple[str, ...], told: str, nagios: bool
) -> None:
    fleet = lab("healthy")
    Path("notes.txt").write_text("my notes\n" * 200)
    if nagios and "-o" in options:
        options = options[: options.index("-o")]
    said = mmpctl("audit", *options, *["--nagios"] * nagios, fleet=fleet)
    assert (said.code, fleet.log.select("connect")) == (3 if nagios else 2, []), said
    assert told in (said.out if nagios else said.err) and "Example-123" not in said.out + said.err
    if nagios:
        assert said.out.startswith("CMS CERTIFICATES UNKNOWN - ") and said.out.count("\n") == 1


@pytest.mark.parametrize(
    "options",
    [
        ("--frobnicate",),
        ("-i",),
        ("--workers", "0"),
        ("--workers", "many"),
        ("-i", "nowhere"),
        ("--output-dir", "/dev/null/no"),
        ("-o", "xml", "--output-dir", "."),
        ("-o", "csv"),  # beside it, forms want a folder
    ],
)
def test_a_plugin_answers_in_one_line_whatever_is_wrong(mmpctl: Command, options: tuple[str, ...]) -> None:
    said = mmpctl("audit", "--nagios", *options)
    assert said.code == 3 and said.out.startswith("CMS CERTIFICATES UNKNOWN - ") and said.out.count("\n") == 1, said
    assert said.err == ""


@pytest.mark.parametrize("what", ["MMP_PASSWORD", "known_hosts", "hosts.yaml", "selection"])
def test_a_plugin_answers_where_the_fleet_cannot_be_asked(
    lab: Lab, mmpctl: Command, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    fleet = lab("healthy")
    options = ["--site", "nowhere"] if what == "selection" else []
    if what == "known_hosts":
        (fleet.inventory / "known_hosts").unlink()
    if what == "hosts.yaml":
        (fleet.inventory / "hosts.yaml").write_text("lon-1: {hostnam: x}\n")
    if what == "MMP_PASSWORD":
        monkeypatch.setenv("MMP_USERNAME", fleet.username)
        said = mmpctl("audit", "--nagios", "-i", fleet.inventory)
    else:
        said = mmpctl("audit", "--nagios", *options, fleet=fleet)
    assert said.code == 3 and said.out.startswith("CMS CERTIFICATES UNKNOWN - "), said
    assert said.out.count("\n") == 1 and fleet.log.select("connect") == []


def test_an_unexpected_error_is_a_plugin_s_answer_too(
    lab: Lab, mmpctl: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError("oh")

    monkeypatch.setattr("mmpctl.runbooks.audit.run", broken)
    said = mmpctl("audit", "--nagios", fleet=lab("healthy"))
    assert (said.code, "unexpected ZeroDivisionError: oh" in said.out) == (3, True), said


def document() -> KeptAuditDocument:
    at = datetime(2026, 11, 23, 3, tzinfo=timezone.utc)
    return {**audit_document(AuditReport((), at, {})), "selection": {}, "asked": {}}


def test_one_form_that_fails_keeps_no_other_from_being_written(tmp_path: Path) -> None:
    (tmp_path / "audit.json").mkdir()
    made = Delivery(("json", "csv", "prometheus"), folder=tmp_path)
    assert made.deliver(document()) is None
    (failure,) = made.failures
    assert failure.message.startswith(f"--output-dir {tmp_path / 'audit.json'}: ")
    assert (tmp_path / "audit.csv").is_file() and (tmp_path / "audit.prom").is_file()


def test_a_form_that_is_broken_keeps_no_other_from_being_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> str:
        raise ZeroDivisionError("oh")

    monkeypatch.setattr(audit_outputs, "audit_page_pieces", broken)
    made = Delivery(("html", "json"), folder=tmp_path)
    made.deliver(document())
    assert [one.message for one in made.failures] == ["unexpected ZeroDivisionError: oh"]
    assert (tmp_path / "audit.json").is_file()


def test_a_page_by_site_that_cannot_be_written_is_told_and_the_other_forms_are_there(tmp_path: Path) -> None:
    (tmp_path / "audit.html").mkdir()
    made = Delivery(("html", "csv"), folder=tmp_path, page_by_site=True)
    made.deliver(documents.audit_of_sites())
    (failure,) = made.failures
    assert failure.message.startswith(f"--output-dir {tmp_path / 'audit.html'}: ")
    assert {path.name for path in tmp_path.glob("audit*.*")} >= {"audit-oslo.html", "audit.csv"}


def test_a_history_that_fails_afterwards_loses_no_report(
    lab: Lab, mmpctl: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> None:
        raise UsageError("a.sqlite: disk full")

    monkeypatch.setattr("mmpctl.history.store.History.keep", broken)
    fleet = lab("due")
    said = mmpctl("audit", "--history", "a.sqlite", "-o", "json", fleet=fleet)
    assert (said.code, said.document["summary"]["nodes"]) == (1, 4), said
    assert "error: a.sqlite: disk full" in said.err
    said = mmpctl("audit", "--history", "a.sqlite", "--nagios", fleet=fleet)
    assert (said.code, said.out.strip()) == (3, "CMS CERTIFICATES UNKNOWN - a.sqlite: disk full")


def test_a_plugin_tells_a_critical_state_whatever_else_fails(
    lab: Lab, mmpctl: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> None:
        raise UsageError("disk full")

    monkeypatch.setattr("mmpctl.history.store.History.keep", broken)
    said = mmpctl("audit", "--history", "a.sqlite", "--nagios", fleet=lab("expired"))
    assert (said.code, "CRITICAL" in said.out, "disk full" in said.err) == (2, True, True), said


def test_a_page_is_not_for_the_terminal(lab: Lab, tmp_path: Path) -> None:
    fleet = lab("healthy")
    person = Person(["audit", "-i", str(fleet.inventory), "-o", "html"], tmp_path, environment(quick_to_read(fleet)))
    try:
        assert person.ends() == 2
        assert "--output-file audit.html" in person.seen and fleet.log.select("connect") == []
    finally:
        person.leaves()


def test_looking_whether_a_place_can_be_written_leaves_nothing_there(tmp_path: Path) -> None:
    there = tmp_path / "there.txt"
    there.write_text("x")
    check_file(there)
    check_file(tmp_path / "new.txt")
    check_file(Path("/dev/null"))
    check_folder(tmp_path, "--output-dir", tmp_path)
    assert [one.name for one in tmp_path.iterdir()] == ["there.txt"] and there.read_text() == "x"


def test_a_history_that_was_prepared_holds_nothing_yet(mmpctl: Command, tmp_path: Path) -> None:
    Delivery((), history="new.sqlite").check()
    assert sqlite3.connect("new.sqlite").execute("select count(*) from mmpctl_audits").fetchone() == (0,)
    said = mmpctl("history", "new.sqlite")
    assert (said.code, "no audit has been kept yet" in said.err) == (2, True)


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is read-only for root")
def test_a_history_that_is_read_only_is_told(tmp_path: Path) -> None:
    place = tmp_path / "a.sqlite"
    Delivery((), history=str(place)).check()
    place.chmod(stat.S_IRUSR)
    with pytest.raises(UsageError, match="readonly"):
        Delivery((), history=str(place)).check()


def test_the_document_says_which_part_of_the_inventory_it_is_about(lab: Lab, mmpctl: Command) -> None:
    fleet = lab("healthy")
    said = mmpctl("audit", "-o", "json", "--host", "lon-2", "--host", "lon-1", "--role", "slave", fleet=fleet)
    assert said.document["selection"] == {"host": ["lon-1", "lon-2"], "role": ["slave"]}


@pytest.mark.parametrize("day", ["2999-01-01", "9999-12-31", "2999-01-01T00:00:00Z"])
def test_history_knows_no_future(mmpctl: Command, day: str) -> None:
    Delivery((), history="a.sqlite").check()
    said = mmpctl("history", "a.sqlite", "--since", day)
    assert (said.code, "is in the future" in said.err) == (2, True), said


@given(sites=st.lists(st.text(min_size=1, max_size=300), min_size=2, max_size=4, unique=True))
@example(sites=["Oslo", "oslo"])
@example(sites=["x" * 300, "x" * 301])
@example(sites=["CON", "con.txt", "..", "a/../../b", "\U0001f600" * 90])
@examples(100)
def test_each_site_has_a_page_of_its_own_on_any_file_system(sites: list[str]) -> None:
    names = [file_of_site(site) for site in (*sites, None)]
    assert len({name.lower() for name in names}) == len(names)
    for name in names:
        assert len(name.encode("utf-8", "surrogatepass")) <= 255
        assert "/" not in name and name.startswith("audit") and name != INDEX
