"""Text of the device to facts: every case of `parse/`, and every text that must be refused."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmpctl.cluster.status import DatabaseStatus
from mmpctl.device.answers import parse
from mmpctl.device.commands import DECLARED
from mmpctl.device.commands.backup_list import BACKUP_LIST
from mmpctl.device.commands.database_cluster_status import DATABASE_CLUSTER_STATUS
from mmpctl.device.commands.pki_inspect import PKI_INSPECT, PkiInspection
from mmpctl.device.commands.pki_list import PKI_LIST, PkiList
from mmpctl.device.commands.service import ServiceSettings, settings_command
from mmpctl.device.redaction import redact
from mmpctl.device.terminal_text import WRAP_COLUMN
from mmpctl.errors import ParseError, UsageError
from tests.support.answers import CASES, RAWS, TEMPLATES, command_of, name_of, raw_of
from tests.support.gate import examples


@pytest.mark.parametrize("raw", RAWS, ids=name_of)
def test_a_case_gives_its_json(raw: Path) -> None:
    parsed = parse.parse(command_of(raw), raw.read_text(encoding="utf-8"))
    assert parse.to_json(parsed) == json.loads(raw.with_suffix(".json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("raw", RAWS, ids=name_of)
def test_a_case_within_a_session_with_other_line_ends_gives_its_json(raw: Path) -> None:
    session = f"# source: here\ncms2> \ncms2> {command_of(raw)}\n{raw.read_text(encoding='utf-8')}\ncms2>\ncms2> \n"
    parsed = parse.parse(command_of(raw), parse.strip_session(session.replace("\n", "\r\n")))
    assert parse.to_json(parsed) == json.loads(raw.with_suffix(".json").read_text(encoding="utf-8"))


def test_every_command_has_cases_and_every_case_a_command() -> None:
    assert {folder.name for folder in CASES.iterdir()} == {name.replace(" ", "_") for name in parse.commands()}
    assert {raw.parent.name for raw in RAWS} == {folder.name for folder in CASES.iterdir()}


def test_every_template_is_used_and_every_used_one_is_there() -> None:
    used = {declared.template for declared in DECLARED.values()} - {None}
    assert {template.stem for template in TEMPLATES.iterdir()} == used


def test_every_raw_has_its_json_and_every_json_its_raw() -> None:
    assert {file.with_suffix("") for file in CASES.glob("*/*.json")} == {raw.with_suffix("") for raw in RAWS}
    assert {file.suffix for file in CASES.glob("*/*")} == {".raw", ".json"}


NO_ANSWERS = {
    "empty": "",
    "blank": " \r\n\t\n",
    "garbage": "Lorem ipsum dolor sit amet",
    "unknown command": "Unknown command: try again",
    "usage": "Usage:\n  backup snapshot <name>\n  backup rollback <name>\n  backup list",
    "error": "ERROR: Cannot change certificates when clustering enabled.\n  Disable clustering on this node first",
    "failure": "FAILURE: TURN could not be started",
    "prompt": "cms2>",
    "a path": str(Path(__file__)),
    "a template address": "ttp://platform/test_platform_show_run_pipe_sec_interface.txt",
    "a folder": "/",
    "control character": "\x00",
    "an undecodable byte": "\udcff",
    "a line separator": "a\u2028b",
    "form feed": "\x0c",
    "no-break space": "\u00a0",
    "endless": "x" * 1_000_001,
    "endless line": "Status : " + "x" * 10_001,
}


@pytest.mark.parametrize("text", NO_ANSWERS.values(), ids=NO_ANSWERS.keys())
@pytest.mark.parametrize("command", parse.commands())
def test_what_is_no_answer_is_refused(command: str, text: str) -> None:
    with pytest.raises(ParseError) as caught:
        parse.parse(command, text)
    assert caught.value.command == command
    assert command in caught.value.message


@pytest.mark.parametrize("raw", RAWS, ids=name_of)
def test_an_answer_is_refused_by_every_other_command(raw: Path) -> None:
    template = DECLARED[command_of(raw)].template
    for command in parse.commands():
        if DECLARED[command].template != template:
            with pytest.raises(ParseError):
                parse.parse(command, raw.read_text(encoding="utf-8"))


@pytest.mark.parametrize("raw", RAWS, ids=name_of)
def test_a_foreign_line_is_shown_wherever_it_stands(raw: Path) -> None:
    lines = raw.read_text(encoding="utf-8").rstrip("\n").split("\n")
    foreign = "Foreign words of nobody!"
    # The raw bytes of an extension may be anything, blank lines at their end among it.
    prepared = DECLARED[command_of(raw)].prepare("\n".join(lines)).split("\n")
    blanked = [place for place, line in enumerate(prepared) if not line and lines[place]]
    free = range(blanked[0], blanked[-1] + 2) if blanked else ()
    for place in range(len(lines) + 1):
        if (place and len(lines[place - 1]) == WRAP_COLUMN) or {place, place - 1} & {*free}:
            continue
        with pytest.raises(ParseError) as caught:
            parse.parse(command_of(raw), "\n".join([*lines[:place], foreign, *lines[place:]]))
        assert caught.value.line == foreign
        assert f"line {place + 1} " in caught.value.message


def test_a_status_cut_anywhere_above_its_last_certificate_is_refused() -> None:
    text = raw_of("database_cluster_status/in_sync")
    end = text.index("CAVD.cer") + len("CAVD.")
    for cut in range(end):
        with pytest.raises(ParseError):
            DATABASE_CLUSTER_STATUS.read(text[:cut])


def test_an_inspection_cut_anywhere_above_the_key_size_is_refused() -> None:
    text = raw_of("pki_inspect/expired_rsa")
    for cut in range(text.index(" bit)")):
        with pytest.raises(ParseError):
            PKI_INSPECT.read(text[:cut])


REFUSED = {
    "status: said twice": ("database cluster status", "Interface              : a", "Interface : a\nInterface : b"),
    "status: node twice": ("database cluster status", "10.106.85.74  ", "10.106.85.73  "),
    "status: two are me": ("database cluster status", "10.106.85.74     ", "10.106.85.74 (me)"),
    "status: node outside": ("database cluster status", "Interface  ", "10.0.0.9 : Connected Slave\nInterface "),
    "status: no nodes": ("database cluster status", "Nodes:\n", ""),
    "status: no heading": ("database cluster status", "Certificates\n", ""),
    "status: half a pair": ("database cluster status", "  Server Key           : dbclusterserver.key\n", ""),
    "status: unknown age": ("database cluster status", ": Enabled", ": Disabling (Started a while ago)"),
    "status: no state": ("database cluster status", "Connected Master", ""),
    "inspect: two serials": ("pki inspect", "      11:02", "      11:03:04\n      11:02"),
    "inspect: two subjects": ("pki inspect", "    Subject:", "    Subject: CN=x\n    Subject:"),
    "inspect: no such day": ("pki inspect", "Mar  9 08:57", "Feb 30 08:57"),
    "inspect: no such month": ("pki inspect", "Mar  9 08:57", "Mrz  9 08:57"),
    "inspect: local time": ("pki inspect", "2017 GMT", "2017 CET"),
    "inspect: no serial": ("pki inspect", "      11:02:ce:3b:00:06:00:00:00:a7\n", ""),
    "inspect: serials differ": (
        "pki inspect",
        "Number:\n      11:02:ce:3b:00:06:00:00:00:a7",
        "Number: 4096 (0x1001)",
    ),
    "inspect: stray bytes": ("pki inspect", "    Issuer", "    ab:cd\n    Issuer"),
    "inspect: not found after all": ("pki inspect", "keys...found", "keys...not found"),
    "inspect: complaint after it": ("pki inspect", "(4096 bit)", "(4096 bit)\nERROR: no certificate"),
    "inspect: no certificate heading": ("pki inspect", "Certificate:\n", ""),
    "inspect: other algorithm below": ("pki inspect", "(4096 bit)", "(4096 bit)\n  Signature Algorithm: none"),
    "list: no heading": ("pki list", "User supplied certificates and keys:\n", ""),
    "list: heading twice": ("pki list", "tac.key\n", "User supplied certificates and keys:\ntac.key\n"),
    "list: name twice": ("pki list", "tac.key\n", "tac.key\ntac.key\n"),
    "list: name with blanks": ("pki list", "tac.key\n", "tac key.key\n"),
    "backups: name twice": ("backup list", "jaihanuman.bak\n", "jaihanuman.bak\njaihanuman.bak\n"),
    "backups: bare names": ("backup list", ".bak\n", "\n"),
    "backups: answer of snapshot": ("backup list", "jaihanuman.bak\n", "jaihanuman.bak ready for download\n"),
    "backups: none and some": ("backup list", "jaihanuman.bak\n", "jaihanuman.bak\nNo backups\n"),
    "service: file twice": ("turn", "TLS key ", "TLS cert : other.cer\nTLS key "),
    "service: switch twice": ("turn", "Username ", "Enabled : false\nUsername "),
    "service: unknown switch": ("turn", ": true", ": perhaps"),
    "service: no file name": ("turn", "edge.key", "switched on"),
    "service: on without files": ("webadmin", "file ", "name "),
    "inspect: both there and not": ("pki inspect", "File contains", "ERROR: EXPRSVR.cer not found\nFile contains"),
    "inspect: a complaint alone": (
        "pki inspect",
        "Checking user configured certificates and keys...found\n",
        "ERROR: x\n",
    ),
    "inspect: missing in the middle": ("pki inspect", "  Data:\n", "  Data:\nx.cer not found\n"),
    "inspect: found but no kind": ("pki inspect", raw_of("pki_inspect/expired_rsa").split("\n", 1)[1], ""),
    "users: no heading": ("user list", "USERNAME ROLE PASSWORD EXPIRY LOGGED IN\n", ""),
    "users: heading twice": ("user list", "user1 admin", "USERNAME ROLE PASSWORD EXPIRY LOGGED IN\nuser1 admin"),
    "users: heading alone": ("user list", raw_of("user_list/vendor_note").split("\n", 1)[1], ""),
    "users: name twice": ("user list", "user1 ", "admin "),
    "users: no such day": ("user list", "2017-Nov-05", "2017-Nov-31"),
    "users: no such month": ("user list", "2017-Nov-05", "2017-Nox-05"),
    "users: no role": ("user list", "user1 admin", "user1"),
    "service: a result": ("turn", "Username ", "SUCCESS : TURN started\nUsername "),
}
SAMPLES = {
    "database cluster status": "database_cluster_status/in_sync",
    "pki inspect": "pki_inspect/expired_rsa",
    "pki list": "pki_list/vendor_note",
    "backup list": "backup_list/names",
    "user list": "user_list/vendor_note",
    "turn": "turn/vendor_note",
    "webadmin": "webadmin/vendor_note",
}


@pytest.mark.parametrize(("command", "old", "new"), REFUSED.values(), ids=REFUSED.keys())
def test_a_changed_answer_is_refused(command: str, old: str, new: str) -> None:
    text = raw_of(SAMPLES[command])
    assert old in text
    with pytest.raises(ParseError):
        parse.parse(command, text.replace(old, new))


def test_the_heading_of_the_accounts_is_no_label_of_a_secret() -> None:
    text = raw_of("user_list/padded")
    assert redact(text) == text
    assert parse.parse("user list", redact(text)) == parse.parse("user list", text)


def test_no_secret_leaves_the_parser() -> None:
    text = raw_of("turn/vendor_note").replace("Shared secret           : none", "Shared secret           : s3cr3t")
    assert "Example.123" in text
    assert "s3cr3t" in text
    assert not {"Example.123", "s3cr3t"} & set(settings_command("turn").read(text).files.values())
    for broken in (text + "\nnot understood", text.replace("Password                : ", "Password ")):
        with pytest.raises(ParseError) as caught:
            settings_command("turn").read(broken)
        shown = f"{caught.value} {caught.value.text} {caught.value.line}"
        assert "Example.123" not in shown
        assert "s3cr3t" not in shown
        assert "Relay address" in caught.value.text


def test_the_typed_calls_read_the_same() -> None:
    for name, raw in (("turn", "turn/vendor_note"), ("webadmin", "webadmin/vendor_note")):
        assert settings_command(name).read(raw_of(raw)) == parse.parse(name, raw_of(raw))
    settings: ServiceSettings = settings_command("turn").read(raw_of("turn/vendor_note"))
    assert settings.enabled is True
    status: DatabaseStatus = DATABASE_CLUSTER_STATUS.read(raw_of("database_cluster_status/in_sync"))
    assert status == parse.parse("database cluster status", raw_of("database_cluster_status/in_sync"))
    assert status.masters == ("10.106.85.73",)
    listed: PkiList = PKI_LIST.read(raw_of("pki_list/vendor_note"))
    assert listed.files[0] == "tac.key"
    inspected: PkiInspection = PKI_INSPECT.read(raw_of("pki_inspect/expired_rsa"))
    assert inspected.certificates[0].public_key_bits == 4096
    assert BACKUP_LIST.read(raw_of("backup_list/names")).backups[0] == "jaihanuman.bak"


@pytest.mark.parametrize("command", ["pki inspect", "pki inspect x.cer", "  pki   inspect\tx.cer "])
def test_a_command_may_be_typed_in_every_way(command: str) -> None:
    text = raw_of("pki_inspect/expired_rsa")
    assert parse.parse(command, text) == PKI_INSPECT.read(text)


@pytest.mark.parametrize("command", ["", "pki", "pki inspect a b", "pki list x", "turn on", "database cluster remove"])
def test_an_unknown_command_is_a_usage_error_that_lists_the_known(command: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse.parse(command, "Status : Disabled")
    assert "database cluster status" in caught.value.advice


def test_an_unknown_service_is_a_usage_error() -> None:
    with pytest.raises(UsageError):
        settings_command("pki list")


def test_a_session_is_stripped_at_its_ends_only() -> None:
    assert parse.strip_session("cms2> a\nx\ncms2> b\ny\ncms2>\n") == "x\ncms2> b\ny"
    assert parse.strip_session("streamer.example.com> turn\ncms2> x") == "cms2> x"
    assert parse.strip_session("  backup snapshot <name>") == "  backup snapshot <name>"
    assert parse.strip_session("cms2>\n\n# source: x\n") == ""


@pytest.mark.parametrize("raw", RAWS, ids=name_of)
def test_numbers_without_end_are_read_or_refused(raw: Path) -> None:
    text = raw.read_text("utf-8")
    for number in list(re.finditer(r"[0-9a-f:]*\d[0-9a-f:]*", text))[:40]:
        for endless in ("9" * 5000, "ab:" * 2000 + "1"):
            with suppress(ParseError):
                parse.parse(command_of(raw), text[: number.start()] + endless + text[number.end() :])


@examples(200)
@given(
    st.sampled_from(RAWS), st.lists(st.tuples(st.sampled_from(RAWS), st.integers(0, 40), st.integers(1, 6)), max_size=4)
)
def test_answers_that_are_mixed_up_are_read_or_refused(raw: Path, pieces: list[tuple[Path, int, int]]) -> None:
    lines = raw.read_text("utf-8").split("\n")
    for other, at, many in pieces:
        lines[at % (len(lines) + 1) : at % (len(lines) + 1)] = other.read_text("utf-8").split("\n")[at : at + many]
    with suppress(ParseError):
        parse.parse(command_of(raw), "\n".join(lines))
