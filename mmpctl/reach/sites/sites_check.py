"""Checks many sites before they are needed: whether each answers, and what would be in the way of a request."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from mmpctl import exit_codes as codes
from mmpctl.documents.sites.engine_check import CheckedSite, EngineCheckDocument
from mmpctl.errors import UsageError
from mmpctl.inventory.nodes import Node
from mmpctl.reach.engine import Answer, Engine, Errand
from mmpctl.reach.site_inventory import digest_of, nodes_around, nodes_of_site
from mmpctl.reach.site_state import SiteState, state_of_part
from mmpctl.reach.sites.site_parts import gather
from mmpctl.reach.sites.sites_told import oddities, site_document
from mmpctl.reach.sites_file import RemoteSite
from mmpctl.reach.verb_words import Verb
from mmpctl.reach.verbs import CheckRequest


@dataclass(frozen=True, slots=True)
class SiteCheck:
    """What was found of one site.

    Args:
        answer: what came of it.
        nodes_here: how many of its nodes the inventory here has.
        state: what it says of itself; None if it did not answer to the end.
    """

    answer: Answer
    nodes_here: int
    state: SiteState | None

    @property
    def troubles(self) -> tuple[str, ...]:
        """What would be in the way of a request, or is odd."""
        site = f"the site {self.answer.site.name}"
        if self.state is None:
            return (self.answer.error.told if self.answer.error else f"{site} did not report its state",)
        nobody = () if self.nodes_here else (f"the inventory here has no node of {site}",)
        return (
            *nobody,
            *oddities(self.answer),
            *self._renews_not(self.state),
            *(f"{site}: {trouble}" for trouble in self.state.troubles),
        )

    def _renews_not(self, state: SiteState) -> Iterator[str]:
        """Yield what a renewal would run into at night: the desk believes that the site renews, and it does not."""
        if self.answer.site.renews and Verb.RENEW.value not in state.verbs:
            yield (
                f"the file of sites has `renews: true` for {self.answer.site.name}, and the site does not renew: its "
                "program must start `mmpctl site` with --renews and --certs DIR"
            )

    def document(self) -> CheckedSite:
        """Return the same as JSON."""
        return {
            **site_document(self.answer),
            "address": str(self.answer.site.address),
            "renews": self.answer.site.renews,
            "nodes_here": self.nodes_here,
            "nodes": None if self.state is None else self.state.nodes,
            "verbs": None if self.state is None else list(self.state.verbs),
            "troubles": list(self.troubles),
        }


@dataclass(frozen=True, slots=True)
class EngineCheck:
    """What was found of all sites.

    Args:
        sites: in the order of their file.
        problems: what is wrong with the file of sites or the inventory here, a sentence each.
    """

    sites: tuple[SiteCheck, ...]
    problems: tuple[str, ...]

    @property
    def code(self) -> int:
        """0 if all can be asked and nothing is odd; 4 if something is; 10 if a site does not answer."""
        if any(site.state is None for site in self.sites):
            return codes.DIFFERENT
        return codes.EXPIRED if self.problems or any(site.troubles for site in self.sites) else codes.DONE

    def document(self) -> EngineCheckDocument:
        """Return the same as JSON."""
        return {
            "schema": 1,
            "command": "engine check",
            "ok": self.code == codes.DONE,
            "sites": [site.document() for site in self.sites],
            "problems": list(self.problems),
        }


def chosen(sites: Mapping[str, RemoteSite], names: Collection[str]) -> list[RemoteSite]:
    """Return the sites of these names, in the order of their file; all if no name is given.

    Args:
        sites: all of the file, by name.
        names: of those that are wanted.

    Raises:
        UsageError: the file has no such site (code `sites`).
    """
    for name in names:
        if name not in sites:
            raise UsageError(
                f"the file of sites has no site {name!r}", code="sites", advice=f"Its sites are {', '.join(sites)}."
            )
    return [site for site in sites.values() if not names or site.name in names]


def check(
    engine: Engine, sites: Mapping[str, RemoteSite], everybody: Sequence[Node], only: Collection[str] = ()
) -> EngineCheck:
    """Ask each site what it can be asked; no node is asked for anything.

    Args:
        engine: carries the requests.
        sites: all of the file of sites, by name.
        everybody: all nodes of the inventory here.
        only: names of the sites that are asked; all if there is none.

    Raises:
        UsageError: the file has no such site.
    """
    here = Counter(node.site for node in everybody)
    errands = [
        # Whatever it has, it differs from nothing: that is told another way.
        Errand(site, CheckRequest(), digest_of(nodes_around(site.name, everybody)) if here[site.name] else None)
        for site in chosen(sites, only)
    ]
    states, answers = gather(engine, errands, state_of_part)
    found = tuple(
        SiteCheck(one, here[one.site.name], states[one.site.name].get(one.site.name) if one.error is None else None)
        for one in answers
    )
    return EngineCheck(found, () if only else tuple(_problems(sites, everybody)))


def _problems(sites: Mapping[str, RemoteSite], everybody: Sequence[Node]) -> Iterator[str]:
    homeless = sum(node.site is None for node in everybody)
    if homeless:
        yield f"nodes of the inventory here without a site: {homeless}"
    for name in sorted({node.site for node in everybody if node.site is not None} - set(sites)):
        nodes = len(nodes_of_site(name, everybody))
        yield f"the file of sites has no site {name}; nodes of it in the inventory here: {nodes}"
