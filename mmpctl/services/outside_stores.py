"""Systems beside the Meeting Servers that check a service's certificate: a person sees to them, and says so.

Source: the notes on who checks whom. What these systems hold cannot be seen from here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Final

from mmpctl.cluster.certificate_facts import same_name
from mmpctl.errors import UsageError
from mmpctl.peers.held import Held
from mmpctl.peers.outside_links import CUCM, IMPS, OutsideLink
from mmpctl.services.new_acceptance import NewPath

CMM, TMS, EXPRESSWAY, SIP = "CMM", "TMS", "Expressway", "SIP"
# What each of them is, and where it holds what it trusts.
OUTSIDE: Final = {
    CUCM: "Unified CM, CallManager-trust",
    CMM: "Meeting Management, if it verifies certificates",
    TMS: "TelePresence Management Suite, its server's trusted roots",
    EXPRESSWAY: "Expressway, its trusted CA certificates",
    IMPS: "IM and Presence, its cup-trust",
    SIP: "whatever else Call Bridges reach by SIP over TLS, its trusted CA certificates",
}
# By the command of a pair.
_CHECKING: Final = {
    "webadmin": (CUCM, CMM, TMS),
    "callbridge": (CUCM, IMPS, SIP),
    "webbridge3 https": (EXPRESSWAY,),
    "webbridge": (EXPRESSWAY,),
}
# Named only if a node shows that it works with it: there may be none, and most have none.
_IF_SHOWN: Final = frozenset({IMPS})


def outside(name: str) -> str:
    """Return a system's name as it is written here.

    Args:
        name: as the operator writes it.

    Raises:
        UsageError: there is no such system.
    """
    found = next((one for one in OUTSIDE if one.casefold() == name.casefold()), None)
    if found is None:
        raise UsageError(f"--done {name}: no such system", advice=f"Choose from: {', '.join(OUTSIDE)}.")
    return found


def to_confirm(news: Iterable[NewPath], done: Collection[str], shown: Collection[OutsideLink] = ()) -> Iterator[str]:
    """Yield a sentence for each system outside that may not know the CA of a new certificate.

    Args:
        news: the new certificates.
        done: names of the systems that the operator has seen to.
        shown: the systems that nodes of the group show that they work with.
    """
    links: dict[str, OutsideLink] = {}
    for one in shown:
        links.setdefault(one.system, one)
    wanted: dict[str, list[str]] = {}
    for new in news:
        if not _same_authority(new.old, new.path):
            for system in _CHECKING.get(new.setting.command, ()):
                if system in _IF_SHOWN and system not in links:
                    continue
                wanted.setdefault(system, []).append(f"{new.setting.command} of {new.node}")
    for system, which in wanted.items():
        if system not in done:
            more = f" and {len(which) - 1} more" if len(which) > 1 else ""
            link = links.get(system)
            then = "then, or if you have no such system,"
            if link is not None:
                then = f"{link.node} shows that it works with it ({link.store.use}: {link.store.file}). Then"
            yield (
                f"the new certificate of {which[0]}{more} is from another CA than the present one: what checks it "
                f"outside must know that CA ({OUTSIDE[system]}). Put its root there, and keep the old one; {then} say "
                f"so with --done {system}"
            )


def not_asked_about(news: Iterable[NewPath], shown: Collection[OutsideLink] = ()) -> Iterator[str]:
    """Yield what to know of systems outside that nobody is asked about, because the CA stays the same; once for all.

    Args:
        news: the new certificates.
        shown: the systems that nodes of the group show that they work with.
    """
    seen = {link.system for link in shown}
    same = [new for new in news if _same_authority(new.old, new.path)]
    systems = dict.fromkeys(
        system
        for new in same
        for system in _CHECKING.get(new.setting.command, ())
        if system not in _IF_SHOWN or system in seen
    )
    if systems:
        yield (
            f"{', '.join(systems)}: nobody sees from here which certificates such systems accept, and the renewal does "
            "not prove it. The new ones are from the CA of the present ones, so that nothing has to be done there; "
            "only a system that holds the very certificate needs the new one first"
        )


def _same_authority(old: tuple[Held, ...], new: tuple[Held, ...]) -> bool:
    """Whether a store that knows the CA of one certificate knows that of the other, too."""
    if not old or not new:
        return False
    if {one.sha256 for one in old[1:]} & {one.sha256 for one in new[1:]}:
        return True
    # The root itself is sent by neither: what the uppermost certificates name as their issuer tells.
    above = {(one.issuer, one.issuer_key_id) for one in (old[-1], new[-1])}
    ids = {key for _, key in above if key}
    return len(ids) < 2 and same_name(old[-1].issuer, new[-1].issuer)
