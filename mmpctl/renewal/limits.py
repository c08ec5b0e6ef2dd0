"""How long the parts of a renewal may take."""

from __future__ import annotations

from dataclasses import dataclass

from mmpctl.tasks.wait_for_state import ACCEPT_SECONDS, OPERATION_SECONDS


@dataclass(frozen=True, slots=True)
class Limits:
    """How long things may take, in seconds.

    Args:
        operation: one remove, initialize, join or connect.
        accept: how long a node may show its old state before a command counts as not accepted.
        settle: how long the nodes may take, after the last step, until all of them agree and their services answer.
        reconnect: how long the peers of a service may take, after it was proved, until they are connected again.
        between_looks: from one good look of the check afterwards to the next.
    """

    operation: float = OPERATION_SECONDS
    accept: float = ACCEPT_SECONDS
    settle: float = 120.0
    reconnect: float = 180.0
    between_looks: float = 1.0
