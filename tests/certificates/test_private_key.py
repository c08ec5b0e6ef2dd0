"""A private key works, or is not taken: whatever part of it is damaged."""

from __future__ import annotations

import base64
from dataclasses import dataclass, fields, replace

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from pyasn1.codec.der.encoder import encode
from pyasn1.type import univ

from mmpctl.certificates.certificate import public_digest
from mmpctl.certificates.private_key import private_key_of
from tests.support import pki


@dataclass(frozen=True)
class Parts:
    """The numbers of an RSA key, in the order of its form."""

    n: int
    e: int
    d: int
    p: int
    q: int
    dp: int
    dq: int
    qi: int

    def pem(self) -> bytes:
        """The key as OpenSSL's traditional form has it, whether its parts fit together or not."""
        form = univ.Sequence()
        for place, number in enumerate((0, *(getattr(self, one.name) for one in fields(self)))):
            form[place] = univ.Integer(number)
        body = base64.encodebytes(encode(form)).decode("ascii")
        return f"-----BEGIN RSA PRIVATE KEY-----\n{body}-----END RSA PRIVATE KEY-----\n".encode("ascii")


def parts(p: int, q: int, e: int = 65537) -> Parts:
    """A key of two numbers that may be primes or not."""
    d = pow(e, -1, (p - 1) * (q - 1))
    return Parts(p * q, e, d, p, q, d % (p - 1), d % (q - 1), pow(q, -1, p))


KEY = pki.rsa_key(1024)
HELD = KEY.private_numbers()
GOOD = parts(HELD.p, HELD.q)


@pytest.mark.parametrize("key", [pki.rsa_key(2048), pki.rsa_key(1024), pki.ec_key(), pki.ec_key(ec.SECP384R1())])
def test_a_good_key_is_read(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> None:
    assert public_digest(private_key_of(pki.key_pem(key)).public_key()) == public_digest(key.public_key())


def test_a_key_written_part_by_part_is_read() -> None:
    assert public_digest(private_key_of(GOOD.pem()).public_key()) == public_digest(KEY.public_key())


@pytest.mark.parametrize("by", [2, -2, 1 << 200])
@pytest.mark.parametrize("part", [one.name for one in fields(Parts)])
def test_a_key_with_one_damaged_part_is_not_taken(part: str, by: int) -> None:
    damaged = replace(GOOD, **{part: getattr(GOOD, part) + by})
    with pytest.raises(ValueError, match=r".+"):
        private_key_of(damaged.pem())


@pytest.mark.parametrize("part", [one.name for one in fields(Parts)])
@pytest.mark.parametrize("value", [0, 1, 2, -3])
def test_a_key_with_one_odd_number_is_not_taken(part: str, value: int) -> None:
    with pytest.raises(ValueError, match=r".+"):
        private_key_of(replace(GOOD, **{part: value}).pem())


def test_a_key_of_a_number_that_is_no_prime_is_not_taken() -> None:
    # Everything fits together but that.
    short = rsa.generate_private_key(65537, 2048).private_numbers()
    long = HELD.p if HELD.p > HELD.q else HELD.q
    with pytest.raises(ValueError, match="does not verify"):
        private_key_of(parts(short.p * short.q, long).pem())
