"""Host keys: ask a node for its key without logging in, and keep OpenSSH's file of known hosts."""

from __future__ import annotations

import base64
import hashlib
import os
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import paramiko

from mmpctl.device.connect import BROKEN, LOG_CHANNEL, open_socket, translate
from mmpctl.errors import HostKeyError


@dataclass(frozen=True, slots=True)
class HostKey:
    """A node's public host key.

    Args:
        kind: e.g. `ssh-ed25519`.
        base64: the key as it stands in a file of known hosts.
    """

    kind: str
    base64: str

    @property
    def fingerprint(self) -> str:
        """The fingerprint as `ssh-keygen -l` prints it, `SHA256:…`."""
        digest = hashlib.sha256(base64.b64decode(self.base64)).digest()
        return f"SHA256:{base64.b64encode(digest).decode().rstrip('=')}"


def collect(host: str, port: int = 22, timeout: float = 10.0) -> HostKey:
    """Ask a node for its host key, by the key exchange alone.

    Args:
        host: name or address.
        port: SSH port.
        timeout: seconds for each stage.

    Raises:
        ConnectError: no connection; its code tells why.
    """
    sock = open_socket(host, port, timeout)
    try:
        transport = paramiko.Transport(sock)
        transport.set_log_channel(LOG_CHANNEL)
        transport.banner_timeout = timeout
        try:
            transport.start_client(timeout=timeout)
            key = transport.get_remote_server_key()
        finally:
            transport.close()
    except BROKEN as error:
        raise translate(error, host, port) from error
    finally:
        sock.close()
    return HostKey(key.get_name(), key.get_base64())


def host_pattern(host: str, port: int = 22) -> str:
    """How a host is written in a file of known hosts: the bare name on port 22, else `[name]:port`.

    Args:
        host: name or address.
        port: SSH port.
    """
    return host if port == 22 else f"[{host}]:{port}"


def recorded(path: Path, host: str, port: int = 22) -> tuple[HostKey, ...]:
    """The keys that a file of known hosts has for a host.

    Args:
        path: the file; one that is not there has none.
        host: name or address.
        port: SSH port.
    """
    pattern = host_pattern(host, port)
    lines = [line.split() for line in _lines(path)]
    return tuple(HostKey(words[1], words[2]) for words in lines if len(words) > 2 and _names(words[0], pattern))


def record(path: Path, keys: Iterable[tuple[str, int, HostKey]]) -> None:
    """Write keys to a file of known hosts in place of those that these hosts had; all other lines stay.

    Args:
        path: the file; it and its folder are made where needed, and it changes all at once.
        keys: host, port and key of each.

    Raises:
        HostKeyError: the file cannot be written (code `known-hosts-unwritable`).
    """
    lines = _lines(path)
    for host, port, key in keys:
        pattern = host_pattern(host, port)
        lines = [kept for line in lines if (kept := _without(line, pattern)) is not None]
        lines.append(f"{pattern} {key.kind} {key.base64}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _replace(path, "".join(f"{line}\n" for line in lines))
    except OSError as error:
        raise HostKeyError(
            f"{path} cannot be written ({error.strerror})",
            code="known-hosts-unwritable",
            advice="Check the folder and its rights, or name another file with --known-hosts.",
        ) from error


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text("utf-8").splitlines()
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError) as error:
        raise HostKeyError(
            f"the file of known host keys {path} cannot be read ({error})",
            code="known-hosts-unreadable",
            advice="Correct the file, or name another one with --known-hosts.",
        ) from error


def _names(field: str, pattern: str) -> bool:
    return any(_is(name, pattern) for name in field.split(","))


def _is(name: str, pattern: str) -> bool:
    if name.startswith("|1|"):
        return paramiko.HostKeys.hash_host(pattern, name) == name
    return name == pattern


def _without(line: str, pattern: str) -> str | None:
    field, _, rest = line.partition(" ")
    if not rest or field.startswith(("#", "@")) or not _names(field, pattern):
        return line
    others = [name for name in field.split(",") if not _is(name, pattern)]
    return f"{','.join(others)} {rest}" if others else None


def _replace(path: Path, text: str) -> None:
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    new = Path(name)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        if path.exists():
            new.chmod(path.stat().st_mode & 0o777)
        new.replace(path)
    finally:
        new.unlink(missing_ok=True)
