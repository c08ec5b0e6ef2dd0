"""`mmpctl rotate`: the whole way with a private CA, from the requests to the renewal."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mmpctl.cli.option_groups import grouped
from mmpctl.cli.renewal_options import Execution, OperatorWord, Order, Shape, asked_again, wanted
from mmpctl.cli.result import TimedResult
from mmpctl.cli.selection import Selection
from mmpctl.defaults import KEY_KIND

if TYPE_CHECKING:
    from mmpctl.documents.issuing.rotate import RotationDocument
    from mmpctl.runbooks.before_window import Issuing

_CERTS = Path("new-certs")


@dataclass(frozen=True, slots=True)
class NewFiles:
    """The options that say where new certificates come from, and how far it goes.

    Args:
        ca: folder of the private CA.
        certs: folder of requests and certificates.
        days: how long the certificates last.
        off_device: make the keys on this machine.
        key: kind of these keys.
        until_plan: end before the window.
    """

    ca: Annotated[Path, typer.Option("--ca", metavar="CADIR", help="Folder of the private CA that signs.")]
    certs: Annotated[
        Path,
        typer.Option("--certs", metavar="DIR", help="Folder for requests and certificates; go on in the same one."),
    ] = _CERTS
    days: Annotated[
        int | None, typer.Option("--days", metavar="DAYS", min=1, help="How long the certificates last.")
    ] = None
    off_device: Annotated[
        bool, typer.Option("--off-device", help="Make the keys on this machine, beside the requests.")
    ] = False
    key: Annotated[
        str, typer.Option("--key", metavar="KIND", help="With --off-device: kind of the keys, rsa3072 or p256.")
    ] = KEY_KIND
    until_plan: Annotated[
        bool, typer.Option("--until-plan", help="End with the plan: renew nothing, and ask nobody.")
    ] = False

    def issuing(self) -> Issuing:
        """Return who issues.

        Raises:
            UsageError: there is no such kind of key.
        """
        from mmpctl.authority.profile import KeyKind
        from mmpctl.cli.passphrases import opening
        from mmpctl.runbooks.before_window import Issuing
        from mmpctl.signing.sources import PrivateCa

        kind = KeyKind.of(self.key) if self.off_device else None
        return Issuing(lambda: PrivateCa(self.ca, opening(self.ca), self.days), kind)

    def asked(self) -> dict[str, list[str]]:
        """Return these options for the next command."""
        return {
            "ca": [str(self.ca)],
            "certs": [str(self.certs)],
            "days": [str(self.days)] if self.days is not None else [],
            "off_device": [""] if self.off_device else [],
            "key": [self.key] if self.key != KEY_KIND else [],
            "until_plan": [""] if self.until_plan else [],
        }


@grouped
def rotate(
    files: NewFiles,
    selection: Selection,
    word: OperatorWord,
    shape: Shape,
    order: Order,
    execution: Execution,
    result: TimedResult,
) -> int:
    """Do it all with a private CA, from requests to renewal.

    Runs csr, sign, check, stage and plan, asks, and renews. Whatever ended it before the window, the same command goes
    on with the requests, certificates and files that it finds; afterwards, resume does. Without a terminal it ends
    before the window, unless --yes is given.
    """
    from mmpctl.cli.confirmation import PlanQuestion, heeding
    from mmpctl.cluster.database_words import DATABASE_WORDS
    from mmpctl.display.display import display
    from mmpctl.renewal.stop import Stop
    from mmpctl.reports import tables
    from mmpctl.runbooks import before_window
    from mmpctl.runbooks import rotate as rotating

    result.check()
    shape.check()
    word.check()
    issuing = files.issuing()
    nodes = selection.nodes(whole_clusters=True)
    options = replace(
        wanted(word, shape, execution.runs), rollout=order.rollout(), inventory=str(selection.inventory.absolute())
    )
    question = PlanQuestion(execution.yes)
    with display(sys.stderr, DATABASE_WORDS) as progress:
        # Until the window nothing is half done that the same command does not find: Ctrl-C ends it at once.
        try:
            so_far = before_window.run(nodes, files.certs, issuing, options, watch=execution.watch(progress, Stop()))
        except KeyboardInterrupt:
            progress.note("", "no cluster was touched, and the same command goes on from here")
            raise
        with heeding(execution, progress) as watch:
            confirm = None if files.until_plan else question
            report = rotating.window(nodes, so_far, options, confirm=confirm, watch=watch)
    asked = {**asked_again(selection, execution.runs), **files.asked(), **word.asked(), **shape.asked()}
    document: RotationDocument = {**rotating.document(report, asked), "asked": asked}
    result.emit(document, tables.rotate(document))
    return report.code
