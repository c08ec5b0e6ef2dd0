"""Host keys: ask a node for its key without logging in, and keep OpenSSH's file of known hosts."""

from __future__ import annotations

import base64
import hashlib
import os
import tempfile
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

import paramiko
from paramiko.pkey import UnknownKeyType

from mmpctl.device.algorithms import disabled_algorithms
from mmpctl.device.connect import BROKEN, LOG_CHANNEL, open_socket, translate
from mmpctl.errors import HostKeyError

_HASHED: Final = "|1|"


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


def known_keys(path: Path, host: str, port: int = 22) -> dict[str, paramiko.PKey]:
    """The keys that a file of known hosts has for a host, to be compared with what it shows.

    Args:
        path: the file.
        host: name or address.
        port: SSH port.

    Returns:
        By kind; where there are several of one, the first. Kinds that paramiko does not know are left out.

    Raises:
        HostKeyError: the file cannot be read (code `known-hosts-unreadable`), or one of the keys not be understood.
    """
    keys: dict[str, paramiko.PKey] = {}
    for one in recorded(path, host, port):
        try:
            keys.setdefault(one.kind, paramiko.PKey.from_type_string(one.kind, base64.b64decode(one.base64)))
        except UnknownKeyType:
            continue
        except (ValueError, OverflowError, paramiko.SSHException) as error:
            raise _unreadable(path, f"the key of {host_pattern(host, port)}: {error}") from error
    return keys


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
        transport = paramiko.Transport(sock, disabled_algorithms=disabled_algorithms())
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
    """The keys that a file of known hosts has for a host, in its order.

    Args:
        path: the file; one that is not there has none.
        host: name or address.
        port: SSH port.

    Raises:
        HostKeyError: the file cannot be read (code `known-hosts-unreadable`).
    """
    pattern = host_pattern(host, port)
    try:
        told = path.stat()
    except OSError:
        entries = _entries_of(_lines(path))
    else:
        entries = _entries(path, (told.st_mtime_ns, told.st_size, told.st_ino))
    found = [*entries.plain.get(pattern, ()), *(one for name, one in entries.hashed if _is(name, pattern))]
    return tuple(key for _, key in sorted(found, key=lambda one: one[0]))


def record(path: Path, keys: Iterable[tuple[str, int, HostKey]]) -> None:
    """Write keys to a file of known hosts in place of those that these hosts had; all other lines stay.

    Args:
        path: the file; it and its folder are made where needed, and it changes all at once.
        keys: host, port and key of each.

    Raises:
        HostKeyError: the file cannot be written (code `known-hosts-unwritable`).
    """
    new = {host_pattern(host, port): key for host, port, key in keys}
    lines = [kept for line in _lines(path) if (kept := _without(line, new)) is not None]
    lines += (f"{pattern} {key.kind} {key.base64}" for pattern, key in new.items())
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _replace(path, "".join(f"{line}\n" for line in lines))
    except OSError as error:
        raise HostKeyError(
            f"{path} cannot be written ({error.strerror})",
            code="known-hosts-unwritable",
            advice="Check the folder and its rights, or name another file with --known-hosts.",
        ) from error


@dataclass(frozen=True, slots=True)
class _Entries:
    """A file of known hosts, with the numbers of its lines: names as they are, and those that are hashed."""

    plain: Mapping[str, Sequence[tuple[int, HostKey]]]
    hashed: Sequence[tuple[str, tuple[int, HostKey]]]


@lru_cache(maxsize=8)
def _entries(path: Path, version: tuple[int, ...]) -> _Entries:
    # Each of a thousand nodes asks for its own lines, and the file has a thousand: it is gone through once.
    return _entries_of(_lines(path))


def _entries_of(lines: Iterable[str]) -> _Entries:
    plain: dict[str, list[tuple[int, HostKey]]] = {}
    hashed: list[tuple[str, tuple[int, HostKey]]] = []
    for number, line in enumerate(lines):
        words = line.split()
        if len(words) < 3 or words[0].startswith(("#", "@")):
            continue
        one = (number, HostKey(words[1], words[2]))
        for name in words[0].split(","):
            if name.startswith(_HASHED):
                hashed.append((name, one))
            else:
                plain.setdefault(name, []).append(one)
    return _Entries(plain, hashed)


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text("utf-8").splitlines()
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError) as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, why: object) -> HostKeyError:
    return HostKeyError(
        f"the file of known host keys {path} cannot be read ({why})",
        code="known-hosts-unreadable",
        advice="Correct the file, or make a new one with mmpctl trust.",
    )


def _is(name: str, pattern: str) -> bool:
    return name == pattern or (name.startswith(_HASHED) and paramiko.HostKeys.hash_host(pattern, name) == name)


def _without(line: str, patterns: Collection[str]) -> str | None:
    """The line without these hosts; None where nothing is left of it."""
    field, _, rest = line.partition(" ")
    if not rest or field.startswith(("#", "@")):
        return line
    names = field.split(",")
    others = [name for name in names if not _is_any(name, patterns)]
    if len(others) == len(names):
        return line
    return f"{','.join(others)} {rest}" if others else None


def _is_any(name: str, patterns: Collection[str]) -> bool:
    return name in patterns or (name.startswith(_HASHED) and any(_is(name, pattern) for pattern in patterns))


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
