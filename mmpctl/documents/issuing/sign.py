"""The document of `mmpctl sign`."""

from __future__ import annotations

from typing import Literal, TypedDict

from mmpctl.documents.asked import WithAsked

# `from` is a word of Python's own, so this type is written as a call.
SignedFileDocument = TypedDict(
    "SignedFileDocument",
    {"file": str, "subject": str, "not_after": str, "from": str, "kept": "str | None"},
)


class SignedNodeDocument(TypedDict):
    """What is in place for one node, and what is not."""

    name: str
    cluster: str
    files: list[SignedFileDocument]
    notes: list[str]
    missing: list[str]


class SignDocument(WithAsked):
    """The files that `--certs` takes, by node; and what belongs to none of them."""

    schema: Literal[1]
    command: Literal["sign"]
    folder: str
    nodes: list[SignedNodeDocument]
    notes: list[str]
    wanted: int
    signed: int
    cure: str | None
    next: str | None
