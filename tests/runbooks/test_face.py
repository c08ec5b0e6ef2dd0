"""What a script imports from `mmpctl.runbooks`: each runbook by its name, with its `run`."""

from __future__ import annotations

import importlib
import pkgutil
import subprocess
import sys

import pytest

from mmpctl import runbooks


def test_the_face_names_every_runbook() -> None:
    assert runbooks.__all__ == sorted(one.name for one in pkgutil.iter_modules(runbooks.__path__))
    assert set(runbooks.__all__) <= set(dir(runbooks))


@pytest.mark.parametrize("name", runbooks.__all__)
def test_every_runbook_runs(name: str) -> None:
    module = getattr(runbooks, name)
    assert module is importlib.import_module(f"mmpctl.runbooks.{name}")
    assert callable(module.run) and module.run.__doc__


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
