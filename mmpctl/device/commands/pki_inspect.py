"""`pki inspect`: what the device reports about a file, and about the certificates in it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone

from mmpctl.cluster.certificate_facts import CertificateFacts
from mmpctl.device.answers.pki_extensions import without_raw_extensions
from mmpctl.device.answers.read_command import ReadCommand
from mmpctl.device.answers.ttp_reader import Answer, Line

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_ONCE = ("issuer", "not_before", "not_after", "subject", "public_key_algorithm", "public_key_bits", "bitless", "serial")
_REQUIRED = ("subject", "issuer", "serial", "not_before", "not_after", "signature_algorithm", "public_key_algorithm")
# Lines that may stand above a certificate, and those that tell of a key, a request or a file that is neither.
_PREAMBLE = ("found", "missing", "absent", "certificate_kind")
_OTHER = ("other", "other_kind", "complaint")
# Lines that tell what the file is; those among them that may call it a key.
_KINDS = ("certificate_kind", "other_kind", "complaint", "other")
_KEY = re.compile(r"\bkey\b", re.IGNORECASE)
# In an answer that is not understood: it may call the file a private key in words of its own.
_PRIVATE = re.compile(r"^(?!.*\b(?:not|no|without|nor)\b).*\bprivate[ _-]?key\b.*$", re.IGNORECASE | re.MULTILINE)
# Twice the digits of the longest serial number of a certificate (20 bytes).
_LONGEST_NUMBER = 100
# Where a line of bytes may stand, and what it is there.
_NOWHERE, _SERIAL, _DUMP = "nowhere", "serial", "dump"


@dataclass(frozen=True, slots=True)
class PkiInspection:
    """The answer of `pki inspect <file>`.

    Args:
        found: the device has the file.
        certificates: those in the file, in its order; none for keys and requests.
        kind: the line on what the file is, as printed, e.g. `File format not recognised`; empty if there is none.
        is_key: that line calls it a key: such a file is never fetched.
    """

    found: bool
    certificates: tuple[CertificateFacts, ...]
    kind: str = field(default="", metadata={"json": False})
    is_key: bool = field(default=False, metadata={"json": False})


@dataclass(slots=True)
class _Draft:
    """One certificate while its lines are read."""

    first: Line
    facts: dict[str, str] = field(default_factory=dict)
    bytes_are: str = _NOWHERE


def key_in_other_words(text: str) -> PkiInspection | None:
    """Return the inspection of a file that an answer calls a private key, although not all of it is understood.

    Args:
        text: of an answer that was refused.
    """
    line = _PRIVATE.search(text)
    return PkiInspection(found=True, certificates=(), kind=line[0].strip(), is_key=True) if line else None


def inspection_of(answer: Answer) -> PkiInspection:
    """Build the inspection from an answer whose lines are all claimed.

    Args:
        answer: of `pki inspect`, by its template.

    Raises:
        ParseError: lines that contradict each other, stand alone, or are missing.
    """
    certificates: list[CertificateFacts] = []
    draft: _Draft | None = None
    other = False  # What follows is a key's or a request's: nothing is taken from it.
    said: set[str] = set()
    for line in answer.lines:
        said.update(line.fields)
        if "certificate" in line.fields:
            certificates += _finished(answer, draft)
            draft, other = _Draft(line), False
        elif not line.fields.keys().isdisjoint(_OTHER):
            certificates += _finished(answer, draft)
            draft, other = None, True
        elif draft:
            _take(answer, draft, line)
        elif not other and line.fields.keys().isdisjoint(_PREAMBLE):
            raise answer.error("belongs to no certificate", line)
    certificates += _finished(answer, draft)
    _check(answer, said, certificates=bool(certificates))
    # Only an answer that says so means that there is no such file: all others passed the check as something found.
    kind = next((line for line in answer.lines if not line.fields.keys().isdisjoint(_KINDS)), None)
    return PkiInspection(
        found=said.isdisjoint(("missing", "absent")),
        certificates=tuple(certificates),
        kind=kind.text.strip() if kind else "",
        is_key=any(_is_key(line) for line in answer.lines),
    )


def _is_key(line: Line) -> bool:
    fields = line.fields
    # A request has a public key, which its text shows too.
    calls = "other_kind" in fields or (fields.get("other") == "Private-Key")
    return calls and bool(_KEY.search(line.text)) and "request" not in line.text.lower()


def _check(answer: Answer, said: set[str], *, certificates: bool) -> None:
    absent = not said.isdisjoint(("missing", "absent"))
    if absent and (certificates or not said.isdisjoint(("certificate_kind", "other", "other_kind"))):
        raise answer.error("reports both that the file is there and that it is not")
    if "complaint" in said and (certificates or "found" not in said):
        raise answer.error("is an error message, not an inspection")
    if not absent and not certificates and ("certificate_kind" in said or said.isdisjoint(_OTHER)):
        raise answer.error("is incomplete, without the certificate")


def _take(answer: Answer, draft: _Draft, line: Line) -> None:
    fields = dict(line.fields)
    if not fields.keys().isdisjoint(("found", "missing", "absent")):
        raise answer.error("stands in the middle of a certificate", line)
    if "bytes" in fields and draft.bytes_are == _DUMP:
        return
    fields |= _serial(answer, draft, line)
    if "signature_algorithm" in fields and "signature_algorithm" in draft.facts:
        if fields["signature_algorithm"] != draft.facts["signature_algorithm"]:
            raise answer.error("contradicts the signature algorithm above", line)
        # Old OpenSSL prints the signature right below, without a heading.
        fields["dump"] = ""
    for name in _ONCE:
        if name in fields and name in draft.facts:
            raise answer.error("repeats an earlier line", line)
    draft.facts.update(fields)
    draft.bytes_are = _bytes_below(draft, fields)


def _bytes_below(draft: _Draft, fields: Mapping[str, str]) -> str:
    if "serial_begin" in fields:
        return _SERIAL
    if "dump" in fields or ("parameter" in fields and draft.bytes_are == _DUMP):
        return _DUMP
    return _NOWHERE


def _serial(answer: Answer, draft: _Draft, line: Line) -> dict[str, str]:
    # As `format(number, "x")` of cryptography's serial_number, so that the two can be compared.
    fields = line.fields
    below = not fields.keys().isdisjoint(("bytes", "negative_bytes", "hex_below"))
    if below and draft.bytes_are != _SERIAL:
        raise answer.error("is a number that belongs to nothing", line)
    octets = fields.get("serial_bytes") or fields.get("negative_bytes") or fields.get("bytes")
    if octets:
        sign = "-" if "negative_bytes" in fields else ""
        return {"serial": sign + format(int(octets.replace(":", ""), 16), "x")}
    number = fields.get("serial_hex") or fields.get("hex_below")
    if number is None:
        return {}
    decimal = fields.get("serial_number") or fields.get("number_below")
    if decimal is not None and _whole(answer, decimal) != int(number, 16):
        raise answer.error("contains two serial numbers", line)
    return {"serial": format(int(number, 16), "x")}


def _finished(answer: Answer, draft: _Draft | None) -> list[CertificateFacts]:
    if draft is None:
        return []
    facts = draft.facts
    answer.require(facts, _REQUIRED, draft.first)
    # Only keys of one fixed size come without it; everywhere else a missing size is a text cut short.
    if "public_key_bits" not in facts and "bitless" not in facts:
        raise answer.error("is incomplete, without the size of the public key", draft.first)
    return [
        CertificateFacts(
            subject=facts["subject"],
            issuer=facts["issuer"],
            serial=facts["serial"],
            not_before=_time(answer, facts["not_before"]),
            not_after=_time(answer, facts["not_after"]),
            signature_algorithm=facts["signature_algorithm"],
            public_key_algorithm=facts["public_key_algorithm"],
            public_key_bits=_whole(answer, facts["public_key_bits"]) if "public_key_bits" in facts else None,
        )
    ]


def _whole(answer: Answer, digits: str) -> int:
    # Python refuses to read thousands of digits, with an error of its own.
    if len(digits) > _LONGEST_NUMBER:
        raise answer.error("contains a number that is too long")
    return int(digits)


def _time(answer: Answer, text: str) -> datetime:
    """Return a moment that OpenSSL prints: in UTC, also if the word for it is missing, as the certificate has none."""
    try:
        if text[0].isdigit():
            return datetime.fromisoformat(text.partition(".")[0]).replace(tzinfo=timezone.utc)
        # Not strptime: its names of months follow the user's locale.
        month, day, clock, year = text.split()
        hour, minute, second = (int(part) for part in clock.partition(".")[0].split(":"))
        number = _MONTHS.index(month.capitalize()) + 1
        return datetime(int(year), number, int(day), hour, minute, second, tzinfo=timezone.utc)
    except ValueError as error:
        raise answer.error(f"contains a time that does not exist: {text!r}") from error


PKI_INSPECT = ReadCommand(
    "pki inspect",
    "pki_inspect",
    inspection_of,
    while_reading=True,
    offline=True,
    files=1,
    long=True,
    prepare=without_raw_extensions,
)
COMMANDS = (PKI_INSPECT,)
