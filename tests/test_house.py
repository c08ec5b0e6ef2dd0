"""The house is kept: what the tree, its imports and its names must be like, whoever adds to it."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from functools import lru_cache
from itertools import combinations
from pathlib import Path

import mmpctl

ROOT = Path(__file__).parents[1]
PACKAGE = Path(mmpctl.__file__).parent

MOST_LINES, MOST_MODULES, MOST_PARAMETERS = 250, 25, 7
# Longer than a module should be, and why it is one all the same: what is in it is understood together, or not at all.
LONG = {
    "cli/guide.py": "one entry for each command, all of one form",
    "cluster/guards.py": "all guards, side by side: who changes one sees the others",
    "cluster/observed.py": "facts of a cluster, with the questions that everybody asks of them",
    "cluster/preflight.py": "every reason to refuse, in the order in which it is told",
    "cluster/step_kinds.py": "one class for each kind of step, all of one form",
    "device/netmiko_calls.py": "as many calls as Netmiko has, each a few lines",
    "device/platform.py": "one class, with what Netmiko asks of a platform",
    "device/sftp/transfer.py": "a transfer there and back: what counts as arrived is one rule for both",
    "device/shell.py": "one state: where the conversation stands",
    "renewal/jobs/database_cluster/instructions.py": "one function for each step, all of one form",
    "reports/run/view.py": "the words of one page",
    "services/service_guards.py": "all guards of services, side by side, like those of clusters",
    "runbooks/renew.py": "one renewal of many clusters, with the report that scripts read",
}
WIDE = {
    "cluster": "one rule or one kind of fact a module, and all of them decide about one cluster",
    "tasks": "one task a module, as a script imports them",
}
# What a device's command, a call of Netmiko's, or a whole run takes; a script names each of these arguments.
MANY_PARAMETERS = {
    "device/netmiko_calls.py: NetmikoCalls.send_command": "Netmiko's own",
    "device/netmiko_calls.py: NetmikoCalls.send_command_timing": "Netmiko's own",
    "runbooks/audit.py: run": "public, and named in scripts",
    "runbooks/plan.py: run": "public, and named in scripts",
    "runbooks/renew.py: run": "public, and named in scripts",
    "runbooks/resume.py: run": "public, and named in scripts",
}
# One name in two rooms where the rooms do the same, each for its own: a command runs the runbook of its name, an action
# its task, a job has its own form of what the engine has of each, the lab plays what the device does, and the two kinds
# of pages are made of the same parts.
ALIKE = (
    ("runbooks", "cli/commands"),
    ("reports/audit", "reports/run"),
    ("renewal", "renewal/jobs/database_cluster"),
    ("renewal", "renewal/jobs/services"),
    ("renewal/jobs/database_cluster", "renewal/jobs/services"),
    ("renewal/jobs/database_cluster/actions", "renewal/jobs/services/actions"),
    ("reports/audit", "reports/status"),
    ("reports/run", "reports/status"),
    ("tasks", "device/commands"),
    ("tasks", "renewal/jobs/database_cluster/actions"),
    ("tasks", "renewal/jobs/services/actions"),
)
NAMESAKES = {
    "backup": "the runbook, its command, and the step of a renewal that does the same on one node",
    "engine": "the command, and what carries its requests",
    "model": "what an audit found, and what a run left",
    "names": "host names in certificates, and file names on the device",
    "parse": "the runbook, and the reader of answers that it calls",
    "plan": "the runbook, and the pure function that it calls",
    "progress": "how far an audit has come, and how far a cluster has",
    "status": "the runbook, the task on one node, and the facts that both give",
    "worker": "the command of a site, and a process that looks at some nodes of a fleet",
}
# They fail if what they call raises an error, and there is nothing else to hold.
BY_RAISING = {
    "test_a_project_of_ones_own_may_set_its_account_and_its_objects": "what is checked is allowed",
    "test_a_sticky_folder_above_is_no_fault": "what is checked is allowed",
    "test_answers_that_are_mixed_up_are_read_or_refused": "any error but one is a fault",
    "test_numbers_without_end_are_read_or_refused": "any error but one is a fault",
    "test_what_is_ones_own_is_trusted": "what is checked is allowed",
    "test_whole_clusters_pass_with_or_without_nodes_of_no_cluster": "what is checked is allowed",
}


@lru_cache(maxsize=1)
def modules_of_the_package() -> dict[str, Path]:
    """Each module by its path in the package; the rooms at the top of the tree are linked into it."""
    rooms = (PACKAGE, *(one for one in PACKAGE.iterdir() if one.is_symlink() and one.is_dir()))
    return {path.relative_to(PACKAGE).as_posix(): path for room in rooms for path in sorted(room.rglob("*.py"))}


def imported(path: Path) -> Iterator[str]:
    """Each module or name that a module of the tests imports, written out."""
    package = path.relative_to(ROOT).parent.parts
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (one.name for one in node.names)
        elif isinstance(node, ast.ImportFrom):
            from_here = package[: len(package) - node.level + 1] if node.level else ()
            module = ".".join([*from_here, *filter(None, [node.module])])
            yield from (f"{module}.{one.name}" for one in node.names)


def of_a_test_module(name: str) -> bool:
    return any(part == "conftest" or part.startswith("test_") for part in name.split("."))


def test_no_module_takes_anything_from_a_test_module() -> None:
    folders = (ROOT / "tests", ROOT / "benchmarks", ROOT / "examples")
    modules = [path for folder in folders for path in sorted(folder.rglob("*.py"))]
    assert len(modules) > 250
    taken = [
        f"{path.relative_to(ROOT)}: {name}" for path in modules for name in imported(path) if of_a_test_module(name)
    ]
    assert taken == [], "what several tests use lies in tests/support, one noun a module"


def test_no_module_is_longer_than_a_reader_takes_in() -> None:
    modules = modules_of_the_package()
    assert len(modules) > 250
    long = {name for name, path in modules.items() if len(path.read_text("utf-8").splitlines()) > MOST_LINES}
    assert long == set(LONG), "an entry that is not needed any more goes"


def test_no_room_has_more_doors_than_a_reader_looks_through() -> None:
    doors: dict[str, int] = defaultdict(int)
    for name in modules_of_the_package():
        room, _, module = name.rpartition("/")
        doors[room] += not module.startswith("_")
    assert doors["cluster"] > 10
    assert {room for room, number in doors.items() if number > MOST_MODULES} == set(WIDE)


# Of what is pure and of a cluster, this is of every job's plan and run.
OF_EVERY_JOB = {
    "expected",
    "foreign_runs.begun_since",
    "foreign_runs.copies_at_work",
    "job_words",
    "marks",
    "permit",
    "preflight.Preflight",
    "preflight.Verdict",
    "progress",
    "step",
    "step_documents",
    "step_effects",
    "trouble",
}
# They choose a job, or are halves of one.
OF_A_JOB = {
    "evidence/cluster_evidence.py": "the half of the database cluster",
    "evidence/collect.py": "it asks the half of the run's job",
    "renewal/request.py": "a request that names no job is of the database cluster's",
}


def test_the_engine_and_what_is_told_of_it_know_no_database_cluster() -> None:
    engine = {
        name: path
        for name, path in modules_of_the_package().items()
        if name.split("/")[0] in ("display", "evidence", "procedure", "renewal") and "/jobs/" not in name
    }
    assert len(engine) > 35
    knowing = {
        name
        for name, path in engine.items()
        for one in imported(path)
        if one.startswith("mmpctl.renewal.jobs.")
        or (one.startswith("mmpctl.cluster.") and not OF_EVERY_JOB & {one.split(".")[2], one.partition("cluster.")[2]})
    }
    assert knowing == set(OF_A_JOB)


def parameters(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Each public function and method, with the number of its parameters."""
    owners: list[ast.Module | ast.ClassDef] = [tree, *(node for node in tree.body if isinstance(node, ast.ClassDef))]
    for owner in owners:
        for node in owner.body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not node.name.startswith("_"):
                given = [one.arg for one in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]
                name = f"{owner.name}.{node.name}" if isinstance(owner, ast.ClassDef) else node.name
                yield name, len([one for one in given if one not in ("self", "cls")])


def test_no_public_function_takes_more_than_somebody_can_keep_in_mind() -> None:
    many = {
        f"{module}: {name}"
        for module, path in modules_of_the_package().items()
        for name, number in parameters(ast.parse(path.read_text("utf-8")))
        if number > MOST_PARAMETERS
    }
    assert many == set(MANY_PARAMETERS)


def mixed_up(one: str, other: str) -> bool:
    """Whether a reader could take one room's module for the other's of the same name."""
    rooms = {one.partition("/")[0], other.partition("/")[0]}
    # The lab is by itself; a document's type is named after what it is a document of.
    if rooms & {"lab", "documents"}:
        return False
    return (one, other) not in ALIKE and (other, one) not in ALIKE


def test_no_two_modules_have_one_name_that_a_reader_could_mix_up() -> None:
    rooms: dict[str, list[str]] = defaultdict(list)
    for path in modules_of_the_package():
        room, _, module = path.rpartition("/")
        if not module.startswith("_"):
            rooms[module.removesuffix(".py")].append(room)
    assert len(rooms["status"]) > 1
    confused = {name for name, of in rooms.items() if any(mixed_up(*pair) for pair in combinations(of, 2))}
    assert confused == set(NAMESAKES)


def asserts(function: ast.FunctionDef, helpers: set[str]) -> bool:
    """Whether a function of the tests can fail by what it looks at, or by a helper that does."""
    for node in ast.walk(function):
        if isinstance(node, ast.Assert | ast.Raise):
            return True
        if isinstance(node, ast.Call):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            # A method may be anything that has the name: only a function of the tests counts.
            if called in ("raises", "warns") or (isinstance(node.func, ast.Name) and called in helpers):
                return True
    return False


def test_every_test_can_fail_by_what_it_looks_at() -> None:
    trees = [ast.parse(path.read_text("utf-8")) for path in sorted((ROOT / "tests").rglob("*.py"))]
    functions = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    helpers: set[str] = set()
    while more := {one.name for one in functions if one.name not in helpers and asserts(one, helpers)}:
        helpers |= more
    # pytest takes `testthis` for a test as well.
    tests = [one for one in functions if one.name.startswith("test")]
    assert [one.name for one in tests if not one.name.startswith("test_")] == []
    assert len(tests) > 1000 and {"refused", "assert_sentences"} <= helpers
    assert {one.name for one in tests if not asserts(one, helpers)} == set(BY_RAISING)
