"""Keys that never left their nodes: proved, or nothing is permitted."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from mmpctl.cluster.keeper import decide_keeper
from mmpctl.cluster.key_proof import KeySeen, proof_notes, unproved
from mmpctl.cluster.observed import ObservedCluster
from mmpctl.cluster.plan import plan
from mmpctl.cluster.preflight import Verdict, against_staging, going_on, preflight, staged, unproved_keys
from mmpctl.cluster.target import Goal
from tests.cluster.cases import Case, read_case
from tests.cluster.scenes import (
    CERTS,
    CERTS_CLIENT,
    CONNECT,
    INITIALIZE,
    JOIN,
    REMOVE_KEEPER,
    REMOVE_SLAVE,
    Scene,
    refused,
)

WANTED = {"s.key": "digest of s", "c.key": "digest of c"}
PROVED = {key: KeySeen(True, digest) for key, digest in WANTED.items()}
GONE = (
    "the key s.key of its new certificate is not on it: `pki list` does not show it. Make new requests with "
    "`mmpctl csr`"
)
UNPROVED = [
    pytest.param(None, "the key s.key of its new certificate was not looked at. Make the plan again", id="not asked"),
    pytest.param(KeySeen(False), GONE, id="gone"),
    pytest.param(
        KeySeen(False, trouble="it timed out"),
        "whether it has the key s.key of its new certificate is not known: it timed out",
        id="not known",
    ),
    pytest.param(
        KeySeen(True, trouble="no such file"),
        "nothing proves that s.key is the key of its new certificate: its request s.csr cannot be read there (no such "
        "file). Make new requests with `mmpctl csr`",
        id="no request",
    ),
    pytest.param(
        KeySeen(True, "digest of c", asked=True, fits=True),
        "s.key is not the key of its new certificate: s.csr on the node has another public key. Make new requests with "
        "`mmpctl csr`",
        id="another key",
    ),
    pytest.param(
        KeySeen(True, "digest of s", asked=True, fits=False),
        "`pki match` answers that s.key and its new certificate do not fit. Make new requests with `mmpctl csr`",
        id="no match",
    ),
]
ENOUGH = [
    KeySeen(True, "digest of s"),
    KeySeen(True, "digest of s", asked=True),
    KeySeen(True, "digest of s", asked=True, fits=True),
]


@pytest.mark.parametrize(("seen", "told"), UNPROVED)
def test_what_is_missing_of_a_proof_is_told_with_its_cure(seen: KeySeen | None, told: str) -> None:
    shown = {"c.key": PROVED["c.key"], **({"s.key": seen} if seen else {})}
    assert tuple(unproved(WANTED, shown)) == (told,)
    assert tuple(unproved({}, shown)) == ()


@pytest.mark.parametrize("seen", ENOUGH)
def test_the_request_proves_a_key_unless_the_node_says_no(seen: KeySeen) -> None:
    assert tuple(unproved(WANTED, {**PROVED, "s.key": seen})) == ()


def test_it_is_noted_if_the_node_has_no_verdict() -> None:
    notes = tuple(proof_notes({str(number): seen for number, seen in enumerate(ENOUGH)}))
    assert notes == (
        "`pki match` gives no plain verdict on 1 and its new certificate. The request on the node proves that they fit",
    )


PERMITS = {"a remove": REMOVE_SLAVE, "the keeper's remove": REMOVE_KEEPER, "certs": CERTS}


@pytest.mark.parametrize("permit", PERMITS)
@pytest.mark.parametrize(("seen", "told"), UNPROVED)
def test_no_permit_is_given_for_an_unproved_pair(permit: str, seen: KeySeen | None, told: str) -> None:
    scene = replace(PERMITS[permit], keys={"lon-2": {"c.key": PROVED["c.key"], **({"s.key": seen} if seen else {})}})
    refused(replace(scene, goal={"keys_on_node": {"lon-2": WANTED}}), "lon-2", told, "key-on-node")


@pytest.mark.parametrize("scene", [REMOVE_SLAVE, REMOVE_KEEPER, CERTS])
def test_a_proved_pair_is_permitted(scene: Scene) -> None:
    proved = replace(
        scene, keys={"lon-2": PROVED, "lon-3": PROVED}, goal={"keys_on_node": {"lon-2": WANTED, "lon-3": WANTED}}
    )
    assert proved.ask().node == scene.node


def test_a_node_that_is_left_out_needs_no_proof() -> None:
    options = {"keys_on_node": {"lon-3": WANTED}, "left_out": ["lon-3"]}
    assert replace(REMOVE_SLAVE.but("lon-3", "slave | silent"), goal=options).ask()


@pytest.mark.parametrize("scene", [CERTS_CLIENT, INITIALIZE, JOIN, CONNECT])
def test_once_a_node_has_its_certificates_another_ones_key_holds_nothing_up(scene: Scene) -> None:
    """A cluster that is apart is put together: only the node itself cannot be given its certificates."""
    assert replace(scene, goal={"keys_on_node": {"lon-3": WANTED}}).ask()


def case() -> Case:
    return read_case(Path(__file__).parent / "preflight" / "ready.yaml")


def with_keys(seen: KeySeen | None, **changes: object) -> tuple[ObservedCluster, Goal]:
    given = case()
    name = given.cluster.nodes[1].name
    files = replace(given.goal.wanted[name], keys_on_node=WANTED, **changes)  # type: ignore[arg-type]
    goal = replace(given.goal, wanted={**given.goal.wanted, name: files})
    shown = {"c.key": PROVED["c.key"], **({"s.key": seen} if seen else {})}
    return given.cluster.with_keys({name: shown}), goal


@pytest.mark.parametrize(("seen", "told"), UNPROVED)
def test_the_preflight_and_staging_refuse_it_too(seen: KeySeen | None, told: str) -> None:
    cluster, goal = with_keys(seen)
    name = cluster.nodes[1].name
    verdict = preflight(cluster, goal, decide_keeper(cluster), case().now)
    assert (verdict.verdict, verdict.reasons) == (Verdict.REFUSED, (f"{name}: {told}",))
    assert against_staging(cluster, goal) == (f"{name}: {told}",)
    assert going_on(cluster, goal, case().now) == (), "the guards decide, node by node"


def test_what_else_is_wrong_with_a_node_is_told_alone() -> None:
    cluster, goal = with_keys(None, problems=("its files are unfit",))
    assert unproved_keys(cluster, goal) == {}
    name = cluster.nodes[1].name
    silent = replace(
        cluster, nodes=tuple(replace(one, status=None) if one.name == name else one for one in cluster.nodes)
    )
    assert unproved_keys(silent, with_keys(None)[1]) == {}
    assert unproved_keys(cluster, replace(goal, wanted={})) == {}


def test_a_note_of_the_proof_is_in_the_plan() -> None:
    cluster, goal = with_keys(KeySeen(True, "digest of s", asked=True))
    name = cluster.nodes[1].name
    notes = preflight(cluster, goal, decide_keeper(cluster), case().now).notes
    stay = (
        f"the keys for {name} never leave their nodes: the request that was made with each has the public key of the "
        "new certificate. Without the keys no TLS handshake can be tried here: who signed the certificates, for what "
        "use and until when was checked instead"
    )
    assert notes[1:3] == (stay, f"{name}: {next(proof_notes({'s.key': cluster.nodes[1].keys['s.key']}))}")
    without = preflight(case().cluster, case().goal, decide_keeper(case().cluster), case().now).notes
    assert not [note for note in without if "never leave" in note]


def test_keys_on_a_node_are_configured_and_not_sent() -> None:
    cluster, goal = with_keys(PROVED["s.key"])
    name = cluster.nodes[1].name
    steps = {step.action: step.payload for step in plan(cluster, goal) if step.node == name}
    assert steps["upload"] == ("s.cer", "c.cer", "ca.cer")
    assert steps["certs"] == ("s.key", "s.cer", "c.key", "c.cer", "ca.cer")
    assert goal.wanted[name].certificates_of_keys() == {"s.key": "s.cer", "c.key": "c.cer"}
    there = tuple(
        replace(one, stored=frozenset(steps["upload"]) if one.name == name else one.stored) for one in cluster.nodes
    )
    assert staged(replace(cluster, nodes=there), goal) == (name,)
