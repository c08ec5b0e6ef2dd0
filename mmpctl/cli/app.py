"""The command `mmpctl`: gathers the commands, and turns errors into sentences and exit codes."""

from __future__ import annotations

import logging
import os
import sys
import threading
import time
import warnings
from collections.abc import Callable
from contextlib import suppress
from typing import Annotated, NoReturn

import typer
from cryptography.utils import CryptographyDeprecationWarning

import mmpctl
from mmpctl import exit_codes as codes
from mmpctl.cli.arguments import Command
from mmpctl.cli.commands.audit import audit
from mmpctl.cli.commands.backup import backup
from mmpctl.cli.commands.demo import demo
from mmpctl.cli.commands.help import help_
from mmpctl.cli.commands.history import history
from mmpctl.cli.commands.init import init
from mmpctl.cli.commands.inventory import app as inventory_app
from mmpctl.cli.commands.lab import app as lab_app
from mmpctl.cli.commands.parse import parse
from mmpctl.cli.commands.plan import plan
from mmpctl.cli.commands.renew import renew
from mmpctl.cli.commands.resume import resume
from mmpctl.cli.commands.runs import runs
from mmpctl.cli.commands.status import status
from mmpctl.cli.commands.trust import trust
from mmpctl.cli.error_messages import tell
from mmpctl.cli.guide import epilog
from mmpctl.errors import MmpError, RefusedError, UsageError
from mmpctl.fleet.run_on import as_mmp_error
from mmpctl.reports.audit.nagios import nagios_failure
from mmpctl.reports.output import send
from mmpctl.reports.typed import Call, call, called, program
from mmpctl.runs.journal import JournalError
from mmpctl.runs.lock import LockedError

logger = logging.getLogger(__name__)

# What a shell gives a command that Ctrl-C ended.
_INTERRUPTED = 130
# How long the threads of nodes may go on after that.
_LAST_WORK_SECONDS = 2.0
# Any complaint about a command line: typer raises those of a click within it, or of the installed one.
_ClickError: type[typer.BadParameter] = typer.BadParameter.__mro__[2]

# A help text follows the terminal (or COLUMNS), up to this width.
_WIDEST_HELP = 100

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": _WIDEST_HELP},
    help="Watches and renews the database-cluster certificates of Cisco Meeting Servers.",
    epilog=epilog(""),
)
for command in (demo, init, trust, status, audit, history, backup, plan, renew, resume, runs, parse, help_):
    name = command.__name__.rstrip("_")
    app.command(name, cls=Command, epilog=epilog(name))(command)
app.add_typer(inventory_app, name="inventory")
app.add_typer(lab_app, name="lab")


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"mmpctl {mmpctl.__version__}")
        raise typer.Exit


@app.callback()
def common(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """What holds for every command."""


def main() -> None:
    """Run the command line and end the process with the exit code of the contract."""
    threading.excepthook = _told_elsewhere(threading.excepthook)
    # What is odd about a node's certificate (a serial number below nought) is a finding, or none; never a warning.
    warnings.filterwarnings("ignore", category=CryptographyDeprecationWarning)
    code = run(sys.argv[1:])
    if code == _INTERRUPTED:
        _leave(code)
    sys.exit(code)


def _leave(code: int) -> NoReturn:
    """End the process at once: Python would wait for the thread of each node, however long that goes on talking."""
    until = time.monotonic() + _LAST_WORK_SECONDS
    # What a thread does within a moment, such as taking away the half of a file, is done.
    for thread in threading.enumerate():
        if thread is not threading.current_thread() and not thread.daemon:
            thread.join(max(0.0, until - time.monotonic()))
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    os._exit(code)


def _told_elsewhere(
    otherwise: Callable[[threading.ExceptHookArgs], object],
) -> Callable[[threading.ExceptHookArgs], None]:
    def hook(args: threading.ExceptHookArgs) -> None:
        # A reading thread of paramiko's whose connection was lost; whoever waits for it tells the user.
        if not isinstance(args.exc_value, (EOFError, OSError)):
            otherwise(args)

    return hook


def run(arguments: list[str]) -> int:
    """Run one command.

    Args:
        arguments: as typed, without the program's name.

    Returns:
        The exit code of the contract.
    """
    with called(Call(program(), _options())):
        return _run(arguments)


def _run(arguments: list[str]) -> int:
    # A monitoring system reads one line of standard output, and takes any code from 0 to 3 for an answer.
    failed = _answer if _is_plugin(arguments) else _tell
    try:
        code = app(arguments, prog_name=call().program, standalone_mode=False)
        if code == _INTERRUPTED:  # typer has taken the Ctrl-C
            raise KeyboardInterrupt
    except _ClickError as error:
        if failed is _answer:
            return _answer(MmpError(error.format_message()))
        error.show()
        return codes.USAGE
    except (typer.Abort, KeyboardInterrupt):
        print("stopped", file=sys.stderr)  # noqa: T201 - the last word of a command
        return _INTERRUPTED
    except MmpError as error:
        return failed(error)
    except Exception as error:
        logger.debug("unexpected", exc_info=error)
        return failed(as_mmp_error(error))
    return code if isinstance(code, int) else codes.DONE


def _options() -> dict[str, frozenset[str]]:
    """Return the options of each command."""
    commands = getattr(typer.main.get_command(app), "commands", {})
    return {
        name: frozenset(word for each in command.params for word in each.opts) for name, command in commands.items()
    }


def _is_plugin(arguments: list[str]) -> bool:
    command = next((word for word in arguments if not word.startswith("-")), None)
    return command == "audit" and "--nagios" in arguments


def _answer(error: MmpError) -> int:
    line, code = nagios_failure(error)
    send(line, sys.stdout)
    return code


def _tell(error: MmpError) -> int:
    tell(error)
    if isinstance(error, UsageError):
        return codes.USAGE
    if isinstance(error, LockedError):
        return codes.LOCKED
    return codes.REFUSED if isinstance(error, (RefusedError, JournalError)) else codes.UNEXPECTED
