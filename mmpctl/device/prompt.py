"""The first prompt: wait for it, learn it, and do not be fooled by a banner."""

from __future__ import annotations

import time
from typing import NoReturn

from mmpctl.device.answers.vocabulary import vocabulary
from mmpctl.device.receive_buffer import Received
from mmpctl.device.redaction import redact
from mmpctl.device.shell import ENTER, Shell
from mmpctl.device.terminal_text import without_prompts, without_redraws
from mmpctl.errors import AuthenticationError, ConnectError, ConnectionLost, NoPrompt

_LOOKS = 4
_LONGEST_SAID = 300


def learn_prompt(shell: Shell, deadline: float) -> None:
    """Wait for the first prompt of a session, and start the conversation with it.

    A banner may hold something that looks like a prompt: when anything came before it, Enter is pressed until two looks
    in a row agree, the last with nothing but the prompt.

    Args:
        shell: the session, right after the login.
        deadline: seconds.

    Raises:
        AuthenticationError: the device demands a new password (code `password-expired`); it gets no answer.
        NoPrompt: no prompt came, or it could not be told from the text before it.
        ConnectError: the node says something and ends the session (code `no-shell`): the account has no command line.
        ConnectionLost: the session ended.
    """
    until = time.monotonic() + deadline
    name = _next_name(shell, until)
    looks = 1
    sure = _only_prompts(shell, name)
    while not sure:
        if looks == _LOOKS:
            shell.close()
            raise NoPrompt(
                "the prompt could not be separated from the text before it", advice="Log in by hand and check the node."
            )
        shell.received = Received()
        shell.send(ENTER)
        again = _next_name(shell, until)
        sure = again == name and _only_prompts(shell, name)
        name = again
        looks += 1
    if looks > 1:
        _settle(shell, name, until)
    shell.start(name)


def _next_name(shell: Shell, until: float) -> str:
    words = vocabulary()
    while True:
        tail = shell.received.tail
        # A line editor may draw the prompt again over itself, from a carriage return on.
        if found := words.prompt.search(without_redraws(tail)):
            return found[1]
        demanded = bool(words.password_demand.search(tail))
        try:
            came = shell.receive(min(until, time.monotonic() + shell.quiet_seconds) if demanded else until)
        except ConnectionLost as lost:
            if words.password_notice.search(tail):
                _password_expired(shell)
            raise _no_shell(shell) from lost
        if came:
            continue
        if demanded or words.password_notice.search(tail):
            _password_expired(shell)
        shell.close()
        raise NoPrompt(
            f"no prompt came after the login{_said(shell)}", advice="Log in by hand and read the node's output."
        )


def _no_shell(shell: Shell) -> ConnectError:
    if not (said := _said(shell)):
        return ConnectionLost(
            "the node ended the session before it showed a prompt",
            advice="It may be restarting, or the account may not use the command line. Try again in a minute.",
        )
    return ConnectError(
        f"the node ended the session without showing a prompt{said}",
        code="no-shell",
        advice="Check that the account may use the command line, not only SFTP.",
    )


def _said(shell: Shell) -> str:
    """Return the text that came instead of the prompt, to be added to a message; empty if none came."""
    said = " ".join(redact(without_redraws(shell.received.text)).split())
    shell.record("received", said)
    return f"; its last text was: {said[:_LONGEST_SAID]}" if said else ""


def _settle(shell: Shell, name: str, until: float) -> None:
    # Each Enter brings a prompt of its own; a late one must not end the first command.
    while shell.receive(min(until, time.monotonic() + shell.quiet_seconds)):
        continue
    if not _only_prompts(shell, name):
        shell.close()
        raise NoPrompt("the node sent more text after its prompt", advice="Log in by hand and read its output.")


def _only_prompts(shell: Shell, name: str) -> bool:
    return not without_prompts(shell.received.text, f"{name}> ").strip()


def _password_expired(shell: Shell) -> NoReturn:
    shell.close()
    raise AuthenticationError(
        "the device demands a new password",
        code="password-expired",
        advice="Log in by hand with ssh, set a new password, and give it to mmpctl. Nothing was answered.",
    )
