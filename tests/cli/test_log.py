"""What a command logs: tracebacks in the log file, everything with --debug, and no secret anywhere."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from mmpctl.cli.log import clean
from mmpctl.inventory.credentials import Secret
from mmpctl.runs.log_file import FILE
from mmpctl.runs.state_folder import state_folder
from tests.support import pki
from tests.support.command import Command
from tests.support.lab import Lab
from tests.support.odd_certificates import odd, pem, tlv, with_part

_COUNTRY = tlv(0x30, tlv(0x31, tlv(0x30, bytes.fromhex("0603550406") + tlv(0x13, b"Germany"))))
_CA = pki.authority()
ODD_COUNTRY = pem(odd(_CA.sign("cms1"), _CA, with_part(5, _COUNTRY)))
PASSWORD, TYPED = "Ge'heim\\nis:1", "typed secret"
KEY = "-----BEGIN PRIVATE KEY-----\nMIIBVAIBADANBgkq\n-----END PRIVATE KEY-----"
FAILS = f"""
from mmpctl.runbooks import parse
from mmpctl.inventory.credentials import Secret
from mmpctl.cli.app import main
typed = Secret({TYPED!r})
def boom(command, text):
    secret = {{"given": {PASSWORD!r}}}
    raise ZeroDivisionError(f"oh {{secret}} {{str.__str__(typed)}}\\n" + {KEY!r})
parse.run = boom
main()
"""


@pytest.fixture(autouse=True)
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return state_folder() / FILE


def failed(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", FAILS, *words],
        input="",
        capture_output=True,
        text=True,
        env={**os.environ, "MMP_PASSWORD": PASSWORD, **environment},
        check=False,
    )


def test_an_unexpected_error_names_the_file_that_has_its_traceback(log: Path) -> None:
    done = failed("parse", "pki list")
    assert (done.returncode, done.stdout) == (1, "")
    assert "error: unexpected ZeroDivisionError: oh" in done.stderr and "Traceback" not in done.stderr
    assert f"Please report it, with the traceback in {log}." in " ".join(done.stderr.split())
    text = log.read_text("utf-8")
    assert "Traceback" in text and "ZeroDivisionError" in text and ": parse pki list\n" in text
    assert log.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("words", [["parse", "pki list"], ["--debug", "parse", "pki list"]], ids=["plain", "debug"])
def test_no_secret_is_in_the_log(log: Path, words: list[str]) -> None:
    done = failed(*words)
    shown = done.stderr if "--debug" in words else ""
    for text in (log.read_text("utf-8"), shown.partition("error: ")[0]):
        assert not any(one in text for one in (PASSWORD, repr(PASSWORD)[1:-1], TYPED, "MIIBVAIBADANBgkq"))
    assert log.read_text("utf-8").count("[redacted]") >= 3


def test_what_goes_well_leaves_no_log(mmpctl: Command, log: Path, tmp_path: Path) -> None:
    assert mmpctl("init", tmp_path / "new").code == 0
    assert not log.exists()


WARNS = f"""
import warnings
from mmpctl.runbooks import parse
from mmpctl.cli.app import main
from mmpctl.certificates.binary import CERTIFICATE
from mmpctl.certificates.read import read
def odd(command, text):
    warnings.warn("not for the user", UserWarning)
    (told,) = read({ODD_COUNTRY!r}, "ca.cer", CERTIFICATE).findings
    raise ZeroDivisionError(told.message)
parse.run = odd
main()
"""


def test_no_warning_of_a_library_comes_on_the_screen_but_with_debug() -> None:
    done, debug = (
        subprocess.run(
            [sys.executable, "-c", WARNS, *words, "parse", "pki list"],
            input="",
            capture_output=True,
            text=True,
            check=False,
        )
        for words in ((), ("--debug",))
    )
    assert done.returncode == 1 and "Warning" not in done.stderr, done.stderr
    assert "a country is not a code of two letters: 'Germany' in [C=Germany]" in done.stderr
    assert "UserWarning: not for the user" in debug.stderr and "Attribute's length must be" in debug.stderr


def test_a_log_that_cannot_be_written_is_told_once_and_stops_nothing(log: Path) -> None:
    log.parent.parent.write_text("a file in the way")
    done = failed("parse", "pki list")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.count("cannot be written") == 1 and str(log) in done.stderr
    assert "with the traceback that MMPCTL_DEBUG=1 shows" in " ".join(done.stderr.split())
    again = failed("parse", "pki list", MMPCTL_DEBUG="1")
    assert again.returncode == 1 and again.stderr.count("cannot be written") == 1 and "Traceback" in again.stderr


def test_a_full_disk_is_told_once_and_stops_nothing(log: Path) -> None:
    limited = f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))\n{FAILS}"
    done = subprocess.run(
        [sys.executable, "-c", limited, "--debug", "parse", "pki list"],
        input="",
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1 and done.stderr.count("cannot be written") == 1
    assert "unexpected ZeroDivisionError" in done.stderr and log.read_bytes() == b""


def test_debug_shows_the_libraries_on_standard_error_and_leaves_the_document_alone(
    lab: Lab, mmpctl: Command, log: Path
) -> None:
    fleet = lab("healthy")
    plain = mmpctl("status", "-o", "json", fleet=fleet)
    assert (plain.err, log.exists()) == ("", False)
    said = mmpctl("--debug", "status", "-o", "json", fleet=fleet)
    assert said.code == plain.code and said.document["clusters"] == plain.document["clusters"]
    kept = log.read_text("utf-8")
    for text in (said.err, kept):
        assert "DEBUG mmpctl.ssh: " in text and "mmpctl.ssh.sftp: " in text
        assert fleet.password not in text and "PRIVATE KEY-----\nMII" not in text
    # The next command logs no more than it is asked to.
    assert mmpctl("status", "-o", "json", fleet=fleet).err == "" and log.read_text("utf-8") == kept


def test_the_variable_is_the_same_as_the_option(
    mmpctl: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("MMPCTL_DEBUG", "1")
    said = mmpctl("init", tmp_path / "new", "-o", "json")
    assert said.document["command"] == "init" and "DEBUG mmpctl: mmpctl " in said.err


def test_a_text_is_cleaned_of_every_spelling_of_a_secret() -> None:
    secret = Secret("p/ss 'wörd\"")
    spelled = [
        str.__str__(secret),
        repr(str.__str__(secret)),
        json.dumps(str.__str__(secret)),
        "p%2Fss%20%27w%C3%B6rd%22",
    ]
    for text in spelled:
        assert "ss" not in clean(f"it is {text} here").replace("[redacted]", "")
    assert clean("postgresql://me:geheim@db/audits") == "postgresql://me:[redacted]@db/audits"
    assert "\x1b" not in clean("a\x1b[2Jb") and clean("one\ntwo") == "one\ntwo"
