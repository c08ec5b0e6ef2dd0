"""The command `mmpctl`: gathers the commands, and turns errors into sentences and exit codes."""

from __future__ import annotations

import logging
import os
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from importlib import import_module
from typing import TYPE_CHECKING, Annotated, Any, NoReturn, TextIO

import typer

import mmpctl
from mmpctl import exit_codes as codes
from mmpctl.cli.arguments import Command
from mmpctl.cli.guide import SUMMARIES, epilog
from mmpctl.cli.later import Commands, LaterGroup
from mmpctl.errors import MmpError
from mmpctl.reports.typed import Call, call, called, program

if TYPE_CHECKING:
    from mmpctl.cli.log import CommandLog

logger = logging.getLogger(__name__)

# How long the threads of nodes may go on after that.
_LAST_WORK_SECONDS = 2.0
# Any complaint about a command line: typer raises those of a click within it, or of the installed one.
_ClickError: type[typer.BadParameter] = typer.BadParameter.__mro__[2]

# A help text follows the terminal (or COLUMNS), up to this width.
_WIDEST_HELP = 100


def _load(name: str) -> Any:
    """Return a command: `mmpctl.cli.commands.NAME` has a function of that name, or an `app` of commands below it."""
    module = import_module(f"mmpctl.cli.commands.{name}")
    group: typer.Typer | None = getattr(module, "app", None)
    if group is not None:
        found = typer.main.get_group(group)
        found.name = name
        return found
    one = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
    one.command(name, cls=Command, epilog=epilog(name))(getattr(module, name, None) or getattr(module, f"{name}_"))
    return typer.main.get_command(one)


class _Program(LaterGroup):
    later = Commands(SUMMARIES, _load)


app = typer.Typer(
    cls=_Program,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": _WIDEST_HELP},
    help="Watches and renews the database-cluster certificates of Cisco Meeting Servers.",
    epilog=epilog(""),
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"mmpctl {mmpctl.__version__}")
        raise typer.Exit


class _Log:
    """The log of this command, loaded when its work begins: help and completion have nothing to log."""

    def __init__(self, arguments: list[str]) -> None:
        self._arguments = arguments
        self._log: CommandLog | None = None
        self.debug = False

    def begin(self) -> None:
        from mmpctl.cli.log import CommandLog

        self._log = self._log or CommandLog(self._arguments)
        self._log.begin(debug=self.debug)

    def end(self) -> None:
        if self._log is not None:
            self._log.end()


@app.callback()
def common(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
    debug: Annotated[
        bool,
        typer.Option(
            "--debug",
            envvar="MMPCTL_DEBUG",
            help="Show what is done on standard error, and keep it in the log; without passwords and keys.",
        ),
    ] = False,
) -> None:
    """What holds for every command."""
    if isinstance(context.obj, _Log):
        context.obj.debug = debug


def main() -> None:
    """Run the command line and end the process with the exit code of the contract."""
    threading.excepthook = _told_elsewhere(threading.excepthook)
    code = run(sys.argv[1:])
    if code == codes.INTERRUPTED:
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
            logger.info("unexpected error in a thread", exc_info=args.exc_value)
            otherwise(args)

    return hook


def run(arguments: list[str]) -> int:
    """Run one command.

    Args:
        arguments: as typed, without the program's name.

    Returns:
        The exit code of the contract.
    """
    log = _Log(arguments)
    with called(Call(program(), _Options())), _warnings_logged():
        try:
            return _run(arguments, log)
        finally:
            log.end()


@contextmanager
def _warnings_logged() -> Iterator[None]:
    """Show warnings of libraries with --debug only: what is odd about a node's certificate is a finding, or none."""
    shown = warnings.showwarning

    def log(
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: TextIO | None = None,
        line: str | None = None,
    ) -> None:
        logger.debug("%s:%d: %s: %s", filename, lineno, category.__name__, message)

    warnings.showwarning = log
    try:
        yield
    finally:
        warnings.showwarning = shown


def _run(arguments: list[str], log: _Log) -> int:
    try:
        code = app(arguments, prog_name=call().program, standalone_mode=False, obj=log)
        if code == codes.INTERRUPTED:  # typer has taken the Ctrl-C
            raise KeyboardInterrupt
    except _ClickError as error:
        if _is_plugin(arguments):
            return _failed(MmpError(error.format_message()), arguments, log)
        error.show()
        return codes.USAGE
    except (typer.Abort, KeyboardInterrupt):
        print("stopped", file=sys.stderr)  # noqa: T201 - the last word of a command
        return codes.INTERRUPTED
    except Exception as error:
        return _failed(error, arguments, log)
    return code if isinstance(code, int) else codes.DONE


class _Options(Mapping[str, frozenset[str]]):
    """The options that each command takes, for the commands that are suggested; read when one is."""

    def __getitem__(self, name: str) -> frozenset[str]:
        return frozenset(word for each in _Program.later[name].params for word in each.opts)

    def __iter__(self) -> Iterator[str]:
        return iter(_Program.later)

    def __len__(self) -> int:
        return len(_Program.later)


def _failed(error: Exception, arguments: list[str], log: _Log) -> int:
    # What an error needs is of no use to help and completion.
    from mmpctl.cli import error_messages

    # Begun before, unless the command could not be loaded, or does not take what was typed.
    log.begin()
    return error_messages.answer(error) if _is_plugin(arguments) else error_messages.fail(error)


def _is_plugin(arguments: list[str]) -> bool:
    command = next((word for word in arguments if not word.startswith("-")), None)
    return command == "audit" and "--nagios" in arguments
