"""The seal: a key of the user's alone, and nothing proved that it was not made over."""

from __future__ import annotations

import hashlib
import json
import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone
from pathlib import Path

import pytest

from mmpctl.errors import UsageError
from mmpctl.runs import seal as seals
from mmpctl.runs.ending import Ending
from mmpctl.runs.folder import RunFolder
from mmpctl.runs.journal import JournalError, read
from mmpctl.runs.record import Event
from mmpctl.runs.runs_folder import create
from mmpctl.runs.seal import CHANGED, OTHER_KEY, PROVED, UNSEALED, SealKey, known_key, own_key
from mmpctl.runs.state_folder import state_folder

NOW = datetime(2026, 11, 23, 20, 0, 0, tzinfo=timezone.utc)
REQUEST = {"command": "renew", "clusters": [{"name": "lon-prod", "keeper": "lon-1"}]}


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path / "state" / "mmpctl"


def run_of(tmp_path: Path) -> RunFolder:
    """A run with a plan and two records."""
    run = create(tmp_path / "runs", REQUEST, NOW)
    run.write("plan.json", {"clusters": []})
    journal = run.journal(lambda: NOW)
    journal.append(Event.KEEPER, "lon-prod", node="lon-1")
    journal.append(Event.END, "lon-prod", result=Ending.STOPPED)
    journal.close()
    return run


def forged(run: RunFolder, *, sealed: SealKey | None = None) -> None:
    """Write the journal anew with another keeper, its plain chain made to fit, with another key or with none."""
    lines = (run.path / "journal.jsonl").read_text("ascii").splitlines()
    chain, out = hashlib.sha256(run.name.encode()).hexdigest(), ""
    for line in lines:
        body = json.loads(line.replace("lon-1", "lon-2"))
        del body["sum"], body["seal"]
        text = json.dumps(body, separators=(",", ":"))
        chain = hashlib.sha256(f"{chain}{text}".encode()).hexdigest()
        seal = f',"seal":"{sealed.seal(run.name, run.request_sha256, run.plan_sha256, chain)}"' if sealed else ""
        out += f'{text[:-1]},"sum":"{chain[:32]}"{seal}}}\n'
    (run.path / "journal.jsonl").write_text(out)


def test_the_key_is_made_once_and_is_private(state: Path) -> None:
    assert known_key() is None and not state.exists()
    with ThreadPoolExecutor(8) as pool:
        made = {key.secret for key in pool.map(lambda _: own_key(), range(16))}
    assert len(made) == 1 and len(next(iter(made))) == 32
    assert stat.S_IMODE((state / "journal.key").stat().st_mode) == 0o600
    assert [path.name for path in state.iterdir()] == ["journal.key"]
    assert next(iter(made)).hex() not in repr(own_key())


@pytest.mark.parametrize("trouble", ["open to others", "a link", "not a key", "a folder"])
def test_a_key_that_others_may_know_is_not_used(state: Path, tmp_path: Path, trouble: str) -> None:
    own_key()
    path = state / "journal.key"
    if trouble == "open to others":
        path.chmod(0o640)
    elif trouble == "a link":
        path.rename(tmp_path / "elsewhere")
        path.symlink_to(tmp_path / "elsewhere")
    elif trouble == "not a key":
        path.write_text("0123\n")
    else:
        path.unlink()
        path.mkdir()
    with pytest.raises(UsageError, match=r"journal\.key") as caught:
        own_key()
    assert "--accept-run" in caught.value.advice


def test_no_place_for_the_key_is_told_before_a_run_has_a_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    with pytest.raises(UsageError, match="cannot be"):
        create(tmp_path / "runs", REQUEST, NOW)
    assert not (tmp_path / "runs").exists()


def test_the_state_folder_is_that_of_the_account_where_the_environment_names_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for wrong in ("", "relative"):
        monkeypatch.setenv("XDG_STATE_HOME", wrong)
        monkeypatch.setenv("HOME", "/home/somebody")
        assert state_folder() == Path("/home/somebody/.local/state/mmpctl")
        monkeypatch.setenv("HOME", wrong)
        assert state_folder().is_absolute() and state_folder().parts[-3:] == (".local", "state", "mmpctl")

    def nobody(_: int) -> None:
        raise KeyError

    monkeypatch.setattr("mmpctl.runs.state_folder.pwd.getpwuid", nobody)
    with pytest.raises(UsageError, match="no home folder") as caught:
        state_folder()
    assert "XDG_STATE_HOME" in caught.value.advice


def test_a_run_of_ones_own_is_proved_from_its_first_moment_on(tmp_path: Path) -> None:
    run = create(tmp_path / "runs", REQUEST, NOW)
    assert (run.proof().standing, run.proof().records) == (PROVED, 0)
    run = run_of(tmp_path)
    assert (run.proof().standing, run.proof().records, run.proof().holds) == (PROVED, 2, True)


@pytest.mark.parametrize("name", ["request.json", "plan.json", "journal.jsonl"])
def test_what_is_changed_fits_no_more(tmp_path: Path, name: str) -> None:
    run = run_of(tmp_path)
    if name == "journal.jsonl":
        forged(run, sealed=None)
        lines = (run.path / name).read_text().splitlines()
        old = run_of(tmp_path)
        seal = json.loads((old.path / name).read_text().splitlines()[-1])["seal"]
        lines[-1] = f'{lines[-1][:-1]},"seal":"{seal}"}}'
        (run.path / name).write_text("".join(f"{line}\n" for line in lines))
    else:
        (run.path / name).write_text((run.path / name).read_text().replace('"clusters"', '"clusters" '))
    assert run.proof().standing == CHANGED
    with pytest.raises(JournalError, match="not what this run wrote"):
        run.records()


def test_a_request_is_sealed_before_there_is_a_journal(tmp_path: Path) -> None:
    run = create(tmp_path / "runs", REQUEST, NOW)
    text = (run.path / "request.json").read_text()
    (run.path / "request.json").write_text(text.replace("lon-1", "lon-2"))
    assert run.proof().standing == CHANGED
    (run.path / "seal.json").write_text("[]")
    assert run.proof().standing == UNSEALED


def test_a_forged_journal_is_readable_and_proves_nothing(tmp_path: Path) -> None:
    run = run_of(tmp_path)
    forged(run)
    assert run.proof().standing == UNSEALED and run.records()[0].node == "lon-2"
    run = run_of(tmp_path)
    forged(run, sealed=SealKey(b"x" * 32))
    assert run.proof().standing == OTHER_KEY and not run.proof().holds


def test_without_a_key_of_ones_own_nothing_is_proved(tmp_path: Path, state: Path) -> None:
    run = run_of(tmp_path)
    (state / "journal.key").unlink()
    assert run.proof().standing == OTHER_KEY
    assert not (state / "journal.key").exists(), "a look makes no key"


def test_what_is_added_to_an_unproved_journal_proves_nothing_until_somebody_vouches(tmp_path: Path) -> None:
    run = run_of(tmp_path)
    forged(run)
    journal = run.journal(lambda: NOW)
    journal.append(Event.END, "lon-prod", result=Ending.CLOSED)
    assert read(run.path / "journal.jsonl", run.name).seal is None
    run.seal(journal)
    journal.append(Event.END, "lon-prod", result=Ending.CLOSED)
    journal.close()
    assert run.proof().standing == PROVED
    assert seals.check(own_key(), None, (), 0).standing == UNSEALED
