"""How old backups here are, and which are deleted: copies of `backup --keep`, and those of runs only when asked."""

from __future__ import annotations

import errno
import json
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from mmpctl.lab.fault import Fault
from mmpctl.runbooks import audit
from mmpctl.runs.folder import RunFolder
from mmpctl.runs.record import Event
from mmpctl.runs.runs_folder import create
from tests.support.command import Command
from tests.support.copies import copy
from tests.support.lab import Lab

NOW = datetime.now(timezone.utc)
REQUEST = {"command": "renew", "clusters": [{"name": "lon-prod", "keeper": "lon-1"}]}


def day(days_ago: int) -> str:
    return f"{NOW - timedelta(days=days_ago):%Y%m%d-%H%M%S}"


def test_a_backup_keeps_as_many_as_are_wanted_here_and_all_on_the_nodes(lab: Lab, mmpctl: Command) -> None:
    fleet = lab("healthy")
    old = [copy(Path("kept"), day(ago)) for ago in (3, 2)]
    (fleet.nodes["lon-1"].files / f"{old[0].name}.bak").write_bytes(b"data")
    said = mmpctl("backup", "--to", "kept", "--keep", "2", "--host", "lon-1", "-o", "json", fleet=fleet)
    assert said.code == 0, said
    (node,) = said.document["nodes"]
    assert node["pruned"] == [old[0].name]
    assert not old[0].exists() and old[1].is_dir() and len(list(Path("kept/lon-1").iterdir())) == 2
    assert (fleet.nodes["lon-1"].files / f"{old[0].name}.bak").is_file()
    assert len(list(fleet.nodes["lon-1"].files.glob("*.bak"))) == 2


def test_a_backup_tells_what_it_deleted(lab: Lab, mmpctl: Command) -> None:
    fleet = lab("healthy")
    copy(Path("kept"), day(3))
    said = mmpctl("backup", "--to", "kept", "--keep", "1", "--host", "lon-1", fleet=fleet)
    assert said.code == 0 and "1 older backup deleted on this machine; nothing was deleted on a node." in said.out


def test_a_backup_that_failed_deletes_nothing(lab: Lab, mmpctl: Command) -> None:
    fleet = lab("healthy", faults=[Fault("lon-1", "download", "drop", match=".bak", count=9)])
    old = [copy(Path("kept"), day(ago)) for ago in (3, 2)]
    said = mmpctl("backup", "--to", "kept", "--keep", "1", "--host", "lon-1", fleet=fleet)
    assert said.code == 7 and all(one.is_dir() for one in old)


def test_an_old_backup_is_a_finding_and_a_metric(lab: Lab, mmpctl: Command) -> None:
    fleet = lab("healthy")
    for node, ago in (("lon-1", 2), ("lon-2", 45)):
        copy(Path("kept"), day(ago), node=node)
    said = mmpctl("audit", "--backups", "kept", "-o", "json", fleet=fleet)
    assert said.code == 3, said
    nodes = {node["name"]: node for cluster in said.document["clusters"] for node in cluster["nodes"]}
    told = {name: [one for one in node["findings"] if one["id"] == "backup-old"] for name, node in nodes.items()}
    assert told["lon-1"] == [] and nodes["lon-1"]["backup"]["snapshot"] == f"mmpctl-{day(2)}"
    assert "is 45 days old" in told["lon-2"][0]["message"] and "--host lon-2" in told["lon-2"][0]["cure"]
    assert "does not exist" in told["lon-3"][0]["message"] and nodes["lon-3"]["backup"] is None
    metrics = mmpctl("audit", "--backups", "kept", "-o", "prometheus", fleet=fleet).out
    made = [line for line in metrics.splitlines() if line.startswith("mmpctl_backup_timestamp_seconds{")]
    assert len(made) == 2 and 'node="lon-1"' in made[0]
    assert 'id="backup-old",node="lon-3"' in metrics

    assert "backup-old" not in mmpctl("audit", "-o", "json", fleet=fleet).out
    assert mmpctl("audit", "--backups", "nowhere", fleet=fleet).code == 2
    aged = mmpctl("audit", "--backups", "kept", "--backup-days", "1", "--host", "lon-1", "-o", "json", fleet=fleet)
    assert "is 2 days old" in aged.out


@pytest.fixture
def run(mmpctl: Command) -> RunFolder:
    one = create(Path("runs"), REQUEST, NOW - timedelta(days=9))
    # A journal is there before there are backups.
    journal = one.journal(lambda: NOW)
    journal.append(Event.KEEPER, "lon-prod", node="lon-1")
    journal.close()
    (one.subfolder("backups", "lon-1", "pre-x") / "pre-x.bak").write_bytes(b"12345")
    return one


def test_backups_that_cannot_be_read_are_a_finding(lab: Lab, mmpctl: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    def unreadable(place: Path, node: str) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", str(place / node))

    # Nothing is unreadable for root, by whom tests may be run.
    monkeypatch.setattr(audit, "last_good", unreadable)
    Path("kept").mkdir()
    said = mmpctl("audit", "--backups", "kept", "--host", "lon-1", "-o", "json", fleet=lab("healthy"))
    (node,) = said.document["clusters"][0]["nodes"]
    (old,) = [one for one in node["findings"] if one["id"] == "backup-old"]
    assert said.code == 3 and "cannot be read: Permission denied" in old["message"]


def test_the_backups_of_runs_are_listed_with_their_age(run: RunFolder, mmpctl: Command) -> None:
    (row,) = mmpctl("runs", "--backups", "-o", "json").document["backups"]
    assert (row["run"], row["days"], row["bytes"], row["nodes"]) == (run.name, 9, 5, ["lon-1"])
    assert run.name in mmpctl("runs", "--backups").out


def test_the_backups_of_a_run_that_has_not_ended_are_never_deleted(run: RunFolder, mmpctl: Command) -> None:
    said = mmpctl("runs", "--purge-backups", run.name, "--yes")
    assert said.code == 5 and "has not ended" in said.err
    assert (run.path / "backups/lon-1/pre-x/pre-x.bak").is_file()


def test_the_backups_of_a_run_are_deleted_on_request_only(run: RunFolder, mmpctl: Command) -> None:
    mmpctl("runs", "--close", run.name, "--reason", "by hand")
    backup = run.path / "backups/lon-1/pre-x/pre-x.bak"
    said = mmpctl("runs", "--purge-backups", run.name)
    assert said.code == 5 and "nothing was deleted" in said.err and backup.is_file()
    precious = Path("precious")
    precious.mkdir()
    (precious / "x.bak").write_text("mine")
    (run.path / "backups/lon-1/elsewhere").symlink_to(precious.resolve())
    done = mmpctl("runs", "--purge-backups", "latest", "--yes", "-o", "json")
    assert done.code == 0 and done.document["purged"] == ["backups/lon-1/pre-x/pre-x.bak"]
    assert not backup.exists() and (precious / "x.bak").read_text() == "mine"
    note = json.loads((run.path / "purged.json").read_text())
    assert note["files"] == done.document["purged"] and note["user"]
    assert mmpctl("runs", run.name).code == 0
    assert mmpctl("runs", "--purge-backups", run.name, "--yes").code == 5
