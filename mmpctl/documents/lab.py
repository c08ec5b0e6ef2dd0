"""The documents of `mmpctl lab up` and `mmpctl lab status`."""

from __future__ import annotations

from typing import Literal, TypedDict

from mmpctl.documents.forms import Time


class LabDescription(TypedDict):
    """A lab as it describes itself in `lab.json`."""

    pid: int
    inventory: str
    known_hosts: str
    username: str
    password: str
    ssh_key: str
    certificates: str
    # New certificates of services; null if the lab has none that work together.
    service_certificates: str | None
    networking: str
    ends_at: Time


# `try` cannot be the name of a field of a class.
_Next = TypedDict("_Next", {"environment": list[str], "try": list[str]})


class RunningLab(LabDescription, _Next):
    """A lab that runs, and how to use it."""


class LabDocument(RunningLab):
    """A lab that was left running."""

    schema: Literal[1]
    command: Literal["lab up", "lab status"]
