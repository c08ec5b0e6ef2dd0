"""Test cases as data: a compact notation for clusters, goals and histories.

A node is one line, `name: role | status | view | option=value …`:

    lon-1: master | Enabled | lon-1 master, lon-2 slave, 10.9.9.9 gone | prompt=cms1

The view is what the node's `Nodes:` shows; a node's own name is its `(me)` line. Names of nodes stand for their
addresses, anything else is an address as printed. `silent` as status is a node that does not answer, `unclear` one
whose answer is not understood, `locked` one that does not accept the login. A node shows the command that took it out
of its cluster or into it, unless `last=` stands there. `files=` says which files are configured, `unknown=` and
`alarming=` which lines of its status nobody knows, `backups=` which backups lie on the node, `names=` the
names within its certificates, `ahead=` by how many
seconds its clock is ahead, `release=` what it runs.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from mmpctl.cluster.backups import BackupOnNode
from mmpctl.cluster.observed import ObservedCluster, ObservedNode
from mmpctl.cluster.progress import History
from mmpctl.cluster.role import role_of
from mmpctl.cluster.status import CertificateFiles, DatabaseStatus, Member
from mmpctl.cluster.step import Step, StepKey
from mmpctl.cluster.target import Goal, WantedFiles
from mmpctl.cluster.trouble import LOCKED_OUT, SILENT, UNCLEAR

STATES = {
    "master": "Connected Master",
    "primary": "Connected Primary",
    "slave": "Connected Slave ( In Sync )",
    "replica": "Connected Replica ( In Sync )",
    "lagging": "Connected Slave",
    "gone": "Disconnected",
    "odd": "Recovering",
}
DATABASE_FILES = CertificateFiles("s.key", "s.cer", "c.key", "c.cer", "ca.cer")
CLIENT_FILES = CertificateFiles(None, None, "c.key", "c.cer", "ca.cer")
OTHER_FILES = CertificateFiles("other-s.key", "other-s.cer", "other-c.key", "other-c.cer", "other-ca.cer")
# A client that still shows the server pair it had as a database.
STALE_FILES = CertificateFiles("other-s.key", "other-s.cer", "c.key", "c.cer", "ca.cer")
DIGESTS = {name: f"sha256 of new {name}" for name in DATABASE_FILES.names()}
OLD_DIGESTS = {name: f"sha256 of old {name}" for name in DATABASE_FILES.names()}


NOW = datetime(2026, 11, 23, 12, 0, tzinfo=timezone.utc)


@dataclass(frozen=True)
class Case:
    """One test case: the cluster, what is wanted, what was done, and what is expected."""

    cluster: ObservedCluster
    goal: Goal
    history: History
    confirmed: str | None
    expect: dict[str, Any] = field(default_factory=dict)
    steps: list[str] = field(default_factory=list)
    now: datetime = NOW
    reasoned: bool = False


def case_files(folder: str) -> list[Path]:
    """All cases of a folder beside this file."""
    return sorted((Path(__file__).parent / folder).glob("*.yaml"))


def read_case(path: Path) -> Case:
    """Read one case."""
    document = YAML(typ="safe").load(path.read_text(encoding="utf-8"))
    unknown = set(document) - {
        "nodes",
        "aliases",
        "goal",
        "history",
        "intended",
        "confirmed",
        "now",
        "expect",
        "steps",
        "reasoned",
    }
    assert not unknown, f"{path.name} has unknown keys {unknown}"
    cluster = make_cluster(document["nodes"], document.get("aliases", {}))
    names = [node.name for node in cluster.nodes]
    return Case(
        cluster=cluster,
        goal=make_goal(cluster, **document.get("goal", {})),
        history=make_history(names, document.get("history", []), document.get("intended", []), "lon-1"),
        confirmed=document.get("confirmed"),
        reasoned=document.get("reasoned", False),
        expect=document.get("expect", {}),
        steps=document.get("steps", "").split("\n")[:-1],
        now=read_time(document["now"]) if "now" in document else NOW,
    )


def make_cluster(nodes: dict[str, str], aliases: dict[str, list[str]] | None = None) -> ObservedCluster:
    """A cluster from lines of the notation."""
    addresses = {name: f"10.1.0.{number}" for number, name in enumerate(nodes, 1)}
    return ObservedCluster(
        "lon-prod",
        tuple(make_node(name, line, addresses) for name, line in nodes.items()),
        {name: frozenset(given) for name, given in (aliases or {}).items()},
    )


def read_time(text: str) -> datetime:
    """`2026-11-23T12:00`, in UTC."""
    return datetime.strptime(f"{text}+0000", "%Y-%m-%dT%H:%M%z")


def make_backups(text: str) -> tuple[BackupOnNode, ...] | None:
    """Backups from `name,bytes,time name …`, bytes and time as far as known; `?` for a node that tells none."""
    if text == "?":
        return None
    found = []
    for word in text.split():
        name, size, moment, *_ = *word.split(","), "", ""
        found.append(BackupOnNode(name, int(size) if size else None, read_time(moment) if moment else None))
    return tuple(found)


def make_node(name: str, line: str, addresses: dict[str, str]) -> ObservedNode:
    """A node from one line of the notation."""
    role_word, *parts = (part.strip() for part in line.split("|"))
    options = dict(part.split("=", 1) for part in parts if "=" in part)
    plain = [part for part in parts if "=" not in part]
    role = role_of(role_word)
    given_files = options.pop("files", "database" if role.has_database else "client")
    files = {"database": DATABASE_FILES, "client": CLIENT_FILES, "other": OTHER_FILES, "stale": STALE_FILES}[
        given_files
    ]
    digests = {"new": DIGESTS, "old": OLD_DIGESTS}[options.pop("certs", "old")]
    known_as = options.pop("known_as", "").split()
    node = ObservedNode(
        name,
        role,
        db_address=addresses[name],
        known_as=frozenset({addresses[name], *(addresses.get(word, word) for word in known_as)}),
        host_key=options.pop("key", f"SHA256:{name}"),
        hostname=options.pop("prompt", name),
        in_use={given: digests[given.removeprefix("other-")] for given in files.names()},
        names_in_use=frozenset(options.pop("names", "").split()),
        called=options.pop("called", ""),
        service_files=frozenset(options.pop("service_files", "").split()),
        backups=make_backups(options.pop("backups", "")),
        clock_ahead=float(ahead) if (ahead := options.pop("ahead", "")) else None,
        release=options.pop("release", None),
        no_transfer=options.pop("no_transfer", None),
    )
    unseen = {"silent": (SILENT, "timed out"), "unclear": (UNCLEAR, "it says xyz"), "locked": (LOCKED_OUT, "no")}
    if plain[0] in unseen:
        trouble, error = unseen[plain[0]]
        return replace(node, error=error, trouble=trouble, host_key="", hostname="", in_use={}, backups=None)
    me = options.pop("me", name)
    # A node shows what took it out of its cluster or into it, unless the case says otherwise (`last=`).
    into = {"master": "initialize", "slave": "join 10.1.0.1", "client": "connect 10.1.0.1"}[role.value]
    last = options.get("last", f"database cluster {'remove' if plain[0] == 'Disabled' else into}") or None
    status = DatabaseStatus(
        plain[0],
        started_seconds=int(options["started"]) if "started" in options else None,
        error=options.get("error"),
        nodes=tuple(make_member(word, addresses, me) for word in ",".join(plain[1:]).split(",") if word.strip()),
        interface=options.get("interface", "a") or None,
        certificates=files,
        expired=tuple(options.get("expired", "").split()),
        last_command=last,
        last_result=(options.get("result", "Success") or None) if last else None,
        unknown=lines(options.get("unknown", "") + ";" + options.get("alarming", "")),
        alarming=lines(options.get("alarming", "")),
    )
    unknown = set(options) - {"started", "error", "interface", "expired", "last", "result", "unknown", "alarming"}
    assert not unknown, f"{name} has unknown options {unknown}"
    return replace(node, status=status)


def lines(text: str) -> tuple[str, ...]:
    """Lines from `one; another`."""
    return tuple(line.strip() for line in text.split(";") if line.strip())


def make_member(text: str, addresses: dict[str, str], me: str) -> Member:
    """A line of `Nodes:` from `name state`."""
    name, state = text.split()
    return Member(addresses.get(name, name), name == me, STATES[state])


def make_goal(cluster: ObservedCluster, **options: Any) -> Goal:
    """A goal with new files for every node that takes part."""
    left_out = frozenset(options.pop("left_out", ()))
    without_files = options.pop("without_files", ())
    problems = {name: tuple(given) for name, given in options.pop("problems", {}).items()}
    file_notes = {name: tuple(given) for name, given in options.pop("file_notes", {}).items()}
    keeper = options.pop("keeper", cluster.inventory_master.name)
    on_node = options.pop("keys_on_node", {})
    validity = [read_time(time) if time else None for time in options.pop("validity", (None, None))]
    options["known_runs"] = frozenset(options.pop("known_runs", ()))
    return Goal(
        keeper=keeper,
        keeper_address=cluster.node(keeper).db_address,
        wanted={
            node.name: WantedFiles(
                DATABASE_FILES if node.role.has_database else CLIENT_FILES,
                DIGESTS,
                problems.get(node.name, ()),
                file_notes.get(node.name, ()),
                valid_from=validity[0],
                valid_until=validity[1],
                keys_on_node=on_node.get(node.name, {}),
            )
            for node in cluster.nodes
            if node.name not in left_out and node.name not in without_files
        },
        left_out=left_out,
        snapshot="pre-run",
        **options,
    )


def make_history(names: list[str], settled: list[str], intended: list[str], keeper: str | None) -> History:
    """A history from `action node`, `action *` (all nodes) and `backup node again`."""
    return History(_keys(names, settled), _keys(names, intended), keeper)


def keys(*texts: str) -> frozenset[StepKey]:
    """Keys of steps from their texts, as a journal has them."""
    return frozenset(map(StepKey.parse, texts))


def step_lines(steps: tuple[Step, ...]) -> list[str]:
    """Steps as `wave node action command`."""
    return [f"{step.wave} {step.node} {step.action} {step.command}" for step in steps]


def _keys(names: list[str], lines: list[str]) -> frozenset[StepKey]:
    found = set()
    for line in lines:
        action, node, *again = line.split()
        found |= {StepKey(action, name, bool(again)) for name in (names if node == "*" else [node])}
    return frozenset(found)


def assert_sentences(given: tuple[str, ...], expected: list[str]) -> None:
    """Each given sentence contains the expected one of the same place, and there are no others."""
    pairs = list(zip(given, expected, strict=False))
    assert len(given) == len(expected) and all(part in whole for whole, part in pairs), f"{given} is not {expected}"
