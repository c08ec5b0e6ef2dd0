"""What other people's scripts import: these names stay, and each of them is explained where it is defined."""

from __future__ import annotations

import ast
import importlib
import inspect
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

# A name that is added here is promised; one that is taken away breaks somebody's script.
PUBLIC = {
    "mmpctl.runbooks": (
        "AuditReport",
        "CertificateRow",
        "ClusterAudit",
        "Finding",
        "Limits",
        "NodeAudit",
        "PlanReport",
        "Progress",
        "RenewReport",
        "Rollout",
        "Severity",
        "Silent",
        "Step",
        "Stop",
        "Watch",
        "audit",
        "backup",
        "before_window",
        "ca",
        "check",
        "cleanup",
        "csr",
        "history",
        "init",
        "inventory_check",
        "parse",
        "plan",
        "renew",
        "renew_services",
        "resume",
        "rotate",
        "run_backups",
        "runs",
        "sign",
        "stage",
        "status",
        "status_watch",
        "trust",
    ),
    "mmpctl.tasks": (
        "connect",
        "download",
        "examine",
        "find_requests",
        "initialize",
        "inspect",
        "join",
        "list_files",
        "make_request",
        "match",
        "probe",
        "read_certificate",
        "remove",
        "service",
        "service_state",
        "set_certificates",
        "snapshot",
        "status",
        "surroundings",
        "upload",
        "verify",
        "wait_for_state",
    ),
    "mmpctl.inventory": (
        "SAMPLE",
        "credentials",
        "load",
        "nodes",
        "select",
        "sign_in",
    ),
    "mmpctl.device": ("register",),
    "mmpctl.errors": (
        "REPLACE_KEY",
        "AuthenticationError",
        "CommandRefused",
        "ConnectError",
        "ConnectionLost",
        "DialogueError",
        "HostKeyError",
        "InventoryError",
        "MayNotLook",
        "MmpError",
        "NoPrompt",
        "OutcomeUnknown",
        "ParseError",
        "RefusedError",
        "TransferError",
        "UnknownQuestion",
        "UsageError",
        "VerificationError",
    ),
}
NAMES = [(face, name) for face, names in PUBLIC.items() for name in names]


@pytest.mark.parametrize("face", PUBLIC)
def test_a_face_names_what_is_public_and_nothing_else(face: str) -> None:
    assert tuple(importlib.import_module(face).__all__) == PUBLIC[face]


@pytest.mark.parametrize(("face", "name"), NAMES)
def test_a_public_name_is_documented(face: str, name: str) -> None:
    found = getattr(importlib.import_module(face), name)
    if isinstance(found, str | Path):  # a constant, which cannot carry a text of its own
        return
    text = inspect.getdoc(found) or ""
    if isinstance(found, ModuleType):
        assert found.__doc__ and found.__doc__.strip(), name
        return
    first = text.partition("\n\n")[0]
    assert first.endswith("."), f"{face}.{name} begins with one sentence: {first!r}"
    given = [one for one in inspect.signature(found).parameters.values() if one.kind is not one.VAR_KEYWORD]
    asked = [one.name for one in given if one.name not in {"self", "task", "args"} and inspect.isfunction(found)]
    assert [one for one in asked if f"{one}:" not in text] == [], f"{face}.{name} explains each argument"


def test_each_public_name_is_imported_as_the_papers_say() -> None:
    lines = [f"from {face} import {', '.join(names)}" for face, names in PUBLIC.items()]
    lines += ["from mmpctl.runbooks import audit, backup, plan, renew, resume, status"]
    lines += ["assert all(callable(each.run) for each in (audit, backup, plan, renew, resume, status))"]
    # In a process of its own: nothing has been imported before.
    done = subprocess.run([sys.executable, "-c", "\n".join(lines)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


EXAMPLES = Path(__file__).parents[1] / "examples"


def imported(path: Path) -> set[tuple[str, str]]:
    """What a script takes of this project: modules, and names in them; a module as a whole has no name."""
    nodes = [*ast.walk(ast.parse(path.read_text(encoding="utf-8")))]
    found = {(node.module or "", one.name) for node in nodes if isinstance(node, ast.ImportFrom) for one in node.names}
    found |= {(one.name, "") for node in nodes if isinstance(node, ast.Import) for one in node.names}
    return {(module, name) for module, name in found if module.split(".")[0] == "mmpctl"}


def is_public(module: str, name: str) -> bool:
    """Whether it is a promised name, or a function or class that a promised module defines."""
    if name in PUBLIC.get(module, ()):
        return True
    face, _, last = module.rpartition(".")
    if last not in PUBLIC.get(face, ()) or not name:
        return False
    return getattr(getattr(importlib.import_module(module), name), "__module__", None) == module


@pytest.mark.parametrize("script", sorted(EXAMPLES.glob("*.py")), ids=lambda path: path.stem)
def test_an_example_takes_public_names_only(script: Path) -> None:
    taken = imported(script)
    assert taken
    assert {one for one in taken if not is_public(*one)} == set()


def test_a_name_of_another_module_is_not_public() -> None:
    assert is_public("mmpctl.inventory.load", "load") and is_public("mmpctl.runbooks", "Watch")
    assert not is_public("mmpctl.renewal.context", "Watch") and not is_public("mmpctl.runbooks.renew", "Watch")
