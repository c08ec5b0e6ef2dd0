"""`mmpctl audit` as it is typed: several forms at once, Nagios, history, progress, Ctrl-C."""

from __future__ import annotations

import csv
import io
import re
import signal
import stat
import subprocess
from pathlib import Path

import pytest

from mmpctl.lab.fault import Fault
from mmpctl.lab.scenario import Scenario
from tests.support import schemas
from tests.support.children import PATIENCE_SECONDS, ended
from tests.support.command import Command
from tests.support.lab import Lab
from tests.support.person import Person
from tests.support.process import COMMAND, environment, quick_to_read


def test_several_forms_into_a_folder(lab: Lab, mmpctl: Command) -> None:
    fleet = lab("expired")
    Path("out").mkdir()
    forms = ("table", "json", "csv", "html", "prometheus")
    said = mmpctl("audit", *(word for form in forms for word in ("-o", form)), "--output-dir", "out", fleet=fleet)
    assert (said.code, said.out) == (4, ""), said
    assert sorted(path.name for path in Path("out").iterdir()) == [
        "audit.csv",
        "audit.html",
        "audit.json",
        "audit.prom",
        "audit.txt",
    ]
    document = schemas.parse(Path("out/audit.json").read_text("utf-8"))
    rows = list(csv.DictReader(io.StringIO(Path("out/audit.csv").read_text("utf-8-sig"))))
    assert (
        len([row for row in rows if row["use"] not in ("cluster", "node")]) == document["summary"]["certificates"] > 0
    )
    assert Path("out/audit.html").read_text("utf-8").startswith("<!DOCTYPE html>")
    assert re.search(r"^mmpctl_\w+\{", Path("out/audit.prom").read_text("utf-8"), re.MULTILINE)
    assert "EXPIRED" in Path("out/audit.txt").read_text("utf-8")
    assert not stat.S_ISLNK(Path("out/audit.json").lstat().st_mode)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("-o", "csv", "-o", "json"), "several formats need a folder"),
        (("-o", "xml"), "-o xml: no such format"),
        (("-o", "csv", "--output-dir", "/dev/null/no"), "/dev/null/no: Not a directory"),
        (("-o", "csv", "--output-dir", ".", "--output-file", "x"), "cannot be combined"),
        (("--page-by-site", "-o", "html", "--output-file", "x"), "--page-by-site needs a folder"),
        (("--page-by-site", "-o", "csv", "--output-dir", "."), "Add -o html --output-dir DIR."),
    ],
)
def test_what_contradicts_itself_is_refused_before_any_node_is_asked(
    lab: Lab, mmpctl: Command, options: tuple[str, ...], told: str
) -> None:
    fleet = lab("healthy")
    said = mmpctl("audit", *options, fleet=fleet)
    assert said.code == 2 and told in said.err, said
    assert len(fleet.log) == 0


@pytest.mark.parametrize(
    ("scenario", "code", "word"), [("healthy", 0, "OK"), ("due", 1, "WARNING"), ("expired", 2, "CRITICAL")]
)
def test_nagios(lab: Lab, mmpctl: Command, scenario: Scenario, code: int, word: str) -> None:
    said = mmpctl("audit", "--nagios", fleet=lab(scenario))
    assert said.code == code, said
    (line,) = said.out.splitlines()
    assert word in line and " | " in line


def test_nagios_with_a_node_that_was_not_seen(lab: Lab, mmpctl: Command) -> None:
    fleet = lab("healthy")
    fleet.take_down("lon-4")
    said = mmpctl("audit", "--nagios", fleet=fleet)
    assert (said.code, "UNKNOWN" in said.out) == (3, True), said


def test_history_tells_what_was_renewed(lab: Lab, mmpctl: Command) -> None:
    fleet = lab("due")
    assert mmpctl("audit", "--history", "audits.sqlite", fleet=fleet).code == 3
    renewed = mmpctl("renew", "--certs", fleet.certificates, "--yes", fleet=fleet)
    assert renewed.code == 0, renewed
    assert mmpctl("audit", "--history", "audits.sqlite", "-o", "html", "--output-file", "a.html", fleet=fleet).code == 0
    said = mmpctl("history", "audits.sqlite", "-o", "json")
    assert said.code == 0, said
    kinds = {change["kind"] for change in said.document["changes"]}
    assert kinds & {"renewed", "replaced"} and not kinds & {"worse"}, said.document
    assert mmpctl("history", "nothing.sqlite").code == 2


def test_progress_without_a_terminal_is_silent_where_it_is_quick(lab: Lab, mmpctl: Command) -> None:
    assert mmpctl("audit", fleet=lab("healthy")).err == ""


def test_on_a_terminal_nodes_that_are_not_well_are_told_as_they_come(lab: Lab, tmp_path: Path) -> None:
    fleet = lab("expired", faults=[Fault("lon-2", "output", "freeze", match="pki list")])
    fleet.take_down("lon-3")
    person = Person(["audit", "-i", str(fleet.inventory)], tmp_path, environment(quick_to_read(fleet)))
    try:
        person.waits_for("lon-3: not seen:")
        person.waits_for("lon-1: expired: database server")
        person.waits_for("3/4")
        person.types("\x03")
        assert person.ends() == 130
        assert "3 of 4 nodes were checked" in person.seen and "stopped" in person.seen, person.seen
    finally:
        person.leaves()


def test_ctrl_c_without_a_terminal(lab: Lab, tmp_path: Path) -> None:
    fleet = lab("healthy", faults=[Fault("lon-2", "output", "freeze", match="pki list")])
    with ended(
        subprocess.Popen(
            [*COMMAND, "audit", "-i", str(fleet.inventory)],
            cwd=tmp_path,
            env=environment(quick_to_read(fleet)),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
    ) as process:
        while not fleet.log.select("fault"):
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=PATIENCE_SECONDS)
    assert (out, "Traceback" in err, "stopped" in err) == ("", False, True), err
