"""What the renewal of services leaves as evidence, beside what every run leaves."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mmpctl.cluster.step import StepKey
from mmpctl.evidence.model import UnitEvidence
from mmpctl.evidence.unit_evidence import UnitSource, of_unit
from mmpctl.runs.record import StepResult
from mmpctl.services.seen_services import UnitKey
from mmpctl.services.service_steps import ServiceAction


@dataclass(frozen=True, slots=True)
class PairEvidence:
    """One pair of a service before and after.

    Args:
        node: inventory name.
        service: its command.
        pair: the command that sets it, without `certs`; or all of the one that sets whom the service trusts.
        old: the files that were in use when the run began.
        new: those that took their place.
        files: SHA-256 of the new files, by their name on the device.
        presented: SHA-256 of the certificate that was presented before.
        presents: that of the certificate that was seen at the service's port when it was proved; None if it was not.
        trusts: it is no pair, but says whom the service trusts.
        proved: it was proved with these files, or with the old ones.
        links: whether its peers were connected again when it was proved: sentences by `connected`, `lost`,
            `not_before`, `not_known` and `alarms`; None if nobody wrote it down.
        back: it was given its old files again, and proved with them.
        before: what the service showed when the run began: on or off, and its files; None if nobody wrote it down.
        after: what it showed last.
    """

    node: str
    service: str
    pair: str
    old: tuple[str, ...]
    new: tuple[str, ...]
    files: Mapping[str, str]
    presented: str | None
    presents: str | None
    trusts: bool
    proved: bool
    links: Mapping[str, Sequence[str]] | None
    back: bool
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class GroupEvidence(UnitEvidence):
    """The services of one group of nodes in a run.

    Args:
        site: where the nodes stand.
        services: each pair that was to be renewed.
        valid_until: when the first of the new certificates expires, ISO 8601; None if it is not known.
    """

    site: str | None
    services: tuple[PairEvidence, ...]
    valid_until: str | None = None


def of_services(source: UnitSource) -> GroupEvidence:
    """Return what is known of the services of one group.

    Args:
        source: where it comes from.
    """
    unit = of_unit(source)
    asked = source.asked.get("units") or ()
    ends = [one.get("valid_until") for one in asked]
    return GroupEvidence(
        unit.name,
        unit.notes,
        unit.nodes,
        unit.plan,
        unit.attempts,
        unit.parts,
        source.planned.get("site"),
        tuple(pair for one in asked for pair in _pairs(one, unit)),
        min(ends) if ends and all(isinstance(end, str) for end in ends) else None,
    )


def _pairs(asked: Mapping[str, Any], unit: UnitEvidence) -> Iterator[PairEvidence]:
    node, service = asked["name"], asked["service"]
    keys = {one.step: StepKey.parse(one.step) for one in unit.attempts if one.action == ServiceAction.PROVE}
    mine = {step for step, key in keys.items() if (key.node, key.part) == (node, service)}
    proofs = [one for one in unit.attempts if one.step in mine]
    done = next((one for one in reversed(proofs) if one.result == StepResult.DONE), None)
    name = UnitKey.of_part(node, service).service
    before = next((found for part in unit.parts if (found := _state(part.states, node, name))), None)
    after = next((found for part in reversed(unit.parts) if (found := _state(part.states_after, node, name))), None)
    stores = {one["command"] for one in asked.get("stores", ())}
    for pair in (*asked.get("stores", ()), *asked["pairs"]):
        yield PairEvidence(
            node,
            service,
            pair["command"],
            tuple(pair["old"]),
            tuple(pair["new"]),
            pair["files"],
            pair.get("presented"),
            _presents(done.evidence.get("presents", {}), pair["command"], stores) if done else None,
            pair["command"] in stores,
            done is not None,
            done.evidence.get("links") if done else None,
            done is not None and done.step.endswith(":again"),
            before,
            after,
        )


def _presents(shown: Mapping[str, str | None], command: str, stores: Collection[str]) -> str | None:
    # What a service goes on to present proves that it works with its new store.
    return next(iter(shown.values()), None) if command in stores else shown.get(command)


def _state(states: Mapping[str, Any], node: str, service: str) -> Mapping[str, Any] | None:
    found = (states.get(node) or {}).get("services", {}).get(service)
    return found if isinstance(found, dict) else None
