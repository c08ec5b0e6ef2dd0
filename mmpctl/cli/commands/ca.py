"""`mmpctl ca`: a private CA for those who have none."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mmpctl.cli.arguments import Command, Group
from mmpctl.cli.guide import epilog
from mmpctl.cli.option_groups import grouped
from mmpctl.cli.result import Result
from mmpctl.defaults import CA_ISSUING_DAYS, CA_ROOT_DAYS, KEY_KIND
from mmpctl.errors import UsageError

app = typer.Typer(
    cls=Group,
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Make and keep a private CA, if you have none.",
    epilog=epilog("ca"),
)

Folder = Annotated[Path, typer.Argument(metavar="CADIR", help="Folder of the CA.")]
Key = Annotated[str, typer.Option("--key", metavar="KIND", help="Kind of the new keys: rsa3072 or p256.")]
IssuingDays = Annotated[
    int, typer.Option("--issuing-days", metavar="DAYS", min=1, help="How long the issuing certificate lasts.")
]
RootDays = Annotated[
    int, typer.Option("--root-days", metavar="DAYS", min=1, help="How long the root certificate lasts.")
]


@app.command("init", cls=Command, epilog=epilog("ca init"))
@grouped
def init(
    folder: Folder,
    *,
    name: Annotated[
        str, typer.Option("--name", metavar="NAME", help="Whose CA it is; it stands in its certificates.")
    ] = "mmpctl",
    key: Key = KEY_KIND,
    root_days: RootDays = CA_ROOT_DAYS,
    issuing_days: IssuingDays = CA_ISSUING_DAYS,
    result: Result,
) -> int:
    """Make a CA: a root, an issuing certificate, keys behind a passphrase.

    The passphrase comes from MMP_CA_PASSPHRASE, the keyring (service mmpctl-ca), or is asked for.
    """
    from mmpctl.authority.profile import KeyKind, LifeTimes
    from mmpctl.cli.passphrases import chosen
    from mmpctl.reports.issuing.ca_table import ca as table
    from mmpctl.runbooks import ca as authority

    result.check()
    lives = LifeTimes(root_days, issuing_days)
    document = authority.init(folder, name, chosen(folder), KeyKind.of(key), lives)
    result.emit(document, table(document))
    return 0


@app.command("show", cls=Command, epilog=epilog("ca show"))
@grouped
def show(folder: Folder, *, result: Result) -> int:
    """Show a CA's certificates, and what it has issued."""
    from mmpctl.reports.issuing.ca_table import ca as table
    from mmpctl.runbooks import ca as authority

    result.check()
    document = authority.show(folder)
    result.emit(document, table(document))
    return 0


@app.command("renew", cls=Command, epilog=epilog("ca renew"))
@grouped
def renew(
    folder: Folder,
    *,
    root: Annotated[
        bool,
        typer.Option("--root", help="Make a new root as well. Nodes get both roots until --drop-older is given."),
    ] = False,
    drop_older: Annotated[
        bool,
        typer.Option("--drop-older", help="Give nodes only the current certificates from now on. Makes no new ones."),
    ] = False,
    key: Key = KEY_KIND,
    root_days: RootDays = CA_ROOT_DAYS,
    issuing_days: IssuingDays = CA_ISSUING_DAYS,
    result: Result,
) -> int:
    """Make a new issuing certificate, or a new root.

    What nodes have stays trusted: older certificates are given to them beside the new ones.
    """
    from mmpctl.authority.profile import KeyKind, LifeTimes
    from mmpctl.cli.passphrases import opening
    from mmpctl.reports.issuing.ca_table import ca as table
    from mmpctl.runbooks import ca as authority

    result.check()
    if drop_older and root:
        raise UsageError("--drop-older cannot be combined with --root", advice="Give one of them.")
    if drop_older:
        document = authority.drop_older(folder)
    else:
        lives = LifeTimes(root_days, issuing_days)
        document = authority.renew(folder, opening(folder), KeyKind.of(key), lives, with_root=root)
    result.emit(document, table(document))
    return 0
