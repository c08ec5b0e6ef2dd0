"""One finding of an audit."""

from __future__ import annotations

from typing import TypedDict

from mmpctl.documents.forms import FindingSeverity


class FindingDocument(TypedDict):
    """What is wrong with a certificate, a node or a cluster."""

    id: str
    severity: FindingSeverity
    message: str
    why: str
    cure: str
