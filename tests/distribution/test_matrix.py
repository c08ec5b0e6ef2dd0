"""Interpreters are found on PATH and among pyenv's, and one that does not answer is none."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from tests.distribution.matrix import ROOT, TESTS, commands, interpreter, preparation

VERSION = f"{sys.version_info[0]}.{sys.version_info[1]}"


def program(place: Path, script: str) -> Path:
    """A program that a test puts there."""
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    place.chmod(0o755)
    return place


def test_one_on_path_is_found_behind_a_shim_that_only_seems_to_be_one(tmp_path: Path) -> None:
    program(tmp_path / "shims" / f"python{VERSION}", "echo 'command not found' >&2; exit 127")
    real = program(tmp_path / "bin" / f"python{VERSION}", f'exec "{sys.executable}" "$@"')
    path = f"{tmp_path / 'shims'}:{tmp_path / 'bin'}"
    assert interpreter(VERSION, path, tmp_path / "none") == str(real)


def test_one_of_pyenv_is_found_and_one_of_another_version_is_not(tmp_path: Path) -> None:
    real = program(tmp_path / "versions" / f"{VERSION}.9" / "bin" / "python", f'exec "{sys.executable}" "$@"')
    program(tmp_path / "bin" / "python3.99", f'exec "{sys.executable}" "$@"')
    assert interpreter(VERSION, "", tmp_path) == str(real)
    assert interpreter("3.99", str(tmp_path / "bin"), tmp_path) is None


def test_the_tests_of_the_matrix_are_there() -> None:
    assert all((ROOT / one).exists() for one in TESTS)
    *_, run = commands("3.12", "2")
    assert run[-len(TESTS) :] == list(TESTS)


def test_an_environment_is_made_once_for_each_lock(tmp_path: Path) -> None:
    made = list(preparation(VERSION, sys.executable, tmp_path))
    assert made[0][1:3] == ["-m", "venv"] and made[-1] == ["touch", str(tmp_path / VERSION / ".ready")]
    program(tmp_path / VERSION / "bin" / "python", f'exec "{sys.executable}" "$@"')
    stamp = tmp_path / VERSION / ".ready"
    stamp.touch()
    assert list(preparation(VERSION, sys.executable, tmp_path)) == []
    os.utime(stamp, (0, 0))
    assert list(preparation(VERSION, sys.executable, tmp_path)) == made
