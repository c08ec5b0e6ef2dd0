"""The JSON Schemas that the package ships, against the types and the words of the program."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, get_args

import pytest
from jsonschema import Draft202012Validator

from mmpctl.cluster.preflight import Verdict
from mmpctl.cluster.role import Role
from mmpctl.cluster.step_kinds import ActionName
from mmpctl.cluster.target import Naming
from mmpctl.cluster.verdict import Health
from mmpctl.device.answers.parse import commands
from mmpctl.device.ssh.host_key import Trust
from mmpctl.documents import forms
from mmpctl.evidence.model import FileNow
from mmpctl.evidence.verify_run import CheckResult
from mmpctl.history.changes import Kind
from mmpctl.renewal.resume.comparison import Conclusion
from mmpctl.runs.ending import Ending
from mmpctl.runs.record import Event
from mmpctl.runs.state import RunState
from mmpctl.services.service_steps import ServiceAction
from mmpctl.severity import STATES, Severity
from tests.documents.schemas import DOCUMENTS, FOLDER, schema, text
from tests.support.schemas import check, name_of

# What the contract fixes, by the path to the object that holds the keys.
CONTRACT = {
    "audit": {
        "": "schema command clusters summary",
        "clusters": "name site nodes findings",
        "clusters.nodes": "name address role reachable error certificates",
        "clusters.nodes.certificates": (
            "use file subject issuer serial not_before not_after days_left severity findings"
        ),
        "clusters.nodes.certificates.findings": "id severity message cure",
    },
    "status": {
        "": "schema command clusters",
        "clusters": "name site master healthy nodes",
        "clusters.nodes": "name reachable status",
        "clusters.nodes.status": (
            "status started_seconds error nodes node_in_use interface certificates expired last_command last_result"
        ),
    },
    "plan": {
        "": "schema command clusters",
        "clusters": "name keeper verdict reasons steps",
        "clusters.steps": "number wave node action command",
    },
    "renew": {"": "schema command run clusters", "clusters": "name keeper code reason outcome"},
    "resume": {"": "schema command run clusters", "clusters": "name keeper code reason outcome"},
    "resume-waiting": {"": "schema command run clusters"},
    "parse-database-cluster-status": {
        "": "schema command status started_seconds error nodes node_in_use interface certificates expired last_command",
        "nodes": "address me state",
        "certificates": "server_key server_certificate client_key client_certificate ca_certificate",
    },
    "parse-pki-inspect": {
        "": "schema command found certificates",
        "certificates": (
            "subject issuer serial not_before not_after signature_algorithm public_key_algorithm public_key_bits"
        ),
    },
    "check": {
        "": "schema command clusters summary",
        "clusters": "name nodes",
        "clusters.nodes": "name role fit files findings",
        "clusters.nodes.files": "file use subject issuer serial not_before not_after findings",
        "clusters.nodes.findings": "id severity message cure",
    },
    "parse-pki-list": {"": "schema command files"},
    "parse-backup-list": {"": "schema command backups"},
    "parse-service": {"": "schema command enabled files"},
}
BACKUP = {"schema": 1, "command": "backup", "folder": "/b", "snapshot": "s", "nodes": []}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_each_schema_is_made_from_its_type(name: str) -> None:
    written = (FOLDER / f"{name}.json").read_text(encoding="utf-8")
    assert written == text(name), "write it: python -m tests.documents.schemas"
    Draft202012Validator.check_schema(json.loads(written))


def test_no_schema_is_of_a_document_that_is_no_more() -> None:
    assert sorted(path.stem for path in FOLDER.iterdir()) == sorted(DOCUMENTS)


@pytest.mark.parametrize(("name", "path"), [(name, path) for name, paths in CONTRACT.items() for path in paths])
def test_what_the_contract_fixes_is_required(name: str, path: str) -> None:
    whole = schema(name)
    here = whole
    for key in path.split(".") if path else ():
        here = _inner(whole, here["properties"][key])
    assert set(CONTRACT[name][path].split()) <= set(here["required"])


def _inner(whole: dict[str, Any], part: dict[str, Any]) -> dict[str, Any]:
    """Return the object that a list holds, or that a key holds."""
    if "anyOf" in part:
        part = next(one for one in part["anyOf"] if "$ref" in one)
    part = part.get("items", part)
    found: dict[str, Any] = whole["$defs"][part["$ref"].rsplit("/", 1)[-1]]
    return found


@pytest.mark.parametrize("name", DOCUMENTS)
def test_documents_may_grow(name: str) -> None:
    made = schema(name)
    for one in (made, *made["$defs"].values()):
        assert one["type"] == "object"
        assert "additionalProperties" not in one


def test_a_key_more_fits_and_one_less_does_not() -> None:
    check({**BACKUP, "later": 1})
    with pytest.raises(AssertionError, match="'nodes' is a required property"):
        check({name: value for name, value in BACKUP.items() if name != "nodes"})
    with pytest.raises(AssertionError, match=r"\$\.schema: 1 was expected"):
        check({**BACKUP, "schema": 2})


def test_a_document_of_a_command_that_nobody_has_described_is_a_mistake() -> None:
    with pytest.raises(AssertionError, match="no schema describes the document of 'fly'"):
        check({"schema": 1, "command": "fly"})


@pytest.mark.parametrize("command", commands())
def test_each_command_of_the_device_has_a_schema(command: str) -> None:
    assert name_of({"schema": 1, "command": command}) in DOCUMENTS


@pytest.mark.parametrize(
    ("form", "words"),
    [
        (forms.FindingSeverity, Severity),
        (forms.State, STATES),
        (forms.Role, Role),
        (forms.Outcome, Ending),
        (forms.EventWord, Event),
        (forms.PlanVerdict, Verdict),
        (forms.ClusterVerdict, Health),
        (forms.RunState, RunState),
        (forms.Names, Naming),
        (forms.TrustState, Trust),
        (forms.ChangeKind, Kind),
        (forms.CheckResult, CheckResult),
        (forms.FileNow, FileNow),
        (forms.Conclusion, Conclusion),
        (forms.ActionWord, {*ActionName, *ServiceAction}),
    ],
)
def test_the_words_of_the_schemas_are_those_of_the_program(form: Any, words: Iterable[str]) -> None:
    (listed,) = (one for one in get_args(form) if isinstance(one, forms.OneOf))
    assert sorted(map(str, listed.words)) == sorted(map(str, words))
