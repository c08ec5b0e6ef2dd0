"""How many calls are on a node, by the REST API of its Call Bridge."""

from __future__ import annotations

from nornir.core.task import Result, Task

from mmpctl.device.call_bridge_api import active_calls
from mmpctl.inventory.api_accounts import ApiAccount
from mmpctl.tasks._rest_api import rest_api_of


def count_calls(task: Task, account: ApiAccount) -> Result:
    """Ask the REST API, at the inventory's `service_address` and the port that Web Admin shows.

    The password is sent only to who presents the certificate that Web Admin is configured with, which is fetched from
    the node right before.

    Args:
        account: of the REST API.

    Returns:
        A result with the number of call legs on this Call Bridge.

    Raises:
        MmpError: the node or its REST API could not be asked, or did not tell.
    """
    return Result(host=task.host, result=active_calls(rest_api_of(task, account)))
