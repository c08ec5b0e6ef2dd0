"""Private keys, proved to work before anything relies on them."""

from __future__ import annotations

from typing import Final

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

# Below, a signature may not fit into the key, and the library's own proof costs little.
_LEAST_BITS: Final = 1024
_MESSAGE: Final = b"whether this key can sign"


def private_key_of(pem: bytes) -> PrivateKeyTypes:
    """Read an unprotected private key whose parts fit together.

    The library proves of an RSA key that its two primes are primes, which takes longer than everything else that is
    done with a set of files. The rest of its proof is arithmetic, done here; and since the exponents fit the primes, a
    signature that verifies is a test of Fermat's for both of them.

    Args:
        pem: one block.

    Raises:
        ValueError: it cannot be read, or its parts do not fit together.
    """
    try:
        key = serialization.load_pem_private_key(pem, password=None, unsafe_skip_rsa_key_validation=True)
        if isinstance(key, rsa.RSAPrivateKey):
            if key.key_size < _LEAST_BITS:
                return serialization.load_pem_private_key(pem, password=None)
            _prove(key)
    except InvalidSignature as error:
        raise ValueError("what it signs does not verify") from error
    except (TypeError, UnsupportedAlgorithm) as error:
        raise ValueError(str(error)) from error
    return key


def _prove(key: rsa.RSAPrivateKey) -> None:
    held = key.private_numbers()
    p, q, d = held.p, held.q, held.d
    modulus, e = held.public_numbers.n, held.public_numbers.e
    if min(p, q) < 3 or p * q != modulus or not p & q & 1:
        raise ValueError("the primes are not those of the modulus")
    if d * e % (p - 1) != 1 or d * e % (q - 1) != 1:
        raise ValueError("the exponents do not fit together")
    if (held.dmp1, held.dmq1) != (d % (p - 1), d % (q - 1)) or held.iqmp * q % p != 1:
        raise ValueError("the parts do not fit together")
    signature = key.sign(_MESSAGE, padding.PKCS1v15(), hashes.SHA256())
    key.public_key().verify(signature, _MESSAGE, padding.PKCS1v15(), hashes.SHA256())
