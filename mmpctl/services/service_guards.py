"""The guards of a renewal of services: the only place where its permits are made. No option switches one off.

Each looks at the whole group as it was seen right before. The commands are made of the table of services and of the
goal's names, so nothing else can be sent: no `callbridge enable`, no `reset`, no `none`, and nothing of a database.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NoReturn

from mmpctl.cluster.marks import Alone
from mmpctl.cluster.permit import SEAL, Identity
from mmpctl.cluster.progress import History
from mmpctl.errors import RefusedError
from mmpctl.services.renewable import TakesEffect
from mmpctl.services.seen_services import SeenGroup, SeenService, UnitKey
from mmpctl.services.service_goal import ServiceGoal, WantedPair, WantedStore, WantedUnit
from mmpctl.services.service_history import goes_back, has_done, is_back, is_open, is_set, was_given
from mmpctl.services.service_permits import DisablePermit, EnablePermit, RestartPermit, ServiceCertsPermit, TrustPermit
from mmpctl.services.service_steps import ServiceAction

_NOTHING_SENT = "Nothing was sent to it. Look at the node, then go on with `mmpctl resume`."


@dataclass(frozen=True, slots=True)
class ServiceGuards:
    """Issues permits for one group of nodes in one run.

    Args:
        goal: what is wanted.
        identities: what each node proved itself with when the run was planned.
        were_on: every service of the group that was on when the run began, renewed or not.
        history: what the journal says that the run has done.
        alone: what may lie on each node without being the sign of somebody else at work.
    """

    goal: ServiceGoal
    identities: Mapping[str, Identity]
    were_on: frozenset[UnitKey]
    history: History
    alone: Mapping[str, Alone] = field(default_factory=dict)

    def disable(self, key: UnitKey, now: SeenGroup, *, back: bool = False) -> DisablePermit:
        """Permit to switch a service off: its new files are verified on the node, and no other one is missing.

        Args:
            key: of the service.
            now: the group as it was seen right before.
            back: on the way back to its old files.

        Raises:
            RefusedError: a condition does not hold.
        """
        unit, seen = self._in(key, now, TakesEffect.OFF_AND_ON, f"the service {key.service} is never switched off")
        is_begun = back or is_open(key, self.history)
        # One that the run has begun with may be on its way, and never get there.
        if seen.enabled is False or (seen.enabled is None and not is_begun):
            self._refuse(key, f"{key} does not show that it is on")
        if is_begun:
            # Switched on meanwhile, by the device or by hand: the run goes on with it.
            self._must_be_begun(unit)
        else:
            self._first_touch(unit, seen, now)
        return DisablePermit(key.node, (key.service,), *self._proof(key.node), seal=SEAL)

    def certs(self, key: UnitKey, command: str, now: SeenGroup, *, back: bool = False) -> ServiceCertsPermit:
        """Permit to name the files of one pair to its service.

        Args:
            key: of the service.
            command: of the pair, without `certs`.
            now: the group as it was seen right before.
            back: the old files again.

        Raises:
            RefusedError: a condition does not hold.
        """
        unit = self._unit(key)
        payload = self._to_set(unit, unit.pairs, command, now, back)
        return ServiceCertsPermit(key.node, payload, *self._proof(key.node), seal=SEAL)

    def trust(self, key: UnitKey, part: str, now: SeenGroup, *, back: bool = False) -> TrustPermit:
        """Permit to name a file to a service that says whom it trusts: one that holds all that its present one holds.

        Args:
            key: of the service.
            part: of the step that sets it.
            now: the group as it was seen right before.
            back: the old file again.

        Raises:
            RefusedError: a condition does not hold.
        """
        unit = self._unit(key)
        payload = self._to_set(unit, unit.stores, part, now, back)
        return TrustPermit(key.node, payload, *self._proof(key.node), seal=SEAL)

    def _to_set(
        self, unit: WantedUnit, among: Iterable[WantedStore | WantedPair], part: str, now: SeenGroup, back: bool
    ) -> tuple[str, ...]:
        """Return what a service may be told of its files now."""
        key = unit.key
        given = next((one for one in among if one.part == part), None)
        if given is None:
            self._refuse(key, f"no files are wanted for `{part}`")
        seen = self._seen(unit, now)
        if unit.service.takes_effect is TakesEffect.OFF_AND_ON:
            if seen.enabled is not False:
                self._refuse(key, f"{key} does not show that it is off")
            if not has_done(self.history, ServiceAction.DISABLE, key) and not has_done(
                self.history, ServiceAction.DISABLE, key, again=True
            ):
                self._refuse(key, f"the run has not switched {key} off")
        elif not back and not is_open(key, self.history):
            self._first_touch(unit, seen, now)
            self._few_calls(key, now)
        if back:
            self._must_be_begun(unit)
        return (given.setting.command, *given.arguments(back=back))

    def enable(self, key: UnitKey, now: SeenGroup, *, back: bool = False) -> EnablePermit:
        """Permit to switch a service on that was on when the run began.

        Args:
            key: of the service.
            now: the group as it was seen right before.
            back: with its old files.

        Raises:
            RefusedError: a condition does not hold.
        """
        unit, seen = self._in(key, now, TakesEffect.OFF_AND_ON, f"`{key.service} enable` is never sent")
        if key.whole not in self.were_on:
            self._refuse(key, f"{key} was not on when the run began")
        if seen.enabled is not False:
            self._refuse(key, f"{key} does not show that it is off")
        self._must_be_set(unit, back=back)
        return EnablePermit(key.node, (key.service,), *self._proof(key.node), seal=SEAL)

    def restart(self, key: UnitKey, now: SeenGroup, *, back: bool = False) -> RestartPermit:
        """Permit to restart a service that is never switched off: few enough calls, or the operator's word.

        Args:
            key: of the service.
            now: the group as it was seen right before.
            back: with its old files.

        Raises:
            RefusedError: a condition does not hold.
        """
        unit, seen = self._in(key, now, TakesEffect.RESTART, f"{key.service} is switched off and on, and not restarted")
        self._must_be_set(unit, back=back)
        if not back:
            self._must_show(unit, seen, back=False)
            self._no_other_is_missing(unit, now)
        # One that cannot tell of any calls may be down: on the way back, that is no reason to leave it so.
        if not back or now.node(key.node).calls is not None:
            self._few_calls(key, now)
        return RestartPermit(key.node, (key.service,), *self._proof(key.node), seal=SEAL)

    def _first_touch(self, unit: WantedUnit, seen: SeenService, now: SeenGroup) -> None:
        """What holds before anything of a service is changed."""
        key = unit.key
        if key.whole not in self.were_on:
            self._refuse(key, f"{key} was not on when the run began")
        if not self.history.has(ServiceAction.VERIFY, key.node):
            self._refuse(key, f"its new files were not verified on {key.node}")
        self._must_show(unit, seen, back=True)
        before = [] if unit.stores else [one.key for one in self.goal.extended]
        unproved = [str(one) for one in before if not has_done(self.history, ServiceAction.PROVE, one)]
        if unproved:
            self._refuse(key, f"not everybody accepts its new certificate yet: {', '.join(unproved)} is not proved")
        begun = (one.key for one in self.goal.units if one.key != key and is_open(one.key, self.history))
        open_ones = [str(one) for one in begun if not is_back(one, self.history)]
        if open_ones:
            self._refuse(key, f"{', '.join(open_ones)} was begun in this run and is not proved yet")
        self._no_other_is_missing(unit, now)

    def _no_other_is_missing(self, unit: WantedUnit, now: SeenGroup) -> None:
        """Refuse while any other service of the kind is down: the last one would go with this one."""
        is_shown = unit.service.takes_effect is TakesEffect.OFF_AND_ON
        for other in sorted(self.were_on):
            if other == unit.key.whole or other.service != unit.key.service:
                continue
            seen = now.service(other)
            if seen is None:
                self._refuse(unit.key, f"{other} cannot be seen: two of them might be down together")
            if seen.enabled is False or (seen.enabled is None and is_shown):
                told = "is off" if seen.enabled is False else "does not show that it runs"
                self._refuse(unit.key, f"{other} {told}: two of them would be down together")

    def _few_calls(self, key: UnitKey, now: SeenGroup) -> None:
        if key.node in self.goal.restarts:
            return
        node, most = now.node(key.node), self.goal.max_calls
        if self.goal.allows(node.calls):
            return
        allowed = "nobody has said how many may drop" if most is None else f"{most} may drop"
        raise RefusedError(
            f"{key} is not restarted: {node.calls_told}, and {allowed}",
            code="calls",
            node=key.node,
            advice="Wait until the calls have ended, then go on with `mmpctl resume`; or begin again with --drop-calls "
            f"{key.node} if they may drop.",
        )

    def _must_be_set(self, unit: WantedUnit, *, back: bool) -> None:
        needed = [one for one in unit.given if not back or was_given(self.history, one, unit.key)]
        unset = [one.setting.command for one in needed if not is_set(self.history, one, unit.key, back)]
        if unset:
            which = "its old files are not set again" if back else "its new files are not set"
            self._refuse(unit.key, f"{which}: {', '.join(unset)}")

    def _must_show(self, unit: WantedUnit, seen: SeenService, *, back: bool) -> None:
        for shown, names in unit.shown(seen, back=back):
            if shown != names:
                told = f"{', '.join(shown) or 'no files'}, not the {'old' if back else 'new'} files {', '.join(names)}"
                self._refuse(unit.key, f"{unit.key} shows {told}")

    def _must_be_begun(self, unit: WantedUnit) -> None:
        if not is_open(unit.key, self.history) and not goes_back(unit.key, self.history):
            self._refuse(unit.key, f"the run has not begun with {unit.key}")

    def _in(
        self, key: UnitKey, now: SeenGroup, takes_effect: TakesEffect, otherwise: str
    ) -> tuple[WantedUnit, SeenService]:
        """Return a service that takes effect in one way, as it is wanted and as it was seen."""
        unit = self._unit(key)
        seen = self._seen(unit, now)
        if unit.service.takes_effect is not takes_effect:
            self._refuse(key, otherwise)
        return unit, seen

    def _unit(self, key: UnitKey) -> WantedUnit:
        unit = self.goal.unit(key)
        if unit is None:
            self._refuse(key, f"{key} is not renewed by this run")
        return unit

    def _seen(self, unit: WantedUnit, now: SeenGroup) -> SeenService:
        seen = now.service(unit.key)
        if seen is None:
            why = now.node(unit.key.node).error or "its release does not know the service"
            self._refuse(unit.key, f"{unit.key} cannot be seen ({why})")
        return seen

    def _proof(self, node: str) -> tuple[Identity, Alone]:
        if node not in self.identities:
            raise RefusedError("it was not seen when the run was planned", code="guard", node=node)
        return self.identities[node], self.alone.get(node, Alone())

    @staticmethod
    def _refuse(key: UnitKey, why: str) -> NoReturn:
        raise RefusedError(why, code="guard", node=key.node, advice=_NOTHING_SENT)
