"""What a node's database really presents, beside the file that is configured for it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from mmpctl.audit.certificate_rows import CertificateRow
from mmpctl.certificates.certificate import Certificate
from mmpctl.certificates.fitness import Use, check_validity
from mmpctl.errors import MmpError
from mmpctl.findings.finding import Finding, finding
from mmpctl.severity import worst
from mmpctl.times import minute


def with_presented(
    rows: tuple[CertificateRow, ...], shown: Certificate | MmpError, now: datetime, due_days: int
) -> tuple[CertificateRow, ...]:
    """Return the rows of a node, its database server's with what was presented.

    Args:
        rows: of the node.
        shown: the certificate that its database presents, or why that could not be seen.
        now: aware.
        due_days: days of warning before a certificate expires.
    """
    return tuple(_compared(row, shown, now, due_days) if _is_servers(row) else row for row in rows)


def _is_servers(row: CertificateRow) -> bool:
    # Where the file could not be fetched, its first certificate is the server's own.
    return row.use == Use.SERVER.value and (row.is_own or (row.fingerprint is None and row.number == 0))


def _compared(row: CertificateRow, shown: Certificate | MmpError, now: datetime, due_days: int) -> CertificateRow:
    if isinstance(shown, MmpError):
        id_ = "not-protected" if shown.code == "probe-no-tls" else "not-presented"
        return replace(row, findings=(*row.findings, finding(id_, row.file, detail=shown.told)))
    row = replace(row, presented=shown.facts)
    if _is_same(row, shown):
        return row
    facts = shown.facts
    detail = f"serial {facts.serial}, from {minute(facts.not_before)} to {minute(facts.not_after)}"
    differs = finding("presented-differs", row.file, detail=detail)
    return replace(row, findings=(*row.findings, _as_grave(differs, shown, now, due_days)))


def _is_same(row: CertificateRow, shown: Certificate) -> bool:
    if row.fingerprint is not None:
        return row.fingerprint == shown.fingerprint_sha256
    facts = row.facts
    return facts is not None and (facts.serial, facts.not_after) == (shown.facts.serial, shown.facts.not_after)


def _as_grave(found: Finding, shown: Certificate, now: datetime, due_days: int) -> Finding:
    """Return the finding as grave as the presented certificate's own state, if that is graver."""
    told = [found.severity, *(each.severity for each in check_validity(shown.facts, found.file, now, due_days))]
    return replace(found, severity=worst(told))
