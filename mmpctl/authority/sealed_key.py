"""A private key in a file that a passphrase opens: PKCS #8, the passphrase stretched with scrypt.

The form is a standard one (RFC 8018 with RFC 7914), so that `openssl pkey` opens it as well. cryptography reads it;
what it writes by itself is stretched with PBKDF2, which costs an attacker with the file much less.
"""

from __future__ import annotations

import os
from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from cryptography.hazmat.primitives.padding import PKCS7
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from pyasn1.codec.der.encoder import encode
from pyasn1.type.univ import Any, ObjectIdentifier, OctetString
from pyasn1_modules import rfc5208, rfc7914, rfc8018

from mmpctl.certificates.pem import pem
from mmpctl.errors import UsageError

CaKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey

# 16 MiB a guess: the most that every OpenSSL opens without being told to take more. The last figure makes up for it.
_COST, _BLOCK, _PARALLEL = 2**14, 8, 5
_AES256_CBC: Final = ObjectIdentifier("2.16.840.1.101.3.4.1.42")
_LABEL = "ENCRYPTED PRIVATE KEY"


class PassphraseError(UsageError):
    """The passphrase of a private CA is missing, or does not open its key."""

    code = "ca-passphrase"


def seal(key: CaKey, passphrase: str) -> bytes:
    """Return a key as PEM that only the passphrase opens.

    Args:
        key: the private key.
        passphrase: not empty.
    """
    salt, vector = os.urandom(16), os.urandom(16)
    derived = Scrypt(salt=salt, length=32, n=_COST, r=_BLOCK, p=_PARALLEL).derive(passphrase.encode())
    padder = PKCS7(algorithms.AES256.block_size).padder()
    plain = padder.update(key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())) + padder.finalize()
    encryptor = Cipher(algorithms.AES256(derived), modes.CBC(vector)).encryptor()
    return pem(_LABEL, _envelope(salt, vector, encryptor.update(plain) + encryptor.finalize()))


def unseal(content: bytes, passphrase: str, file: str) -> CaKey:
    """Return the key in a PEM file.

    Args:
        content: of the file.
        passphrase: that opens it.
        file: its name, for the message.

    Raises:
        PassphraseError: the passphrase does not open it, or it holds no key that can sign for a CA.
    """
    try:
        key = load_pem_private_key(content, passphrase.encode())
    except TypeError:
        raise PassphraseError(
            f"{file} is not protected by a passphrase",
            advice="Put back the file that `mmpctl ca` wrote, from a backup of the CA folder.",
        ) from None
    except (ValueError, UnsupportedAlgorithm):
        raise PassphraseError(
            f"the passphrase does not open {file}",
            advice="Check MMP_CA_PASSPHRASE, the keyring entry, or what you typed. If the passphrase is right, the "
            "file is damaged: put it back from a backup of the CA folder.",
        ) from None
    if not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        raise PassphraseError(
            f"{file} holds a key of a kind that a CA of mmpctl does not have",
            advice="Put back the file that `mmpctl ca` wrote, from a backup of the CA folder.",
        )
    return key


def _envelope(salt: bytes, vector: bytes, encrypted: bytes) -> bytes:
    """The DER of what is encrypted, with how it was encrypted (RFC 8018, PBES2)."""
    stretching = rfc7914.Scrypt_params()
    stretching["salt"] = salt
    stretching["costParameter"], stretching["blockSize"], stretching["parallelizationParameter"] = (
        _COST,
        _BLOCK,
        _PARALLEL,
    )
    scheme = rfc8018.PBES2_params()
    scheme["keyDerivationFunc"]["algorithm"] = rfc7914.id_scrypt
    scheme["keyDerivationFunc"]["parameters"] = Any(encode(stretching))
    scheme["encryptionScheme"]["algorithm"] = _AES256_CBC
    scheme["encryptionScheme"]["parameters"] = Any(encode(OctetString(vector)))
    envelope = rfc5208.EncryptedPrivateKeyInfo()
    envelope["encryptionAlgorithm"]["algorithm"] = rfc8018.id_PBES2
    envelope["encryptionAlgorithm"]["parameters"] = Any(encode(scheme))
    envelope["encryptedData"] = encrypted
    return bytes(encode(envelope))
