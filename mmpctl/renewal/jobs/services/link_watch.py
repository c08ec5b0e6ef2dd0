"""Whether the peers of a service are connected again after its change: asked of the Call Bridges, before and after."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from threading import Event as Signal
from typing import Final

from nornir.core import Nornir
from nornir.core.task import Result, Task

from mmpctl.certificates.in_use_checks import leaf_of
from mmpctl.device.call_bridge_api import API_ACCOUNT
from mmpctl.errors import OutcomeUnknown, VerificationError
from mmpctl.fleet.run_on import run_on
from mmpctl.inventory.accounts import Place
from mmpctl.inventory.api_accounts import API_PASSWORD, API_USERNAME, ApiAccount, find_api_accounts
from mmpctl.inventory.nodes import nodes_of
from mmpctl.renewal.context import RunContext
from mmpctl.renewal.jobs.services.observation import GroupSight
from mmpctl.runs.record import Event
from mmpctl.services.peer_links import LinksCompared, LinksTold, compared, kinds_of, tellers
from mmpctl.services.seen_services import UnitKey
from mmpctl.services.service_goal import ServiceGoal
from mmpctl.services.service_history import unit_of_step
from mmpctl.tasks.patience import Patience
from mmpctl.tasks.read_links import read_links

# What the journal calls it, beside what a service shows right before its first change.
LINKS: Final = "links"
# Between two looks at peers that are not connected yet, seconds.
_SHORTEST, _LONGEST = 0.05, 5.0


def no_account(nodes: Collection[str]) -> str:
    """Return what is told of nodes whose REST API nobody can ask.

    Args:
        nodes: their names.
    """
    return f"there is no account for the REST API of {', '.join(nodes)}: set {API_USERNAME} and {API_PASSWORD}"


def accounts_of(nr: Nornir, nodes: Collection[str]) -> dict[str, ApiAccount]:
    """Return the account of each node's REST API, as far as there is one.

    Args:
        nr: the inventory.
        nodes: names of those that are asked.

    Raises:
        UsageError: an account cannot be used.
    """
    return find_api_accounts(Place(node.name, node.site) for node in nodes_of(nr) if node.name in nodes)


def with_call_bridge(sight: GroupSight) -> tuple[str, ...]:
    """Return the nodes of a group that show a Call Bridge with a certificate.

    Args:
        sight: the group as it was observed.
    """
    shown = {name: facts.services.get("callbridge") for name, facts in sight.facts.items()}
    return tuple(name for name in sight.group.names if (one := shown.get(name)) is not None and one.files)


def hosts_of(sight: GroupSight, goal: ServiceGoal) -> dict[UnitKey, frozenset[str]]:
    """Return the names and addresses by which Call Bridges may call the services that are renewed, in lower case.

    Args:
        sight: the group as it was observed.
        goal: what its services are to use.
    """
    return {unit.key.whole: frozenset(_hosts(sight, unit.key.whole)) for unit in goal.units}


def _hosts(sight: GroupSight, key: UnitKey) -> Iterator[str]:
    seen, facts = sight.group.service(key), sight.facts.get(key.node)
    yield sight.group.node(key.node).address.lower()
    for command, pair in seen.pairs.items() if seen is not None else ():
        # Web Bridges share the name that people join at; Call Bridges call each by a name of its own.
        file = facts.files.get(pair.certificate) if facts is not None and not command.endswith(" https") else None
        if file is not None and file.certificates:
            leaf = leaf_of(file.certificates)
            yield from (name.lower() for name in (*leaf.common_names, *leaf.host_names))


def untold(nr: Nornir, sight: GroupSight, goal: ServiceGoal) -> Iterator[str]:
    """Yield what the operator should know before services are renewed whose peers nobody can be asked for.

    Args:
        nr: the inventory.
        sight: the group as it was observed.
        goal: what its services are to use.
    """
    call_bridges = with_call_bridge(sight)
    asked = dict.fromkeys(node for unit in goal.units for node in tellers(unit.key, call_bridges))
    accounts = accounts_of(nr, asked)
    unasked = [node for node in asked if node not in accounts]
    if unasked:
        yield f"it will not be known whether peers are connected again: {no_account(unasked)}"


class LinkWatch:
    """Asks the Call Bridges of one group for the peers of a service, before it is changed and afterwards.

    Args:
        run: the run; its journal keeps what was told before.
        group: the group's name.
        call_bridges: names of its nodes with a Call Bridge.
        accounts: of their REST API.
        hosts: names and addresses of the services that are renewed.
    """

    def __init__(
        self,
        run: RunContext,
        group: str,
        call_bridges: Collection[str],
        accounts: Mapping[str, ApiAccount],
        hosts: Mapping[UnitKey, Collection[str]],
    ) -> None:
        self._run = run
        self._group = group
        self._call_bridges = tuple(call_bridges)
        self._accounts = accounts
        self._hosts = hosts
        # A few failed logins lock an account: what was refused once is not tried again.
        self._refused: dict[str, LinksTold] = {}
        self._before: dict[UnitKey, dict[str, LinksTold]] = {}
        self._noted: set[str] = set()

    def look_before(self, key: UnitKey) -> None:
        """Ask for the peers of a service right before its first change.

        Args:
            key: of the service.
        """
        self._before[key] = self._asked(key)

    def kept(self, key: UnitKey) -> dict[str, object]:
        """Return what was told right before the first change of a service, for the journal; once.

        Args:
            key: of the service.
        """
        told = self._before.pop(key, None)
        return {LINKS: {node: one.as_json() for node, one in told.items()}} if told else {}

    def look_after(self, key: UnitKey, *, back: bool, give_up: Callable[[], bool]) -> LinksCompared:
        """Wait until the peers are connected again that were connected before, and return what is told of them.

        Args:
            key: of the service.
            back: it has its old files again: it is not waited for peers that are gone, but they are told.
            give_up: asked between looks; waits no longer when it says so.

        Raises:
            VerificationError: some are not connected again in time (code `not-connected`).
            OutcomeUnknown: it was given up.
        """
        found = self._compared(key)
        waits, most = bool(found.lost), self._run.watch.limits.reconnect
        patience = Patience(most)
        if waits:
            told = f"waiting until the peers of {key.whole} are connected again, {most:.0f} s at most"
            self._note(f"{told}: {'; '.join(found.lost)}")
        while found.lost:
            if give_up():
                raise OutcomeUnknown(
                    f"the peers of {key.whole} are not waited for any longer: {'; '.join(found.lost)}",
                    node=key.node,
                    advice="`mmpctl resume` looks at them again.",
                )
            if patience.is_over(looked=True):
                break
            Signal().wait(max(min(patience.elapsed / 10, _LONGEST), _SHORTEST))
            found = self._compared(key)
        if found.lost and not back:
            raise VerificationError(
                f"{key.whole} presents the right certificate, but its peers are not connected again: "
                f"{'; '.join(found.lost)}",
                code="not-connected",
                node=key.node,
            )
        self._tell(key, found, waits)
        return found

    def _compared(self, key: UnitKey) -> LinksCompared:
        if not kinds_of(key.service):
            return LinksCompared(not_known=(f"the REST API does not tell who is connected to a {key.service}",))
        nodes = tellers(key, self._call_bridges)
        if not nodes:
            return LinksCompared(not_known=(f"no Call Bridge of {self._group} tells who is connected to {key.whole}",))
        before = self._kept_before(key)
        if before is None:
            return LinksCompared(not_known=(f"nobody was asked before {key.whole} was changed",))
        return compared(key, before, self._asked(key), self._hosts.get(key.whole, ()))

    def _kept_before(self, key: UnitKey) -> Mapping[str, LinksTold] | None:
        """Return what was told before a service's last first change."""
        for record in reversed(self._run.journal.records):
            step = record.key
            if record.cluster != self._group or record.event != Event.INTENT or step is None:
                continue
            kept = (record.detail or {}).get("before", {}).get(LINKS)
            if kept is not None and unit_of_step(step) == key:
                return {str(node): LinksTold.from_json(told) for node, told in kept.items()}
        return None

    def _asked(self, key: UnitKey) -> dict[str, LinksTold]:
        kinds, nodes = kinds_of(key.service), tellers(key, self._call_bridges)

        def read(task: Task) -> Result:
            return read_links(task, self._accounts[task.host.name], kinds)

        outcomes = run_on(
            self._run.nr, [one for one in nodes if one in self._accounts and one not in self._refused], read
        )
        told = {node: LinksTold(why_not=no_account((node,))) for node in nodes if node not in self._accounts}
        for node, outcome in outcomes.items():
            error = outcome.error
            told[node] = outcome.value if error is None else LinksTold(why_not=error.message)
            if error is not None and error.code == API_ACCOUNT:
                self._refused[node] = told[node]
        return {node: told[node] if node in told else self._refused[node] for node in nodes}

    def _tell(self, key: UnitKey, found: LinksCompared, waited: bool) -> None:
        if waited and not found.lost:
            self._note(f"the peers of {key.whole} are connected again")
        for told in found.lost:
            self._note(f"{key.whole} has its old files again, and {told}")
        for told in found.before:
            self._note(f"not connected before the run began with {key.whole}, and not now: {told}")
        asked = tellers(key, self._call_bridges)
        unasked = [node for node in asked if node not in self._accounts]
        if asked and len(unasked) == len(asked):
            # Once for all services: the plan has told it as well.
            self._note(f"it is not known whether peers are connected again: {no_account(unasked)}")
        elif asked or not self._call_bridges:
            for told in found.not_known:
                self._note(f"it is not known whether the peers of {key.whole} are connected again: {told}")
        for told in found.alarms:
            self._note(f"an alarm that was not there before {key.whole} was changed: {told}")

    def _note(self, text: str) -> None:
        if text not in self._noted:
            self._noted.add(text)
            self._run.watch.progress.note(self._group, text)
