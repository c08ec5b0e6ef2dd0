"""`check` beside what is in use: what a renewal with the new certificates would change."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mmpctl.certificates.certificate import certificate_of
from mmpctl.documents.kept import KeptAudit
from mmpctl.errors import UsageError
from mmpctl.history.last_in_use import read_audit
from mmpctl.inventory.load import load
from mmpctl.runbooks import check
from mmpctl.runbooks.check import CheckReport
from mmpctl.times import iso
from tests.support import inventories, pki, schemas
from tests.support.command import Command
from tests.support.lab import Lab
from tests.support.requests import lay_requests

OLD, NEW = pki.authority("Old CA"), pki.authority("New CA")


def row(use: str, pair: pki.Pair, severity: str = "ok", **more: Any) -> dict[str, Any]:
    facts = certificate_of(pair.der).facts
    return {
        "use": use,
        "file": "old.cer",
        "subject": facts.subject,
        "issuer": facts.issuer,
        "serial": facts.serial,
        "not_before": iso(facts.not_before),
        "not_after": iso(facts.not_after),
        "severity": severity,
        **more,
    }


def audit(*rows: dict[str, Any], node: str = "a-1", reachable: bool = True, at: str = "2026-01-31T12:00:00Z") -> Any:
    seen = {"name": node, "reachable": reachable, "error": None, "certificates": [*rows]}
    return {"at": at, "clusters": [{"name": "alpha", "nodes": [seen]}]}


def checked(tmp_path: Path, files: dict[str, bytes] | None, *audits: KeptAudit) -> CheckReport:
    """The report of one cluster, whose second node has been left out."""
    inventory = {"hosts": inventories.HOSTS, "groups": inventories.GROUPS, "defaults": inventories.DEFAULTS}
    folder = pki.write(tmp_path / "inventory", {f"{name}.yaml": text.encode() for name, text in inventory.items()})
    if files is not None:
        pki.write(tmp_path / "new" / "alpha" / "a-1", files)
    nodes = load(folder).filter(cluster="alpha")
    report = check.run(nodes, tmp_path / "new", leave_out=frozenset({"a-2"}), audits=audits)
    schemas.check(check.document(report))
    return report


def found(report: CheckReport) -> dict[str, str]:
    """The message of each finding by its id."""
    (node,) = report.nodes
    return {one.id: one.message for one in node.everything()}


SERVER = OLD.sign("cms1.example.com", starts=-300, ends=20, hosts=["db1.example.com"])
CLIENT = OLD.sign("postgres", starts=-300, ends=20)
IN_USE = audit(
    row("database server", SERVER, "due", names=["db1.example.com", "192.0.2.1"]), row("database client", CLIENT)
)


def test_what_changes_is_told_and_nothing_of_it_refuses(tmp_path: Path) -> None:
    new = pki.files(NEW, server=NEW.sign("cms2.example.com", starts=-1, ends=90), client=NEW.sign("postgres"))
    report = checked(tmp_path, new, IN_USE)
    told = found(report)
    assert (report.code, {*told}) == (0, {"new-issuer", "shorter-life", "fewer-names"})
    assert "[C=IN, O=Glass, CN=New CA], before [C=IN, O=Glass, CN=Old CA]" in told["new-issuer"]
    assert "valid for 91 days, and the certificate in use for 320 days" in told["shorter-life"]
    assert told["fewer-names"].endswith(": cms1.example.com, db1.example.com, 192.0.2.1")
    assert check.document(report)["compared_with"] == "2026-01-31T12:00:00Z"


def test_the_same_ca_and_names_for_longer_change_nothing_that_is_told(tmp_path: Path) -> None:
    new = pki.files(OLD, server=OLD.sign("DB1.example.com", hosts=["cms1.example.com"]))
    held = audit(row("database server", SERVER, "due", names=["db1.example.com"]), row("database client", CLIENT))
    assert found(checked(tmp_path, new, held)) == {}


def test_of_an_early_release_s_audit_the_common_name_is_compared(tmp_path: Path) -> None:
    held = audit(row("database server", SERVER, "due"))
    assert found(checked(tmp_path, pki.files(OLD), held)) == {}
    told = found(checked(tmp_path, pki.files(OLD, server=OLD.sign("other")), held))
    assert told["fewer-names"].endswith(": cms1.example.com")


def test_a_certificate_that_ends_sooner_is_refused_as_by_plan(tmp_path: Path) -> None:
    long = audit(row("database server", OLD.sign("cms1.example.com", starts=-1, ends=900)))
    report = checked(tmp_path, pki.files(OLD), long)
    assert (report.code, {*found(report)}) == (4, {"not-longer", "shorter-life", "nothing-due"})


def test_the_certificate_in_use_may_lie_in_the_folder(tmp_path: Path) -> None:
    report = checked(tmp_path, pki.files(OLD, server=SERVER), IN_USE)
    assert (report.code, {*found(report)}) == (0, {"already-in-use", "due"})


def test_nothing_is_due_only_if_everything_is_in_order(tmp_path: Path) -> None:
    lasting = OLD.sign("cms1.example.com", starts=-30, ends=300)
    told = found(checked(tmp_path, pki.files(OLD), audit(row("database server", lasting))))
    assert {*told} == {"nothing-due"} and f"valid until {lasting.certificate.not_valid_after_utc:%Y-%m-%d}" in told[
        "nothing-due"
    ]
    unfit = audit(row("database server", lasting, "unfit"))
    assert "nothing-due" not in found(checked(tmp_path, pki.files(OLD), unfit))
    ending = audit(row("database server", lasting), row("database ca", pki.authority("Old CA", starts=-900, ends=5)))
    assert "nothing-due" not in found(checked(tmp_path, pki.files(OLD), ending))


def test_the_last_audit_that_saw_a_node_counts(tmp_path: Path) -> None:
    silent = audit(reachable=False, at="2026-02-01T12:00:00Z")
    report = checked(tmp_path, pki.files(NEW), silent, IN_USE)
    assert "new-issuer" in found(report)
    assert check.document(report)["compared_with"] == "2026-01-31T12:00:00Z"
    assert "not-compared" in found(checked(tmp_path, pki.files(NEW), audit()))
    with pytest.raises(UsageError, match="none of the selected nodes"):
        checked(tmp_path, pki.files(NEW), audit(node="somebody"))


def test_requests_are_compared_by_their_names(tmp_path: Path) -> None:
    lay_requests(tmp_path / "new", "a-1", "alpha")
    report = checked(tmp_path, None, IN_USE)
    assert found(report)["fewer-names"].endswith(": cms1.example.com, db1.example.com, 192.0.2.1")
    assert report.code == 0


def test_a_request_that_was_made_since_is_told(tmp_path: Path) -> None:
    lay_requests(tmp_path / "new", "a-1", "alpha")
    report = checked(tmp_path, pki.files(OLD), IN_USE)
    assert report.code == 0 and "its answer is not here yet" in found(report)["request-newer"]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"no JSON", "is not JSON"),
        (b"[]", "not a document of mmpctl"),
        (b'{"clusters": []}', "`at` is missing"),
        (b'{"at": "yesterday", "clusters": []}', "when the audit was made"),
        (None, "is not a file"),
    ],
)
def test_what_is_no_audit_is_refused(tmp_path: Path, content: bytes | None, why: str) -> None:
    place = tmp_path / "audit.json"
    place.mkdir() if content is None else place.write_bytes(content)
    with pytest.raises(UsageError, match=why) as refused:
        read_audit(place)
    assert str(place) in refused.value.message and "mmpctl audit -o json" in refused.value.advice


def test_an_audit_of_the_lab_as_a_file_and_as_a_history(mmpctl: Command, lab: Lab, tmp_path: Path) -> None:
    fleet = lab("due")
    kept = tmp_path / "audits.db"
    saved = tmp_path / "audit.json"
    mmpctl("audit", "-o", "json", "--output-file", saved, "--history", kept, fleet=fleet)
    told = []
    for option, place in (("--against", saved), ("--history", kept)):
        said = mmpctl("check", "--certs", fleet.certificates, option, place, "-o", "json", fleet=fleet)
        assert said.code == 0
        told.append(said.document)
    assert told[0]["clusters"] == told[1]["clusters"]
    assert told[0]["compared_with"] == told[1]["compared_with"] == json.loads(saved.read_text())["at"]
    ids = {one["id"] for file in told[0]["clusters"][0]["nodes"][0]["files"] for one in file["findings"]}
    assert "new-issuer" in ids
    said = mmpctl("check", "--certs", fleet.certificates, "--against", saved, "--history", kept, fleet=fleet)
    assert said.code == 2 and "cannot be combined" in said.err
