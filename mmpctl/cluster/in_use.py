"""The certificates that a node of a database cluster has in use, as an audit has seen them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from mmpctl.cluster.certificate_facts import CertificateFacts


@dataclass(frozen=True, slots=True)
class InUse:
    """One certificate in use.

    Args:
        file: its name on the device.
        facts: of it; what an audit does not tell is empty in them.
        names: host names and addresses beside the subject; None if that is not known.
        in_order: nothing was wrong with it.
    """

    file: str
    facts: CertificateFacts
    names: tuple[str, ...] | None = None
    in_order: bool = True


@dataclass(frozen=True, slots=True)
class NodeInUse:
    """The certificates of one node.

    Args:
        at: when they were seen, aware, UTC.
        certificates: by their use, in the words of the JSON contract, e.g. `database server`; of a file with several
            CAs, the first that expires.
    """

    at: datetime
    certificates: Mapping[str, InUse]
