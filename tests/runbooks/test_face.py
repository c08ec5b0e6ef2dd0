"""What a script imports from `mmpctl.runbooks`: each runbook by its name, with its `run`."""

from __future__ import annotations

import importlib
import pkgutil
import subprocess
import sys

import pytest

from mmpctl import runbooks

RUNBOOKS = sorted(one.name for one in pkgutil.iter_modules(runbooks.__path__))
# A group of commands has a function for each of them instead.
GROUPS = {"ca": ("init", "show", "renew")}


def test_the_face_names_every_runbook_and_beside_them_types_only() -> None:
    types = [name for name in runbooks.__all__ if name not in RUNBOOKS]
    assert runbooks.__all__ == [*types, *RUNBOOKS]
    assert types and all(isinstance(getattr(runbooks, name), type) for name in types)
    assert set(runbooks.__all__) <= set(dir(runbooks))


@pytest.mark.parametrize("name", RUNBOOKS)
def test_every_runbook_runs(name: str) -> None:
    module = getattr(runbooks, name)
    assert module is importlib.import_module(f"mmpctl.runbooks.{name}")
    for work in GROUPS.get(name, ("run",)):
        assert callable(getattr(module, work)) and getattr(module, work).__doc__


def test_what_is_no_runbook_is_told_as_python_tells_it() -> None:
    with pytest.raises(AttributeError, match="'renwe'"):
        _ = runbooks.renwe
    with pytest.raises(ImportError, match="renwe"):
        exec("from mmpctl.runbooks import renwe")  # noqa: S102


@pytest.mark.parametrize("face", ["mmpctl.runbooks", "mmpctl.inventory", "mmpctl.errors"])
def test_a_face_alone_loads_nothing_heavy(face: str) -> None:
    heavy = ("nornir", "netmiko", "paramiko", "cryptography", "sqlalchemy")
    program = f"import sys, {face}; print([one for one in {heavy} if one in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_runbook_named_on_the_package_is_loaded() -> None:
    program = "from mmpctl import inventory, runbooks; print(runbooks.init.run.__name__, inventory.load.load.__name__)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["run", "load"]
