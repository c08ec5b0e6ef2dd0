"""Read PEM text as certificates and keys, and name every fault of such a file."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from cryptography.exceptions import UnsupportedAlgorithm

from mmpctl.certificates.binary import CERTIFICATE, KEY, Kind, binary_finding, first_element, is_pkcs7, recipe
from mmpctl.certificates.certificate import Certificate, public_digest
from mmpctl.certificates.lenient import any_certificate_of
from mmpctl.certificates.openssl import loaded_from_pem, loads_each
from mmpctl.certificates.pem import PemText, blocks_of, der_of, encoding_of, has_blocks, pem
from mmpctl.certificates.private_key import private_key_of
from mmpctl.findings.finding import Finding, as_deployed, finding, refusal

_BROKEN = ("truncated", "damaged")
_OF_ITS_FORM = ("bom", "crlf", "bare-cr", "odd-characters", "stray-text")
# The trust stores of operating systems hold 150 to 450.
MOST_CERTIFICATES = 500
_TRUSTED = "TRUSTED CERTIFICATE"
_CERTIFICATES = ("CERTIFICATE", "X509 CERTIFICATE", _TRUSTED)
_KEYS = ("PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY", "DSA PRIVATE KEY")
# Labels of blocks that are neither certificate nor key: the finding, and the words for what was found.
_FOREIGN = {
    "CERTIFICATE REQUEST": ("csr", "a certificate request"),
    "NEW CERTIFICATE REQUEST": ("csr", "a certificate request"),
    "PKCS7": ("pkcs7", "a PKCS#7 bundle"),
    "PKCS #7 SIGNED DATA": ("pkcs7", "a PKCS#7 bundle"),
    "CMS": ("pkcs7", "a PKCS#7 bundle"),
    _TRUSTED: ("trusted-certificate", "a trusted certificate"),
    "OPENSSH PRIVATE KEY": ("openssh-key", "a private key in OpenSSH's form"),
    "ENCRYPTED PRIVATE KEY": ("encrypted-key", "a protected private key"),
}


@dataclass(frozen=True, slots=True)
class PrivateKey:
    """An unprotected private key; only the digest of its public part is kept.

    Args:
        key_sha256: lower-case hex, over the public key (SubjectPublicKeyInfo).
    """

    key_sha256: str


@dataclass(frozen=True, slots=True)
class Reading:
    """What a file holds.

    Args:
        certificates: in the order of the file.
        keys: likewise.
        findings: what is wrong with the file.
    """

    certificates: tuple[Certificate, ...] = ()
    keys: tuple[PrivateKey, ...] = ()
    findings: tuple[Finding, ...] = ()


def read(data: bytes, file: str, kind: Kind) -> Reading:
    """Read a file, whatever is in it; never raises.

    Args:
        data: the bytes.
        file: path here, or name on the device; only for the findings.
        kind: what the file should hold, `CERTIFICATE` or `KEY`.
    """
    hopeless = _no_text(data, file, kind)
    if hopeless:
        return Reading(findings=(hopeless,))
    text = blocks_of(data)
    findings = _form_findings(data, text, file, kind)
    certificates: list[Certificate] = []
    forms: list[bytes] = []
    keys: list[PrivateKey] = []
    others: list[tuple[str, str]] = []
    for label, body in map(_named_as_it_is, text.blocks):
        if len(certificates) == MOST_CERTIFICATES:
            findings.append(finding("too-many", file, most=str(MOST_CERTIFICATES)))
            break
        try:
            if label in _CERTIFICATES:
                der = first_element(der_of(body)) if label == _TRUSTED else der_of(body)
                certificates.append(any_certificate_of(der))
                forms.append(der)
                others += [_FOREIGN[label]] if label == _TRUSTED else []
            elif label in _KEYS:
                keys.append(_key(label, body))
            elif label != "EC PARAMETERS":  # OpenSSL writes them before a key, and skips them when it reads.
                others.append(_FOREIGN.get(label, ("", f"a block {label}")))
        except ValueError:  # the library's words are about its own insides
            findings.append(finding("damaged", file, detail=f"the content of a block {label} cannot be read"))
    found = Reading(tuple(certificates), tuple(keys))
    for odd in (each for each in certificates if each.odd and kind == CERTIFICATE):
        findings.append(finding("encoding", file, detail=f"{', '.join(odd.odd)} of [{odd.facts.subject}]"))
    if kind == CERTIFICATE:
        findings += _country_findings(certificates, file)
    misfits = _key_misfits if kind == KEY else _certificate_misfits
    told = any(each.id in _BROKEN for each in findings)
    findings += misfits(found, others, file, told)
    if kind == CERTIFICATE and certificates and not any(as_deployed(each).refuses for each in findings):
        findings += _not_loaded(data, forms, certificates, file)
    return Reading(found.certificates, found.keys, tuple(findings))


def _named_as_it_is(block: tuple[str, list[str]]) -> tuple[str, list[str]]:
    """Return a block with the label of what is in it, if its own tells less."""
    label, body = block
    if label in _KEYS and any("ENCRYPTED" in line for line in body[:2]):
        return "ENCRYPTED PRIVATE KEY", body
    # Microsoft's programs call a whole chain a certificate.
    with suppress(ValueError):
        return ("PKCS7" if label in _CERTIFICATES and is_pkcs7(der_of(body)) else label), body
    return block


def _country_findings(certificates: list[Certificate], file: str) -> Iterator[Finding]:
    for each in certificates:
        if each.countries:
            detail = f"{' and '.join(map(repr, each.countries))} in [{each.facts.subject}]"
            yield finding("country", file, detail=detail)


def _not_loaded(data: bytes, forms: list[bytes], certificates: list[Certificate], file: str) -> Iterator[Finding]:
    """Yield a finding if OpenSSL reads less than was read here; the device will do as OpenSSL does."""
    # Of a file that OpenSSL itself might have written, nothing but a certificate can be unreadable.
    if data == b"".join(pem("CERTIFICATE", der) for der in forms) and loads_each(forms):
        return
    loaded, held = loaded_from_pem(data), len({each.fingerprint_sha256 for each in certificates})
    if loaded < held:
        yield finding("not-loaded", file, detail=f"it loads {loaded} of {held} certificates")


def read_certificates(data: bytes, file: str) -> tuple[Certificate, ...]:
    """Return the certificates of a file whose form may have small faults (CRLF, text around the blocks).

    Args:
        data: the bytes.
        file: path here, or name on the device; only for the error.

    Raises:
        RefusedError: there is no certificate, or one that cannot be understood; `code` is the finding's id.
    """
    reading = read(data, file, CERTIFICATE)
    broken = next((each for each in reading.findings if each.id in _BROKEN), None)
    if broken or not reading.certificates:
        raise refusal(broken or _gravest(reading.findings))
    return reading.certificates


def _no_text(data: bytes, file: str, kind: Kind) -> Finding | None:
    """Return what the bytes are where they are no PEM text at all."""
    if not data.strip():
        return finding("empty", file)
    if encoding := encoding_of(data):
        return finding("utf16", file, encoding=encoding)
    return None if has_blocks(data) else binary_finding(data, file, kind)


def _form_findings(data: bytes, text: PemText, file: str, kind: Kind) -> list[Finding]:
    """Faults in the form of a text that can be read all the same."""
    spelled = not text.misspelled
    faults = {
        "bom": text.mark,
        "bare-cr": text.returns,
        "crlf": b"\r" in data and not text.returns,
        "odd-characters": text.odd,
        "truncated": text.broken,
        "pem-lines": not spelled,
        "blank-lines": text.blank_lines and spelled,
        "loose-base64": text.loose and not text.blank_lines and spelled,
        "stray-text": text.stray and not text.broken and spelled,
    }
    words = {**recipe(kind, der=False), "detail": text.misspelled}
    return [finding(id_, file, **words) for id_, true in faults.items() if true]


def _gravest(findings: tuple[Finding, ...]) -> Finding:
    """Return what is in the file says more than how it is written."""
    return next((each for each in findings if each.id not in _OF_ITS_FORM), findings[0])


def _certificate_misfits(found: Reading, others: list[tuple[str, str]], file: str, told: bool) -> Iterator[Finding]:
    if found.certificates:
        if found.keys or any(id_ in ("openssh-key", "encrypted-key") for id_, _ in others):
            yield finding("key-in-certificate", file)
        elif _FOREIGN[_TRUSTED] in others:
            yield finding("trusted-certificate", file)
        elif others:
            yield finding("stray-text", file, **recipe(CERTIFICATE, der=False))
    elif found.keys:
        yield finding("not-a-certificate", file, found="a private key")
    else:
        yield from _foreign(others, file, CERTIFICATE, told)


def _key_misfits(found: Reading, others: list[tuple[str, str]], file: str, told: bool) -> Iterator[Finding]:
    if len(found.keys) > 1:
        yield finding("several-keys", file)
    if found.keys:
        if found.certificates:
            yield finding("certificate-in-key", file)
        elif others:
            yield finding("stray-text", file, **recipe(KEY, der=False))
    elif found.certificates and not others:
        yield finding("not-a-key", file, found="a certificate")
    else:
        yield from _foreign(others, file, KEY, told)


def _foreign(others: list[tuple[str, str]], file: str, kind: Kind, told: bool) -> Iterator[Finding]:
    """Findings on a file that holds nothing of what it should."""
    wrong = "not-a-key" if kind == KEY else "not-a-certificate"
    here = {KEY: ("csr", "openssh-key", "encrypted-key"), CERTIFICATE: ("csr", "pkcs7", "trusted-certificate")}[kind]
    known = next((id_ for id_, _ in others if id_ in here), None)
    if known:
        yield finding(known, file, **recipe(kind, der=False))
    elif others:
        yield finding(wrong, file, found=others[0][1])
    elif not told:
        yield finding(wrong, file, found="nothing that can be used")


def _key(label: str, body: list[str]) -> PrivateKey:
    # The library skips what is no base64, and stops at blank lines.
    text = base64.encodebytes(der_of(body)).decode("ascii")
    try:
        key = _key_in(f"-----BEGIN {label}-----\n{text}-----END {label}-----\n")
    except ValueError:
        # OpenSSL looks into the key, too, if it is not as its label has it.
        key = _key_in(f"-----BEGIN PRIVATE KEY-----\n{text}-----END PRIVATE KEY-----\n")
    return key


def _key_in(text: str) -> PrivateKey:
    try:
        return PrivateKey(public_digest(private_key_of(text.encode("ascii")).public_key()))
    except UnsupportedAlgorithm as error:
        raise ValueError(str(error)) from error
