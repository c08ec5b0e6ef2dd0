"""Runs of services as a model plays them: what guards permit is done, goes wrong or is cut off, and is taken up again.

Nothing of a device is in it: plan, guards and way back decide, and a service does as it is told, or does not.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from random import Random

from mmpctl.cluster.permit import Identity
from mmpctl.cluster.progress import History
from mmpctl.cluster.step import Step, StepKey
from mmpctl.errors import RefusedError
from mmpctl.services.renewable import RENEWABLE, RenewableService, TakesEffect
from mmpctl.services.renewal_order import plan, way_back
from mmpctl.services.seen_services import SeenGroup, SeenNode, SeenService, UnitKey
from mmpctl.services.service_goal import ServiceGoal, WantedUnit
from mmpctl.services.service_guards import ServiceGuards
from mmpctl.services.service_history import is_back, resumed, unit_of_step
from mmpctl.services.store_settings import stores_of
from tests.services.cases import make_pair, make_store, names

KINDS = [one for one in RENEWABLE if one.name in ("webbridge3", "turn", "scheduler", "webadmin", "callbridge")]
WRONG = ("died before", "died after", "lost, done", "lost, not done", "refused", "off", "old", "between")


class Died(Exception):
    """The process has ended."""


class NotWell(Exception):
    """A step did not end well; whoever carries it out knows."""


@dataclass
class Service:
    """A service: what is set, and what it runs on; None of both states: it is neither off nor on, or down."""

    kind: RenewableService
    on: bool | None
    files: dict[str, str] = field(default_factory=dict)
    store: str = "old"
    runs_on: dict[str, str] | None = None

    def __post_init__(self) -> None:
        self.files = {one.command: "old" for one in self.kind.settings}
        self.runs_on = dict(self.files) if self.on else None

    @property
    def stops(self) -> bool:
        """It is switched off and on."""
        return self.kind.takes_effect is TakesEffect.OFF_AND_ON

    def seen(self) -> SeenService:
        """What its node shows of it."""
        pairs = {one.command: names(one, self.files[one.command]) for one in self.kind.settings}
        stores = {one.command: make_store(one).arguments(back=self.store == "old") for one in stores_of(self.kind.name)}
        return SeenService(self.on if self.stops else None, pairs, {}, stores)

    def do(self, step: Step, ends: str) -> None:
        """Do what a step says, well or as it ends otherwise."""
        which = "old" if step.again else "new"
        if step.action in ("enable", "restart"):
            self._start(ends)
        elif ends not in ("off", "old", "between"):
            if step.action == "disable":
                self.on, self.runs_on = False, None
            elif step.action == "trust":
                self.store = which
            else:
                self.files[step.part] = which

    def _start(self, ends: str) -> None:
        if ends == "old":
            self.on = True
        elif ends in ("off", "between"):
            self.on, self.runs_on = (None if ends == "between" else False), None
        else:
            self.on, self.runs_on = True, dict(self.files)


class World:
    """Some nodes, what is wanted of them, and what the journal has."""

    def __init__(self, random: Random) -> None:
        self.random, self.calm = random, False
        self.nodes = {
            f"node-{number}": {
                kind.name: Service(kind, kind.name == "callbridge" or random.random() < 0.85)
                for kind in KINDS
                if random.random() < 0.5 or kind.name == "turn"
            }
            for number in range(random.choice((1, 2, 3)))
        }
        self.were_on = frozenset(
            UnitKey(node, name) for node, here in self.nodes.items() for name, one in here.items() if one.on
        )
        self.goal = ServiceGoal((*self._extended(), *self._renewed()), 3)
        self.settled: set[StepKey] = set()
        self.intended: set[StepKey] = set()

    def service(self, key: UnitKey) -> Service:
        """One of the services."""
        return self.nodes[key.node][key.service]

    def off(self, kind: str | None = None) -> list[UnitKey]:
        """The services that were on, and are not, or are down; of one kind, or of all."""
        mine = (key for key in sorted(self.were_on) if kind in (None, key.service))
        return [key for key in mine if self.service(key).runs_on is None]

    @property
    def history(self) -> History:
        """What the journal says."""
        return History(frozenset(self.settled), frozenset(self.intended))

    def look(self) -> SeenGroup:
        """What all nodes show."""
        return SeenGroup("lon-prod", tuple(self._node(name) for name in self.nodes))

    def process(self) -> str:
        """One process of the run, from its start to its end or its death: how it ended."""
        try:
            self._take_up()
            try:
                for step in plan(self.look(), self.goal, self.history):
                    self._carry_out(step)
            except (NotWell, RefusedError):
                for step in way_back(self.look(), self.goal, self.history):
                    self._carry_out(step)
                return "stopped"
        except Died:
            return "died"
        except (NotWell, RefusedError):
            return "not put right"
        return "stopped" if any(is_back(unit.key, self.history) for unit in self.goal.units) else "done"

    def is_proved(self, unit: WantedUnit, *, back: bool = False) -> bool:
        """Whether a service shows and presents what it is to."""
        service = self.service(unit.key)
        seen, runs_on = service.seen(), service.runs_on
        if runs_on is None or (service.stops and seen.enabled is not True):
            return False
        wanted = {one.setting.command: "old" if back or one in unit.stays else "new" for one in unit.presenting}
        listening = [one.setting.command for one in unit.presenting if one.setting.listens]
        shown = all(there == given for there, given in unit.shown(seen, back=back))
        return shown and all(runs_on[command] == wanted[command] for command in listening)

    def _node(self, name: str) -> SeenNode:
        calls = 0 if self.calm or self.random.random() < 0.8 else self.random.choice((9, None))
        services = {kind: one.seen() for kind, one in self.nodes[name].items()}
        return SeenNode(name, host_key=name, hostname=name, services=services, calls=calls)

    def _extended(self) -> list[WantedUnit]:
        may = self.random.random() < 0.4
        keys = [key for key in sorted(self.were_on) if may and stores_of(key.service) and self.random.random() < 0.5]
        return [self._unit(key._replace(aim="trust")) for key in keys]

    def _renewed(self) -> list[WantedUnit]:
        order = [kind.name for kind in KINDS]
        keys = sorted(self.were_on, key=lambda key: (order.index(key.service), key.node))
        return [self._unit(key) for key in keys if self.random.random() < 0.8]

    def _unit(self, key: UnitKey) -> WantedUnit:
        kind = self.service(key).kind
        pairs = [make_pair(one) for one in kind.settings]
        new = [] if key.aim else [one for one in pairs if self.random.random() < 0.7] or pairs[:1]
        stays = tuple(replace(one, new=one.old, presents=one.presented) for one in pairs if one not in new)
        stores = tuple(make_store(one) for one in stores_of(kind.name)) if key.aim else ()
        return WantedUnit(key, kind, tuple(new), stores=stores, stays=stays)

    def _take_up(self) -> None:
        history = resumed(self.history)
        self.settled, self.intended = set(history.settled), set(history.intended)
        for key in sorted(self.intended, key=str):
            if self._was_done(key):
                self.settled.add(key)
                self.intended.discard(key)
            elif not (key.action == "restart" or (key.action == "prove" and key.again)):  # these stay open
                self.intended.discard(key)

    def _was_done(self, key: StepKey) -> bool:
        named = unit_of_step(key)
        unit = self.goal.unit(named) if named is not None else None
        if unit is None or key.action == "prove":
            return False
        service, which = self.service(unit.key), "old" if key.again else "new"
        found = {
            "disable": service.on is False,
            "enable": service.on is True and (key.again or unit.shows_itself),
            "trust": service.store == which,
            "certs": service.files.get(key.part) == which,
            "restart": unit.shows_itself and self.is_proved(unit, back=key.again),
        }
        return found[key.action]

    def _carry_out(self, step: Step) -> None:
        named = unit_of_step(step.key)
        unit = self.goal.unit(named) if named is not None else None
        wrong = not self.calm and self.random.random() < 0.25
        ends = self.random.choice(WRONG) if wrong else ""
        if unit is not None and step.kind.touches:
            identities = {name: Identity(name, name, frozenset()) for name in self.nodes}
            guards = ServiceGuards(self.goal, identities, self.were_on, self.history)
            part = (step.part,) if step.action in ("certs", "trust") else ()
            getattr(guards, step.action)(unit.key, *part, self.look(), back=step.again)
        self.intended.add(step.key)
        if ends == "died before":
            raise Died
        if unit is not None and step.kind.touches:
            self._touch(unit, step, ends)
        elif unit is not None and not self.is_proved(unit, back=step.again):
            # Its start with the old files does not count as done any more.
            begun = {StepKey(action, step.node, again=True, part=step.part) for action in ("enable", "restart")}
            self.settled -= begun if step.again else set()
            raise NotWell
        self.settled.add(step.key)
        self.intended.discard(step.key)

    def _touch(self, unit: WantedUnit, step: Step, ends: str) -> None:
        service = self.service(unit.key)
        if ends == "refused":
            self.intended.discard(step.key)
            raise NotWell
        if ends != "lost, not done":
            service.do(step, ends)
        if ends == "died after":
            raise Died
        which = "old" if step.again else "new"
        lost = ends.startswith("lost") and not unit.shows_itself
        well = {
            "disable": service.on is False,
            "trust": service.store == which,
            "certs": service.files.get(step.part) == which,
            "enable": service.on is True and (step.again or not (lost or ends in ("off", "old", "between"))),
            "restart": step.again or not (lost or ends in ("off", "old", "between")),
        }
        if not well[step.action]:
            raise NotWell
