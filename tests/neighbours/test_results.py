"""nornir-salt's serializer and processors work on the results of our tasks."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mmpctl import tasks
from mmpctl.certificates.secret import Secret
from mmpctl.tasks.plain_results import PlainResults
from tests.support.fleet import nornir
from tests.support.lab import Lab

pytestmark = pytest.mark.neighbours


def test_the_serializer_takes_results_as_they_are_and_plain(lab: Lab) -> None:
    from nornir_salt.plugins.functions import ResultSerializer

    nr = nornir(lab("healthy")).filter(name="lon-2")
    told = ResultSerializer(nr.run(task=tasks.status), add_details=True)
    assert told["lon-2"]["status"]["result"].startswith("DatabaseStatus(status='Enabled'")
    plain = nr.with_processors([PlainResults()])
    told = ResultSerializer(plain.run(task=tasks.status))
    assert told["lon-2"]["status"]["status"] == "Enabled"
    assert told["lon-2"]["status"]["nodes"][0]["address"]
    told = ResultSerializer(plain.run(task=tasks.examine), add_details=True)
    assert json.loads(json.dumps(told))["lon-2"]["examine"]["failed"] is False
    told = ResultSerializer(
        plain.run(task=tasks.upload, files={"new.cer": Secret(b"x")}, dry_run=True), add_details=True, to_dict=False
    )
    assert (told[0]["changed"], told[0]["diff"].startswith("+new.cer")) == (True, True)
    told = ResultSerializer(plain.run(task=tasks.read_certificate, file="a.key"), add_details=True)
    assert "keys stay on the device" in told["lon-2"]["read_certificate"]["exception"]


def test_processors_find_differences_fields_and_faults(lab: Lab, tmp_path: Path) -> None:
    from nornir_salt.plugins.functions import ResultSerializer
    from nornir_salt.plugins.processors import DataProcessor, DiffProcessor, TestsProcessor, ToFileProcessor

    fleet = lab("healthy")
    nr = nornir(fleet).filter(name="lon-2")
    saved = str(tmp_path / "saved")
    nr.with_processors([PlainResults(), ToFileProcessor(tf="files", base_url=saved)]).run(task=tasks.list_files)
    (fleet.nodes["lon-2"].files / "odd.cer").write_text("odd")
    compared = nr.with_processors([PlainResults(), DiffProcessor(diff="files", base_url=saved)])
    assert '+        "odd.cer"' in compared.run(task=tasks.list_files)["lon-2"][0].result

    flat = nr.with_processors([PlainResults(), DataProcessor([{"fun": "flatten"}])])
    assert flat.run(task=tasks.status)["lon-2"][0].result["certificates.ca_certificate"] == "dbclusterca.cer"

    suite = [
        {"name": "enabled", "task": "status", "test": "eval", "expr": "assert result['status'] == 'Enabled'"},
        {"name": "alone", "task": "status", "test": "eval", "expr": "assert result['status'] == 'Disabled'"},
    ]
    tested = nr.with_processors([PlainResults(), TestsProcessor(tests=suite)]).run(task=tasks.status)
    verdicts = {one["name"]: one["result"] for one in ResultSerializer(tested, add_details=True, to_dict=False)}
    assert verdicts == {"enabled": "PASS", "alone": "FAIL"}
