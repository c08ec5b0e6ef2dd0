"""Sets of files with one fault each, with which no TLS handshake succeeds."""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric import ec

from tests.support import pki

CA = pki.authority()
OTHER = pki.authority("Another CA")
NAMESAKE = pki.authority()


def bad_sets() -> dict[str, tuple[dict[str, bytes], str, str]]:
    good = pki.files(CA)
    return {
        "server of another CA": (good | pki.files(CA, server=OTHER.sign("x")), "server.cer", "not in the CA file"),
        "client of another CA": (
            good | pki.files(CA, client=OTHER.sign("postgres")),
            "client.cer",
            "not in the CA file",
        ),
        "server of a namesake": (pki.files(CA, server=NAMESAKE.sign("x")), "server.cer", "certificate"),
        "expired server": (pki.files(CA, server=CA.sign("x", starts=-9, ends=-1)), "server.cer", "expired"),
        "expired client": (pki.files(CA, client=CA.sign("postgres", starts=-9, ends=-1)), "client.cer", "expired"),
        "future server": (pki.files(CA, server=CA.sign("x", starts=2)), "server.cer", "not valid yet"),
        "server for clients": (pki.files(CA, server=CA.sign("x", usages=[pki.CLIENT_AUTH])), "server.cer", "use"),
        "client for servers": (
            pki.files(CA, client=CA.sign("postgres", usages=[pki.SERVER_AUTH])),
            "client.cer",
            "use",
        ),
        "self-signed": (
            good | {"server.cer": OTHER.pem, "server.key": OTHER.key_pem},
            "server.cer",
            "self-signed",
        ),
        "curve of the server": (
            pki.files(CA, server=CA.sign("x", key=pki.ec_key(ec.SECP256K1()))),
            "server.cer",
            "curve",
        ),
        "curve of the client": (
            pki.files(CA, client=CA.sign("postgres", key=pki.ec_key(ec.SECP256K1()))),
            "client.cer",
            "curve",
        ),
        "small key": (pki.files(CA, server=CA.sign("x", key=pki.rsa_key(1024))), "server.cer", "too small"),
        "other key": (good | {"server.key": OTHER.key_pem}, "server.cer", "mismatch"),
        "protected key": (good | {"client.key": pki.key_pem(OTHER.key, b"x")}, "client.cer", "cannot load"),
        "garbage": (good | {"client.cer": b"garbage"}, "client.cer", "cannot load"),
        "no CA": (good | {"ca.cer": b"garbage"}, "ca.cer", "cannot load"),
        "empty CA": (good | {"ca.cer": b""}, "ca.cer", "cannot load"),
    }


# By what is wrong: the files, the one at fault, and words of the reason.
BAD = bad_sets()
