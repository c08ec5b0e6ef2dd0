"""What a job calls things, for everybody who tells of its runs. Nothing here is of one job only."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from mmpctl.documents.request import WordsDocument


@dataclass(frozen=True, slots=True)
class Stake:
    """What must not be lost in a run, and how it is told where it is; `{lead}` and `{copies}` stand for nodes.

    Args:
        name: one word: `data`.
        intact: it is where it was.
        everywhere: the same in few words.
        kept: the lead has it.
        copied: others have a copy of the lead's.
        saved: what there is besides while no other has one.
    """

    name: str
    intact: str
    everywhere: str
    kept: str
    copied: str
    saved: str

    def at_site(self) -> Stake:
        """Return the same for somebody who watches from another machine than the one that keeps what is saved."""
        return replace(self, saved=self.saved.replace("on this machine", "at the site"))

    def told(self, lead: str, copies: Iterable[str], intact: bool) -> str:
        """Return where it is, in a sentence.

        Args:
            lead: inventory name.
            copies: inventory names of the nodes that have a copy of the lead's.
            intact: the unit is as it was.
        """
        if intact:
            return self.intact.format(lead=lead)
        names = ", ".join(copies)
        return f"{self.kept.format(lead=lead)}; {self.copied.format(copies=names) if names else self.saved}"

    def brief(self, lead: str, copies: Iterable[str], intact: bool) -> str:
        """Return the same in few words."""
        return f"{self.name}: {self.everywhere if intact else 'on ' + ', '.join((lead, *copies))}"


@dataclass(frozen=True, slots=True)
class JobWords:
    """What a job calls things.

    Args:
        work: what it does: `renewal`.
        of: what it does that to: `database cluster certificates`.
        unit: what it works on: `cluster`.
        units: several of them.
        lead: the node that the others follow: `keeper`; None if none does.
        touched: what of a node its steps are about: `database`.
        has: what is true of a unit that it has done with: `has the new certificates`.
        waits: what it means to stop while nodes have left and not come back; `{lead}` and `{nodes}` stand for them.
        begins: what is told of a unit that begins; `{lead}` stands for the node.
        stake: what must not be lost; None if nothing can be.
        if_asked: what a run still does once it was asked to stop.
        by_signal: the same of the signal that asks it.
        untouched: what is said of a unit that nothing has changed yet, if not that it is as it was.
        between: what it means to stop between two parts, if they are done one after the other and wait for none.
    """

    work: str
    of: str
    unit: str
    units: str
    touched: str
    has: str
    waits: str
    lead: str | None = None
    begins: str | None = None
    stake: Stake | None = None
    if_asked: str = "running steps will be completed, no new ones started"
    by_signal: str = "completes running steps, starts no new ones"
    untouched: str | None = None
    between: str | None = None

    @property
    def as_it_was(self) -> str:
        """What is said of a unit that nothing has changed yet."""
        return self.untouched or f"the {self.unit} is as it was"

    def at_site(self) -> JobWords:
        """Return the same for somebody who watches a run at a site from another machine."""
        return replace(self, stake=self.stake.at_site() if self.stake else None)

    def document(self) -> WordsDocument:
        """Return the nouns, for the documents of a run."""
        return {
            "work": self.work,
            "of": self.of,
            "unit": self.unit,
            "units": self.units,
            "lead": self.lead,
            "touched": self.touched,
            "has": self.has,
        }


# Of a job that neither the release nor the run's documents tell of.
UNKNOWN_JOB = JobWords(
    work="work",
    of="nodes",
    unit="unit",
    units="units",
    touched="node",
    has="is as planned",
    waits="not done yet: {nodes}",
)
