"""The guards of a renewal of services: what each lets pass, and why it refuses."""

from __future__ import annotations

from typing import Any

import pytest

from mmpctl.cluster.permit import Identity, Permit, Proof
from mmpctl.errors import RefusedError
from mmpctl.services import service_guards
from mmpctl.services.renewable import RENEWABLE, TakesEffect
from mmpctl.services.seen_services import SeenGroup, UnitKey
from mmpctl.services.service_guards import ServiceGuards
from tests.services.cases import Case, make_case

EDGES: dict[str, Any] = {
    "edge-1": {"webbridge3": "on https=old c2w=old", "turn": "on old"},
    "edge-2": {"webbridge3": "on https=old c2w=old"},
}
CORES: dict[str, Any] = {"core-1": {"callbridge": "? old"}, "core-2": {"callbridge": "? old"}}
WEB, TURN, OTHER_WEB = UnitKey("edge-1", "webbridge3"), UnitKey("edge-1", "turn"), UnitKey("edge-2", "webbridge3")
CALLS = UnitKey("core-1", "callbridge")
VERIFIED = ["upload:edge-1", "verify:edge-1", "upload:edge-2", "verify:edge-2"]
BEGUN = [*VERIFIED, "disable:edge-1/webbridge3"]
GIVEN = [*BEGUN, "certs:edge-1/webbridge3 https", "certs:edge-1/webbridge3 c2w"]
CORE = ["upload:core-1", "verify:core-1"]


def edges(**changes: Any) -> Case:
    """Two edges; the services of edge-1 as they are given, after the steps that are given."""
    nodes = {**EDGES, "edge-1": {**EDGES["edge-1"], **changes.pop("shows", {})}, **changes.pop("nodes", {})}
    return make_case(nodes, **changes)


def cores(shows: str = "? old", calls: int | None = None, **changes: Any) -> Case:
    """Two Call Bridges."""
    first = {"callbridge": shows, **({} if calls is None else {"calls": calls})}
    return make_case({**CORES, "core-1": first, **changes.pop("nodes", {})}, **changes)


def asked(case: Case, action: str, key: UnitKey, *command: str, back: bool = False) -> Permit:
    """The guard's answer; what was on when the run began is what each case lists."""
    guards = case.guards()
    made: Permit = getattr(guards, action)(key, *command, case.group, back=back)
    return made


@pytest.mark.parametrize(
    ("case", "action", "key", "command", "sent"),
    [
        (edges(settled=VERIFIED), "disable", WEB, (), "webbridge3 disable"),
        (
            edges(settled=BEGUN, shows={"webbridge3": "off https=old c2w=old"}),
            "certs",
            WEB,
            ("webbridge3 c2w",),
            "webbridge3 c2w certs webbridge3-c2w-new.key webbridge3-c2w-new.cer",
        ),
        (edges(settled=GIVEN, shows={"webbridge3": "off https=new c2w=new"}), "enable", WEB, (), "webbridge3 enable"),
        # Switched on again by hand: the run takes it off once more, whatever files it shows.
        (edges(settled=GIVEN, shows={"webbridge3": "on https=new c2w=new"}), "disable", WEB, (), "webbridge3 disable"),
        # On its way with wrong files, or stuck there: it is taken off again.
        (edges(settled=GIVEN, shows={"webbridge3": "? https=new c2w=new"}), "disable", WEB, (), "webbridge3 disable"),
        (
            cores(settled=CORE, calls=3, max_calls=3),
            "certs",
            CALLS,
            ("callbridge",),
            "callbridge certs callbridge-new.key callbridge-new.cer",
        ),
        (
            cores("? new", 3, settled=[*CORE, "certs:core-1/callbridge"], max_calls=3),
            "restart",
            CALLS,
            (),
            "callbridge restart",
        ),
        (
            cores("? new", 9, settled=[*CORE, "certs:core-1/callbridge"], restarts=frozenset({"core-1"})),
            "restart",
            CALLS,
            (),
            "callbridge restart",
        ),
    ],
)
def test_what_is_permitted(case: Case, action: str, key: UnitKey, command: tuple[str, ...], sent: str) -> None:
    permit = asked(case, action, key, *command)
    assert (permit.command, permit.node) == (sent, key.node)
    assert permit.spend(Proof(key.node, f"SHA256:{key.node}", key.node)) == sent
    with pytest.raises(RefusedError, match="was used before"):
        permit.spend(Proof(key.node, f"SHA256:{key.node}", key.node))


@pytest.mark.parametrize(
    ("case", "action", "key", "command", "why"),
    [
        (edges(), "disable", WEB, (), "its new files were not verified on edge-1"),
        (edges(settled=VERIFIED, units=["edge-1 turn"]), "disable", WEB, (), "is not renewed by this run"),
        (
            edges(settled=VERIFIED, shows={"webbridge3": "off https=old c2w=old"}),
            "disable",
            WEB,
            (),
            "webbridge3 of edge-1 does not show that it is on",
        ),
        (
            edges(settled=VERIFIED, shows={"webbridge3": "on https=other c2w=old"}),
            "disable",
            WEB,
            (),
            "shows webbridge3-https-other.key, webbridge3-https-other.cer, not the old files webbridge3-https-old.key",
        ),
        (
            edges(settled=VERIFIED, shows={"webbridge3": "? https=old c2w=old"}),
            "disable",
            WEB,
            (),
            "webbridge3 of edge-1 does not show that it is on",
        ),
        (
            edges(settled=VERIFIED, nodes={"edge-2": {"webbridge3": "? https=old c2w=old"}}),
            "disable",
            WEB,
            (),
            "webbridge3 of edge-2 does not show that it runs: two of them would be down together",
        ),
        (
            edges(settled=VERIFIED, nodes={"edge-2": {"webbridge3": "off https=old c2w=old"}}),
            "disable",
            WEB,
            (),
            "webbridge3 of edge-2 is off: two of them would be down together",
        ),
        (
            edges(settled=BEGUN, shows={"webbridge3": "off https=old c2w=old"}),
            "disable",
            TURN,
            (),
            "webbridge3 of edge-1 was begun in this run and is not proved yet",
        ),
        (
            edges(settled=[*GIVEN, "enable:edge-1/webbridge3"], shows={"webbridge3": "on https=new c2w=new"}),
            "disable",
            OTHER_WEB,
            (),
            "webbridge3 of edge-1 was begun in this run and is not proved yet",
        ),
        (
            edges(settled=VERIFIED),
            "certs",
            WEB,
            ("webbridge3 c2w",),
            "webbridge3 of edge-1 does not show that it is off",
        ),
        (
            edges(settled=VERIFIED, shows={"webbridge3": "off https=old c2w=old"}),
            "certs",
            WEB,
            ("webbridge3 c2w",),
            "the run has not switched webbridge3 of edge-1 off",
        ),
        (edges(settled=BEGUN), "certs", WEB, ("webbridge3 trust",), "no files are wanted for `webbridge3 trust`"),
        (
            edges(settled=GIVEN[:-1], shows={"webbridge3": "off https=new c2w=old"}),
            "enable",
            WEB,
            (),
            "its new files are not set: webbridge3 c2w",
        ),
        (edges(settled=GIVEN), "enable", WEB, (), "does not show that it is off"),
        (edges(settled=GIVEN), "restart", WEB, (), "webbridge3 is switched off and on, and not restarted"),
        (cores(settled=CORE), "disable", CALLS, (), "the service callbridge is never switched off"),
        (cores(settled=CORE), "enable", CALLS, (), "`callbridge enable` is never sent"),
        (cores(), "certs", CALLS, ("callbridge",), "its new files were not verified on core-1"),
        (
            cores(settled=CORE, calls=4, max_calls=3),
            "certs",
            CALLS,
            ("callbridge",),
            "4 calls are on it, and 3 may drop",
        ),
        (cores(settled=CORE), "restart", CALLS, (), "its new files are not set: callbridge"),
        (
            cores(settled=[*CORE, "certs:core-1/callbridge"], max_calls=0),
            "restart",
            CALLS,
            (),
            "shows callbridge-old.key, callbridge-old.cer, not the new files",
        ),
        (
            cores("? new", 4, settled=[*CORE, "certs:core-1/callbridge"], max_calls=3),
            "restart",
            CALLS,
            (),
            "callbridge of core-1 is not restarted: 4 calls are on it, and 3 may drop",
        ),
        (
            cores("? new", settled=[*CORE, "certs:core-1/callbridge"]),
            "restart",
            CALLS,
            (),
            "it is not known how many calls are on it, and nobody has said how many may drop",
        ),
    ],
)
def test_what_is_refused(case: Case, action: str, key: UnitKey, command: tuple[str, ...], why: str) -> None:
    with pytest.raises(RefusedError) as refused:
        asked(case, action, key, *command)
    assert why in refused.value.message and refused.value.node == key.node


TRUSTING: dict[str, Any] = {
    "core-1": {"callbridge": "? old trust=old"},
    "edge-1": {"webbridge3": "on https=old c2w=old trust=old"},
}
MORE = UnitKey("core-1", "callbridge", "trust")
PART = "callbridge-trust trust c2w"


def trusting(shows: str = "? old trust=old", *settled: str, **goal: Any) -> Case:
    """A Call Bridge whose trust is extended before a Web Bridge is renewed."""
    nodes = {**TRUSTING, "core-1": {"callbridge": shows}}
    verified = ["upload:core-1", "verify:core-1", "upload:edge-1", "verify:edge-1", *settled]
    return make_case(nodes, ["core-1 callbridge trust", "edge-1 webbridge3"], verified, **goal)


def test_a_service_trusts_more_before_what_is_new_is_presented() -> None:
    agreed: dict[str, Any] = {"restarts": frozenset({"core-1"})}
    permit = asked(trusting(**agreed), "trust", MORE, PART)
    assert permit.command == "callbridge trust c2w callbridge-c2w-trust-new.cer"
    given = trusting("? old trust=new", f"trust:core-1/{PART}", **agreed)
    assert asked(given, "restart", MORE).command == "callbridge restart"
    back = asked(given, "trust", MORE, PART, back=True)
    assert back.command == "callbridge trust c2w callbridge-c2w-trust-old.cer"
    with pytest.raises(RefusedError, match="not everybody accepts its new certificate yet: callbridge-trust of core-1"):
        asked(trusting(**agreed), "disable", UnitKey("edge-1", "webbridge3"))
    proved = trusting(
        "? old trust=new", f"trust:core-1/{PART}", "restart:core-1/callbridge-trust", "prove:core-1/callbridge-trust"
    )
    assert asked(proved, "disable", UnitKey("edge-1", "webbridge3")).command == "webbridge3 disable"


@pytest.mark.parametrize(
    ("case", "action", "command", "why"),
    [
        (trusting(), "trust", (PART,), "it is not known how many calls are on it, and nobody has said how many"),
        (
            trusting(),
            "trust",
            ("callbridge-trust trust cluster",),
            "no files are wanted for `callbridge-trust trust cl",
        ),
        (trusting("? old trust=other"), "trust", (PART,), "shows callbridge-c2w-trust-other.cer, not the old files"),
        # Its own certificate is to stay what it is.
        (trusting("? new trust=old"), "trust", (PART,), "shows callbridge-new.key, callbridge-new.cer, not the old"),
        (trusting(), "restart", (), "its new files are not set: callbridge trust c2w"),
        (
            trusting("? old trust=old", f"trust:core-1/{PART}", restarts=frozenset({"core-1"})),
            "restart",
            (),
            "shows callbridge-c2w-trust-old.cer, not the new files callbridge-c2w-trust-new.cer",
        ),
    ],
)
def test_trust_is_not_extended_against_what_is_shown(
    case: Case, action: str, command: tuple[str, ...], why: str
) -> None:
    with pytest.raises(RefusedError) as refused:
        asked(case, action, MORE, *command)
    assert why in refused.value.message


def with_silent(case: Case, name: str) -> tuple[ServiceGuards, SeenGroup]:
    """The guards of a case, and the group with a node that does not answer any more."""
    silent = make_case({name: "silent"}, units=[f"{name} turn"]).group.nodes[0]
    return case.guards(), case.group.with_nodes({name: silent})


def test_another_node_of_the_kind_that_does_not_answer_may_be_down() -> None:
    guards, now = with_silent(edges(settled=VERIFIED), "edge-2")
    with pytest.raises(RefusedError, match=r"webbridge3 of edge-2 cannot be seen: two of them might be down together"):
        guards.disable(WEB, now)
    assert guards.disable(TURN, now).command == "turn disable"
    guards, now = with_silent(edges(settled=VERIFIED), "edge-1")
    with pytest.raises(RefusedError, match=r"webbridge3 of edge-1 cannot be seen \(timed out\)"):
        guards.disable(WEB, now)


def test_a_service_that_was_off_when_the_run_began_is_left_alone() -> None:
    case = edges(settled=VERIFIED)
    guards = ServiceGuards(case.goal, case.guards().identities, frozenset(), case.history)
    with pytest.raises(RefusedError, match="was not on when the run began"):
        guards.disable(WEB, case.group)


def test_the_way_back_takes_the_old_files_of_what_was_given_new_ones() -> None:
    failed = {"intended": ["enable:edge-1/webbridge3"], "shows": {"webbridge3": "off https=new c2w=old"}}
    case = edges(settled=GIVEN[:-1], **failed)
    again = asked(case, "certs", WEB, "webbridge3 https", back=True)
    assert again.command == "webbridge3 https certs webbridge3-https-old.key webbridge3-https-old.cer"
    with pytest.raises(RefusedError, match="its old files are not set again: webbridge3 https"):
        asked(case, "enable", WEB, back=True)
    done = edges(settled=[*GIVEN[:-1], "certs:edge-1/webbridge3 https:again"], **failed)
    assert asked(done, "enable", WEB, back=True).command == "webbridge3 enable"
    with pytest.raises(RefusedError, match="the run has not begun with turn of edge-1"):
        asked(done, "disable", TURN, back=True)


def test_the_way_back_drops_no_more_calls_than_may_drop_if_it_is_known_that_there_are_any() -> None:
    begun = [*CORE, "certs:core-1/callbridge", "restart:core-1/callbridge", "certs:core-1/callbridge:again"]
    with pytest.raises(RefusedError, match="callbridge of core-1 is not restarted: 4 calls are on it, and 3 may drop"):
        asked(cores("? old", 4, settled=begun, max_calls=3), "restart", CALLS, back=True)
    for calls in (3, None):
        assert asked(cores("? old", calls, settled=begun, max_calls=3), "restart", CALLS, back=True).node == "core-1"
    agreed = cores("? old", 4, settled=begun, restarts=frozenset({"core-1"}))
    assert asked(agreed, "restart", CALLS, back=True).node == "core-1"


def test_a_permit_is_for_the_node_that_was_seen() -> None:
    case = edges(settled=VERIFIED)
    with pytest.raises(RefusedError, match="the host key is"):
        asked(case, "disable", WEB).spend(Proof("edge-1", "SHA256:other", "edge-1"))
    guards = ServiceGuards(case.goal, {}, case.guards().were_on, case.history)
    with pytest.raises(RefusedError, match="it was not seen when the run was planned"):
        guards.disable(WEB, case.group)
    assert Identity("", "", frozenset()) not in case.guards().identities.values()


def test_no_service_can_be_told_more_than_its_table_has() -> None:
    assert [one.name for one in RENEWABLE if one.takes_effect is TakesEffect.RESTART] == ["callbridge"]
    commands = [setting.command for one in RENEWABLE for setting in one.settings]
    assert all(command.split()[0] == one.name for one in RENEWABLE for command in [one.settings[0].command])
    assert len(commands) == len(set(commands)) == 15
    assert "SEAL" in vars(service_guards)
