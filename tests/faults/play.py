"""Plays one case: a lab with its faults, the command as it is typed, and what must always be so."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from mmpctl.cli import result
from mmpctl.lab.events import Event
from mmpctl.lab.fleet import Fleet
from mmpctl.lab.node import Node
from mmpctl.lab.scenario import FleetSpec, single
from mmpctl.renewal import limits
from mmpctl.renewal.limits import Limits
from tests.faults.case import KEPT, NONE, Case, Run
from tests.support import schemas
from tests.support.command import Command, Said
from tests.support.fleet import CLUSTER, DATABASES, KEEPER
from tests.support.lab import Lab

# How long a node may show its old state before a command counts as not accepted, seconds.
ACCEPT_SECONDS = 0.3
# How long the nodes may take until they agree afterwards, seconds.
SETTLE_SECONDS = 10.0
_RENEWALS = ("renew", "resume")
# These hold keys by their nature; they are private files.
_OF_THE_DEVICE = ("backups", "replaced")


@dataclass
class Play:
    """One case on its lab, from command to command.

    Args:
        case: the case.
        fleet: its lab, with its faults.
        mmpctl: types commands.
        patch: undone at the end of the test.
        folder: of the test.
    """

    case: Case
    fleet: Fleet
    mmpctl: Command
    patch: pytest.MonkeyPatch
    folder: Path
    documents: list[dict[str, Any]] = field(default_factory=list)
    unwritten: list[str] = field(default_factory=list)

    @property
    def runs(self) -> Path:
        """The folder of all runs."""
        return self.folder / "runs"

    def __post_init__(self) -> None:
        self.rows = {name: self.fleet.nodes[name].rows for name in DATABASES}
        self._asked: dict[str, str] = {}
        self._watch_answers()
        self.patch.setattr(result, "emit", self._spied(result.emit))
        self.patch.setattr(
            limits, "Limits", partial(Limits, accept=ACCEPT_SECONDS, settle=SETTLE_SECONDS, between_looks=0.05)
        )
        if "password" in self.case.scene:
            self.patch.setattr(self.fleet, "password", self.case.scene["password"])
        if "reviewed" in self.case.scene:
            text = json.dumps(self.case.scene["reviewed"])
            (self.fleet.inventory / "questions.yaml").write_text(text, encoding="utf-8")
        if "inventory" in self.case.scene:
            _change(self.fleet, self.case.scene["inventory"])
        if "reaches" in self.case.scene:
            _misdirect(self.fleet, self.case.scene["reaches"])

    def do(self, run: Run) -> Said:
        """Type one command, and see that it ends as the case says."""
        self.documents.clear()
        said = self.mmpctl(*self._words(run), fleet=self.fleet, session=self.case.scene.get("session"))
        told = f"\n--- stdout\n{said.out}\n--- stderr\n{said.err}\n--- events\n{self._events()}"
        assert said.code == run.code, told
        if run.outcome is not None:
            cluster = self.documents[0]["clusters"][0]
            assert cluster.get("outcome", cluster.get("verdict")) == run.outcome, told
        # What a stop leaves to be typed by hand is in a file of the run, which the screen names.
        by_hand = [file.read_text("utf-8") for file in self.runs.glob("*/by-hand*.txt") if file.name in said.out]
        seen = " ".join(" ".join((said.out, said.err, *by_hand)).split())
        for piece in run.says:
            assert piece in seen, f"not said: {piece}{told}"
        for piece in run.says_not:
            assert piece not in seen, f"said: {piece}{told}"
        assert "Traceback" not in seen, told
        noted = [event.text for event in self.fleet.log.select("fault")]
        assert all(any(piece in text for text in noted) for piece in run.happens), f"it did not happen{told}"
        self._check_nodes(run, told)
        self._check_backups(told)
        self._check_secrets(said)
        return said

    def mend(self) -> None:
        """Take the faults away; dead nodes are up again."""
        self.fleet.faults.clear()
        for name in self.fleet.nodes:
            self.fleet.bring_up(name)

    def _words(self, run: Run) -> Iterator[str | Path]:
        yield run.run
        if run.run == "resume":
            yield next(path.name for path in self.runs.iterdir())
        if run.run in ("renew", "plan"):
            yield from ("--certs", self.fleet.certificates)
            if self.case.scene.get("keeper", True):
                yield from ("--keeper", f"{CLUSTER}={KEEPER}")
        if run.run in _RENEWALS:
            yield from ("--yes", "--runs", self.runs)
        if run.run == "backup":
            yield from ("--to", self.folder / "backups-at-home")
        yield from run.options

    def _check_nodes(self, run: Run, told: str) -> None:
        accepted: dict[str, list[str]] = {name: [] for name in self.fleet.nodes}
        for event in self.fleet.log.select("accepted"):
            accepted[event.node].append(event.text.split()[2])
        if run.told is not None:
            wanted = {name: list(run.told.get(name, ())) for name in self.fleet.nodes}
            assert accepted == wanted, told
        else:
            repeated = {name: words for name, words in accepted.items() if len(set(words)) < len(words)}
            assert not repeated, told
        assert sum(words.count("initialize") for words in accepted.values()) <= 1, told
        assert not self.unwritten, f"{self.unwritten}{told}"
        refused = Counter(event.node for event in self.fleet.log.select("auth", text="refused"))
        assert max(refused.values(), default=0) <= 1, f"more than one failed login on a node{told}"
        assert all(event.text == "Y" for event in self.fleet.log.select("answer")), f"another answer than Y{told}"
        kept = set(self.rows[KEEPER])
        assert kept <= set(self.fleet.nodes[KEEPER].rows), f"the keeper's rows are lost{told}"
        for name, wish in run.rows.items():
            rows = set(self.fleet.nodes[name].rows)
            own = wish == KEPT and set(self.rows[name]) <= rows
            assert (not rows) if wish == NONE else own or kept <= rows, f"{name} holds {rows}{told}"

    def _check_backups(self, told: str) -> None:
        """What came home is what lies on the node, byte by byte."""
        for path in self.runs.glob("*/backups/*/*/*"):
            there = self._machine(path.parts[-3]).files / path.name
            assert path.read_bytes() == there.read_bytes(), f"{path} is not what is on the node{told}"

    def _machine(self, name: str) -> Node:
        """The node that a name of the inventory leads to."""
        return self.fleet.nodes[self.case.scene.get("reaches", {}).get(name, name)]

    def _check_secrets(self, said: Said) -> None:
        files = [path for path in self.runs.rglob("*") if path.is_file()] if self.runs.exists() else []
        ours = [path for path in files if path.relative_to(self.runs).parts[1] not in _OF_THE_DEVICE]
        texts = {str(path): path.read_bytes() for path in ours}
        texts |= {"output": (said.out + said.err).encode()}
        keys = [path.read_bytes().splitlines()[1] for path in self.fleet.certificates.rglob("*.key")]
        for name, content in texts.items():
            for secret in (b"PRIVATE KEY", self.fleet.password.encode(), *keys):
                assert secret not in content, f"a secret in {name}"

    def _watch_answers(self) -> None:
        """Look into the journal at the moment a node accepts a command: intent and question must be there."""
        add = self.fleet.log.add

        def watched(node: str, kind: str, text: str, size: int | None = None) -> Event:
            if kind == "question":
                self._asked[node] = text
            if kind == "accepted":
                self._check_written(node, text, self._asked.pop(node, None))
            return add(node, kind, text, size)

        self.patch.setattr(self.fleet.log, "add", watched)

    def _check_written(self, node: str, command: str, question: str | None) -> None:
        written = [record for path in self.runs.glob("*/journal.jsonl") for record in schemas.journal(path)]
        # Where addresses are swapped, the journal has a machine by the other's name.
        names = {machine: name for name, machine in self.case.scene.get("reaches", {}).items()}
        records = [record for record in written if record["node"] == names.get(node, node)]
        intents = [record for record in records if (record["event"], record["command"]) == ("intent", command)]
        if not intents:
            self.unwritten.append(f"{node}: no intent of '{command}' when it was accepted")
        elif question is not None:
            last = records[-1]
            if (last["event"], last["step"]) != ("question", intents[-1]["step"]):
                self.unwritten.append(f"{node}: no question of '{command}' when it was accepted")
            elif "".join(last["detail"]["question"].split()) != "".join(question.split()):
                self.unwritten.append(f"{node}: another question than was asked: {last['detail']}")

    def _spied(self, emit: Callable[..., None]) -> Callable[..., None]:
        def spied(document: dict[str, Any], *rest: Any) -> None:
            self.documents.append(schemas.check(document))
            emit(document, *rest)

        return spied

    def _events(self) -> str:
        kinds = ("connect", "auth", "command", "answer", "accepted", "failed", "fault")
        return "\n".join(f"{event.node} {event.kind} {event.text}" for event in self.fleet.log.select(*kinds)[-60:])


@contextmanager
def played(case: Case, lab: Lab, mmpctl: Command, patch: pytest.MonkeyPatch, folder: Path) -> Iterator[Play]:
    """A case on its lab, ready for its commands."""
    scene = case.scene
    fleet = lab(
        _with_prompts(single(scene.get("scenario", "expired")), scene.get("prompts", {})),
        faults=case.faults,
        nodes={name: _switches(changes) for name, changes in scene.get("nodes", {}).items()},
        **_switches(scene.get("switches", {})),
    )
    yield Play(case, fleet, mmpctl, patch, folder)


def _with_prompts(fleet: FleetSpec, prompts: Mapping[str, str]) -> FleetSpec:
    """The fleet with other host names in the nodes' prompts than the inventory has."""
    return replace(
        fleet,
        clusters=tuple(
            replace(one, nodes=tuple(replace(node, prompt=prompts.get(node.name, "")) for node in one.nodes))
            for one in fleet.clusters
        ),
    )


def _change(fleet: Fleet, changes: Mapping[str, Mapping[str, Any] | None]) -> None:
    """Change what the inventory says of nodes; without anything to say, they are not in it."""
    yaml = YAML()
    hosts = yaml.load(fleet.inventory / "hosts.yaml")
    for name, change in changes.items():
        if change is None:
            del hosts[name]
        else:
            hosts[name]["data"].update(change)
    yaml.dump(hosts, fleet.inventory / "hosts.yaml")


def _misdirect(fleet: Fleet, reaches: Mapping[str, str]) -> None:
    """Give nodes of the inventory the address of others; where that one keeps its own, by another name of it."""
    yaml = YAML()
    hosts = yaml.load(fleet.inventory / "hosts.yaml")
    for name, other in reaches.items():
        host, port = fleet.address(other)
        hosts[name]["hostname"], hosts[name]["port"] = (host if other in reaches else "localhost"), port
    yaml.dump(hosts, fleet.inventory / "hosts.yaml")
    keys = fleet.known_hosts.read_text("utf-8")
    fleet.known_hosts.write_text(keys + keys.replace("127.0.0.1", "localhost"), encoding="utf-8")


def _switches(changes: Mapping[str, Any]) -> dict[str, Any]:
    # YAML has no sets.
    return {name: frozenset(value) if isinstance(value, list) else value for name, value in changes.items()}
