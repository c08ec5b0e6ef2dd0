"""The request that a node has made, fetched from it and read."""

from __future__ import annotations

from typing import NamedTuple

from nornir.core.task import Task

from mmpctl.certificates.signing_request import SigningRequest, read_request
from mmpctl.errors import TransferError
from mmpctl.findings.finding import finding, refusal
from mmpctl.tasks.session import transfer

_FETCHES = 2


class FetchedRequest(NamedTuple):
    """A request of a node.

    Args:
        content: of its file.
        request: as read.
    """

    content: bytes
    request: SigningRequest


def fetched_request(task: Task, file: str) -> FetchedRequest:
    """Fetch a request, once more if it did not arrive whole.

    Args:
        file: its name on the device.

    Raises:
        RefusedError: what arrived is no request.
        MmpError: it could not be fetched.
    """
    for fetches_left in reversed(range(_FETCHES)):
        try:
            content: bytes = transfer(task, lambda session: session.read(file))
            return FetchedRequest(content, read_request(content))
        except TransferError as error:
            if error.code != "incomplete" or not fetches_left:
                raise
        except ValueError as error:
            if not fetches_left:
                raise refusal(finding("request-unreadable", file, detail=str(error))) from error
    raise AssertionError("the last try returns or raises")
