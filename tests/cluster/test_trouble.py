"""What is said of a node that could not be looked at: who is alive is never said not to answer."""

from __future__ import annotations

import pytest

from mmpctl.cluster.trouble import LOCKED_OUT, OTHER_KEY, SILENT, UNCLEAR, trouble_of
from mmpctl.errors import AuthenticationError, ConnectError, DialogueError, HostKeyError, MmpError, NoPrompt


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (None, SILENT),
        (ConnectError("timed out"), SILENT),
        (NoPrompt("no prompt came"), SILENT),
        (AuthenticationError("denied"), LOCKED_OUT),
        (HostKeyError("another key"), OTHER_KEY),
        (DialogueError("odd"), UNCLEAR),
        (MmpError("whatever else"), UNCLEAR),
    ],
)
def test_what_is_said_of_a_node(error: MmpError | None, told: str) -> None:
    assert trouble_of(error) == told
