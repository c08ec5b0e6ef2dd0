"""The checked sites for people."""

from __future__ import annotations

from rich.console import RenderableType
from rich.text import Text

from mmpctl.documents.sites.engine_check import CheckedSite, EngineCheckDocument
from mmpctl.reports.fitting_table import Column
from mmpctl.reports.sentences import Sentence
from mmpctl.reports.widgets import bullets, counted, stack, table, words

_COLUMNS = (
    Column("Site"),
    Column("Address"),
    Column("Answer", firm=True),
    Column("Version"),
    Column("Clock", firm=True, right=True),
    Column("Nodes", firm=True, right=True),
    Column("Inventory", firm=True),
    Column("May be asked for"),
    Column("Renews", firm=True),
)
# In the order in which a site tells them.
EVERY_VERB = ("audit", "status", "check", "backup", "plan", "runs", "renew", "resume", "follow", "stop")
_SAME = {True: ("✓ same", "green"), False: ("✗ DIFFERS", "bold red"), None: (None, "")}


def engine_check(document: EngineCheckDocument) -> RenderableType:
    """Return the document of `mmpctl engine check`."""
    sites = document["sites"]
    wrong = [*document["problems"], *(trouble for site in sites for trouble in site["troubles"])]
    answered = sum(site["answered"] for site in sites)
    verdict = "✓ OK" if document["ok"] else "✗ NOT OK"
    told = f"{verdict} · {answered} of {counted(len(sites), 'site')} answered"
    return stack(
        [
            table(_COLUMNS, (_row(site) for site in sites)),
            bullets(wrong, "✗", "bold red") if wrong else None,
            Sentence(words(told, "bold green" if document["ok"] else "bold red")),
        ]
    )


def _verbs(verbs: list[str] | None) -> str | None:
    """Return what a site can be asked, in few words: there may be many sites."""
    if verbs is None:
        return None
    missing = [verb for verb in EVERY_VERB if verb not in verbs]
    if not missing:
        return "all"
    return f"all but {', '.join(missing)}" if len(missing) < len(verbs) else ", ".join(verbs)


def _row(site: CheckedSite) -> tuple[Text, ...]:
    ahead = site["clock_ahead"]
    return (
        words(site["name"]),
        words(site["address"]),
        words("✓ yes", "green") if site["answered"] else words("✗ NO", "bold red"),
        words(site["version"]),
        words(None if ahead is None else f"{round(ahead):+d} s" if round(ahead) else "0 s"),
        words(None if site["nodes"] is None else str(site["nodes"])),
        words(*_SAME[site["same_inventory"]]),
        words(_verbs(site["verbs"])),
        words("yes" if site["renews"] else "no"),
    )
