"""`request.json` beside the requests of a node: which of its keys lie on the node, and under what names."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from mmpctl.certificates.source_file import read_file
from mmpctl.documents.issuing.csr import NodeRequestDocument
from mmpctl.times import iso
from mmpctl.trusted import require_trusted

TIES_FILE: Final = "request.json"
_SCHEMA: Final = 1
# As file systems have it; and as much of a value as a person needs to find it.
_LONGEST_NAME, _LONGEST_SHOWN = 255, 80
# What the device takes as the name of a key; it stands in its command line later.
_DEVICE_KEY: Final = re.compile(r"[A-Za-z0-9_-]+\.key")
_SHA256: Final = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class KeyTie:
    """A key that never left its node.

    Args:
        device: its file there.
        public_key_sha256: lower-case hex, over its public key (SubjectPublicKeyInfo).
    """

    device: str
    public_key_sha256: str


@dataclass(frozen=True, slots=True)
class KeyTies:
    """The keys of one node that never left it.

    Args:
        node: inventory name.
        cluster: of the node.
        keys: by the name that the file would have here, e.g. `server.key`.
    """

    node: str
    cluster: str
    keys: Mapping[str, KeyTie]


def read_ties(path: Path, about: tuple[str, str] | None = None) -> KeyTies:
    """Read a `request.json`.

    Args:
        path: the file.
        about: the node that it must be about, and its cluster; None if any node will do.

    Raises:
        PlaceError: somebody else could change it.
        RefusedError: it cannot be read.
        ValueError: it is none; says all that is wrong with it.
    """
    require_trusted(path, "the file")
    try:
        told = json.loads(read_file(path).content.reveal())
        files = {str(name): one for name, one in told["files"].items()}
        if not all(map(_is_name, files)):
            raise ValueError("no name of a file")
        schema, node, cluster = told.get("schema", _SCHEMA), told["node"], told["cluster"]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise ValueError(f"it is no {TIES_FILE} of mmpctl") from None
    if schema != _SCHEMA:
        raise ValueError(f"it is of the schema {_shown(schema)}, and this release of mmpctl knows {_SCHEMA} only")
    faults: list[str] = []
    if not (isinstance(node, str) and isinstance(cluster, str) and _is_name(node) and _is_name(cluster)):
        faults.append("it names no node and cluster")
    elif about not in (None, (node, cluster)):
        faults.append(f"it is about keys on {node} of {cluster}, not on {' of '.join(about or ())}")
    keys = {name: _tie(name, one, faults) for name, one in files.items()}
    if len({one.device for one in keys.values() if one.device}) < sum(bool(one.device) for one in keys.values()):
        faults.append("it tells the same file for two keys")
    if faults:
        raise ValueError("; ".join(faults))
    return KeyTies(node, cluster, keys)


def _tie(name: str, told: object, faults: list[str]) -> KeyTie:
    """Return what is told of one key, and put down what is wrong with it."""
    device, digest = (told.get("device"), told.get("public_key_sha256")) if isinstance(told, Mapping) else (None, None)
    if device is None or digest is None:
        faults.append(f"it does not tell the file and the public key of {name}")
        return KeyTie("", "")
    if not _DEVICE_KEY.fullmatch(str(device)):
        faults.append(f"{_shown(device)} cannot be the file of {name} on a node")
    if not _SHA256.fullmatch(str(digest)):
        faults.append(f"{_shown(digest)} is not the SHA-256 of the public key of {name}")
    return KeyTie(str(device), str(digest))


def _is_name(text: str) -> bool:
    """Whether it can be the name of a node or a cluster: it is shown as it is, and must begin no line of its own."""
    return text.isprintable() and len(text) <= _LONGEST_NAME


def _shown(told: object) -> str:
    """Return what stands in the file as one short line."""
    text = repr(told)
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"


def written_ties(ties: KeyTies, now: datetime) -> bytes:
    """Return the content of a `request.json`.

    Args:
        ties: what it is to tell.
        now: aware, when the keys were made.
    """
    told: NodeRequestDocument = {
        "schema": 1,
        "node": ties.node,
        "cluster": ties.cluster,
        "files": {
            name: {"device": tie.device, "public_key_sha256": tie.public_key_sha256} for name, tie in ties.keys.items()
        },
        "made_at": iso(now),
    }
    return (json.dumps(told, indent=2) + "\n").encode()
