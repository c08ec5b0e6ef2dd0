"""A run that somebody else has begun, or that nobody can prove: taken up by a person's word alone."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from mmpctl.documents.begun import BegunRenewal
from mmpctl.errors import RefusedError
from mmpctl.lab.fault import Fault
from mmpctl.lab.fleet import Fleet
from mmpctl.renewal.context import Watch
from mmpctl.runbooks import resume, runs
from mmpctl.runbooks.renew import RenewReport
from mmpctl.runs.folder import RunFolder
from mmpctl.runs.record import Event
from mmpctl.times import now_utc
from tests.support.command import Command
from tests.support.contradiction import contradicting
from tests.support.fleet import CLUSTER, DATABASES, KEEPER, LIMITS, nornir, renewed
from tests.support.lab import Lab

NO_CERTS = Fault("lon-2", "command", "drop", match="certs")
NO_BACKUP = Fault("lon-3", "download", "drop", match=".bak", count=2)


def stopped_run(fleet: Fleet, tmp_path: Path) -> RunFolder:
    report = renewed(fleet, tmp_path)
    assert report.folder is not None and report.clusters[0].outcome == "stopped", report
    fleet.faults.clear()
    return RunFolder(report.folder)


def resumed(fleet: Fleet, folder: RunFolder, **words: object) -> RenewReport:
    return resume.run(nornir(fleet), folder, watch=Watch(limits=LIMITS), **words)  # type: ignore[arg-type]


def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "another-home"))


def without_seals(folder: RunFolder, change: tuple[str, str] = ("", ""), *, earlier: bool = False) -> None:
    """The journal without seals; a change is made to fit, as whoever forges it does.

    Args:
        folder: the run's.
        change: what of the request and the journal is changed into what.
        earlier: the journal is written as a release wrote it that knew no jobs.
    """
    path = folder.path / "request.json"
    path.write_text(path.read_text().replace(*change) if change[0] else path.read_text())
    (folder.path / "seal.json").unlink()
    chain, out = hashlib.sha256(folder.name.encode()).hexdigest(), ""
    for line in (folder.path / "journal.jsonl").read_text("ascii").splitlines():
        body = json.loads(line.replace(*change) if change[0] else line)
        del body["sum"], body["seal"]
        if body["event"] == "begun":
            body["detail"]["request"] = folder.request_sha256
            if earlier:
                body["event"] = "keeper"
                del body["detail"]["job"], body["detail"]["facts"]
        text = json.dumps(body, separators=(",", ":"))
        chain = hashlib.sha256(f"{chain}{text}".encode()).hexdigest()
        out += f'{text[:-1]},"sum":"{chain[:32]}"}}\n'
    (folder.path / "journal.jsonl").write_text(out)


def test_a_run_of_another_home_is_taken_up_by_a_word_alone(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fleet = lab("expired", faults=[NO_CERTS])
    rows = fleet.nodes[KEEPER].rows
    folder = stopped_run(fleet, tmp_path)
    elsewhere(tmp_path, monkeypatch)
    heard = len(fleet.log)
    with pytest.raises(RefusedError, match="sealed with another key") as caught:
        resumed(fleet, folder)
    assert caught.value.code == "unproved-run" and "--accept-run" in caught.value.advice
    assert len(fleet.log) == heard
    report = resumed(fleet, folder, accept_run=True)
    assert (report.code, report.clusters[0].outcome) == (0, "renewed"), report
    assert {name: fleet.nodes[name].rows for name in DATABASES} == dict.fromkeys(DATABASES, rows)
    (vouched,) = [record for record in folder.records() if record.event == Event.VOUCHED]
    assert vouched.detail["by"]["user"] and len(vouched.detail["unproved"]) == 3
    assert folder.proof().holds, "from the word on it is this user's"


def test_a_forged_keeper_is_not_followed(lab: Lab, tmp_path: Path) -> None:
    fleet = lab("expired", faults=[NO_BACKUP])
    folder = stopped_run(fleet, tmp_path)
    without_seals(folder, ('"keeper": "lon-1"', '"keeper": "lon-2"'))
    path = folder.path / "journal.jsonl"
    assert '"event":"begun","cluster":"lon-prod","node":"lon-1"' in path.read_text()
    heard = len(fleet.log)
    with pytest.raises(RefusedError):
        resumed(fleet, folder, accept_run=True)
    assert len(fleet.log) == heard


def test_a_run_whose_journal_begins_with_a_keeper_is_resumed(lab: Lab, tmp_path: Path) -> None:
    fleet = lab("healthy", faults=[Fault("lon-3", "question", "drop", match="join")])
    folder = stopped_run(fleet, tmp_path)
    without_seals(folder, earlier=True)
    assert (folder.records()[0].event, folder.records()[0].facts) == (Event.KEEPER, {"keeper": KEEPER})
    done = resumed(fleet, folder, accept_run=True)
    assert (done.code, done.clusters[0].outcome) == (0, "renewed"), done
    beginnings = [(record.event, record.facts) for record in folder.records() if record.facts is not None]
    assert beginnings == [(Event.KEEPER, {"keeper": KEEPER}), (Event.BEGUN, {"keeper": KEEPER})]


def test_a_confirmation_of_a_run_that_nothing_proves_must_be_given_again(lab: Lab, tmp_path: Path) -> None:
    fleet = lab("expired", faults=[NO_BACKUP])
    folder = stopped_run(fleet, tmp_path)
    without_seals(folder)
    assert runs.show(tmp_path / "runs", folder.name)["state"] == "unfinished", "it is readable as before"
    first = resumed(fleet, folder, accept_run=True)
    assert (first.code, first.clusters[0].outcome) == (5, "refused"), first
    assert f"--keeper {CLUSTER}={KEEPER}" in " ".join(first.clusters[0].advice)
    again = resumed(fleet, folder)
    assert again.code == 5, "that it was accepted once does not prove who had confirmed the keeper"
    wrong = resumed(fleet, folder, keepers={CLUSTER: "lon-2"})
    assert wrong.code == 5 and "the run was started with lon-1" in (wrong.clusters[0].reason or "")
    assert not fleet.log.select("question")
    done = resumed(fleet, folder, keepers={CLUSTER: KEEPER})
    assert (done.code, done.clusters[0].outcome) == (0, "renewed"), done


@pytest.mark.parametrize("proved", [True, False])
def test_a_reason_against_the_evidence_counts_only_where_it_is_proved_who_gave_it(
    lab: Lab, tmp_path: Path, proved: bool
) -> None:
    fleet = contradicting(lab)
    fleet.faults.add(NO_BACKUP)
    report = renewed(fleet, tmp_path, reason="lon-2 came from a tape")
    assert report.folder is not None and report.clusters[0].outcome == "stopped", report
    folder = RunFolder(report.folder)
    fleet.faults.clear()
    if proved:
        assert resumed(fleet, folder).code == 0
        return
    without_seals(folder)
    first = resumed(fleet, folder, accept_run=True, keepers={CLUSTER: KEEPER})
    assert (first.code, first.clusters[0].outcome) == (5, "refused"), first
    assert "the evidence speaks against lon-1" in (first.clusters[0].reason or "")
    advice = " ".join(first.clusters[0].advice)
    assert "--reason" in advice and f"{CLUSTER}={KEEPER}" not in advice, "no option to be copied"
    assert not fleet.log.select("question")
    done = resumed(fleet, folder, keepers={CLUSTER: KEEPER}, reason="the tape was restored on Friday")
    assert (done.code, done.clusters[0].outcome) == (0, "renewed"), done
    told = [record.detail.get("keeper_reason") for record in folder.records() if record.event == Event.BEGUN]
    assert told[-1] == "the tape was restored on Friday"


def test_a_confirmation_is_not_replayed_against_what_the_nodes_say_now(lab: Lab, tmp_path: Path) -> None:
    failover = Fault("lon-3", "command", "failover", match="backup snapshot", on="lon-2")
    fleet = lab("due", faults=[failover, NO_BACKUP])
    folder = stopped_run(fleet, tmp_path)
    assert folder.request_as(BegunRenewal)["clusters"][0]["keeper_confirmed"] and folder.proof().holds
    report = resumed(fleet, folder)
    assert report.code == 5 and "the nodes show lon-2 as master" in (report.clusters[0].reason or ""), report
    assert not fleet.log.select("question")


def test_closing_a_run_that_nothing_proves_does_not_prove_it(lab: Lab, tmp_path: Path) -> None:
    fleet = lab("expired", faults=[NO_BACKUP])
    folder = stopped_run(fleet, tmp_path)
    without_seals(folder)
    assert runs.close(tmp_path / "runs", folder.name, "not ours", now_utc)["state"] == "closed"
    assert not folder.proof().holds


def test_on_the_command_line_inventory_and_keeper_are_shown_before_the_inventory_is_read(
    lab: Lab, mmpctl: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fleet = lab("expired", faults=[NO_CERTS])
    options = ("--certs", fleet.certificates, "--keeper", f"{CLUSTER}={KEEPER}", "--yes", "-o", "json")
    run = mmpctl("renew", *options, fleet=fleet).document["run"]
    fleet.faults.clear()
    elsewhere(tmp_path, monkeypatch)
    heard = len(fleet.log)
    (fleet.inventory / "hosts.yaml").rename(fleet.inventory / "kept.yaml")
    refused = mmpctl("resume", run, "--yes", "-o", "json", fleet=fleet)
    assert refused.code == 5 and len(fleet.log) == heard, refused
    (cluster,) = refused.document["clusters"]
    assert cluster["outcome"] == "refused" and "--accept-run" in cluster["reason"]
    shown = " ".join(refused.err.split())
    assert f"{KEEPER} of {CLUSTER}, confirmed by" in shown and str(fleet.inventory) in shown.replace(" ", "")
    (fleet.inventory / "kept.yaml").rename(fleet.inventory / "hosts.yaml")
    done = mmpctl("resume", run, "--yes", "--accept-run", "-o", "json", fleet=fleet)
    assert (done.code, done.document["clusters"][0]["outcome"]) == (0, "renewed"), done
    assert "cannot be proved" in done.err
    listed = mmpctl("runs", run)
    assert "accepted, although nothing proves it, by" in " ".join(listed.out.split())
