"""What a run leaves as evidence: the document, the page, and that neither needs more than the run's folder."""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509

from mmpctl.display.events import Silent
from mmpctl.evidence.report import page, rewrite_report, transcripts
from mmpctl.lab.fault import Fault
from mmpctl.lab.fleet import Fleet
from mmpctl.renewal.context import Watch
from mmpctl.reports.reminder import REMINDER_FILE
from mmpctl.runbooks import resume, runs
from mmpctl.runs.folder import RunFolder
from mmpctl.runs.record import Event
from mmpctl.times import now_utc
from tests.support import schemas
from tests.support.calendars import events_of
from tests.support.command import Command
from tests.support.fleet import CLUSTER, KEEPER, LIMITS, nornir, renewed
from tests.support.lab import Lab
from tests.support.run_page import Page, check_page

HOSTILE = "All </pre><script>alert(1)</script> \x1b[31m\u202edeyortsed eb lliw\u202c & done."
NEWER = ("keeper_reason", "keeper_confirmed_by", "rollout", "valid_until")


def run_of(fleet: Fleet, tmp_path: Path, **options: Any) -> RunFolder:
    report = renewed(fleet, tmp_path, **options)
    assert report.folder is not None
    return RunFolder(report.folder)


def report_of(folder: RunFolder) -> tuple[dict[str, Any], dict[str, Any], Page]:
    """The report, the evidence of its one cluster, and the page."""
    document = schemas.read(folder.path / "report.json")
    (cluster,) = document["evidence"]["clusters"]
    return document, cluster, check_page((folder.path / "report.html").read_text(encoding="utf-8"))


def made_anew(folder: RunFolder) -> Page:
    return check_page(page(folder, now_utc))


def test_a_calm_run_tells_what_was_done_and_seen(lab: Lab, tmp_path: Path) -> None:
    fleet = lab("expired")
    folder = run_of(fleet, tmp_path)
    document, cluster, shown = report_of(folder)
    assert document["clusters"][0]["outcome"] == "renewed"
    beginning = (folder.path / "report.html").read_text(encoding="utf-8").partition("<main")[0]
    assert f"by {cluster['parts'][0]['by']['user']} on " in beginning
    assert all(f"{node} " in beginning.partition("were away:")[2] for node in fleet.nodes)
    assert "not seen back" not in beginning and " parts, because" not in beginning
    assert document["evidence"]["journal"]["intact"] and not document["evidence"]["problems"]
    planned = [step for step in cluster["plan"] if step["action"] != "verify"]
    assert [(one["node"], one["command"]) for one in planned if one["action"] == "join"] == [
        (one["node"], one["command"]) for one in cluster["attempts"] if one["action"] == "join"
    ]
    assert len(planned) == len(cluster["attempts"])
    assert all(one["result"] == "done" and one["seconds"] > 0 for one in cluster["attempts"])
    assert all(bool(one["question"]) == (one["asked_at"] is not None) for one in cluster["attempts"])
    asked = {one["action"] for one in cluster["attempts"] if one["question"]}
    assert asked == {"remove", "initialize", "join", "connect"}
    for node in cluster["nodes"]:
        assert node["before"]["status"]["expired"], node
        assert node["after"]["status"]["status"] == "Enabled" and not node["after"]["status"]["expired"], node
    assert {file["node"] for file in cluster["backups"]} == set(fleet.nodes)
    assert [file["node"] for file in cluster["backups"] if file["again"] and file["name"].endswith(".bak")] == [KEEPER]
    assert all(file["now"] == "the same" and len(file["sha256"]) == 64 for file in cluster["backups"])
    (part,) = cluster["parts"]
    assert part["outcome"] == "renewed" and part["by"]["user"] and part["by"]["machine"] and part["by"]["version"]
    assert part["verification"]["problems"] == [] and part["verification"]["looks"]
    assert (cluster["keeper"]["proved"], cluster["keeper"]["confirmed"]) == (False, True)
    for text in (
        folder.name,
        "✓ Renewed",
        "Are you sure you wish to initialize this node as a new database cluster? (Y/n)",
        cluster["backups"][0]["sha256"],
        cluster["nodes"][0]["host_key"],
        "Connected Slave ( In Sync )",
        "✓ passed",
        "database cluster join",
        "New certificates",
        "File names",
    ):
        assert text in shown.text, text
    assert made_anew(folder).text.split("Made 20")[0] == shown.text.split("Made 20")[0]


def test_a_renewed_cluster_says_until_when_and_leaves_a_reminder(lab: Lab, tmp_path: Path) -> None:
    fleet = lab("expired")
    folder = run_of(fleet, tmp_path)
    end = min(
        certificate.not_valid_after_utc
        for path in (fleet.certificates / CLUSTER).rglob("*.cer")
        for certificate in x509.load_pem_x509_certificates(path.read_bytes())
    )
    document, cluster, shown = report_of(folder)
    assert document["clusters"][0]["valid_until"] == cluster["valid_until"] == f"{end:%Y-%m-%dT%H:%M:%SZ}"
    assert {node["valid_until"] for node in cluster["nodes"]} >= {cluster["valid_until"]}
    assert f"Certificates valid until {end:%Y-%m-%d %H:%M:%S} UTC" in shown.text.partition("Who did it")[0]
    assert document["reminder"] == REMINDER_FILE and REMINDER_FILE in shown.links
    (event,) = events_of((folder.path / REMINDER_FILE).read_bytes().decode())
    assert event["SUMMARY"] == f"Renew database certificates: {CLUSTER}"
    day = datetime.strptime(event["DTSTART;VALUE=DATE"], "%Y%m%d").replace(tzinfo=timezone.utc)
    assert now_utc() < day < end
    assert f"Prepare the next renewal by {day:%Y-%m-%d}" in shown.text
    again = renewed(fleet, tmp_path)
    assert (again.clusters[0].outcome, again.clusters[0].valid_until) == ("nothing to do", cluster["valid_until"])


def test_a_stopped_run_tells_why_and_what_is_left(lab: Lab, tmp_path: Path) -> None:
    fleet = lab("expired", faults=[Fault("lon-3", "operation", "fail", match="join")])
    folder = run_of(fleet, tmp_path)
    document, cluster, shown = report_of(folder)
    assert [one["result"] for one in cluster["attempts"] if one["node"] == "lon-3"][-1] == "failed"
    after = {node["name"]: node["after"]["status"] for node in cluster["nodes"]}
    assert after[KEEPER]["status"] == "Enabled" and after["lon-4"]["status"] == "Disabled"
    (told,) = document["clusters"]
    assert told["remaining"] and told["reason"] in shown.text
    # Of certificates that are not in place nobody needs to be reminded.
    assert (told["valid_until"], document["reminder"]) == (None, None) and not (folder.path / REMINDER_FILE).exists()
    for text in ("! Stopped", "Remaining steps", "✗ failed", f"mmpctl resume {folder.name}"):
        assert text in shown.text, text
    assert "✓ passed" not in shown.text

    fleet.faults.clear()
    resume.run(nornir(fleet), folder, watch=Watch(limits=LIMITS))
    document, cluster, shown = report_of(folder)
    assert [part["outcome"] for part in cluster["parts"]] == ["stopped", "renewed"]
    beginning = (folder.path / "report.html").read_text(encoding="utf-8").partition("<main")[0]
    assert "–." not in beginning, "a dash stands for a value that is missing, and none is"
    assert "It was done in 2 parts" in beginning and "part 1 ended as stopped" in beginning
    joins = [one for one in cluster["attempts"] if one["action"] == "join" and one["node"] == "lon-3"]
    assert [[said["result"] for said in one["verdicts"]] for one in joins] == [
        ["failed", "failed", "not accepted"],
        ["done"],
    ]
    assert [said["looked_up"] for said in joins[0]["verdicts"]] == [False, True, True]
    assert "found at" in shown.text
    assert cluster["nodes"][0]["before"]["status"]["expired"], "before the run, not before it was resumed"
    assert "✓ Renewed" in shown.text and "Remaining steps" not in shown.text
    assert document["clusters"][0]["valid_until"] and REMINDER_FILE in shown.links


def test_a_closed_run_tells_who_was_left_with_what(lab: Lab, tmp_path: Path) -> None:
    folder = run_of(lab("expired", faults=[Fault(KEEPER, "command", "drop", match="remove")]), tmp_path)
    runs.close(folder.path.parent, folder.name, "put together by hand", now_utc)
    assert rewrite_report(folder, now_utc) is None
    document, cluster, shown = report_of(folder)
    assert document["clusters"][0]["outcome"] == "stopped", "how the command ended stays as it was told"
    assert cluster["parts"][-1]["outcome"] == "closed"
    for text in ("· Closed", "put together by hand", "Why it had stopped", "Remaining steps"):
        assert text in shown.text, text


def test_what_devices_say_is_text_and_nothing_else(lab: Lab, tmp_path: Path) -> None:
    fleet = lab("expired", faults=[Fault("lon-2", "question", "extra", text=HOSTILE, match="remove")])
    folder = run_of(fleet, tmp_path)
    _, _, shown = report_of(folder)
    assert "<script>alert(1)</script>" in shown.text and "\\u202e" in shown.text
    transcript = folder.path / "transcripts" / "lon-2.txt"
    transcript.write_bytes(b"12:00:00.000 < \xff\x00\x1b]0;x\x07 <img src=x onerror=alert(1)>\n" * 3)
    assert made_anew(folder).text.count("<img src=x onerror=alert(1)>") == 3


def test_the_report_holds_no_secret(lab: Lab, tmp_path: Path) -> None:
    fleet = lab("due")
    folder = run_of(fleet, tmp_path, keepers={})
    keys = [path.read_text().splitlines()[1] for path in fleet.certificates.rglob("*.key")]
    assert keys
    for name in ("report.json", "report.html"):
        path = folder.path / name
        assert path.stat().st_mode & 0o777 == 0o600
        text = path.read_text(encoding="utf-8")
        assert fleet.password not in text and not any(key in text for key in keys)


def test_a_run_that_was_cut_off_has_a_page_all_the_same(lab: Lab, tmp_path: Path) -> None:
    folder = run_of(lab("due"), tmp_path, keepers={})
    journal = folder.path / "journal.jsonl"
    lines = journal.read_bytes().splitlines(keepends=True)
    upto = next(at for at, line in enumerate(lines) if b'"question"' in line and b'"initialize' in line)
    journal.write_bytes(b"".join(lines[: upto + 1]) + lines[upto + 1][:20])
    for name in ("report.json", "report.html"):
        (folder.path / name).unlink()
    shown = made_anew(folder)
    for text in ("! Unfinished", "? end not seen", "its last line was cut off", "Steps of the plan that were not seen"):
        assert text in shown.text, text


def test_a_damaged_journal_is_told_and_shown_up_to_the_damage(lab: Lab, tmp_path: Path) -> None:
    folder = run_of(lab("due"), tmp_path, keepers={})
    journal = folder.path / "journal.jsonl"
    lines = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(b"".join([*lines[:9], lines[9].replace(b"done", b"gone").replace(b"lon", b"osl"), *lines[10:]]))
    bak = next((folder.path / "backups" / "lon-2").rglob("*.bak"))
    bak.write_bytes(bak.read_bytes() + b"x")
    shown = made_anew(folder)
    for text in ("Parts of this run cannot be relied on", "line 10 of", "✗ not intact", "9 records"):
        assert text in shown.text, text
    (folder.path / "request.json").write_text("{")
    (folder.path / "plan.json").unlink()
    (folder.path / "report.json").write_text("[]")
    shown = made_anew(folder)
    assert shown.text.count("it is damaged") == 2 and "it is not there" in shown.text
    assert CLUSTER in shown.text


def test_a_backup_that_was_changed_or_lost_is_told(lab: Lab, tmp_path: Path) -> None:
    folder = run_of(lab("due"), tmp_path, keepers={})
    first, second = (next((folder.path / "backups" / name).rglob("*.bak")) for name in ("lon-2", "lon-3"))
    first.write_bytes(first.read_bytes()[:-1] + b"x")
    second.unlink()
    shown = made_anew(folder)
    assert shown.text.count("✗ changed") == 1 and shown.text.count("✗ not there") == 1


def test_a_run_of_an_older_release_has_a_page(lab: Lab, tmp_path: Path) -> None:
    folder = run_of(lab("due"), tmp_path, keepers={})
    older = RunFolder(folder.path.parent / "20260101-000000-0000")
    older.path.mkdir()
    request = folder.document("request.json") or {}
    slim = [{key: value for key, value in one.items() if key not in NEWER} for one in request["clusters"]]
    for one in slim:
        one["nodes"] = [{key: value for key, value in node.items() if key not in NEWER} for node in one["nodes"]]
    request = {key: value for key, value in request.items() if key not in NEWER}
    older.write("request.json", {**request, "clusters": slim})
    older.write("plan.json", {"clusters": [{"name": CLUSTER, "steps": []}]})
    records = schemas.journal(folder.path / "journal.jsonl")
    journal = older.journal(lambda: datetime(2026, 1, 1, tzinfo=timezone.utc))
    for one in records:
        if one["event"] != "seen":
            begins = one["event"] == "begun"
            named = {key: one[key] for key in ("node", "step", "command", "result")}
            event = Event.KEEPER if begins else one["event"]
            journal.append(event, one["cluster"], **named, detail={} if begins else one["detail"])
    journal.close()
    told = {"name": CLUSTER, "keeper": KEEPER, "code": 0, "outcome": "renewed", "reason": None}
    older.write("report.json", {"schema": 1, "command": "renew", "run": older.name, "clusters": [told]})
    shown = made_anew(older)
    assert "✓ Renewed" in shown.text and "not recorded" in shown.text
    assert "Connected Master" in shown.text, "what a node said right before its first command is in the journal"
    assert "valid until" not in shown.text
    assert rewrite_report(older, now_utc) is None and not (older.path / REMINDER_FILE).exists()


def test_a_long_transcript_is_cut_at_its_beginning_and_told(lab: Lab, tmp_path: Path) -> None:
    folder = run_of(lab("due"), tmp_path, keepers={})
    path = folder.path / "transcripts" / "lon-2.txt"
    path.write_text("first\n" + "".join(f"line {number}\n" for number in range(40_000)) + "last\n")
    (one,) = (one for one in transcripts(folder) if one.node == "lon-2")
    assert one.bytes - one.left_out == 200_000 and one.text.endswith("line 39999\nlast\n")
    assert one.text.startswith("line ") and "first" not in one.text
    assert "are left out here" in made_anew(folder).text


class Listening(Silent):
    """Keeps the notes, and takes the report's place as soon as the run has its folder."""

    def __init__(self, runs: Path) -> None:
        self.runs = runs
        self.notes: list[str] = []

    def note(self, cluster: str, text: str) -> None:
        self.notes.append(text)
        for run in self.runs.glob("2*"):
            (run / "report.json" / "in the way").mkdir(parents=True, exist_ok=True)


def test_a_report_that_cannot_be_written_is_a_note_and_no_more(lab: Lab, tmp_path: Path) -> None:
    progress = Listening(tmp_path / "runs")
    report = renewed(lab("due"), tmp_path, keepers={}, progress=progress)
    assert (report.code, report.clusters[0].outcome) == (0, "renewed")
    assert [note for note in progress.notes if "could not be written" in note and f"{report.run} -o html" in note]


def test_the_page_on_the_command_line(lab: Lab, mmpctl: Command, tmp_path: Path) -> None:
    folder = run_of(lab("due"), tmp_path, keepers={})
    (folder.path / "report.html").unlink()
    shown = mmpctl("runs", folder.name, "--runs", folder.path.parent, "-o", "html")
    assert shown.code == 0
    check_page(shown.out)
    file = tmp_path / "page.html"
    written = mmpctl("runs", folder.name, "--runs", folder.path.parent, "-o", "html", "--output-file", file)
    assert (written.code, written.out) == (0, "")
    assert folder.name in check_page(file.read_text(encoding="utf-8")).text
    assert mmpctl("runs", "--runs", folder.path.parent, "-o", "html").code == 2


@pytest.mark.parametrize("form", ["csv", "pdf"])
def test_a_form_that_is_not_there_is_refused(mmpctl: Command, form: str) -> None:
    assert mmpctl("runs", "-o", form).code == 2
