"""Which peers of a node's Call Bridge are connected, by its REST API."""

from __future__ import annotations

from collections.abc import Iterable

from nornir.core.task import Result, Task

from mmpctl.device.call_bridge_peers import links_told
from mmpctl.inventory.api_accounts import ApiAccount
from mmpctl.services.peer_links import PeerKind
from mmpctl.tasks._rest_api import rest_api_of


def read_links(task: Task, account: ApiAccount, kinds: Iterable[PeerKind]) -> Result:
    """Ask the REST API for the state of peers, and for the alarms; the password is sent as `count_calls` sends it.

    Args:
        account: of the REST API.
        kinds: the peers that matter.

    Returns:
        A result with `LinksTold`.

    Raises:
        MmpError: the node or its REST API could not be asked, or its answer is not understood.
    """
    return Result(host=task.host, result=links_told(rest_api_of(task, account), kinds))
