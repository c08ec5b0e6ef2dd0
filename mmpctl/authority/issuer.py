"""A private CA that issues certificates, and what nodes are to trust beside them."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from mmpctl.authority import index as indexes
from mmpctl.authority.ca_folder import CaFolder
from mmpctl.authority.index import Index, Issued
from mmpctl.authority.issue import Order, Signer, make_leaf
from mmpctl.authority.profile import LEAF_BACKDATED
from mmpctl.certificates.certificate import one_line
from mmpctl.errors import UsageError
from mmpctl.times import minute

# Issued for the same request, and ending no earlier than this before the wanted end: it is the same certificate.
_SAME = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Wanted:
    """One certificate that is wanted of the CA.

    Args:
        order: what it is for.
        request_sha256: digest of the request (DER), lower-case hex.
        node: inventory name of the node.
        cluster: of the node; empty for none.
    """

    order: Order
    request_sha256: str
    node: str
    cluster: str


def trusted(ca: CaFolder, now: datetime) -> bytes:
    """Return what nodes are to trust (`ca.cer`): issuing certificates and roots, the current ones first, roots last.

    Args:
        ca: the folder.
        now: aware; older certificates that have expired are left out.

    Returns:
        PEM.
    """
    state = ca.state
    older = [name for name in state.older if ca.certificate(name).not_valid_after_utc > now]
    names = sorted((state.issuing, state.root, *older), key=lambda name: name.startswith("root-"))
    return b"".join(ca.certificate(name).public_bytes(Encoding.PEM) for name in names)


class Issuer:
    """A CA that issues, as long as it is kept to this process.

    Args:
        name: of the issuing certificate.
        signer: it, with its key.
        index: what was issued.
        trust: what nodes are to trust, PEM.
        now: aware.
    """

    def __init__(self, name: str, signer: Signer, index: Index, trust: bytes, now: datetime) -> None:
        self._name = name
        self._signer = signer
        self._index = index
        self._now = now
        self.trust = trust

    @property
    def not_after(self) -> datetime:
        """When the issuing certificate ends: nothing that it signs ends later."""
        return self._signer.certificate.not_valid_after_utc

    def issue(self, wanted: Sequence[Wanted]) -> list[Issued]:
        """Issue certificates, all of them or none; those that were issued for the same requests before are given again.

        Args:
            wanted: for which requests.

        Returns:
            One for each, in their order, on the disk when this returns.

        Raises:
            UsageError: they cannot be kept; none of them counts as issued.
        """
        before = [self._before(one) for one in wanted]
        issued = [old or self._issued(one) for one, old in zip(wanted, before, strict=True)]
        self._index.add([new for new, old in zip(issued, before, strict=True) if old is None])
        return issued

    def _before(self, wanted: Wanted) -> Issued | None:
        found = self._index.of_request(wanted.request_sha256, self._name, wanted.order.purpose)
        end = min(wanted.order.not_after, self.not_after)
        # What was issued while the clock was ahead is valid from then on only, and of no use until then.
        lasts = found is not None and found.not_after >= end - _SAME and found.issued_at <= self._now + LEAF_BACKDATED
        return found if lasts else None

    def _issued(self, wanted: Wanted) -> Issued:
        made = make_leaf(wanted.order, self._signer, self._now)
        return Issued(
            serial=format(made.serial_number, "x"),
            subject=one_line(made.subject),
            not_after=made.not_valid_after_utc,
            purpose=wanted.order.purpose,
            node=wanted.node,
            cluster=wanted.cluster,
            request_sha256=wanted.request_sha256,
            issuer=self._name,
            issued_at=self._now,
            certificate=made.public_bytes(Encoding.PEM).decode("ascii"),
        )


@contextmanager
def issuer(path: Path, passphrase: str, now: datetime) -> Iterator[Issuer]:
    """Open a CA to issue certificates, and keep it to this process; another one waits for its turn.

    Args:
        path: the folder.
        passphrase: that opens the key of the issuing certificate.
        now: aware.

    Raises:
        UsageError: it cannot be used, or its issuing certificate has expired or is not valid yet.
    """
    with held(path) as (ca, index):
        name = ca.state.issuing
        signer = ca.signer(name, passphrase)
        if signer.certificate.not_valid_after_utc <= now:
            raise UsageError(
                f"the issuing certificate {name}.cer of {path} has expired",
                code="ca",
                advice=f"Make a new one with `mmpctl ca renew {shlex.quote(str(path))}`.",
            )
        require_begun(signer.certificate, path / f"{name}.cer", now)
        yield Issuer(name, signer, index, trusted(ca, now), now)


def require_begun(certificate: x509.Certificate, file: Path, now: datetime) -> None:
    """Make sure that a CA's certificate is valid already: if it is not, the clock is wrong.

    Args:
        certificate: of the CA.
        file: where it lies, for the message.
        now: aware.

    Raises:
        UsageError: by the clock, it is not.
    """
    begin = certificate.not_valid_before_utc
    if begin > now:
        raise UsageError(
            f"{file} is not valid before {minute(begin)}, and the clock of this machine shows {minute(now)}",
            code="ca",
            advice="Set the clock, and give the command again.",
        )


@contextmanager
def held(path: Path) -> Iterator[tuple[CaFolder, Index]]:
    """Open a CA that nobody else changes meanwhile.

    Args:
        path: the folder.

    Raises:
        UsageError: it is no CA, or is damaged.
    """
    CaFolder(path)  # what is no CA is told as that
    with indexes.opened(path) as index:
        yield CaFolder(path), index
