"""Where audits are kept, named without showing a password to everybody on the machine."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from mmpctl.errors import UsageError
from mmpctl.history.place import place_of, warn_of_password
from mmpctl.history.store import History
from mmpctl.trusted import PlaceError

SECRET = "Example-123"


def test_a_file_and_a_url_mean_themselves() -> None:
    assert place_of("audits.sqlite") == "audits.sqlite"
    assert place_of("postgresql+psycopg://u@db/x") == "postgresql+psycopg://u@db/x"


def test_the_place_may_stand_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "place"
    file.write_text(f"sqlite:///{tmp_path}/audits.sqlite\n")
    file.chmod(0o600)
    History(f"@{file}").prepare()
    assert (tmp_path / "audits.sqlite").exists()


def test_a_file_that_others_may_read_is_warned_of_and_one_they_may_write_refused(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "place"
    file.write_text(f"postgresql://u:{SECRET}@db/x\n")
    file.chmod(0o644)
    with caplog.at_level(logging.WARNING):
        assert place_of(f"@{file}") == f"postgresql://u:{SECRET}@db/x"
    assert f"chmod 600 {file}" in caplog.text
    assert SECRET not in caplog.text
    file.chmod(0o666)
    with pytest.raises(PlaceError, match="the file of --history"):
        place_of(f"@{file}")


@pytest.mark.parametrize("text", ["", "one\ntwo\n"])
def test_a_file_without_one_line_is_told(tmp_path: Path, text: str) -> None:
    file = tmp_path / "place"
    file.write_text(text)
    with pytest.raises(UsageError, match="does not contain exactly one line"):
        place_of(f"@{file}")
    with pytest.raises(UsageError, match="cannot be read"):
        place_of(f"@{tmp_path / 'nowhere'}")


def test_the_password_may_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MMP_HISTORY_PASSWORD", SECRET)
    assert History("postgresql://u@db/x")._database._url.password == SECRET
    assert History("postgresql://u:other@db/x")._database._url.password == "other"
    assert History("audits.sqlite")._database._url.password is None


@pytest.mark.parametrize(
    ("text", "warned"),
    [
        (f"postgresql+psycopg://u:{SECRET}@db/x", True),
        (f"mysql://u:{SECRET}@db:3306/x", True),
        ("postgresql://u@db:5432/x", False),
        ("postgresql://db:5432/x", False),
        ("sqlite:////srv/a:b@c.sqlite", False),
        ("@/etc/mmpctl/history", False),
        ("audits.sqlite", False),
    ],
)
def test_a_password_in_the_list_of_processes_is_warned_of(
    caplog: pytest.LogCaptureFixture, text: str, warned: bool
) -> None:
    with caplog.at_level(logging.WARNING):
        warn_of_password(text)
    assert bool(caplog.records) == warned
    assert SECRET not in caplog.text
    assert ("MMP_HISTORY_PASSWORD" in caplog.text) == warned
