"""When the first certificate that a node depends on expires: its own ones, and the CAs above them."""

from __future__ import annotations

from datetime import datetime

from mmpctl.certificates.chain import build_chain
from mmpctl.certificates.loaded_set import LoadedSet


def first_expiry(given: LoadedSet) -> datetime | None:
    """Find the first end among a node's certificates and the CAs that they lean on.

    A CA of the file that no certificate leans on does not count: it may be there for other nodes.

    Args:
        given: the files for the node.

    Returns:
        Aware, UTC; None if no certificate of its own can be read.
    """
    authority = given.authority.certificates
    ends = [
        each.facts.not_after
        for pair in given.pairs
        if pair.leaf
        for each in (
            pair.leaf,
            *build_chain(pair.leaf, pair.certificate.certificates, authority).path,
        )
    ]
    return min(ends, default=None)
