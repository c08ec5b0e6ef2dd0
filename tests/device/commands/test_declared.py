"""Every declared command is whole: a template, a test pair, and a lab that answers it and is not changed by it."""

from __future__ import annotations

from hashlib import sha256
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import pytest
from nornir.core.task import Result, Task

from mmpctl.device import commands
from mmpctl.device.allowed_reads import only_reads
from mmpctl.device.answers.parse import commands as offline
from mmpctl.device.commands import DECLARED, answer_limit
from mmpctl.device.commands.service import SERVICES, services_of_release
from mmpctl.device.commands.uptime import UPTIME
from mmpctl.device.receive_buffer import ANSWER_LIMIT, LONG_ANSWER_LIMIT
from mmpctl.fleet.run_on import close_all
from mmpctl.inventory.read_only_sessions import reading
from mmpctl.lab.fleet import Fleet
from mmpctl.tasks import snapshot
from mmpctl.tasks._ask import ask
from tests.support.fleet import nornir
from tests.support.lab import Lab

ROOT = Path(__file__).parents[3]
PAIRS = ROOT / "tests" / "device" / "answers" / "parse"
MODULES = [module.name for module in iter_modules(commands.__path__)]
FILES = ("dbclusterserver.key", "dbclusterserver.cer")
NODE = "lon-2"


@pytest.mark.parametrize("name", DECLARED)
def test_a_command_has_a_template_and_a_test_pair_by_its_own_name(name: str) -> None:
    command = DECLARED[name]
    # Only a command whose words were never seen has none; then there is no answer to keep in a pair, nor to parse.
    assert (command.template is None) == (name == "pki match") == (not command.offline)
    if command.template is not None:
        assert (ROOT / "templates" / "ttp" / f"{command.template}.ttp").is_file()
        assert command.template in (name.replace(" ", "_"), "service")
        folder = PAIRS / name.replace(" ", "_")
        assert {pair.with_suffix(".json").is_file() for pair in folder.glob("*.raw")} == {True}


@pytest.mark.parametrize("module", MODULES)
def test_a_module_is_named_as_its_command_and_declares_it(module: str) -> None:
    declared = import_module(f"{commands.__name__}.{module}").COMMANDS
    assert declared and all(DECLARED[command.name] is command for command in declared)
    if module != "service":
        assert [command.name.replace(" ", "_") for command in declared] == [module]


def test_no_command_is_declared_twice() -> None:
    declared = [one.name for module in MODULES for one in import_module(f"{commands.__name__}.{module}").COMMANDS]
    assert sorted(declared) == sorted(DECLARED)


def held(fleet: Fleet) -> dict[str, str]:
    """All that lies on the node, and its state."""
    node = fleet.nodes[NODE]
    files = {path.name: sha256(path.read_bytes()).hexdigest() for path in sorted(node.files.iterdir())}
    return {**files, "rows": str(node.rows)}


# One release has services that the other has not.
@pytest.mark.parametrize("release", ["3.9.1", "2.9.5"])
def test_the_lab_answers_each_and_nothing_is_changed_by_it(lab: Lab, release: str) -> None:
    fleet = lab(release=release)
    lacks = frozenset(SERVICES) - frozenset(services_of_release(release))
    nr = nornir(fleet)
    # Without any, the list of backups is empty, and so no answer.
    nr.filter(name=NODE).run(task=snapshot, backup="mine")
    before = held(fleet)
    # The key is named first wherever two files are; a certificate has something to show.
    named = {1: FILES[1:], 2: FILES}

    def answered(task: Task) -> Result:
        told = {
            name: ask(task, command, *named.get(command.files, ()))
            for name, command in DECLARED.items()
            if name not in lacks
        }
        return Result(host=task.host, result=told)

    with reading(nr):
        result = nr.filter(name=NODE).run(task=answered)[NODE][0]
    close_all(nr)
    assert result.exception is None, result.result
    assert [name for name, told in result.result.items() if told is None] == []
    assert len(result.result) + len(lacks) == len(DECLARED) and len(lacks) < len(SERVICES) / 2
    assert held(fleet) == before
    assert not fleet.log.select("question", "accepted", "sftp-put", "sftp-remove", "sftp-rename")


@pytest.mark.parametrize("form", ["days", "unix"])
def test_the_lab_tells_how_long_a_node_has_been_up_in_each_form(form: str, lab: Lab) -> None:
    nr = nornir(lab(uptime=form)).filter(name=NODE)
    told = nr.run(task=lambda task: Result(host=task.host, result=ask(task, UPTIME)))[NODE][0]
    assert 12 <= told.result.seconds / 86400 < 13


def test_each_may_be_sent_while_reading_with_its_files_and_with_no_more() -> None:
    for command in DECLARED.values():
        assert only_reads(command.line(*("x.cer",) * command.files)) is command.while_reading
        assert not only_reads(f"{command.line(*('x.cer',) * command.files)} more")
        assert not only_reads(f"{command.name} restart") or command.files == 1
        with pytest.raises(ValueError, match=f"takes {command.files} names"):
            command.line(*("x.cer",) * (command.files + 1))


def test_offline_are_those_that_say_so() -> None:
    assert set(DECLARED) - set(offline()) == {"pki match"}


def test_lists_and_inspections_may_be_long_and_no_other_answer() -> None:
    long = {name for name in DECLARED if answer_limit(f" {name}  x.cer") == LONG_ANSWER_LIMIT}
    assert long == {"pki list", "pki inspect", "backup list"}
    assert answer_limit("pki listing") == answer_limit("log") == ANSWER_LIMIT
