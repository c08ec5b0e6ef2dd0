"""The document of `mmpctl init`."""

from __future__ import annotations

from typing import Literal, TypedDict


class InitDocument(TypedDict):
    """The folder to begin with, and the commands to type next."""

    schema: Literal[1]
    command: Literal["init"]
    folder: str
    files: list[str]
    kept: list[str]
    edit: str
    next: list[str]
