"""Ask a node by a declared command: the one way from a line to typed facts."""

from __future__ import annotations

from typing import TypeVar

from nornir.core.task import Task

from mmpctl.device.answers.read_command import ReadCommand
from mmpctl.device.platform import CiscoCms
from mmpctl.errors import AuthenticationError, HostKeyError, MmpError
from mmpctl.tasks.session import look
from mmpctl.timing import RECORDER, Phase

Facts = TypeVar("Facts")


def ask(task: Task, command: ReadCommand[Facts], *files: str, lenient: bool = False) -> Facts:
    """Ask a node, once more when the session is lost on the way: reading changes nothing.

    Args:
        command: what to ask.
        files: names of files on the device, as many as the command takes.
        lenient: keep lines that nobody knows beside the facts.

    Raises:
        CommandRefused: the node refuses to tell.
        ParseError: the answer is not understood.
        MmpError: the node could not be asked.
    """
    return look(task, lambda session: ask_in(session, command, *files, lenient=lenient))


def ask_in(session: CiscoCms, command: ReadCommand[Facts], *files: str, lenient: bool = False) -> Facts:
    """Ask in an open session, once.

    Args:
        session: with the node.
        command: what to ask.
        files: names of files on the device, as many as the command takes.
        lenient: keep lines that nobody knows beside the facts.

    Raises:
        CommandRefused: the node refuses to tell.
        ParseError: the answer is not understood.
        MmpError: the session was lost.
    """
    line = command.line(*files)
    answer = session.command(line)
    with RECORDER.spent_on(Phase.PARSE):
        return command.read(answer, typed=line, lenient=lenient)


def ask_if_told(task: Task, command: ReadCommand[Facts]) -> Facts | None:
    """Ask a node what it need not tell.

    Args:
        command: what to ask.

    Returns:
        The facts; None if the release does not know the command, answers in unknown words, or is not reached. A
        session that such a command has ended is opened again by the next one.

    Raises:
        AuthenticationError: the node refuses the login.
        HostKeyError: the node is not the one that it was.
    """
    try:
        return ask(task, command)
    except (AuthenticationError, HostKeyError):
        raise
    except MmpError:
        return None
