"""Some of the tests with every interpreter that is there; `make matrix` runs it.

    python -m tests.distribution.matrix --jobs 4 3.10 3.11 3.12

An interpreter is looked for on PATH, and among pyenv's. One that is not there is skipped, and told; so is the one that
runs this, since it runs all tests anyway.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
PLACE = ROOT / "build" / "matrix"
LOCK = ROOT / "requirements-test.txt"
PIP = ("-m", "pip", "install", "--quiet", "--disable-pip-version-check")
# What depends on the interpreter: types and dates, patterns, X.509, files, processes, one command line, whole scripts.
TESTS = (
    "tests/cluster/test_guards.py",
    "tests/cluster/test_plan.py",
    "tests/cluster/test_preflight.py",
    "tests/certificates/test_read.py",
    "tests/device/answers/test_parse.py",
    "tests/inventory/test_load.py",
    "tests/inventory/test_rules.py",
    "tests/runs/test_folder.py",
    "tests/runs/test_journal.py",
    "tests/examples",
    "tests/test_errors.py",
)


def interpreter(version: str, path: str, pyenv: Path) -> str | None:
    """The first interpreter of a version that answers; None if there is none.

    Args:
        version: such as `3.12`.
        path: the folders to look in, as in PATH.
        pyenv: the folder of pyenv, which may not be there.
    """
    on_path = [str(Path(folder) / f"python{version}") for folder in path.split(os.pathsep) if folder]
    of_pyenv = sorted(str(one) for one in pyenv.glob(f"versions/{version}.*/bin/python"))
    return next((one for one in (*on_path, *of_pyenv) if _answers(one, version)), None)


def _answers(program: str, version: str) -> bool:
    # A shim of pyenv's is there for versions, too, that its settings hide.
    ask = "import sys; print('%d.%d' % sys.version_info[:2])"
    try:
        said = subprocess.run([program, "-c", ask], capture_output=True, text=True, check=False)
    except OSError:
        return False
    return said.returncode == 0 and said.stdout.strip() == version


def preparation(version: str, python: str, place: Path = PLACE) -> Iterator[list[str]]:
    """What makes the environment of an interpreter, one command after the other; nothing if it is there, of this lock.

    Args:
        version: such as `3.12`.
        python: the interpreter.
        place: where the environments are.
    """
    own, stamp = place / version / "bin" / "python", place / version / ".ready"
    if stamp.exists() and stamp.stat().st_mtime >= LOCK.stat().st_mtime and _answers(str(own), version):
        return
    yield [python, "-m", "venv", "--clear", str(place / version)]
    yield [str(own), *PIP, "--require-hashes", "-r", str(LOCK)]
    yield ["touch", str(stamp)]


def commands(version: str, jobs: str) -> Iterator[list[str]]:
    """What runs the tests in an environment that was made, one command after the other."""
    own = str(PLACE / version / "bin" / "python")
    yield [own, *PIP, "--no-deps", "--force-reinstall", *map(str, sorted(PLACE.glob("*.whl")))]
    # Each with its own cache: the interpreters must not find each other's.
    run = [
        own,
        "-m",
        "pytest",
        "-n",
        jobs,
        "--dist",
        "worksteal",
        "--no-header",
        "-m",
        "not gate",
        "-p",
        "no:cacheprovider",
    ]
    yield [*run, *TESTS]


def _all(version: str, python: str, jobs: str) -> Iterator[list[str]]:
    yield from preparation(version, python)
    yield from commands(version, jobs)


def _tell(line: str) -> None:
    # At once: what the children write comes after it.
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> int:
    """Run the tests with each interpreter.

    Returns:
        0 if they pass with every one that is there.
    """
    parser = argparse.ArgumentParser(description="Run some of the tests with every interpreter that is there.")
    parser.add_argument("--jobs", default="2", help="how many tests run at a time")
    parser.add_argument("--prepare", action="store_true", help="only make the environments")
    parser.add_argument("versions", nargs="+", help="such as 3.12")
    given = parser.parse_args()
    failed = []
    for version in given.versions:
        if version == f"{sys.version_info[0]}.{sys.version_info[1]}":
            _tell(f"Python {version}: runs all tests already")
            continue
        pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
        python = interpreter(version, os.environ.get("PATH", ""), pyenv)
        if python is None:
            _tell(f"Python {version}: skipped, it is not on this machine")
            continue
        _tell(f"Python {version}: {python}")
        steps = preparation(version, python) if given.prepare else _all(version, python, given.jobs)
        if not all(subprocess.run(one, cwd=ROOT, check=False).returncode == 0 for one in steps):
            failed.append(version)
    if failed:
        _tell(f"failed with Python {', '.join(failed)}")
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
