"""`user list`: the accounts on the node, and when their passwords end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from mmpctl.cluster.account import UserAccount
from mmpctl.device.answers.read_command import ReadCommand
from mmpctl.device.answers.ttp_reader import Answer, Line

# The device writes the year 10000 for a password that never ends; no calendar of Python's has it.
_YEAR_OF_NEVER = 10000


@dataclass(frozen=True, slots=True)
class UserList:
    """The answer of `user list`.

    Args:
        users: in the device's order.
    """

    users: tuple[UserAccount, ...]

    def account(self, name: str | None) -> UserAccount | None:
        """Return the account of that name; None if it is not in the list, e.g. because a directory (LDAP) has it."""
        return next((user for user in self.users if user.name == name), None)


def users_of(answer: Answer) -> UserList:
    """Build the list of accounts from the answer of `user list`.

    Raises:
        ParseError: there is no heading, no account, one that stands twice, or a day that does not exist.
    """
    heading, *rows = answer.lines
    if "heading" not in heading.fields:
        raise answer.error("is in the place of a heading", heading)
    if not rows:
        raise answer.error("is incomplete, without any account")
    accounts: dict[str, UserAccount] = {}
    for line in rows:
        if "heading" in line.fields or line.fields["user"] in accounts:
            raise answer.error("repeats an earlier line", line)
        accounts[line.fields["user"]] = UserAccount(
            name=line.fields["user"],
            role=line.fields["role"],
            password_ends=_day(answer, line),
            logged_in=line.fields["logged_in"].lower() == "yes",
        )
    return UserList(tuple(accounts.values()))


def _day(answer: Answer, line: Line) -> date | None:
    year, _, rest = line.fields["ends"].partition("-")
    if not rest or int(year) >= _YEAR_OF_NEVER:
        return None
    try:
        return datetime.strptime(f"{year}-{rest}", "%Y-%b-%d").date()  # noqa: DTZ007 - a day has no zone
    except ValueError:
        raise answer.error("contains a day that does not exist", line) from None


USER_LIST = ReadCommand("user list", "user_list", users_of, while_reading=True, offline=True)
COMMANDS = (USER_LIST,)
