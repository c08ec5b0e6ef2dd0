"""A password that a person has just typed is tried on one node before the others are asked, and asked for again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from nornir.core import Nornir
from nornir.core.task import Result, Task

from mmpctl.cli.error_messages import tell
from mmpctl.device.ssh.authentication import forget_failed_logins, has_logged_in, remember_logins, withheld_logins
from mmpctl.device.ssh.failed_logins import REFUSED
from mmpctl.device.ssh.recollection import NoMemory
from mmpctl.device.ssh.tried_credential import Withheld
from mmpctl.errors import AuthenticationError, MmpError, UsageError
from mmpctl.fleet.run_on import run_on
from mmpctl.inventory.accounts import suffix
from mmpctl.inventory.credentials import Credentials, from_terminal
from mmpctl.inventory.nodes import nodes_of
from mmpctl.inventory.sign_in import sign_in
from mmpctl.tasks.session import mmp

# A node that does not answer says nothing of the password; after so many the others are left to the command itself.
_SILENT: Final = 3
_ASKED: Final = 3
# Inventory names of the command's nodes, by address and port.
_ADDRESSES: dict[str, str] = {}


def prove_typed(nr: Nornir, accounts: Mapping[str, Credentials]) -> None:
    """Try each account whose password was typed on one node, and ask for it again if it is refused.

    Each password goes to another node, so that none hears two wrong ones.

    Args:
        nr: the selected nodes, signed in.
        accounts: the account of each node, by name.

    Raises:
        UsageError: the password was refused again and again, or no other one was typed.
    """
    for account in dict.fromkeys(account for account in accounts.values() if account.typed):
        # A person has typed it now: what was refused before does not count.
        remember_logins(NoMemory)
        _prove(nr, [name for name, one in accounts.items() if one == account], account)


def _prove(nr: Nornir, names: list[str], account: Credentials) -> None:
    asked, left = 1, list(names)
    while True:
        error, left = _first_answer(nr, left)
        if error is None:
            if asked > 1:
                # The mistyped one is of the past: nothing of it may be told of the command that goes on.
                forget_failed_logins()
            return
        where = f"{error.node} does not accept the password of {account.username}"
        if asked == _ASKED:
            raise UsageError(where, code="credentials", advice="No other node was asked. Find out the password first.")
        tell(MmpError(where, advice="No other node was asked. Type it again, or press Enter only to end."))
        answer = from_terminal(account.username)
        if answer is None:
            raise UsageError(where, code="credentials", advice="No other node was asked.")
        asked += 1
        account = replace(account, password=answer)
        sign_in(nr.filter(filter_func=lambda host: host.name in names), account)
        left = left or list(names)


def _first_answer(nr: Nornir, names: list[str]) -> tuple[AuthenticationError | None, list[str]]:
    """Return the refusal of the first node that answers, or None; and the nodes that were not asked."""
    for number, name in enumerate(names):
        error = run_on(nr, [name], _open)[name].error
        left = names[number + 1 :]
        if isinstance(error, AuthenticationError) and error.code == REFUSED:
            return error, left
        if error is None or number + 1 == _SILENT:
            return None, left
    return None, []


def _open(task: Task) -> Result:
    mmp(task)
    return Result(host=task.host)


def remember_selected(nr: Nornir) -> None:
    """Remember the nodes of the command, for what is told of them at its end.

    Args:
        nr: the selected nodes.
    """
    _ADDRESSES.clear()
    _ADDRESSES.update({f"{node.hostname}:{node.port}": node.name for node in nodes_of(nr)})


def refusal_of_selected() -> tuple[MmpError, bool] | None:
    """Return the message if a credential was refused and is not sent to the other nodes.

    Returns:
        The error, and whether nobody at all was logged in to; None if no credential is withheld.
    """
    withheld = withheld_logins()
    if not withheld:
        return None
    return _told(withheld[0], _ADDRESSES), not has_logged_in()


def _told(one: Withheld, names: Mapping[str, str]) -> MmpError:
    nodes = [names.get(where, where) for where in one.refused_by]
    node = nodes[0]
    return MmpError(
        f"{' and '.join(nodes)} did not accept the password or key of {one.user}; no other node was asked",
        code="login-withheld",
        advice=f"Correct it (MMP_USERNAME, MMP_PASSWORD, MMP_SSH_KEY). If only {node} has a different password or "
        f"key, give it an account of its own (MMP_PASSWORD__{suffix(node)}), or select other nodes.",
    )
