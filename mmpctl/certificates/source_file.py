"""One file of the operator's, as it was read."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

from mmpctl.certificates.secret import Secret
from mmpctl.findings.finding import finding, refusal

_LIMIT = 1 << 20


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file of the operator's, as it was read.

    Args:
        name: what it is, e.g. `server.key`.
        path: where it was read.
        sha256: lower-case hex, over the bytes.
        content: the bytes, kept out of every text form.
    """

    name: str
    path: Path
    sha256: str
    content: Secret = field(compare=False)


def read_file(path: Path, node: str | None = None) -> SourceFile:
    """Read one file.

    Args:
        path: the file.
        node: inventory name of the node that it is for; only for the error.

    Raises:
        RefusedError: it cannot be read, is no plain file, or is larger than 1 MiB.
    """
    try:
        if not path.is_file():  # a pipe would block, a folder has no bytes
            raise refusal(finding("unreadable", str(path), detail="it is not a plain file"), node)
        with path.open("rb") as stream:
            data = stream.read(_LIMIT + 1)
    except OSError as error:
        raise refusal(finding("unreadable", str(path), detail=error.strerror or str(error)), node) from error
    if len(data) > _LIMIT:
        raise refusal(finding("too-large", str(path)), node)
    return SourceFile(path.name, path, hashlib.sha256(data).hexdigest(), Secret(data))
