"""`cleanup`: finds what nothing refers to, and deletes exactly what is named, if nothing speaks against it."""

from __future__ import annotations

import json
import os
import shutil
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from nornir.core import Nornir

from mmpctl.certificates.key_ties import KeyTie, KeyTies, written_ties
from mmpctl.errors import UsageError
from mmpctl.inventory.select import select
from mmpctl.lab.fault import Fault
from mmpctl.lab.fleet import Fleet
from mmpctl.lab.scenario import deployment
from mmpctl.leftovers.deletion import permit_deletion
from mmpctl.leftovers.named_file import Named
from mmpctl.runbooks import cleanup
from mmpctl.runbooks.cleanup import CleanupReport
from mmpctl.runs.lock import LockedError, locked
from mmpctl.signing.wanted_files import Sources
from mmpctl.times import now_utc, stamp
from tests.support import schemas
from tests.support.command import Command
from tests.support.fleet import nornir, renewed
from tests.support.lab import Lab
from tests.support.person import Person, squeezed
from tests.support.service_runs import renewed as renewed_services
from tests.support.service_runs import resumed

OLD = ("old.cer", "old.key")
CONTENT = b"what an old file holds\n" * 20


@pytest.fixture
def fleet(lab: Lab) -> Fleet:
    """A healthy cluster; on lon-2, two files that nothing refers to."""
    return with_files(lab("healthy"))


def with_files(fleet: Fleet, *names: str) -> Fleet:
    for name in names or OLD:
        (fleet.nodes["lon-2"].files / name).write_bytes(CONTENT)
    return fleet


def one_node(fleet: Fleet) -> Nornir:
    return select(nornir(fleet), hosts=["lon-2"])


def states(report: CleanupReport, node: str = "lon-2") -> dict[str, str]:
    """Each file that is not in use, and what it counts as."""
    told = schemas.check(cleanup.document(report))
    return next({one["file"]: one["state"] for one in each["files"]} for each in told["nodes"] if each["name"] == node)


def delete(fleet: Fleet, tmp_path: Path, *files: str, **options: Any) -> CleanupReport:
    options.setdefault("confirm", lambda _: True)
    named = [f"lon-2:{file}" for file in files or OLD]
    sources = Sources(tmp_path / "runs", options.pop("requests", None), options.pop("over", frozenset()))
    report = cleanup.delete(one_node(fleet), named, tmp_path / "saved", sources, **options)
    schemas.check(cleanup.document(report))
    return report


def there(fleet: Fleet) -> set[str]:
    return {path.name for path in fleet.nodes["lon-2"].files.iterdir()}


def untouched(fleet: Fleet, report: CleanupReport, why: str) -> None:
    """Nothing was deleted, and the reason is told."""
    assert set(OLD) <= there(fleet)
    assert report.code == 5
    assert any(why in (one.reason or "") for one in report.deletions), [one.reason for one in report.deletions]
    assert fleet.log.select("sftp-remove") == []


def test_it_lists_what_neither_the_database_nor_a_service_names_and_changes_nothing(fleet: Fleet) -> None:
    report = cleanup.run(nornir(fleet))
    assert report.code == 0
    assert states(report) == {"old.cer": "unused", "old.key": "unused"}
    assert states(report, "lon-1") == {}
    told = cleanup.document(report)["nodes"]
    assert all(one["since"] for node in told for one in node["files"])
    assert all(node["in_use"] == 7 for node in told if node["name"] == "lon-2"), "five of the database, two of services"
    assert fleet.log.select("sftp-get", "sftp-put", "sftp-remove") == []


def test_a_named_file_is_saved_and_deleted_and_no_other(fleet: Fleet, tmp_path: Path) -> None:
    before = there(fleet)
    report = delete(fleet, tmp_path, "old.key")
    assert report.code == 0 and before - there(fleet) == {"old.key"}
    saved = report.deletions[0].saved
    assert saved is not None and Path(saved.path).read_bytes() == CONTENT
    assert stat.S_IMODE(Path(saved.path).stat().st_mode) == 0o600
    assert {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "saved").rglob("*") if path.is_dir()} == {0o700}
    assert [path.name for path in Path(saved.path).parent.iterdir()] == ["old.key"]


def test_the_same_command_goes_on_after_one_that_died_on_its_way(fleet: Fleet, tmp_path: Path) -> None:
    first = delete(fleet, tmp_path, "old.key").deletions[0]
    assert first.saved is not None
    # It died before it came to the other file.
    report = delete(fleet, tmp_path)
    assert report.code == 0 and not {*OLD} & there(fleet)
    (again,) = (one for one in report.deletions if one.named == first.named)
    assert (again.state, again.saved, again.reason) == (first.state, first.saved, None)
    asked: list[object] = []
    assert delete(fleet, tmp_path, confirm=asked.append).code == 0 and asked == []
    untold = cleanup.document(delete(fleet, tmp_path / "elsewhere"))["deletions"]
    assert ["`pki list` does not show it" in (one["reason"] or "") for one in untold] == [True, True]


@pytest.mark.parametrize("file", ["dbclusterserver.key", "dbclusterca.cer", "core.cer"])
def test_a_file_in_use_keeps_all_that_was_named(fleet: Fleet, tmp_path: Path, file: str) -> None:
    untouched(fleet, delete(fleet, tmp_path, *OLD, file), "used by")
    assert not (tmp_path / "saved").exists(), "nothing was fetched either"


def test_a_file_that_comes_into_use_before_it_is_deleted_stays(fleet: Fleet, tmp_path: Path) -> None:
    def confirm(_: Sequence[Named]) -> bool:
        fleet.nodes["lon-2"].services["webadmin"].names = {"key": "old.key", "certificate": "old.cer"}
        return True

    untouched(fleet, delete(fleet, tmp_path, confirm=confirm), "used by webadmin")


@pytest.mark.parametrize("unknown", ["turn", "user list"])
def test_a_service_that_the_release_does_not_know_uses_nothing(lab: Lab, unknown: str) -> None:
    fleet = with_files(lab("healthy", unknown=frozenset({unknown, "recorder"})))
    assert set(states(cleanup.run(one_node(fleet))).values()) == {"unused"}


def test_a_service_that_is_not_understood_leaves_nothing_to_delete(lab: Lab, tmp_path: Path) -> None:
    fleet = with_files(lab("healthy"))
    fleet.nodes["lon-2"].services["turn"].printed = "TLS cert quantum : old.cer with words that nobody knows"
    report = cleanup.run(one_node(fleet))
    assert set(states(report).values()) == {"not judged"}
    assert "turn" in cleanup.document(report)["nodes"][0]["not_seen"][0]
    untouched(fleet, delete(fleet, tmp_path), "not understood")


def test_an_open_request_is_kept(lab: Lab, tmp_path: Path) -> None:
    fleet = with_files(lab("healthy"), *OLD, "new.key", "new.csr")
    folder = tmp_path / "requests" / "lon-prod" / "lon-2"
    folder.mkdir(parents=True)
    ties = KeyTies("lon-2", "lon-prod", {"server.key": KeyTie("old.key", "0" * 64)})
    (folder / "request.json").write_bytes(written_ties(ties, now_utc()))
    requests = tmp_path / "requests"
    report = cleanup.run(one_node(fleet), Sources(requests=requests))
    assert set(states(report).values()) == {"open request"}
    untouched(fleet, delete(fleet, tmp_path, "old.key", requests=requests), "request.json")
    untouched(fleet, delete(fleet, tmp_path, "new.csr"), "without a certificate")
    (folder / "request.json").write_text("{}", encoding="utf-8")
    with pytest.raises(UsageError, match="nobody knows which keys"):
        cleanup.run(one_node(fleet), Sources(requests=requests))


def test_nothing_is_deleted_while_a_run_is_unfinished(lab: Lab, tmp_path: Path) -> None:
    stops = Fault("lon-3", "command", "refuse", match="database cluster remove", text="ERROR: not now", count=0)
    fleet = with_files(lab("due", faults=[stops]))
    run = renewed(fleet, tmp_path).run
    assert run is not None
    report = delete(fleet, tmp_path)
    assert report.code == 5 and set(OLD) <= there(fleet)
    assert f"the run {run} has not ended" in (report.deletions[0].reason or "")
    shutil.rmtree(tmp_path / "runs")
    report = delete(fleet, tmp_path)
    assert report.code == 5 and set(OLD) <= there(fleet)
    assert f"--other-run {run}" in (report.deletions[0].reason or ""), "by its backup on the node"
    assert delete(fleet, tmp_path, over=frozenset({run})).code == 0


def test_a_run_that_appears_before_the_deletion_stops_it(fleet: Fleet, tmp_path: Path) -> None:
    def confirm(_: Sequence[Named]) -> bool:
        with_files(fleet, f"mark-{stamp(now_utc())}-abcd-0123abcd.pem")
        return True

    untouched(fleet, delete(fleet, tmp_path, confirm=confirm), "has left its mark")


def test_a_run_of_this_machine_locks_the_node(fleet: Fleet, tmp_path: Path) -> None:
    host, port = fleet.address("lon-2")
    with locked([f"{host}:{port}"], {"pid": "4711"}), pytest.raises(LockedError):
        delete(fleet, tmp_path)
    assert set(OLD) <= there(fleet)


def test_a_node_that_refuses_to_delete_is_told_and_the_copy_stays(lab: Lab, tmp_path: Path) -> None:
    fleet = with_files(lab("healthy", sftp_remove=False))
    report = delete(fleet, tmp_path)
    untouched(fleet, report, "does not allow it")
    assert all(one.saved is not None and Path(one.saved.path).exists() for one in report.deletions)


@pytest.mark.parametrize(("kind", "deleted"), [("drop", False), ("drop-after", True)])
def test_a_line_that_drops_during_the_deletion_is_looked_after(
    lab: Lab, tmp_path: Path, kind: str, deleted: bool
) -> None:
    fleet = with_files(lab("healthy", faults=[Fault("lon-2", "delete", kind)]))
    report = delete(fleet, tmp_path, "old.cer")
    assert ("old.cer" not in there(fleet)) is deleted
    assert report.code == (0 if deleted else 5)
    assert deleted or "the connection ended before old.cer was deleted" in (report.deletions[0].reason or "")


def test_a_copy_that_differs_between_two_fetches_stops_the_deletion(lab: Lab, tmp_path: Path) -> None:
    fleet = with_files(lab("healthy", faults=[Fault("lon-2", "download", "flip", nth=2, match="old.cer")]))
    untouched(fleet, delete(fleet, tmp_path, "old.cer"), "two fetches of old.cer differ")
    assert [path for path in (tmp_path / "saved").rglob("*") if path.is_file()] == []


def test_a_full_disk_stops_the_deletion(fleet: Fleet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "mmpctl.device.sftp.local_file.shutil.disk_usage", lambda _: shutil._ntuple_diskusage(100, 100, 0)
    )
    untouched(fleet, delete(fleet, tmp_path), "0 bytes are free")


def test_a_file_that_changes_after_it_was_saved_stays(
    fleet: Fleet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def permit(*seen_and_saved: Any) -> Any:
        (fleet.nodes["lon-2"].files / "old.cer").write_bytes(CONTENT.swapcase())
        return permit_deletion(*seen_and_saved)

    monkeypatch.setattr("mmpctl.runbooks.cleanup.permit_deletion", permit)
    untouched(fleet, delete(fleet, tmp_path, "old.cer"), "differs from the copy")


def test_a_node_that_is_not_seen_makes_the_list_incomplete(lab: Lab, tmp_path: Path) -> None:
    fleet = with_files(lab("healthy"))
    fleet.take_down("lon-2")
    report = cleanup.run(nornir(fleet))
    assert report.code == 10 and cleanup.document(report)["nodes"][0]["error"] is None
    report = delete(fleet, tmp_path)
    assert report.code == 5 and "was not seen" in (report.deletions[0].reason or "")


@pytest.mark.parametrize("named", ["old.cer", "lon-9:old.cer", "lon-2:", "lon-2:live.json", "lon-2:../old.cer"])
def test_what_is_no_file_of_a_selected_node_is_a_mistake(fleet: Fleet, tmp_path: Path, named: str) -> None:
    with pytest.raises(UsageError):
        cleanup.delete(one_node(fleet), [named], tmp_path / "saved")


def test_without_a_terminal_only_yes_confirms(fleet: Fleet, mmpctl: Command) -> None:
    words = ("cleanup", "--host", "lon-2", "--delete", "lon-2:old.cer", "-o", "json")
    said = mmpctl(*words, fleet=fleet)
    reason = said.document["deletions"][0]["reason"]
    assert said.code == 5 and reason == "nobody has confirmed it: say yes on a terminal, or give --yes"
    assert "old.cer" in there(fleet)
    said = mmpctl(*words, "--yes", fleet=fleet)
    assert said.code == 0 and "old.cer" not in there(fleet)
    assert Path(said.document["deletions"][0]["saved"]).parts[:2] == ("saved", "lon-2")
    assert mmpctl("cleanup", "--yes", fleet=fleet).code == 2


@pytest.mark.parametrize("answer", ["yes", "no"])
def test_on_a_terminal_it_asks(fleet: Fleet, tmp_path: Path, answer: str, mmpctl: Command) -> None:
    assert mmpctl("cleanup", "--host", "lon-2", fleet=fleet).code == 0
    words = ["cleanup", "-i", str(fleet.inventory), "--host", "lon-2", "--delete", "lon-2:old.key"]
    person = Person(words, tmp_path, {**os.environ, "TERM": "xterm", "COLUMNS": "100"})
    try:
        person.waits_for("to go on: ")
        assert "Deletelon-2:old.key?" in squeezed(person.seen)
        person.types(f"{answer}\n")
        assert person.ends() == (0 if answer == "yes" else 5)
        assert ("old.key" in there(fleet)) is (answer == "no")
        # The result alone: the list of all that is not in use was seen before.
        told = squeezed(person.seen)
        assert ("✓1filewasdeleted" if answer == "yes" else "✗Nothingwasdeleted") in told and "State" not in told, told
        assert answer == "yes" or "lon-2:old.keywasnotdeleted:youdidnotsayyes" in told
    finally:
        person.leaves()


def test_the_table_says_since_when_and_why_and_what_to_type(fleet: Fleet, mmpctl: Command) -> None:
    with_files(fleet, *OLD, "dbserver-20281231-1a2b3c4d.cer", "dbserver-20281231-1a2b3c4d.key")
    said = mmpctl("cleanup", "--host", "lon-2", fleet=fleet)
    told = squeezed(said.out)
    assert "4filesnotinuseon1node:2staged,2unused" in told
    assert told.count("itisnamedforarenewal") == 1 and told.count("neitherthedatabaseclusternoraservice") == 1
    assert said.out.count("named for a renewal") == 1
    assert "--hostlon-2--deletelon-2:old.cer" in told.partition("Next:mmpctlcleanup")[2]


def test_the_document_says_what_to_type_next(fleet: Fleet, mmpctl: Command) -> None:
    with_files(fleet, *OLD)
    typed = mmpctl("cleanup", "--host", "lon-2", "-o", "json", fleet=fleet).document["next"]
    assert typed.startswith("mmpctl cleanup --inventory ") and typed.endswith(" --host lon-2 --delete lon-2:old.cer")
    after = mmpctl("cleanup", "--host", "lon-2", "--delete", "lon-2:core.cer", "-o", "json", fleet=fleet)
    assert after.document["next"].endswith(" --host lon-2") and "--delete" not in after.document["next"]


def test_a_deletion_that_is_refused_says_why_once_and_lists_nothing_else(fleet: Fleet, mmpctl: Command) -> None:
    named = [word for file in (*OLD, "core.cer") for word in ("--delete", f"lon-2:{file}")]
    said = mmpctl("cleanup", "--host", "lon-2", *named, "--yes", fleet=fleet)
    assert said.code == 5
    first, *rest = said.out.splitlines()
    assert first == "✗ Nothing was deleted"
    told = squeezed("".join(rest))
    assert "✗lon-2:core.cerwasnotdeleted:usedby" in told
    assert "✗lon-2:old.cerandlon-2:old.keywerenotdeleted:anotherfilethatwasnamedisrefused" in told
    assert "Since" not in told


def test_nobody_is_told_to_delete_a_file_that_may_wait_for_its_renewal(lab: Lab, mmpctl: Command) -> None:
    fleet = with_files(lab("healthy"), "dbserver-20281231-1a2b3c4d.cer")
    said = mmpctl("cleanup", "--host", "lon-2", fleet=fleet)
    assert "dbserver-20281231-1a2b3c4d.cer" in squeezed(said.out) and "Next:" not in said.out


def test_no_content_is_shown_or_logged(fleet: Fleet, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    report = delete(fleet, tmp_path)
    assert CONTENT.decode().splitlines()[0] not in caplog.text + json.dumps(cleanup.document(report)) + repr(report)


def test_a_run_of_services_counts_for_servers_without_a_cluster_too(lab: Lab, tmp_path: Path) -> None:
    refused = Fault("lon-edge-1", "command", "refuse", match="webbridge3 https certs", text="ERROR: no")
    fleet, sources = lab(deployment(), faults=[refused]), Sources(tmp_path / "runs")
    run = renewed_services(fleet, tmp_path, "webbridge3", only=frozenset({"lon-edge-1"})).run

    def at_work() -> list[tuple[str, ...]]:
        seen = cleanup.run(select(nornir(fleet), hosts=["lon-edge-1", "lon-edge-2"]), sources).seen
        return [one.value.at_work for one in seen.values()]

    assert at_work() == [(f"the run {run} has not ended",)] * 2
    fleet.faults.clear()
    assert resumed(fleet, tmp_path).code == 0
    # Its marks are still there, and everybody knows that it has ended.
    assert at_work() == [(), ()]
