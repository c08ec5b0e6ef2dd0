"""Every error of ours goes from one process to another whole."""

from __future__ import annotations

import copy
import importlib
import inspect
import pickle
import pkgutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import mmpctl
from mmpctl.errors import MmpError
from mmpctl.inventory.mistakes import Place, Problem

# What an error takes beside its message, where a word will not do.
ARGUMENTS: dict[str, Any] = {
    "state_is_clear": True,
    "may_be_tried_again": False,
    "errors": {"lon-1": MmpError("one"), "lon-2": MmpError("two")},
    "problems": (Problem(Place("hosts.yaml", 3), "lon-1", "no hostname", "give one"),),
}


def classes(kind: type[MmpError] = MmpError) -> Iterator[type[MmpError]]:
    yield kind
    for below in kind.__subclasses__():
        yield from classes(below)


for module in pkgutil.walk_packages(mmpctl.__path__, "mmpctl."):
    if not module.name.startswith("mmpctl.lab") and not module.name.endswith("__main__"):
        importlib.import_module(module.name)
CLASSES = sorted({kind for kind in classes() if kind.__module__.startswith("mmpctl.")}, key=lambda kind: kind.__name__)


def made(kind: type[MmpError]) -> MmpError:
    wanted = inspect.signature(kind).parameters.values()
    by_position, by_name = [], {}
    for one in wanted:
        if one.name == "code":
            continue
        value = ARGUMENTS.get(one.name, f"{one.name} as told")
        if one.kind is one.KEYWORD_ONLY:
            by_name[one.name] = value
        else:
            by_position.append(value)
    return kind(*by_position, **by_name)


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_an_error_survives_pickling(kind: type[MmpError], protocol: int) -> None:
    error = made(kind)
    error.node = "lon-2"
    for twin in (
        pickle.loads(pickle.dumps(error, protocol)),  # noqa: S301 - our own
        copy.copy(error),
        copy.deepcopy(error),
    ):
        assert type(twin) is kind
        assert (str(twin), twin.args) == (str(error), error.args)
        assert {name: repr(value) for name, value in vars(twin).items()} == {
            name: repr(value) for name, value in vars(error).items()
        }


def test_the_classes_are_all_there() -> None:
    assert len(CLASSES) > 15
    assert {Path(inspect.getfile(kind)).name for kind in CLASSES} > {
        "errors.py",
        "journal.py",
        "lock.py",
        "mistakes.py",
    }
