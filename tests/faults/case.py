"""The cases of the table of faults: one YAML file each, read and checked."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast, get_args

from ruamel.yaml import YAML

from mmpctl.lab.fault import Fault
from mmpctl.lab.scenario import Scenario
from tests.support.fleet import DATABASES

FOLDER = Path(__file__).parent
ROOT = FOLDER.parent.parent
GROUPS = ("line", "node", "text", "access", "people", "here", "hostile")
RUNS = ("renew", "resume", "plan", "audit", "status", "backup", "trust")

KEEPERS, KEPT, NONE = "keeper's", "kept", "none"

# What the devices accept in a renewal of the sample cluster that nothing disturbs.
ALL = {
    "lon-1": ("remove", "initialize"),
    "lon-2": ("remove", "join"),
    "lon-3": ("remove", "join"),
    "lon-4": ("remove", "connect"),
}
_EXPECTED = ("run", "options", "code", "outcome", "says", "says_not", "told", "rows", "happens")
# What is seen where all is well.
_RENEWED = ("✓ RENEWED", "Keeper: lon-1")
_SCENE = (
    "scenario",
    "switches",
    "nodes",
    "faults",
    "down",
    "keeper",
    "reviewed",
    "session",
    "password",
    "inventory",
    "prompts",
    "reaches",
)
_KNOWN = {"what", "therefore", "then", "test", *_EXPECTED, *_SCENE}
_WRITTEN_OUT = {"what", "therefore", "code", "test"}


@dataclass(frozen=True, slots=True)
class Run:
    """One command of a case, and what must come of it.

    Args:
        run: the command.
        options: its further arguments.
        code: its exit code.
        outcome: of the cluster, or a plan's verdict; None: not looked at.
        says: pieces of text that the user must see, white space folded.
        says_not: pieces that must not be seen.
        told: what each node accepted so far, in order; None: no node the same command twice.
        rows: what each database holds at the end: the keeper's rows of the beginning (`keeper's`), those or its own
            (`kept`, the least that must be so), or `none`.
        happens: pieces of what the lab must have noted, where the fault is a switch.
        mended: the faults are taken away before it.
    """

    run: str
    options: tuple[str, ...]
    code: int
    outcome: str | None
    says: tuple[str, ...]
    says_not: tuple[str, ...]
    told: Mapping[str, tuple[str, ...]] | None
    rows: Mapping[str, str]
    happens: tuple[str, ...]
    mended: bool


@dataclass(frozen=True, slots=True)
class Case:
    """One row of the table.

    Args:
        group: folder that it is in.
        slug: name of its file.
        what: the fault, in a user's words.
        therefore: what happens, in a user's words.
        code: exit code, or codes, as the table shows them.
        scene: how the lab is set up.
        first: the command that meets the fault; None where a test written out shows it.
        then: the commands that follow, usually after the faults have gone.
        test: the test written out: file and name.
    """

    group: str
    slug: str
    what: str
    therefore: str
    code: str
    scene: Mapping[str, Any] = field(default_factory=dict)
    first: Run | None = None
    then: tuple[Run, ...] = ()
    test: str | None = None

    @property
    def id(self) -> str:
        """Group and slug."""
        return f"{self.group}/{self.slug}"

    @property
    def faults(self) -> tuple[Fault, ...]:
        """What the lab does wrong."""
        down = [Fault(name, "connect", "refuse", count=0) for name in self.scene.get("down", ())]
        return (*(Fault(**fault) for fault in self.scene.get("faults", ())), *down)


def cases() -> tuple[Case, ...]:
    """All cases, group by group.

    Raises:
        ValueError: a file is not as it must be.
    """
    found = tuple(read(path) for path in _files())
    stray = sorted(path.name for path in FOLDER.glob("*/*.yaml") if path.parent.name not in GROUPS)
    if stray:
        raise ValueError(f"in a folder that is no group: {', '.join(stray)}")
    return found


def played() -> dict[str, Path]:
    """The files of the cases that no test of their own shows, by group and slug.

    Only one that is played is read as YAML: to read all of them takes each process of the tests a second.
    """
    return {
        f"{path.parent.name}/{path.stem}": path
        for path in _files()
        if not re.search(r"^test:", path.read_text("utf-8"), re.MULTILINE)
    }


def _files() -> Iterator[Path]:
    for group in GROUPS:
        yield from sorted((FOLDER / group).glob("*.yaml"))


def read(path: Path) -> Case:
    """Read one case.

    Raises:
        ValueError: it is not as it must be.
    """
    content = YAML(typ="safe").load(path.read_text("utf-8"))
    if not isinstance(content, dict):
        raise ValueError(f"{path}: no mapping")
    try:
        return _case(path, cast(dict[str, Any], content))
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{path}: {error}") from error


def _case(path: Path, content: dict[str, Any]) -> Case:
    test = content.get("test")
    if unknown := set(content) - (_WRITTEN_OUT if test else _KNOWN):
        raise ValueError(f"unknown or out of place: {', '.join(sorted(unknown))}")
    code = str(content.get("code", 0))
    if test:
        _check_exists(test)
        return Case(path.parent.name, path.stem, content["what"], content["therefore"], code, test=test)
    if content.get("scenario", "expired") not in get_args(Scenario):
        raise ValueError(f"no scenario {content['scenario']!r}")
    first = _run(content, "renew")
    following = content.get("then", [])
    following = following if isinstance(following, list) else [following]
    for each in following:
        if unknown := set(each) - {"mended", *_EXPECTED}:
            raise ValueError(f"unknown in `then`: {', '.join(sorted(unknown))}")
    then = tuple(_run(each, "resume") for each in following)
    code = ", then ".join((code, *(str(run.code) for run in then)))
    scene = {key: content[key] for key in _SCENE if key in content}
    case = Case(path.parent.name, path.stem, content["what"], content["therefore"], code, scene, first, then)
    assert case.faults is not None  # so that a fault that cannot be is found here
    if not any(run.says for run in (first, *then)):
        raise ValueError("nothing is said of what the user must see")
    return case


def _run(content: dict[str, Any], usual: str) -> Run:
    run = content.get("run", usual)
    if run not in RUNS:
        raise ValueError(f"no run {run!r}")
    told = ALL if content.get("told") == "all" else content.get("told")
    rows = content.get("rows")
    if rows == "kept":
        rows = dict.fromkeys(DATABASES, KEEPERS)
    elif rows is not None and set(rows.values()) - {KEPT, NONE}:
        raise ValueError(f"rows: {rows}")
    says = content.get("says") or (_RENEWED if content.get("outcome") == "renewed" else ())
    return Run(
        run,
        tuple(str(option) for option in content.get("options", ())),
        int(content.get("code", 0)),
        content.get("outcome"),
        tuple(_fold(piece) for piece in says),
        tuple(_fold(piece) for piece in content.get("says_not", ())),
        None if told is None else {node: tuple(words) for node, words in told.items()},
        rows or dict.fromkeys(DATABASES, KEPT),
        tuple(content.get("happens", ())),
        bool(content.get("mended", True)),
    )


def _fold(text: str) -> str:
    return " ".join(str(text).split())


def _check_exists(test: str) -> None:
    file, _, name = test.partition("::")
    tree = ast.parse((ROOT / file).read_text("utf-8"))
    if name not in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}:
        raise ValueError(f"there is no test {test}")
