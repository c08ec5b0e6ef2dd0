"""The rows of an audit: each certificate that a node uses, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from mmpctl.certificates.certificate import Certificate
from mmpctl.certificates.certificate_places import Place
from mmpctl.certificates.chain import build_chain
from mmpctl.certificates.fitness import Use
from mmpctl.certificates.in_use_checks import check_inspected, check_leaf, check_other, exchanged, leaf_of
from mmpctl.cluster.certificate_facts import CertificateFacts
from mmpctl.findings.finding import Finding, as_deployed, finding
from mmpctl.severity import Severity, worst
from mmpctl.tasks.node_facts import FileSeen, NodeFacts

_OF_AN_EXCHANGE = ("client-cn", "eku")
FETCHED, INSPECTED = "sftp", "pki inspect"


@dataclass(frozen=True, slots=True)
class CertificateRow:
    """One certificate in one place of one node.

    Args:
        use: the place, in the words of the JSON contract; a CA beside a leaf is the service's `… ca`.
        file: its name on the device.
        number: its place in the file, from 0.
        facts: None if nothing of it is known.
        days_left: whole days until it expires, negative afterwards.
        findings: what is wrong with it.
        source: `sftp` or `pki inspect`; None if neither told anything.
        ca: it is a CA's; None if that is not known.
        fingerprint: SHA-256 over the DER form, lower-case hex; None if the file was not fetched.
        key_sha256: of its public key, likewise.
        chain: subjects from it up, as far as its CA file and its own file lead.
        signers: the fingerprints of the same certificates.
        is_own: it is a node's or service's own, not one that it trusts.
        fits: whether the node's key fits it; None if there is none, or the device gave no verdict.
        presented: what the database presents in its place; None if that was not asked or not seen.
        names: host names and addresses beside the subject; None if they are not known.
    """

    use: str
    file: str
    number: int
    facts: CertificateFacts | None
    days_left: int | None
    findings: tuple[Finding, ...]
    source: str | None = None
    ca: bool | None = None
    fingerprint: str | None = None
    key_sha256: str | None = None
    chain: tuple[str, ...] = ()
    signers: tuple[str, ...] = ()
    is_own: bool = False
    fits: bool | None = None
    presented: CertificateFacts | None = None
    names: tuple[str, ...] | None = None

    @property
    def severity(self) -> Severity:
        """The worst of its findings; notes do not count."""
        return worst(one.severity for one in self.findings)


def rows_of(seen: NodeFacts, now: datetime, due_days: int) -> tuple[CertificateRow, ...]:
    """Return the rows of one node, in the order of its places.

    Args:
        seen: what was found on it.
        now: aware.
        due_days: days of warning before a certificate expires.
    """
    rows = (row for place in seen.places for row in _rows(place, seen, now, due_days))
    # Two places may use one file: its CAs are told once.
    once = {(row.use, row.file, row.number): row for row in rows}.values()
    return tuple(_with_exchange(tuple(once), seen))


def _with_exchange(rows: Sequence[CertificateRow], seen: NodeFacts) -> Iterator[CertificateRow]:
    """The rows; where the database's server and client certificates are swapped, with that instead of what follows."""
    own = {row.use: row for row in rows if row.is_own and row.use in (Use.SERVER.value, Use.CLIENT.value)}
    held = {use: leaf_of(seen.files[row.file].certificates) for use, row in own.items()}
    swapped = len(own) == 2 and exchanged(held[Use.SERVER.value], held[Use.CLIENT.value])
    for row in rows:
        if swapped and row is own.get(row.use):
            other = own[(Use.CLIENT if row.use == Use.SERVER.value else Use.SERVER).value]
            told = finding("swapped", row.file, other=other.file, detail="CN=postgres is where the server's should be")
            rest = (each for each in row.findings if each.id not in _OF_AN_EXCHANGE)
            yield replace(row, findings=(told, *rest))
        else:
            yield row


def _rows(place: Place, seen: NodeFacts, now: datetime, due_days: int) -> Iterator[CertificateRow]:
    file = seen.files[place.file]
    fits = seen.fits.get((place.key, place.file)) if place.key else None
    lost = (finding("missing", place.key),) if place.key in seen.lost_keys and place.key else ()
    if file.missing:
        yield CertificateRow(place.use, file.name, 0, None, None, (finding("missing", file.name), *lost))
    elif file.certificates:
        authority = seen.files.get(place.authority or "")
        roots = authority.certificates if authority else ()
        for row in _fetched(place, file, roots, fits, now, due_days):
            yield replace(row, findings=(*row.findings, *lost)) if row.is_own else row
    elif file.inspected:
        yield from _inspected(place, file, fits, lost, now, due_days)
    else:
        yield CertificateRow(place.use, file.name, 0, None, None, (*_unread(file), *lost))


def _inspected(
    place: Place, file: FileSeen, fits: bool | None, lost: Sequence[Finding], now: datetime, due_days: int
) -> Iterator[CertificateRow]:
    why = file.error.message if file.error else "the fetched file is not the one that the device shows"
    note = finding("by-inspect", file.name, detail=why)
    for number, facts in enumerate(file.inspected or ()):
        # A file begins with the node's own certificate; what follows in it are CAs.
        own = number == 0 and not place.bundle
        found = check_inspected(facts, place, now=now, due_days=due_days, fits=fits if own else None, own=own)
        yield CertificateRow(
            use=place.use if own or place.bundle else f"{place.service} ca",
            file=file.name,
            number=number,
            facts=facts,
            days_left=(facts.not_after - now).days,
            findings=(*found, *(lost if own else ()), *map(as_deployed, file.findings), note),
            source=INSPECTED,
            fits=fits if own else None,
        )


def _unread(file: FileSeen) -> Iterator[Finding]:
    """Yield why nothing is known of the certificates in a file."""
    if file.findings:
        yield from map(as_deployed, file.findings)
    elif file.reported and not file.inspected:
        # What the device reports is all that is known: its own words, not a conclusion from them.
        yield finding("not-a-certificate", file.name, found=f"what `pki inspect` reports as {file.reported!r}")
    else:
        yield finding("not-read", file.name, detail=file.error.message if file.error else "it holds no certificate")


def _fetched(
    place: Place, file: FileSeen, roots: Sequence[Certificate], fits: bool | None, now: datetime, due_days: int
) -> Iterator[CertificateRow]:
    held = file.certificates
    leaf = None if place.bundle else leaf_of(held)
    doubt = (*map(as_deployed, file.findings), *_doubt(file))
    for number, one in enumerate(held):
        if one in held[:number]:
            continue  # a file that was joined twice
        if one is leaf:
            findings = check_leaf(held, place, now=now, due_days=due_days, authority=roots, fits=fits)
        else:
            findings = check_other(one, place, now=now, due_days=due_days)
        path = build_chain(one, held, roots).path
        yield CertificateRow(
            use=place.use if place.bundle or one is leaf else f"{place.service} ca",
            file=file.name,
            number=number,
            facts=one.facts,
            days_left=(one.facts.not_after - now).days,
            findings=(*findings, *doubt),
            source=FETCHED,
            ca=one.is_ca,
            fingerprint=one.fingerprint_sha256,
            key_sha256=one.key_sha256,
            chain=tuple(each.facts.subject for each in path),
            signers=tuple(each.fingerprint_sha256 for each in path),
            is_own=one is leaf,
            fits=fits if one is leaf else None,
            names=(*one.host_names, *one.addresses),
        )


def _doubt(file: FileSeen) -> Iterator[Finding]:
    if file.inspected is None or any(as_deployed(each).refuses for each in file.findings):
        # Of a file that OpenSSL cannot read, the device shows nothing, or less.
        return
    fetched = [(one.facts.serial, one.facts.not_after) for one in file.certificates]
    shown = [(one.serial, one.not_after) for one in file.inspected]
    # Some releases may show the first certificate of a chain only.
    if shown != fetched[: max(len(shown), 1)]:
        detail = f"serial {shown[0][0]} there, {fetched[0][0]} here" if shown else "it shows none"
        yield finding("inspect-differs", file.name, detail=detail)
