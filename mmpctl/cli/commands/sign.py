"""`mmpctl sign`: requests become the files that `--certs` takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mmpctl.cli.option_groups import grouped
from mmpctl.cli.result import Result
from mmpctl.errors import UsageError

if TYPE_CHECKING:
    from mmpctl.signing.sources import Source


@dataclass(frozen=True, slots=True)
class Signer:
    """The options that say who signs.

    Args:
        ca: folder of a private CA.
        command: command line of a program.
        answers: what another CA has sent.
        authorities: files with the CAs above what the program signs.
        days: how long the private CA's certificates last.
    """

    ca: Annotated[
        Path | None, typer.Option("--ca", metavar="CADIR", help="Sign with the private CA in this folder.")
    ] = None
    command: Annotated[
        str | None,
        typer.Option(
            "--command",
            metavar="TEMPLATE",
            help="Run this program for each request, without a shell: {csr} is the request's file, {cer} the file to "
            "write (without it, the output counts), {use} is server or client, {node} and {cluster} are names.",
        ),
    ] = None
    answers: Annotated[
        list[Path] | None,
        typer.Option(
            "--answers",
            metavar="PATH",
            help="A file or folder that a CA has sent, in any form and under any name (repeatable). MMP_P12_PASSPHRASE "
            "opens PKCS #12 files; on a terminal, it is asked for.",
        ),
    ] = None
    authorities: Annotated[
        list[Path] | None,
        typer.Option("--ca-file", metavar="FILE", help="With --command: the CAs above what it signs (repeatable)."),
    ] = None
    days: Annotated[
        int | None, typer.Option("--days", metavar="DAYS", min=1, help="With --ca: how long the certificates last.")
    ] = None

    def source(self, more: Sequence[Path]) -> Source:
        """Return who signs.

        Args:
            more: files that were named behind those of `--answers`.

        Raises:
            UsageError: nobody is named, or several are; or the passphrase of the CA is missing.
        """
        from mmpctl.cli.passphrases import for_files, opening
        from mmpctl.signing.signing_program import Program
        from mmpctl.signing.sources import Files, PrivateCa

        if [self.ca is not None, self.command is not None, bool(self.answers)].count(True) != 1:
            raise UsageError(
                "it is not clear who signs the requests", advice="Give exactly one of --ca, --command and --answers."
            )
        if more and not self.answers:
            raise UsageError(f"{more[0]} is one argument too many", advice="Files that a CA has sent follow --answers.")
        if self.ca is not None:
            return PrivateCa(self.ca, opening(self.ca), self.days)
        if self.command is not None:
            return Program(self.command, tuple(self.authorities or ()), for_files())
        return Files((*(self.answers or ()), *more), for_files())


@grouped
def sign(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder of the requests, as `mmpctl csr` fills it.")],
    more: Annotated[
        list[Path] | None, typer.Argument(metavar="PATH", help="More files for --answers.", show_default=False)
    ] = None,
    *,
    signer: Signer,
    inventory: Annotated[
        Path | None,
        typer.Option("--inventory", "-i", metavar="PATH", help="Inventory of the next command; not read."),
    ] = None,
    again: Annotated[
        bool, typer.Option("--again", help="Also sign requests whose certificates are there and last.")
    ] = False,
    result: Result,
) -> int:
    """Turn requests into the certificates that plan and renew take.

    Each certificate is recognised by its public key, completed with the CAs above it, and laid down beside its request.
    """
    from mmpctl.documents.issuing.sign import SignDocument
    from mmpctl.reports.issuing.sign_table import sign as table
    from mmpctl.runbooks import sign as signing

    result.check()
    report = signing.run(folder, signer.source(more or ()), again=again)
    asked = {} if inventory is None else {"inventory": [str(inventory)]}
    document: SignDocument = {**signing.document(report, asked), "asked": asked}
    result.emit(document, table(document))
    return report.code
