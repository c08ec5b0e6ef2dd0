"""How many calls are on a node, for whoever may restart its Call Bridge only if they are few enough."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from nornir.core import Nornir
from nornir.core.task import Task

from mmpctl.device.call_bridge_api import API_ACCOUNT
from mmpctl.errors import MmpError
from mmpctl.inventory.accounts import Place
from mmpctl.inventory.api_accounts import API_PASSWORD, API_USERNAME, find_api_accounts
from mmpctl.inventory.nodes import nodes_of
from mmpctl.renewal.jobs.services.wish import ServiceWish
from mmpctl.tasks.count_calls import count_calls


class CallCount(NamedTuple):
    """How many calls are on a node.

    Args:
        number: of its call legs; None if it is not known.
        why: why it is not known, without a full stop; empty if nobody has asked.
        soon: it is not known now, and may be in a moment.
    """

    number: int | None = None
    why: str = ""
    soon: bool = False


# How many calls are on the node of a task.
CallCounter = Callable[[Task], CallCount]


def nobody_counts(_: Task) -> CallCount:
    """Return that it is not known how many calls are on a node, because nobody has asked."""
    return CallCount()


def counter(nr: Nornir, wish: ServiceWish) -> CallCounter:
    """Return who counts the calls if a number of them may drop: the REST API of each node with a Call Bridge.

    Args:
        nr: the nodes.
        wish: what is wanted of services.

    Raises:
        UsageError: an account of the REST API cannot be used.
    """
    if wish.max_calls is None:
        return nobody_counts
    # A Call Bridge that is not renewed itself may have to restart with a longer list of whom it trusts.
    nodes = nodes_of(nr)
    accounts = find_api_accounts(Place(node.name, node.site) for node in nodes)
    counted = {node.name for node in nodes if node.name not in wish.drop_calls}
    # A few failed logins lock an account: what was refused once is not tried again.
    refused: dict[str, CallCount] = {}

    def count(task: Task) -> CallCount:
        name = task.host.name
        if name not in counted:
            return CallCount()
        if name not in accounts:
            return CallCount(None, f"there is no account for its REST API: set {API_USERNAME} and {API_PASSWORD}")
        if name in refused:
            return refused[name]
        try:
            return CallCount(count_calls(task, accounts[name]).result)
        except MmpError as error:
            if error.code == API_ACCOUNT:
                refused[name] = CallCount(None, error.message)
            return CallCount(None, error.message, soon=error.code != API_ACCOUNT)

    return count
