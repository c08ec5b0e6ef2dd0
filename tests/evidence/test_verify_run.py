"""What a run left is checked: by its seal here, by a signature elsewhere; nothing more is claimed than was checked."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from mmpctl.evidence.collect import gather
from mmpctl.runs.folder import RunFolder
from tests.support import schemas
from tests.support.command import Command, Said
from tests.support.lab import Lab


@pytest.fixture
def run(lab: Lab, mmpctl: Command) -> Path:
    """A run that ended well."""
    fleet = lab("due")
    said = mmpctl("renew", "--certs", fleet.certificates, "--yes", "-o", "json", fleet=fleet)
    assert said.code == 0, said
    return Path.cwd() / "runs" / str(said.document["run"])


@pytest.fixture
def signer(tmp_path: Path) -> tuple[Path, Path]:
    """An SSH key, and a file that allows it to sign as `ops@example.org`."""
    key, allowed = tmp_path / "id", tmp_path / "allowed"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    allowed.write_text("ops@example.org " + (tmp_path / "id.pub").read_text())
    return key, allowed


def results(said: Said) -> dict[str, str]:
    return {one["what"]: one["result"] for one in said.document["checks"]}


def test_a_run_of_ones_own_is_proved_by_its_seal(run: Path, mmpctl: Command) -> None:
    said = mmpctl("runs", run.name, "--verify", "-o", "json")
    assert said.code == 0 and said.document["verified"] and set(results(said).values()) == {"proved"}, said
    assert "✓ everything is as the run left it" in mmpctl("runs", run.name, "--verify").out
    page = mmpctl("runs", run.name, "-o", "html").out
    assert "✓ intact" in page and "the seal of this user" in page


@pytest.mark.parametrize("name", ["request.json", "plan.json", "journal.jsonl", "report.json", "a backup"])
def test_what_was_changed_is_found(run: Path, mmpctl: Command, name: str) -> None:
    path = next(run.glob("backups/*/*/*.bak")) if name == "a backup" else run / name
    content = path.read_bytes()
    path.write_bytes(
        content.replace(b'"chain": "', b'"chain": "0') if name == "report.json" else content.replace(b"lon", b"osl", 1)
    )
    said = mmpctl("runs", run.name, "--verify", "-o", "json")
    assert said.code == 8 and not said.document["verified"] and "wrong" in results(said).values(), said
    if name in ("request.json", "plan.json", "journal.jsonl"):
        assert "✓ intact" not in mmpctl("runs", run.name, "-o", "html").out


def test_a_journal_that_was_taken_away_is_no_proof(run: Path, mmpctl: Command) -> None:
    (run / "journal.jsonl").write_bytes(b"")
    assert "wrong" in results(mmpctl("runs", run.name, "--verify", "-o", "json")).values()
    assert "✓ intact" not in mmpctl("runs", run.name, "-o", "html").out


@pytest.mark.parametrize("with_report", [True, False])
def test_a_journal_without_its_end_is_no_proof(run: Path, mmpctl: Command, with_report: bool) -> None:
    journal, report = run / "journal.jsonl", run / "report.json"
    whole = journal.read_bytes().splitlines(keepends=True)
    end = next(number for number, record in enumerate(schemas.journal(journal)) if record["event"] == "end")
    journal.write_bytes(b"".join(whole[:end]))
    report.unlink()
    if with_report:
        # As somebody would write it who cuts records off: nothing seals it.
        evidence = gather(RunFolder(run))
        told = {"files": dict(evidence.files), "journal": {"chain": evidence.journal.chain}}
        report.write_text(json.dumps({"schema": 1, "evidence": told}))
        report.chmod(0o600)
    said = mmpctl("runs", run.name, "--verify", "-o", "json")
    assert said.code == 8 and results(said)["the end of journal.jsonl"] == "not proved", said
    assert "cut off" in said.out


def test_somebody_else_proves_it_by_the_signature(
    run: Path, mmpctl: Command, signer: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, allowed = signer
    signed = mmpctl("runs", run.name, "--sign", key, "-o", "json")
    assert signed.code == 0 and (run / "report.json.sig").is_file(), signed
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "another-home"))
    unproved = mmpctl("runs", run.name, "--verify", "-o", "json")
    assert unproved.code == 8 and results(unproved)["report.json.sig"] == "not proved", unproved
    assert "not proved" in mmpctl("runs", run.name, "-o", "html").out
    proved = mmpctl("runs", run.name, "--verify", "--allowed-signers", allowed, "-o", "json")
    assert proved.code == 0 and set(results(proved).values()) == {"proved"}, proved
    assert "ops@example.org" in proved.out
    allowed.write_text(allowed.read_text().replace("ops@example.org ssh-ed25519 ", "ops@example.org ssh-ed25519 A"))
    assert mmpctl("runs", run.name, "--verify", "--allowed-signers", allowed).code == 8
    (run / "report.json").write_bytes((run / "report.json").read_bytes() + b"\n")
    changed = mmpctl("runs", run.name, "--verify", "-o", "json")
    assert results(changed)["report.json.sig"] == "wrong", changed


def test_what_is_not_proved_is_not_signed(run: Path, mmpctl: Command, signer: tuple[Path, Path]) -> None:
    (run / "plan.json").write_text("{}")
    said = mmpctl("runs", run.name, "--sign", signer[0])
    assert said.code == 5 and "was not signed" in said.err and not (run / "report.json.sig").exists()


def test_without_a_signature_that_was_asked_for_it_is_not_verified(
    run: Path, mmpctl: Command, signer: tuple[Path, Path]
) -> None:
    said = mmpctl("runs", run.name, "--verify", "--allowed-signers", signer[1], "-o", "json")
    assert said.code == 8 and results(said)["report.json.sig"] == "missing"
    for wrong in (("--verify",), (run.name, "--allowed-signers", str(signer[1])), (run.name, "--sign", "nowhere")):
        assert mmpctl("runs", *wrong).code == 2
