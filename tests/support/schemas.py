"""Documents held against the JSON Schemas that the package ships."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from mmpctl.device.answers.parse import commands
from mmpctl.device.commands import DECLARED

_SEVERAL = {
    "runs": (("runs", "runs"), ("records", "runs-one"), ("backups", "runs-backups"), ("run", "runs-proof")),
    "history": (("forgotten", "history-forgotten"), ("changes", "history")),
    "resume": (("unfinished", "resume-waiting"), ("clusters", "resume")),
    "inventory check": (("clusters", "inventory-check"),),
    "inventory split": (("desk", "inventory-split"),),
    "engine check": (("sites", "engine-check"),),
    "engine definitions": (("permissions", "engine-definitions"),),
    "ca init": (("issued", "ca"),),
    "ca show": (("issued", "ca"),),
    "ca renew": (("issued", "ca"),),
    "lab up": (("pid", "lab"),),
    "lab status": (("pid", "lab"),),
}
_ALONE = (
    "audit",
    "status",
    "plan",
    "renew",
    "rotate",
    "backup",
    "trust",
    "init",
    "csr",
    "sign",
    "check",
    "stage",
    "cleanup",
)


def name_of(document: Mapping[str, Any]) -> str:
    """Return the schema of a printed document; one of a command that nobody has described is a mistake."""
    command = str(document["command"])
    if command in _ALONE:
        return command
    if command in _SEVERAL:
        return next(name for key, name in _SEVERAL[command] if key in document)
    parsed = next((one for one in commands() if f"{command} ".startswith(f"{one} ")), None)
    assert parsed is not None, f"no schema describes the document of {command!r}"
    return f"parse-{(DECLARED[parsed].template or '').replace('_', '-')}"


def check(document: Any, name: str | None = None) -> Any:
    """Hold a document against its schema, and return it.

    Args:
        document: as JSON has it, or as a function of the program returns it.
        name: of the schema; by default the one of the document's command.
    """
    told = name or name_of(document)
    wrong = [f"{error.json_path}: {error.message}" for error in _validator(told).iter_errors(document)]
    assert not wrong, f"the document differs from the schema {told}: {wrong[:5]}"
    return document


def parse(text: str | bytes, name: str | None = None) -> Any:
    """Read a document out of JSON, and hold it against its schema.

    Args:
        text: what a command printed, or a file holds.
        name: of the schema; by default the one of the document's command.
    """
    return check(json.loads(text), name)


def read(path: Path) -> Any:
    """Read a JSON file of a run or a backup, and hold it against its schema."""
    names = {
        "report.json": "file-report",
        "request.json": "file-request",
        "plan.json": "plan",
        "backup.json": "file-backup",
    }
    document = json.loads(path.read_text(encoding="utf-8"))
    of_services = path.name == "request.json" and document.get("job") == "services"
    return check(document, "file-services-request" if of_services else names[path.name])


def journal(path: Path) -> list[dict[str, Any]]:
    """Read the lines of a run's journal, and hold each against its schema."""
    return [parse(line, "file-journal-line") for line in path.read_text(encoding="ascii").splitlines()]


@cache
def _validator(name: str) -> Draft202012Validator:
    text = (files("mmpctl") / "documents" / "schemas" / f"{name}.json").read_text(encoding="utf-8")
    return Draft202012Validator(json.loads(text))
