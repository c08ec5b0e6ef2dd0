"""How a service meets others in TLS: with its own pair, and with a store that says whom it takes."""

from __future__ import annotations

import hashlib
import ssl
from collections.abc import Mapping
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from mmpctl.lab.cluster.handshake import certificates
from mmpctl.lab.switches import Switches

from .form import Pair


class TlsContexts:
    """Contexts for the services of a fleet.

    Args:
        folder: an existing folder where keys and certificates may be written, for OpenSSL reads them from files.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def answering(self, pair: Pair, running: Mapping[str, bytes]) -> ssl.SSLContext:
        """How a service answers on a port; whoever asks is let in without a certificate.

        Args:
            pair: what it presents there.
            running: the files that it runs on, by slot.

        Raises:
            ValueError: it has no such pair.
        """
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.present(context, pair, running)
        return context

    def present(self, context: ssl.SSLContext, pair: Pair, running: Mapping[str, bytes]) -> None:
        """Let a context present a pair, with all that is in its file and in its bundle.

        Args:
            context: changed in place.
            pair: what is presented.
            running: the files that the service runs on, by slot.

        Raises:
            ValueError: there is no such pair, or it does not fit.
        """
        key, certificate, *bundle = pair.slots
        if not {key, certificate} <= running.keys():
            raise ValueError(f"no pair {pair.name!r} is set")
        whole = b"\n".join(running[slot] for slot in (key, certificate, *bundle) if slot in running)
        path = self._folder / f"service-{hashlib.sha256(whole).hexdigest()[:24]}.pem"
        if not path.exists():
            path.touch(mode=0o600)
            path.write_bytes(whole)
        try:
            context.load_cert_chain(path)
        except ssl.SSLError as error:
            raise ValueError("key and certificate do not fit") from error

    def trust(self, context: ssl.SSLContext, store: bytes, *, listed: bool, switches: Switches) -> None:
        """Let a context take only who is covered by a store.

        Args:
            context: changed in place.
            store: a file of certificates.
            listed: only the very certificates in it count, and no CA.
            switches: of the node.

        Raises:
            ValueError: there is no certificate in it that counts.
        """
        held = [one for one in certificates(store) if not (listed and _is_ca(one))]
        if not held:
            raise ValueError("no certificate is in the store")
        pem = b"".join(one.public_bytes(serialization.Encoding.PEM) for one in held)
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(cadata=pem.decode())
        if listed or switches.leafs_in_stores == "count":
            context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN


def _is_ca(certificate: x509.Certificate) -> bool:
    try:
        constraints = certificate.extensions.get_extension_for_class(x509.BasicConstraints).value
    except (ValueError, x509.ExtensionNotFound):
        return False
    return bool(constraints.ca)
