"""The files that a service has: it starts again with them, on the way back, and with those that are not renewed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mmpctl.certificates.certificate_places import service_places
from mmpctl.renewal.jobs.services.observation import GroupSight
from mmpctl.renewal.jobs.services.wanted_pairs import PairInUse, unproved
from mmpctl.services.seen_services import PairNames, UnitKey
from mmpctl.services.service_goal import Presented, WantedPair
from mmpctl.services.switched_services import switched

_CURE = "a service that is switched off may not start again. Set files that are whole there by hand first"


def not_to_start_with(sight: GroupSight, key: UnitKey) -> Iterator[str]:
    """Yield a sentence for each file that a service is set to use and could not start with: it would stay off.

    Args:
        sight: the group as it was observed.
        key: of the service.
    """
    facts, seen = sight.facts.get(key.node), sight.group.service(key)
    if facts is None or seen is None:
        return
    settings = facts.services.get(key.service)
    named = dict.fromkeys(place.file for place in service_places(key.service, settings.files)) if settings else {}
    lost = [name for name in named if (file := facts.files.get(name)) is not None and file.missing]
    for names in seen.pairs.values():
        lost += [names.key] if names.key in facts.lost_keys else []
        if facts.fits.get((names.key, names.certificate)) is False:
            yield (
                f"{key.whole} is set to use {names.key} and {names.certificate}, and {key.node} reports that they do "
                f"not match: {_CURE}"
            )
    for name in dict.fromkeys(lost):
        yield f"{key.whole} is set to use {name}, which is not on {key.node} any more: {_CURE}"


def staying(sight: GroupSight, key: UnitKey, names: Mapping[str, PairNames], told: list[str]) -> Iterator[WantedPair]:
    """Yield the pairs that a service goes on to use, to be proved as they are.

    Args:
        sight: the group as it was observed.
        key: of the service.
        names: of the files of each of these pairs from now on, by the command that sets them.
        told: is told why it could not be proved that the service uses them.
    """
    seen = sight.group.service(key)
    old = seen.pairs if seen is not None else {}
    for setting in switched(key.service).settings:
        if setting.command not in names or setting.command not in old:
            continue
        port = sight.ports.get((key.node, setting.command))
        used = PairInUse(sight.group.node(key.node), old[setting.command], sight.facts.get(key.node), port)
        leaf = used.leaf
        if leaf is None:
            told.append(f"{used.names.certificate} of {key.node} cannot be read: it is not known what to look for")
            continue
        told += unproved(setting, key.node, leaf, port)
        shown = Presented(leaf.fingerprint_sha256)
        yield WantedPair(setting, used.names, names[setting.command], shown, shown, serial=leaf.facts.serial)
