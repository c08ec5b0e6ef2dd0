"""The last proof: a real TLS handshake in memory with these files, as two nodes would do it."""

from __future__ import annotations

import shutil
import ssl
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from mmpctl.certificates.files import CertificateSet, NewKey
from mmpctl.certificates.key_ties import KeyTie
from mmpctl.certificates.source_file import SourceFile
from mmpctl.certificates.stand_in import untried, without_handshake
from mmpctl.findings.finding import Finding, distinct, finding

# OpenSSL's codes for a chain that does not verify, in plain words about the certificate that was shown.
_REASONS = {
    2: "a CA on the way to the root is missing",
    7: "its signature is not that of the CA in the CA file",
    9: "it, or a CA above it, is not valid yet",
    10: "it, or a CA above it, has expired",
    18: "it is self-signed, and is not in the CA file",
    19: "its root is not in the CA file",
    20: "the CA that signed it is not in the CA file",
    21: "the CA that signed it is not in the CA file",
    24: "a certificate above it may not sign others",
    25: "there are more CAs in between than a CA above it allows",
    26: "it, or a CA above it, is not made for this use",
    66: "its key is too small",
    67: "the key of a CA above it is too small",
    68: "it, or a CA above it, is signed with a forgeable algorithm",
}
# OpenSSL's words where a certificate was not even shown.
_UNSHOWN = {
    "NO_SHARED_CIPHER": "its key is of a kind or on a curve that TLS does not offer",
    "PEER_DID_NOT_RETURN_A_CERTIFICATE": "it was not shown: its key is of a kind or on a curve that TLS does not offer",
}
_ROUNDS = 20


def handshake(server: CertificateSet, client: CertificateSet) -> tuple[Finding, ...]:
    """Let a client connect to a server, each with its own files and trusting its own CA file; host names don't count.

    Args:
        server: the files of a database node.
        client: the files of any node, of the same one too.

    Returns:
        One finding where it fails, none if it succeeds. Of a key on its node: what the certificates tell instead.

    Raises:
        ValueError: the files of the server are those of a client node.
    """
    accepting, calling = _server(server), _client(client)
    if accepting is None and server.server_key is None:
        raise ValueError("a client node's files have no server pair")
    return _met(server, accepting, client, calling)


def check_cluster(sets: Mapping[str, CertificateSet]) -> tuple[Finding, ...]:
    """Return every node's client files against every database node's server files, and whether all have one CA file.

    Args:
        sets: the files of each node, by its name.
    """
    found: list[Finding] = []
    first = next(iter(sets.values()), None)
    for given in sets.values():
        if first and given.ca_certificate.sha256 != first.ca_certificate.sha256:
            found.append(finding("ca-differs", str(given.ca_certificate.path), other=str(first.ca_certificate.path)))
    # Nodes that share their files share the result.
    servers = {
        _digests(each.server_key, each.server_certificate, each.ca_certificate): each
        for each in sets.values()
        if each.server_key
    }
    clients = {_digests(each.client_key, each.client_certificate, each.ca_certificate): each for each in sets.values()}
    # OpenSSL reads the files of a node once, for all whom it meets.
    calling = [(client, _client(client)) for client in clients.values()]
    for server in servers.values():
        accepting = _server(server)
        for client, end in calling:
            found += _met(server, accepting, client, end)
    return distinct((*found, *untried(sets)))


@dataclass(frozen=True, slots=True)
class _End:
    """One end of connections.

    Args:
        context: OpenSSL's, with the files.
        shown: the certificate that the other end judges.
        judge: the CA file that the other end's certificate is judged by.
        trouble: the file that OpenSSL does not take, and why; None if it takes all of them.
    """

    context: ssl.SSLContext
    shown: SourceFile
    judge: SourceFile
    trouble: tuple[SourceFile, Exception] | None


def _server(given: CertificateSet) -> _End | None:
    """Return a database node's end; None if its key is not here."""
    return _end(ssl.PROTOCOL_TLS_SERVER, given.server_key, given.server_certificate, given.ca_certificate)


def _client(given: CertificateSet) -> _End | None:
    """Return the end that calls; None if its key is not here."""
    return _end(ssl.PROTOCOL_TLS_CLIENT, given.client_key, given.client_certificate, given.ca_certificate)


def _end(protocol: int, key: NewKey | None, shown: SourceFile | None, ca: SourceFile) -> _End | None:
    if shown is None or not isinstance(key, SourceFile):
        return None
    context = _context(protocol)
    return _End(context, shown, ca, _load(context, key, shown, ca))


def _met(
    server: CertificateSet, accepting: _End | None, client: CertificateSet, calling: _End | None
) -> tuple[Finding, ...]:
    """Return why the client of one set and the server of another refuse each other."""
    if accepting is None or calling is None:
        return tuple(without_handshake(server, client))
    trouble = accepting.trouble or calling.trouble
    if trouble is not None:
        file, error = trouble
        other = calling.shown if file is accepting.shown else accepting.shown
        return (_finding(file, other, f"OpenSSL cannot load it ({_words(error)})"),)
    failure = _shake(accepting.context, calling.context)
    if failure is None:
        return ()
    at_server, reason = failure
    if reason.reason == "NO_SHARED_CIPHER":  # the server has nothing that it could show
        return (_finding(accepting.shown, calling.shown, _plain(reason)),)
    # The side that gives up judges what the other one showed.
    file, judge = (calling.shown, accepting.judge) if at_server else (accepting.shown, calling.judge)
    return (_finding(file, judge, _plain(reason)),)


def _context(protocol: int) -> ssl.SSLContext:
    context = ssl.SSLContext(protocol)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_REQUIRED
    return context


def _load(
    context: ssl.SSLContext, key: SourceFile, certificate: SourceFile, ca: SourceFile
) -> tuple[SourceFile, Exception] | None:
    """Give a context its files; the result is the file that OpenSSL does not take, and why."""
    try:
        with _on_disk(certificate, key) as (certificate_path, key_path):
            # Without a password of ours, OpenSSL would ask for one on the terminal.
            context.load_cert_chain(certificate_path, key_path, password="")
    except (ValueError, OSError) as error:
        return certificate, error
    try:
        context.load_verify_locations(cadata=ca.content.reveal().decode("ascii", "ignore"))
    except (ValueError, OSError) as error:
        return ca, error
    return None


@contextmanager
def _on_disk(*files: SourceFile) -> Iterator[tuple[Path, ...]]:
    """Paths with the very bytes: the operator's own files, or private copies for a moment where these have changed."""
    if all(_unchanged(file) for file in files):
        yield tuple(file.path for file in files)
        return
    folder = Path(tempfile.mkdtemp(prefix="mmpctl-"))  # 0700
    try:
        for file in files:
            (folder / file.name).write_bytes(file.content.reveal())
        yield tuple(folder / file.name for file in files)
    finally:
        shutil.rmtree(folder)


def _unchanged(file: SourceFile) -> bool:
    try:
        return sha256(file.path.read_bytes()).hexdigest() == file.sha256
    except OSError:
        return False


def _shake(accepting: ssl.SSLContext, calling: ssl.SSLContext) -> tuple[bool, ssl.SSLError] | None:
    """Let the two talk; the result is which side gave up (True: the server), and why."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    sides = {
        False: calling.wrap_bio(to_client, to_server),
        True: accepting.wrap_bio(to_server, to_client, server_side=True),
    }
    for _ in range(_ROUNDS):
        waiting = False
        for is_server, side in sides.items():
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                waiting = True
            except ssl.SSLError as error:
                return is_server, error
        if not waiting:
            return None
    return True, ssl.SSLError("the handshake does not end")


def _finding(file: SourceFile, other: SourceFile, detail: str) -> Finding:
    return finding("handshake", str(file.path), other=str(other.path), detail=detail)


def _plain(error: ssl.SSLError) -> str:
    words = _words(error)
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"{_REASONS.get(error.verify_code, 'it does not verify')} ({words})"
    return f"{_UNSHOWN.get(error.reason, 'the two do not agree')} ({words})"


def _words(error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return error.verify_message
    reason = getattr(error, "reason", None)
    return reason.replace("_", " ").lower() if reason else str(error)


def _digests(*files: NewKey | None) -> tuple[str, ...]:
    return tuple(file.public_key_sha256 if isinstance(file, KeyTie) else file.sha256 for file in files if file)
