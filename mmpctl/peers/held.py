"""One certificate as others judge it: in a file that a service presents, or in a store."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from mmpctl.cluster.certificate_facts import same_name


@dataclass(frozen=True, slots=True)
class Held:
    """One certificate.

    Args:
        sha256: over the DER form, lower-case hex.
        subject: one line, as OpenSSL prints it.
        issuer: likewise.
        not_after: aware, UTC.
        is_ca: it may sign others.
        key_id: what names its key, lower-case hex; empty if it does not say.
        issuer_key_id: what names its issuer's key, likewise.
    """

    sha256: str
    subject: str
    issuer: str
    not_after: datetime
    is_ca: bool
    key_id: str = ""
    issuer_key_id: str = ""

    @property
    def is_root(self) -> bool:
        """It names itself as its issuer."""
        return same_name(self.subject, self.issuer)

    def may_have_signed(self, other: Held) -> bool:
        """Return whether the other names this CA, and if both name a key, this CA's key.

        Args:
            other: any certificate.
        """
        if not self.is_ca or not same_name(self.subject, other.issuer):
            return False
        return not self.key_id or not other.issuer_key_id or self.key_id == other.issuer_key_id
