"""Mutation of the modules that keep data safe: whatever is changed in them, a test fails, or a line says why not."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ruamel.yaml import YAML

ROOT = Path(__file__).parents[2]
EXPLAINED = Path(__file__).parent / "mutants.yaml"
MODULES = (
    "guards",
    "permit",
    "keeper",
    "traces",
    "plan",
    "preflight",
    "identity",
    "foreign_runs",
    "marks",
    "clocks",
    "key_proof",
)

# The random schedules would kill mutants too, but take seconds for each.
_CONFIGURATION = """[mutmut]
source_paths=mmpctl
only_mutate=
{modules}
pytest_add_cli_args_test_selection=tests/cluster
pytest_add_cli_args=
    --ignore=tests/cluster/schedules
    --hypothesis-profile=mutation
    -p
    no:cacheprovider
use_git_change_detection=false
track_dependencies=false
use_setproctitle=false
"""
_LINE = re.compile(r"^ +(?P<name>\S+): (?P<status>.+)$", re.MULTILINE)
_JUDGED = {"killed", "timeout", "survived", "no tests"}


@dataclass(frozen=True, slots=True, order=True)
class Mutant:
    """One change of the code, told so that it is the same after other lines have changed.

    Args:
        where: module, class and function.
        was: the lines that were taken out, without indents.
        now: the lines that stand there instead.
    """

    where: str
    was: str
    now: str

    def __str__(self) -> str:
        return f"- where: {self.where}\n  was: |-\n{_block(self.was)}\n  now: |-\n{_block(self.now)}\n  why: …"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of all mutants.

    Args:
        made: how many there are.
        endless: how many were noticed because a test did not end in fifteen times its time.
        survivors: those that no test noticed.
    """

    made: int
    endless: int
    survivors: frozenset[Mutant]


def explained() -> dict[Mutant, str]:
    """The mutants that may survive, and why."""
    lines = YAML(typ="safe").load(EXPLAINED.read_text(encoding="utf-8")) or []
    return {Mutant(line["where"], line["was"], line["now"]): line["why"] for line in lines}


def complaints(survivors: frozenset[Mutant], known: Iterable[Mutant]) -> Iterator[str]:
    """What is wrong with a list of explanations.

    Args:
        survivors: the mutants that no test noticed.
        known: those that are explained.
    """
    known = frozenset(known)
    for mutant in sorted(survivors - known):
        yield f"no test notices this, and nothing explains it:\n{mutant}"
    for mutant in sorted(known - survivors):
        yield f"this is explained, but does not survive: take it out of {EXPLAINED.name}\n{mutant}"


def mutate() -> Outcome:
    """Try all mutants against the tests of the cluster, in a copy of the project.

    Raises:
        RuntimeError: mutmut failed, or could not judge a mutant.
    """
    with tempfile.TemporaryDirectory(prefix="mmpctl-mutants-") as folder:
        copy = Path(folder)
        for name in ("mmpctl", "tests"):
            # The links in the package become folders: mutmut follows none.
            shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(ROOT / "pyproject.toml", copy)
        modules = "\n".join(f"    mmpctl/cluster/{module}.py" for module in MODULES)
        (copy / "setup.cfg").write_text(_CONFIGURATION.format(modules=modules), encoding="utf-8")
        _mutmut(copy, "run")
        statuses = dict(_LINE.findall(_mutmut(copy, "results", "--all", "true")))
        counts = Counter(statuses.values())
        if not statuses or set(counts) - _JUDGED:
            raise RuntimeError(f"mutmut could not judge every mutant: {dict(counts)}")
        survivors = [name for name, status in statuses.items() if status in ("survived", "no tests")]
        return Outcome(
            made=len(statuses),
            endless=counts["timeout"],
            survivors=frozenset(_mutant(name, _mutmut(copy, "show", name)) for name in survivors),
        )


def _mutmut(folder: Path, *arguments: str) -> str:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("MMPCTL_", "PYTHONPATH"))}
    done = subprocess.run(
        [Path(sys.executable).with_name("mutmut"), *arguments],
        cwd=folder,
        env={**environment, "PYTHONIOENCODING": "utf-8"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"`mutmut {' '.join(arguments)}` failed:\n{done.stdout[-4000:]}")
    return done.stdout


def _mutant(name: str, diff: str) -> Mutant:
    """A mutant from mutmut's name for it (`mmpctl.cluster.guards.xǁGuardsǁjoin__mutmut_7`) and its diff."""
    module, _, function = name.removeprefix("mmpctl.cluster.").partition(".")
    words = [word for word in re.split(r"ǁ|^x_", function.rpartition("__mutmut_")[0]) if word not in ("", "x")]
    lines = [line for line in diff.splitlines() if line[:1] in ("-", "+") and line[:3] not in ("---", "+++")]
    was, now = (
        "\n".join(line[1:].strip() for line in lines if line[0] == sign)  # indents say nothing here
        for sign in "-+"
    )
    return Mutant(".".join((module, *words)), was, now)


def _block(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.splitlines())
