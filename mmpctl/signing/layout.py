"""Certificates laid down beside their requests, in the layout that `--certs` takes; nothing that was there is lost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Final, NamedTuple

from cryptography.hazmat.primitives.serialization import Encoding

from mmpctl.certificates.certificate import Certificate
from mmpctl.certificates.files import CA_CERTIFICATE
from mmpctl.errors import UsageError
from mmpctl.runs.disk import sync_folder, write_private
from mmpctl.signing.fitting import Fitted, NodeAnswer
from mmpctl.signing.requests import NodeRequests
from mmpctl.times import stamp

# Behind the name of a file whose certificate waits for the CAs above it.
INCOMPLETE: Final = ".incomplete"

_END: Final = b"-----END CERTIFICATE-----\n"

# A file that was there before needs no other origin.
_IN_PLACE: Final = "in place"


class Laid(NamedTuple):
    """One file that is in place.

    Args:
        file: its path.
        certificate: the one in it that is shown: of a bundle its first root.
        origin: where it came from.
        kept: where the file that was there before lies now; None if there was none, or the same.
    """

    file: Path
    certificate: Certificate
    origin: str
    kept: Path | None


def lay_down(
    answer: NodeAnswer, authorities: Sequence[Certificate], origins: Mapping[str, str], now: datetime
) -> list[Laid]:
    """Write the certificates of one node, each file whole or not at all.

    Args:
        answer: what came for it.
        authorities: what its cluster trusts.
        origins: where the authorities are from, by their fingerprints.
        now: aware; stands in the names of files that make room.

    Returns:
        The files in place.

    Raises:
        UsageError: one cannot be written; says which.
    """
    folder = answer.requests.folder
    laid = [
        _put(folder / f"{name}.cer", [one.leaf.certificate], one.leaf.origin, now)
        for name, one in answer.fitted.items()
    ]
    for one in answer.incomplete.values():
        # A CA need not sign it again: it is complete as soon as its CAs are named.
        keep(answer.requests, one, now)
    for name in answer.fitted:
        _waiting(folder, name).unlink(missing_ok=True)
    if authorities and laid:
        origin = ", ".join(dict.fromkeys(origins[one.fingerprint_sha256] for one in authorities))
        laid.append(_put(folder / CA_CERTIFICATE, authorities, origin, now))
    with _reported(folder):
        sync_folder(folder)
    return laid


def keep(requests: NodeRequests, one: Fitted, now: datetime) -> None:
    """Write a certificate beside its request, with the CAs above it that there are, so that nobody need sign it again.

    Args:
        requests: of the node.
        one: the certificate; it waits for others, or for the CAs above it.
        now: aware; stands in the name of a file that makes room.

    Raises:
        UsageError: it cannot be written; says which.
    """
    _put(_waiting(requests.folder, one.name), one.path, one.leaf.origin, now, grows=True)


def _waiting(folder: Path, name: str) -> Path:
    return folder / f"{name}.cer{INCOMPLETE}"


def _put(file: Path, held: Sequence[Certificate], origin: str, now: datetime, *, grows: bool = False) -> Laid:
    """Write a file; what was there before is kept, unless the file only grows by what is added."""
    content = _content(held)
    kept = None
    with _reported(file):
        before = file.read_bytes() if file.exists() else None
        added = before is not None and grows and _blocks(before) <= _blocks(content)
        if before is not None and before != content and not added:
            kept = file.with_name(f"{file.name}.before-{stamp(now)}")
            # Its name has to last before the new file takes its place.
            write_private(kept, before)
        if before != content:
            write_private(file, content, sync=False)
    # Of a bundle, the root is shown, as by a check.
    shown = next((one for one in held if one.self_issued), held[0])
    return Laid(file, shown, _IN_PLACE if before == content else origin, kept)


def _content(held: Sequence[Certificate]) -> bytes:
    return b"".join(one.x509.public_bytes(Encoding.PEM) for one in held)


def _blocks(content: bytes) -> set[bytes]:
    return set(content.split(_END))


@contextmanager
def _reported(place: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise UsageError(
            f"{place} cannot be written ({error.strerror})",
            code="sign",
            advice="Make room on the disk, or check the rights of the folder, and give the command again.",
        ) from error
