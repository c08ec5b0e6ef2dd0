"""Certificates that OpenSSL reads although a part is encoded against the rules of DER, as several makers of CAs do it.

Each part is tried by itself. A part that the strict reader refuses is put into its proper form, or left out where that
cannot be done; the signature is still checked over the bytes as they came.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timezone

from cryptography import x509
from pyasn1.codec.ber.decoder import decode
from pyasn1.codec.der.encoder import encode
from pyasn1.error import PyAsn1Error
from pyasn1.type import char, tag, univ, useful
from pyasn1_modules import rfc5280

from mmpctl.certificates.certificate import Certificate, algorithm_name, certificate_of
from mmpctl.certificates.openssl import loads_der

# A longer one is no certificate of a server, and this way of reading is slow.
_LONGEST = 64 * 1024
# Encodings of texts by the number of their type; others are read as UTF-8, or else as Latin-1.
_CHARACTERS = {0x1C: "utf-32-be", 0x1E: "utf-16-be"}
_FALSE, _TRUE = b"\x01\x01\x00", b"\x01\x01\xff"
_BOOLEAN, _VERSION, _EXTENSIONS = 0x01, 0xA0, 0xA3
_TAG = tag.Tag(tag.tagClassContext, tag.tagFormatConstructed, 3)
_VERSIONS = (b"", bytes.fromhex("a003020101"), bytes.fromhex("a003020102"))
_NULL = bytes.fromhex("0500")
# What is wrong where every part by itself is as it should be.
_FRAME = "the lengths around its parts"
_EMPTY_SIGNATURE = bytes.fromhex("030100")
# The extensions that decide about a certificate's use, with the form of their values.
_VALUES: dict[x509.ObjectIdentifier, type[univ.Sequence | univ.BitString | univ.SequenceOf]] = {
    x509.BasicConstraints.oid: rfc5280.BasicConstraints,
    x509.KeyUsage.oid: rfc5280.KeyUsage,
    x509.ExtendedKeyUsage.oid: rfc5280.ExtKeyUsageSyntax,
}


@dataclass(frozen=True, slots=True)
class _Parts:
    """A certificate's content by its parts, each as encoded; at first those of a plain one, to try others beside."""

    serial: bytes = bytes.fromhex("020101")
    algorithm: bytes = bytes.fromhex("300a06082a8648ce3d040302")
    issuer: bytes = bytes.fromhex("3000")
    dates: bytes = bytes.fromhex("301e170d3236303130313030303030305a170d3336303130313030303030305a")
    subject: bytes = bytes.fromhex("3000")
    # The base point of P-256: everybody's key, that nothing is verified with.
    key: bytes = bytes.fromhex(
        "3039301306072a8648ce3d020106082a8648ce3d030107032200036b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
    )
    extensions: tuple[bytes, ...] = ()

    def read(self) -> Certificate:
        """Read them as one certificate with the strict reader; raises ValueError."""
        held = encode(_sequence(self.extensions, tagged=True)) if self.extensions else b""
        fields = (self.serial, self.algorithm, self.issuer, self.dates, self.subject, self.key, held)
        content = encode(_sequence((_VERSIONS[2], *filter(None, fields))))
        return certificate_of(encode(_sequence((content, self.algorithm, _EMPTY_SIGNATURE))))


def any_certificate_of(der: bytes) -> Certificate:
    """Read a certificate; one that only OpenSSL reads names in `odd` what is wrong with it.

    Args:
        der: the binary form.

    Raises:
        ValueError: it is no certificate, or neither OpenSSL nor this reader understands it.
    """
    try:
        return certificate_of(der)
    except ValueError:
        return _lenient(der)


def _lenient(der: bytes) -> Certificate:
    if len(der) > _LONGEST or not loads_der(der):
        raise ValueError("OpenSSL does not load it either")
    try:
        return _read(der)
    except (PyAsn1Error, ArithmeticError, LookupError, RecursionError, TypeError) as error:
        raise ValueError(str(error)) from error


def _read(der: bytes) -> Certificate:
    content, _, signature = _elements(der)
    fields = _elements(content)
    odd: list[str] = []
    if (fields.pop(0) if fields[0][0] == _VERSION else b"") not in _VERSIONS:
        odd.append("its version")
    serial, algorithm, issuer, dates, subject, key, *rest = fields
    held = next((_inside(field) for field in rest if field[0] == _EXTENSIONS), [])

    def part(name: str, words: str, given: bytes, mend: Callable[[bytes], Iterable[bytes]]) -> bytes:
        """Return the part as it came, or else the first proper form of it that can be read."""
        if _readable(**{name: given}):
            return given
        odd.append(words)
        return next(each for each in mend(given) if _readable(**{name: each}))

    try:
        parts = _Parts(
            serial=part("serial", "its serial number", serial, _serials),
            algorithm=part("algorithm", "the name of its signature algorithm", algorithm, _algorithms),
            issuer=part("issuer", "the name of its issuer", issuer, _names),
            dates=part("dates", "its dates", dates, _dates),
            subject=part("subject", "its subject", subject, _names),
            key=part("key", "its public key", key, lambda _: (_Parts().key,)),
            extensions=tuple(_extensions(held, odd)),
        )
    except StopIteration as error:
        raise ValueError("a part has an invalid form") from error
    return _as_it_came(
        replace(parts.read(), odd=tuple(odd) or (_FRAME,)), der, content, signature, None if parts.key == key else key
    )


def _as_it_came(
    mended: Certificate, der: bytes, content: bytes, signature: bytes, lost_key: bytes | None
) -> Certificate:
    """Put what the bytes say as they came in place of what was mended for reading."""
    came = replace(
        mended,
        content=content,
        signature=decode(signature, asn1Spec=univ.BitString())[0].asOctets(),
        fingerprint_sha256=hashlib.sha256(der).hexdigest(),
    )
    if lost_key is None:
        return came
    kind = x509.ObjectIdentifier(str(decode(_elements(_elements(lost_key)[0])[0], asn1Spec=univ.ObjectIdentifier())[0]))
    return replace(
        came,
        facts=replace(came.facts, public_key_algorithm=algorithm_name(kind), public_key_bits=None),
        public_key=None,
        key_sha256=hashlib.sha256(lost_key).hexdigest(),
        curve=None,
    )


def _readable(**parts: bytes | tuple[bytes, ...]) -> bool:
    try:
        _Parts(**parts).read()  # type: ignore[arg-type]
    except ValueError:
        return False
    return True


def _extensions(held: list[bytes], odd: list[str]) -> Iterator[bytes]:
    """Yield the extensions in proper form; one that has none, or stands there again, is left out."""
    seen: set[bytes] = set()
    for given in held:
        number, *flags, value = _elements(given)
        oid = x509.ObjectIdentifier(str(decode(number, asn1Spec=univ.ObjectIdentifier())[0]))
        words = f"the extension {algorithm_name(oid)}"
        if number in seen:
            odd.append(f"{words}, which occurs twice")
        elif _readable(extensions=(given,)):
            yield given
        else:
            odd.append(words + _default_written(oid, flags, value))
            critical = [_TRUE] if flags and flags[0][0] == _BOOLEAN and flags[0] != _FALSE else []
            mended = (encode(_sequence((number, *critical, each))) for each in (value, *_values(oid, value)))
            yield from [each for each in mended if _readable(extensions=(each,))][:1]
        seen.add(number)


def _default_written(oid: x509.ObjectIdentifier, flags: list[bytes], value: bytes) -> str:
    if flags == [_FALSE]:
        return " (the default critical FALSE is written out)"
    written = oid == x509.BasicConstraints.oid and _FALSE in value
    return " (the default CA:FALSE is written out)" if written else ""


def _values(oid: x509.ObjectIdentifier, value: bytes) -> Iterator[bytes]:
    if oid not in _VALUES:
        return
    with suppress(PyAsn1Error):  # it has no proper form then
        inside = decode(decode(value, asn1Spec=univ.OctetString())[0].asOctets(), asn1Spec=_VALUES[oid]())[0]
        yield encode(univ.OctetString(encode(inside)))


def _serials(given: bytes) -> Iterator[bytes]:
    yield encode(univ.Integer(int(decode(given, asn1Spec=univ.Integer())[0])))


def _algorithms(given: bytes) -> Iterator[bytes]:
    number = _elements(given)[0]
    yield encode(_sequence((number,)))
    yield encode(_sequence((number, _NULL)))


def _names(given: bytes) -> Iterator[bytes]:
    """Yield the name with its texts in UTF-8."""
    name = univ.SequenceOf(componentType=univ.Any())
    for rdn in _elements(given):
        attributes = univ.SetOf(componentType=univ.Any())
        for attribute in decode(rdn, asn1Spec=univ.SetOf(componentType=univ.Any()))[0]:
            number, value = _elements(bytes(attribute))
            attributes.append(encode(_sequence((number, encode(char.UTF8String(_text(value)))))))
        name.append(encode(attributes))
    yield encode(name)


def _text(value: bytes) -> str:
    number = value[0] & 0x1F
    kind = tag.Tag(tag.tagClassUniversal, tag.tagFormatSimple, number)
    data = decode(value, asn1Spec=univ.OctetString(tagSet=tag.TagSet((), kind)))[0].asOctets()
    try:
        return str(data, _CHARACTERS.get(number, "utf-8"))
    except UnicodeDecodeError:
        return str(data, "latin-1")


def _dates(given: bytes) -> Iterator[bytes]:
    times = []
    for element in _elements(given):
        moment = decode(element)[0].asDateTime
        utc = moment.astimezone(timezone.utc) if moment.tzinfo else moment
        written = f"{utc:%Y%m%d%H%M%S}Z"
        times.append(encode(useful.GeneralizedTime(written) if utc.year >= 2050 else useful.UTCTime(written[2:])))
    yield encode(_sequence(times))


def _elements(element: bytes) -> list[bytes]:
    """Return the elements in a SEQUENCE, each as it is encoded."""
    return [bytes(each) for each in decode(element, asn1Spec=_sequence())[0]]


def _inside(element: bytes) -> list[bytes]:
    """Return the elements of the SEQUENCE in the extensions' tag."""
    return [bytes(each) for each in decode(element, asn1Spec=_sequence(tagged=True))[0]]


def _sequence(elements: Iterable[bytes] = (), *, tagged: bool = False) -> univ.SequenceOf:
    """Return a SEQUENCE of the given parts, also in the tag of the extensions."""
    tags = univ.SequenceOf.tagSet + _TAG if tagged else univ.SequenceOf.tagSet
    made = univ.SequenceOf(componentType=univ.Any(), tagSet=tags)
    made.extend(elements)
    return made
