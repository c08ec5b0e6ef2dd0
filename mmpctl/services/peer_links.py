"""Whether the peers of a service are connected, as far as a Call Bridge tells it, before a change and after it.

Source: the notes on the REST API, which name `/webBridges/<id>/status`, `/turnServers/<id>/status` and
`/system/alarms`; a list of a release's paths has the same of `/recorders` and `/streamers`. How a status is worded is
in no source at hand: `success` counts as connected, any other word as what it says. Nothing there tells of the links
between Call Bridges, nor of those of schedulers and uploaders.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from mmpctl.enums import Word
from mmpctl.services.seen_services import UnitKey

_CONNECTED: Final = "success"
# A name or an address, perhaps in brackets, before a port or a path.
_HOST: Final = re.compile(r"\[?([^\]/?#]+?)\]?(?::\d+)?(?:[/?#]|$)")


class PeerKind(Word):
    """The peers of a Call Bridge that its REST API tells of, by the name of their list there."""

    WEB_BRIDGES = "webBridges"
    TURN_SERVERS = "turnServers"
    RECORDERS = "recorders"
    STREAMERS = "streamers"


_KINDS: Final[Mapping[str, tuple[PeerKind, ...]]] = {
    "webbridge3": (PeerKind.WEB_BRIDGES,),
    "webbridge": (PeerKind.WEB_BRIDGES,),
    "turn": (PeerKind.TURN_SERVERS,),
    "recorder": (PeerKind.RECORDERS,),
    "streamer": (PeerKind.STREAMERS,),
    # All that they tell of hangs on these two of their own node.
    "callbridge": tuple(PeerKind),
    "webadmin": tuple(PeerKind),
}
_OWN: Final = frozenset({"callbridge", "webadmin"})


NOUNS: Final[Mapping[PeerKind, str]] = {
    PeerKind.WEB_BRIDGES: "Web Bridge",
    PeerKind.TURN_SERVERS: "TURN server",
    PeerKind.RECORDERS: "recorder",
    PeerKind.STREAMERS: "streamer",
}


class PeerLink(NamedTuple):
    """The link of a Call Bridge to one peer.

    Args:
        peer: what it is, and its address as the Call Bridge has it: `Web Bridge c2w://edge.example.com:9999`.
        told: the word for its state; empty if there is none.
    """

    peer: str
    told: str

    @property
    def is_up(self) -> bool:
        """It is connected for certain."""
        return self.told == _CONNECTED

    @property
    def host(self) -> str:
        """The host of its address, in lower case."""
        address = self.peer.rpartition(" ")[2]
        place = address.partition("//")[2] or address
        found = _HOST.match(place)
        return found[1].lower() if found is not None else ""


@dataclass(frozen=True, slots=True)
class LinksTold:
    """What one Call Bridge tells of its peers at one moment.

    Args:
        links: by kind and id of the peer: `webBridges 2b7…`.
        alarms: the types of the alarms that are active.
        why_not: why nothing is known, without a full stop; empty if something is.
    """

    links: Mapping[str, PeerLink] = field(default_factory=dict)
    alarms: frozenset[str] = frozenset()
    why_not: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return the same for a journal."""
        if self.why_not:
            return {"not_known": self.why_not}
        return {"peers": {key: list(link) for key, link in self.links.items()}, "alarms": sorted(self.alarms)}

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> LinksTold:
        """Return what a journal has kept.

        Args:
            kept: what `as_json` gave.
        """
        if "not_known" in kept:
            return cls(why_not=str(kept["not_known"]))
        links = {str(key): PeerLink(str(peer), str(told)) for key, (peer, told) in kept["peers"].items()}
        return cls(links, frozenset(kept["alarms"]))


@dataclass(frozen=True, slots=True)
class LinksCompared:
    """What has become of the peers of a service since before its change, in sentences without a full stop.

    Args:
        connected: who is connected.
        lost: who was connected before, and is not.
        before: who is not connected, and was not before either.
        not_known: of whom that is not known.
        alarms: alarms that were not there before.
    """

    connected: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    not_known: tuple[str, ...] = ()
    alarms: tuple[str, ...] = ()

    def as_json(self) -> dict[str, list[str]]:
        """Return the same for the journal, what is empty left out."""
        every = {
            "connected": self.connected,
            "lost": self.lost,
            "not_before": self.before,
            "not_known": self.not_known,
            "alarms": self.alarms,
        }
        return {name: list(told) for name, told in every.items() if told}


def kinds_of(service: str) -> tuple[PeerKind, ...]:
    """Return which peers may be cut off while a service is off, as far as anything tells of them.

    Args:
        service: its command.
    """
    return _KINDS.get(service, ())


def tellers(key: UnitKey, call_bridges: Iterable[str]) -> tuple[str, ...]:
    """Return the nodes whose Call Bridges tell of the peers of a service.

    Args:
        key: of the service.
        call_bridges: names of all nodes of the group that have one.
    """
    every = tuple(call_bridges)
    if not kinds_of(key.service):
        return ()
    return tuple(name for name in every if name == key.node) if key.service in _OWN else every


def compared(
    key: UnitKey, before: Mapping[str, LinksTold], now: Mapping[str, LinksTold], hosts: Collection[str] = ()
) -> LinksCompared:
    """Return what has become of the peers of a service.

    Args:
        key: of the service.
        before: what each Call Bridge told before the change, by node.
        now: what each tells now.
        hosts: names and addresses of the service, in lower case: only what Call Bridges call by one of them counts. If
            none of them is known to a Call Bridge, all that it has of the kind counts.
    """
    found = _Found()
    for node, then in before.items():
        here = now.get(node, LinksTold(why_not="it was not asked"))
        if then.why_not:
            found.not_known.append(f"{node} told nothing before ({then.why_not})")
            continue
        if here.why_not:
            told = f"{node} told of its peers before, and tells nothing now ({here.why_not})"
            # The REST API of its own node is a part of what was changed; that of another one is not.
            (found.lost if key.service in _OWN else found.not_known).append(told)
            continue
        mine = {name: link for name, link in then.links.items() if key.service in _OWN or link.host in hosts}
        for name, was in (mine or then.links).items():
            found.add(node, was, here.links.get(name))
        found.alarms += [f"{one} on {node}" for one in sorted(here.alarms - then.alarms)]
    return found.told()


@dataclass(slots=True)
class _Found:
    """Links that are gathered: what several Call Bridges tell alike is told once."""

    connected: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    gone: dict[tuple[str, str | None], list[str]] = field(default_factory=lambda: defaultdict(list))
    earlier: dict[tuple[str, str, str], list[str]] = field(default_factory=lambda: defaultdict(list))
    lost: list[str] = field(default_factory=list)
    not_known: list[str] = field(default_factory=list)
    alarms: list[str] = field(default_factory=list)

    def add(self, node: str, was: PeerLink, link: PeerLink | None) -> None:
        """Take in the link of one Call Bridge to one peer, before and now."""
        if link is not None and link.is_up:
            self.connected[link.peer].append(node)
        elif was.is_up:
            self.gone[was.peer, link.told if link is not None else None].append(node)
        elif was.told and link is not None and link.told:
            self.earlier[was.peer, was.told, link.told].append(node)
        else:
            self.not_known.append(f"{was.peer}: {node} reports no state of it")

    def told(self) -> LinksCompared:
        """Return it in sentences."""
        gone = (
            f"{peer} was connected to {', '.join(nodes)} before, and "
            + ("is not listed there any more" if told is None else f"its state there is `{told}` now")
            for (peer, told), nodes in self.gone.items()
        )
        earlier = (
            f"{peer}: its state at {', '.join(nodes)} was `{was}` before, and is `{told}` now"
            for (peer, was, told), nodes in self.earlier.items()
        )
        return LinksCompared(
            tuple(f"{peer} to {', '.join(nodes)}" for peer, nodes in self.connected.items()),
            (*gone, *self.lost),
            tuple(earlier),
            tuple(self.not_known),
            tuple(self.alarms),
        )
