"""Whether two databases would talk: a real TLS handshake in memory, with the files that both use."""

from __future__ import annotations

import datetime as dt
import hashlib
import ssl
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.x509.oid import NameOID

_KINDS = ("server key", "server certificate", "client key", "client certificate", "ca certificate")


@dataclass(frozen=True, slots=True)
class Credentials:
    """The files of one node's database, as `database cluster certs` took them.

    Args:
        names: file names by kind ("server key", "server certificate", "client key", "client certificate",
            "ca certificate"); a client node has the last three.
        contents: copies of the files by kind.
    """

    names: dict[str, str]
    contents: dict[str, bytes]

    @classmethod
    def take(cls, folder: Path, files: tuple[str, ...]) -> Credentials:
        """Copy five files, or three of a client node, out of the node's folder."""
        kinds = _KINDS[-len(files) :]
        return cls(
            dict(zip(kinds, files, strict=True)),
            {kind: (folder / file).read_bytes() for kind, file in zip(kinds, files, strict=True)},
        )

    def expired(self, kind: str, now: dt.datetime) -> bool:
        """Whether the first certificate of this file is past its end; False for what is no certificate."""
        chain = certificates(self.contents.get(kind, b""))
        return bool(chain) and chain[0].not_valid_after_utc < now


def certificates(pem: bytes) -> list[x509.Certificate]:
    """The certificates of a PEM file; none when it holds something else."""
    try:
        return x509.load_pem_x509_certificates(pem)
    except ValueError:
        return []


class Handshakes:
    """Handshakes between nodes, each pair of file sets tried once until a certificate begins or ends.

    Args:
        folder: where copies of keys and certificates may be written, for OpenSSL reads them from files.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(mode=0o700, exist_ok=True)
        self._results: dict[tuple[str, str], tuple[bool, dt.datetime | None]] = {}

    def succeeds(self, client: Credentials | None, server: Credentials | None) -> bool:
        """Whether one node's client gets into another node's server: chains both ways, and the user `postgres`."""
        if client is None or server is None or "server key" not in server.contents:
            return False
        key = (_digest(client, "client key", "client certificate"), _digest(server, "server key", "server certificate"))
        now = dt.datetime.now(dt.timezone.utc)
        known = self._results.get(key)
        if known is None or (known[1] is not None and known[1] <= now):
            known = (self._try(client, server, key), _next_boundary(client, server, now))
            self._results[key] = known
        return known[0]

    def answering(self, server: Credentials) -> ssl.SSLContext:
        """How a database answers whoever asks for TLS: with its own certificate, and asking for one in turn.

        Args:
            server: the files that the database has taken.

        Raises:
            ValueError: it has no server key and certificate that fit.
        """
        if "server key" not in server.contents:
            raise ValueError("no server key")
        digest = _digest(server, "server key", "server certificate")
        try:
            context = self._context(ssl.PROTOCOL_TLS_SERVER, server, "server", digest)
        except ssl.SSLError as error:
            raise ValueError("they do not fit") from error
        # As PostgreSQL does: who has no certificate is turned away at the login, not before.
        context.verify_mode = ssl.CERT_OPTIONAL
        return context

    def _try(self, client: Credentials, server: Credentials, key: tuple[str, str]) -> bool:
        leaf = certificates(client.contents["client certificate"])
        if not leaf or [a.value for a in leaf[0].subject.get_attributes_for_oid(NameOID.COMMON_NAME)] != ["postgres"]:
            return False
        try:
            asking = self._context(ssl.PROTOCOL_TLS_CLIENT, client, "client", key[0])
            answering = self._context(ssl.PROTOCOL_TLS_SERVER, server, "server", key[1])
            shake(asking, answering)
        except (ssl.SSLError, ValueError):
            return False
        return True

    def _context(self, protocol: int, own: Credentials, side: str, digest: str) -> ssl.SSLContext:
        context = ssl.SSLContext(protocol)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_REQUIRED
        paths = []
        for kind in (f"{side} certificate", f"{side} key", "ca certificate"):
            path = self._folder / f"{side}-{digest[:24]}-{kind.split()[1]}{kind[:2]}.pem"
            if not path.exists():
                path.touch(mode=0o600)
                path.write_bytes(own.contents[kind])
            paths.append(path)
        context.load_cert_chain(paths[0], paths[1])
        context.load_verify_locations(paths[2])
        return context


def shake(asking: ssl.SSLContext, answering: ssl.SSLContext, host: str | None = None) -> None:
    """Let a client and a server come to terms in memory.

    Args:
        asking: the client's side.
        answering: the server's.
        host: whom the client means to meet, where it looks for that in the certificate.

    Raises:
        ssl.SSLError: one of them refuses the other.
        ValueError: they do not come to an end.
    """
    there, here = ssl.MemoryBIO(), ssl.MemoryBIO()
    sides = [
        asking.wrap_bio(here, there, server_hostname=host),
        answering.wrap_bio(there, here, server_side=True),
    ]
    for _ in range(8):
        for side in list(sides):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
            sides.remove(side)
        if not sides:
            return
    raise ValueError("the handshake did not end")


def _digest(own: Credentials, *kinds: str) -> str:
    return hashlib.sha256(b"\0".join(own.contents[kind] for kind in (*kinds, "ca certificate"))).hexdigest()


def _next_boundary(client: Credentials, server: Credentials, now: dt.datetime) -> dt.datetime | None:
    found = [
        moment
        for own in (client, server)
        for kind in ("client certificate", "server certificate", "ca certificate")
        for certificate in certificates(own.contents.get(kind, b""))
        for moment in (certificate.not_valid_before_utc, certificate.not_valid_after_utc)
        if moment > now
    ]
    return min(found, default=None)
