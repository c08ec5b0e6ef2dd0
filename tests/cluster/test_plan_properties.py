"""What holds of every plan, whatever was observed, wanted and done before."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from hypothesis import given

from mmpctl.cluster.plan import plan
from mmpctl.cluster.progress import History
from mmpctl.cluster.status import DISABLED
from mmpctl.cluster.step import Step
from mmpctl.cluster.step_kinds import ActionName
from mmpctl.cluster.target import Naming
from tests.cluster.cases import make_cluster
from tests.cluster.strategies import Situation, situations
from tests.support.gate import examples

calm = examples(100)


@calm
@given(situations())
def test_the_keeper_never_joins_and_nobody_else_is_initialized(situation: Situation) -> None:
    steps = plan(*situation)
    assert not [
        step
        for step in steps
        if step.action in (ActionName.JOIN, ActionName.CONNECT) and step.node == situation.goal.keeper
    ]
    initializes = [step for step in steps if step.action == ActionName.INITIALIZE]
    assert [step.node for step in initializes] in ([], [situation.goal.keeper])


@calm
@given(situations())
def test_nobody_joins_or_connects_before_the_keeper_is_up(situation: Situation) -> None:
    steps = plan(*situation)
    coming = [step for step in steps if step.action in (ActionName.JOIN, ActionName.CONNECT)]
    initialize = [step for step in steps if step.action == ActionName.INITIALIZE]
    if initialize:
        assert all(step.wave > initialize[0].wave for step in coming)
    elif coming:
        keeper = situation.cluster.node(situation.goal.keeper)
        assert situation.history.has(ActionName.CERTS, keeper.name)
        assert keeper.status is not None and keeper.status.status != DISABLED


@calm
@given(situations())
def test_waves_and_numbers_only_grow(situation: Situation) -> None:
    steps = plan(*situation)
    assert [step.number for step in steps] == list(range(1, len(steps) + 1))
    assert all(later.wave - earlier.wave in (0, 1) for earlier, later in pairwise(steps))
    assert steps[0].wave == 1
    for earlier, later in pairwise(steps):
        if earlier.wave == later.wave:
            assert (earlier.action, earlier.again) == (later.action, later.again)


@calm
@given(situations())
def test_a_node_has_at_most_one_step_in_a_wave_and_each_step_once(situation: Situation) -> None:
    steps = plan(*situation)
    assert len({(step.wave, step.node) for step in steps}) == len(steps)
    assert len({step.key for step in steps}) == len(steps)


@calm
@given(situations())
def test_the_keeper_leaves_last_and_alone(situation: Situation) -> None:
    removes = [step for step in plan(*situation) if step.action == ActionName.REMOVE]
    own = [step for step in removes if step.node == situation.goal.keeper]
    if own:
        assert removes[-1] == own[0]
        assert all(step.wave < own[0].wave for step in removes[:-1])


@calm
@given(situations())
def test_phases_come_in_their_order(situation: Situation) -> None:
    order = {
        ActionName.BACKUP: 0,
        ActionName.UPLOAD: 1,
        ActionName.REMOVE: 2,
        ActionName.CERTS: 5,
        ActionName.INITIALIZE: 6,
        ActionName.JOIN: 7,
        ActionName.CONNECT: 8,
        ActionName.VERIFY: 9,
    }
    if situation.goal.names == Naming.SAME:
        order[ActionName.UPLOAD] = 4
    phases = [3 if step.again else order[ActionName(step.action)] for step in plan(*situation)]
    assert phases == sorted(phases)


@calm
@given(situations())
def test_the_first_join_is_alone(situation: Situation) -> None:
    cluster, goal, history = situation
    joins = [step for step in plan(*situation) if step.action == ActionName.JOIN]
    copies = [
        node
        for node in cluster.databases
        if node.name not in goal.left_out
        and history.has(ActionName.JOIN, node.name)
        and _calls_itself_in_sync(node.status)
    ]
    if joins and not copies:
        assert [step for step in joins if step.wave == joins[0].wave] == joins[:1]


@calm
@given(situations())
def test_no_more_slaves_at_once_than_wished(situation: Situation) -> None:
    cluster, goal, _ = situation
    slaves = [step for step in plan(*situation) if cluster.node(step.node).role.has_database]
    for action in (ActionName.REMOVE, ActionName.JOIN):
        waves = [step.wave for step in slaves if step.action == action]
        assert all(waves.count(wave) <= (goal.slaves_at_once or len(slaves)) for wave in waves)


@calm
@given(situations())
def test_who_is_left_out_has_no_step(situation: Situation) -> None:
    assert not {step.node for step in plan(*situation)} & situation.goal.left_out


@calm
@given(situations())
def test_the_same_situation_gives_the_same_plan(situation: Situation) -> None:
    cluster, goal, history = situation
    turned = History(frozenset(sorted(history.settled, reverse=True)), frozenset(history.intended), history.keeper)
    assert plan(*situation) == plan(replace(cluster), replace(goal, wanted=dict(goal.wanted)), turned)


@calm
@given(situations())
def test_what_is_settled_and_healthy_is_only_verified(situation: Situation) -> None:
    cluster, goal, _ = situation
    databases = [node.name for node in cluster.databases if node.name not in goal.left_out]
    view = ", ".join(f"{name} {'master' if name == goal.keeper else 'slave'}" for name in databases)
    lines = {
        node.name: "slave | silent" if node.name in goal.left_out else f"{node.role.value} | Enabled | {view}"
        for node in cluster.nodes
    }
    healthy = make_cluster(lines)
    assert healthy.is_healthy(goal.left_out)
    fresh = plan(healthy, goal, History(keeper=goal.keeper))
    done = History(frozenset(step.key for step in fresh), frozenset(), goal.keeper)
    assert {step.action for step in plan(healthy, goal, done)} == {ActionName.VERIFY}


@calm
@given(situations())
def test_every_node_is_verified_and_every_command_is_the_action(situation: Situation) -> None:
    cluster, goal, _ = situation
    steps = plan(*situation)
    assert {step.node for step in steps if step.action == ActionName.VERIFY} == {
        node.name for node in cluster.nodes
    } - goal.left_out
    assert all(step.command.startswith(_words(step)) for step in steps)


def _calls_itself_in_sync(status: object) -> bool:
    me = getattr(status, "me", None)
    return me is not None and "( In Sync )" in me.state


def _words(step: Step) -> str:
    other = {
        ActionName.BACKUP: "backup snapshot pre-run",
        ActionName.UPLOAD: "sftp put",
        ActionName.VERIFY: "database cluster status",
    }
    return other.get(ActionName(step.action), f"database cluster {step.action}")
