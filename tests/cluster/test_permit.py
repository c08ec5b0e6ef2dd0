"""A permit comes from the guards alone, is for one node, and is good once."""

from __future__ import annotations

import ast
import copy
import pickle
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest

from mmpctl.cluster import guards
from mmpctl.cluster.permit import (
    SEAL,
    CertsPermit,
    ConnectPermit,
    Identity,
    InitializePermit,
    JoinPermit,
    Permit,
    Proof,
    RemovePermit,
)
from mmpctl.cluster.status import CertificateFiles
from mmpctl.errors import RefusedError
from tests.cluster.cases import make_cluster
from tests.support.children import PATIENCE_SECONDS

# Each kind of permit, what it is given, and the command that is made of it.
FILES = CertificateFiles("s.key", "s.cer", "c.key", "c.cer", "ca.cer")
CLIENT_FILES = CertificateFiles(None, None, "c.key", "c.cer", "ca.cer")
GIVEN: tuple[tuple[Any, Any, str], ...] = (
    (RemovePermit, (), "database cluster remove"),
    (CertsPermit, FILES, "database cluster certs s.key s.cer c.key c.cer ca.cer"),
    (CertsPermit, CLIENT_FILES, "database cluster certs c.key c.cer ca.cer"),
    (InitializePermit, (), "database cluster initialize"),
    (JoinPermit, ("10.1.0.1",), "database cluster join 10.1.0.1"),
    (ConnectPermit, ("10.1.0.1",), "database cluster connect 10.1.0.1"),
)
KINDS = tuple(kind for kind, _, _ in GIVEN)
IDENTITY = Identity("SHA256:lon-2", "lon-2", frozenset({"10.1.0.2", "2001:db8::2"}))
PROOF = Proof("lon-2", "SHA256:lon-2", "lon-2", "10.1.0.2")


def permit() -> JoinPermit:
    """A permit as the guards make it."""
    return JoinPermit("lon-2", ("10.1.0.1",), IDENTITY, seal=SEAL)


def spend(one: Permit, **changes: Any) -> str:
    """Spend a permit on the session it is for, or on one that differs."""
    return one.spend(replace(PROOF, **changes))


@pytest.mark.parametrize(("kind", "given", "command"), GIVEN)
@pytest.mark.parametrize("seal", [None, object(), "SEAL"], ids=["none", "another object", "a word"])
def test_no_permit_without_the_seal(kind: Any, given: Any, command: str, seal: object) -> None:
    with pytest.raises(RefusedError) as caught:
        kind("lon-2", given, IDENTITY, seal=seal)
    told = "lon-2: a permit can only come from the guards · Use the functions of mmpctl.cluster.guards."
    assert str(caught.value) == told


def test_a_permit_for_one_thing_is_none_for_another() -> None:
    for kind, given, _ in GIVEN:
        made = kind("lon-2", given, IDENTITY, seal=SEAL)
        assert [isinstance(made, other) for other in KINDS] == [other is kind for other in KINDS]


@pytest.mark.parametrize(("kind", "given", "command"), GIVEN)
def test_its_command_is_that_of_its_kind_of_step(kind: Any, given: Any, command: str) -> None:
    made = kind("lon-2", given, IDENTITY, seal=SEAL)
    assert made.command == made.kind.command(*made.payload) == command
    assert spend(made) == command


def test_a_permit_for_certificates_names_each_file_by_its_place() -> None:
    for files in (FILES, CLIENT_FILES):
        made = CertsPermit("lon-2", files, IDENTITY, seal=SEAL)
        assert (made.files, made.payload) == (files, files.names())


def test_it_gives_out_its_command_once() -> None:
    one = permit()
    assert spend(one) == "database cluster join 10.1.0.1"
    with pytest.raises(RefusedError) as caught:
        spend(one)
    told = "lon-2: the permit for 'database cluster join 10.1.0.1' was used before · Look at the node first."
    assert str(caught.value) == told


def test_it_gives_out_its_command_to_one_thread_only() -> None:
    for _ in range(20):
        one, together = permit(), Barrier(8)

        def attempt(_: int, one: JoinPermit = one, together: Barrier = together) -> bool:
            together.wait(timeout=PATIENCE_SECONDS)
            try:
                return bool(spend(one))
            except RefusedError:
                return False

        with ThreadPoolExecutor(8) as pool:
            assert sum(pool.map(attempt, range(8))) == 1


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"node": "lon-3"}, "the inventory name is 'lon-3' now, it was 'lon-2'"),
        ({"host_key": "SHA256:lon-3"}, "the host key is 'SHA256:lon-3' now"),
        ({"host_key": ""}, "the host key is '' now"),
        ({"hostname": "lon-3"}, "the prompt is 'lon-3' now"),
        ({"me": "10.1.0.3"}, "the node shows 10.1.0.3 as its own address, not 10.1.0.2, 2001:db8::2"),
        ({"me": "db3", "me_names": frozenset({"10.1.0.3"})}, "the node shows db3"),
    ],
)
def test_another_node_is_refused_and_the_permit_is_not_spent(change: dict[str, object], told: str) -> None:
    one = permit()
    with pytest.raises(RefusedError) as caught:
        spend(one, **change)
    assert told in caught.value.message
    assert (caught.value.code, caught.value.node) == ("other-node", "lon-2")
    assert caught.value.advice == (
        "Addresses may be swapped. Nothing was sent. Correct db_address in the inventory."
        if "me" in change
        else "This may be another machine. Nothing was sent. Find out what changed."
    )
    assert spend(one)


@pytest.mark.parametrize(
    "change",
    [{"me": None}, {"me": "2001:db8::2"}, {"me": "db2.example.com", "me_names": frozenset({"10.1.0.2"})}],
    ids=["a status without (me)", "another of its addresses", "a name that resolves to its address"],
)
def test_the_same_node_may_show_itself_in_more_than_one_way(change: dict[str, object]) -> None:
    assert spend(permit(), **change)


@pytest.mark.parametrize("missing", ["host_key", "hostname"])
def test_a_node_that_proved_nothing_proves_nothing_later(missing: str) -> None:
    gone: dict[str, Any] = {missing: ""}
    nothing = replace(IDENTITY, **gone)
    one = RemovePermit("lon-2", (), nothing, seal=SEAL)
    with pytest.raises(RefusedError):
        one.spend(Proof("lon-2", nothing.host_key, nothing.hostname))


def test_a_permit_cannot_be_copied() -> None:
    for made in (copy.copy, copy.deepcopy, pickle.dumps):
        with pytest.raises(TypeError, match=r"^a permit cannot be copied$"):
            made(permit())


def test_the_identity_is_that_of_the_observed_node() -> None:
    cluster = make_cluster({"lon-1": "master | Disabled | prompt=cms1 | key=SHA256:abc | known_as=2001:db8::1"})
    assert Identity.of(cluster.node("lon-1")) == Identity("SHA256:abc", "cms1", frozenset({"10.1.0.1", "2001:db8::1"}))


def test_only_the_guards_hold_the_seal() -> None:
    assert vars(guards)["SEAL"] is SEAL
    root = Path(__file__).parents[2]
    files = [path for folder in ("mmpctl", "tasks", "runbooks", "inventory") for path in (root / folder).rglob("*.py")]
    assert root / "mmpctl/cluster/guards.py" in files and len(files) > 30
    holders = {path.relative_to(root).as_posix() for path in files if _holds_seal(path)}
    assert holders == {
        "mmpctl/cluster/guards.py",
        "mmpctl/cluster/permit.py",
        "mmpctl/services/service_guards.py",
    }


def _holds_seal(path: Path) -> bool:
    # Names, attributes, imports and strings (getattr, globals): whatever could reach the seal.
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        words = [getattr(node, name, None) for name in ("id", "attr", "value", "name", "arg")]
        if "SEAL" in words or (isinstance(node, ast.ImportFrom) and _imports_all(node)):
            return True
    return False


def _imports_all(node: ast.ImportFrom) -> bool:
    return any(alias.name == "*" for alias in node.names) and any(
        room in (node.module or "") for room in ("cluster", "services")
    )
