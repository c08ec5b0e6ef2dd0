"""The document of `mmpctl csr`, and the `request.json` that it leaves beside the requests of a node."""

from __future__ import annotations

from typing import Literal, TypedDict

from mmpctl.documents.asked import WithAsked


class RequestedDocument(TypedDict):
    """One request: its file here, and the key's file on the node; null if the key lies beside the request."""

    file: str
    device_key: str | None
    subject: str
    public_key_sha256: str


class RequestedNodeDocument(TypedDict):
    """The requests of one node, or why there are none; and the keys that lie on it unused."""

    name: str
    cluster: str
    requests: list[RequestedDocument]
    notes: list[str]
    unused: list[str]
    kept: str | None
    error: str | None


class CsrDocument(WithAsked):
    """The requests that were made."""

    schema: Literal[1]
    command: Literal["csr"]
    folder: str
    nodes: list[RequestedNodeDocument]
    reason: str | None
    next: str | None


class DeviceKeyDocument(TypedDict):
    """A key on its node."""

    device: str
    public_key_sha256: str


class NodeRequestDocument(TypedDict):
    """`request.json`: the keys of a node that lie on it, by the names that they would have here."""

    schema: Literal[1]
    node: str
    cluster: str
    files: dict[str, DeviceKeyDocument]
    made_at: str
