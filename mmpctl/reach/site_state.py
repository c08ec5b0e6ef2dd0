"""The state of a site: which verbs it serves, and what would be in the way of them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from nornir.core import Nornir

from mmpctl.errors import MmpError
from mmpctl.inventory.known_hosts_file import known_hosts_of
from mmpctl.inventory.sign_in import sign_in
from mmpctl.reach.answer_lines import Part
from mmpctl.reach.wire import from_wire, to_wire
from mmpctl.runbooks.trust import known_of

# So many names are told; nobody reads more of them.
_NAMED = 5
# Of these, the folder is made with the first backup.
_MADE = frozenset({"backups"})
_ALL = os.R_OK | os.W_OK | os.X_OK


@dataclass(frozen=True, slots=True)
class SiteState:
    """What a site says of itself.

    Args:
        nodes: how many nodes of its own it has.
        verbs: what it can be asked.
        troubles: what would be in the way, a sentence each.
    """

    nodes: int
    verbs: tuple[str, ...]
    troubles: tuple[str, ...] = ()

    def part(self, site: str) -> Part:
        """Return the same as it is sent.

        Args:
            site: its name.
        """
        return Part(site, to_wire(self))


def state_of_part(part: Part) -> SiteState:
    """Return the state that a site has sent.

    Args:
        part: of its answer.

    Raises:
        WireError: it is none.
    """
    return from_wire(part.told, SiteState, f"the state of {part.name}")


def troubles_of(nr: Nornir, folders: dict[str, Path | None]) -> Iterator[str]:
    """Yield what would be in the way of a request, without asking a node for anything.

    Args:
        nr: the nodes of the site.
        folders: what the site has been given, by the name of the option; None for what it has not.
    """
    try:
        sign_in(nr)
    except MmpError as error:
        yield error.told
    else:
        yield from _unknown_keys(nr)
    for option, folder in folders.items():
        if folder is not None and (trouble := _trouble_of(folder, made=option in _MADE)):
            yield f"the folder {folder.absolute()} of --{option} {trouble}"


def _trouble_of(folder: Path, *, made: bool) -> str | None:
    """Return what is wrong with a folder; None if nothing is, or if it is made once it is needed."""
    if folder.is_dir():
        return None if os.access(folder, _ALL) else "cannot be read and written by the account of the site's program"
    if folder.exists():
        return "is not a folder"
    if not made:
        return "is missing: make it, and put the new certificates there"
    above = next(one for one in folder.absolute().parents if one.exists())
    return None if os.access(above, _ALL) else f"is missing, and cannot be made: {above} cannot be written"


def _unknown_keys(nr: Nornir) -> Iterator[str]:
    file = known_hosts_of(nr)
    unknown = []
    for name, host in nr.inventory.hosts.items():
        try:
            if not known_of(nr, host, file)[1].keys:
                unknown.append(name)
        except MmpError as error:
            yield error.told
            return
    if unknown:
        more = len(unknown) - _NAMED
        named = ", ".join(unknown[:_NAMED]) + (f" and {more} more" if more > 0 else "")
        yield f"{file} has no host key of {named}: run `mmpctl trust` at the site"
