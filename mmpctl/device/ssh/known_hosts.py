"""OpenSSH's file of known hosts: which keys it has for a host, which are revoked, and how new ones are recorded."""

from __future__ import annotations

import base64
import os
import tempfile
from collections.abc import Collection, Iterable
from functools import cache, lru_cache
from pathlib import Path

import paramiko
from paramiko.pkey import UnknownKeyType

from mmpctl.device.ssh.host_key import HostKey, Known
from mmpctl.device.ssh.known_hosts_lines import AUTHORITY, HASHED, REVOKED, Entries, Entry, entries_of, is_hashed
from mmpctl.errors import HostKeyError


def host_pattern(host: str, port: int = 22) -> str:
    """How a host is written in a file of known hosts: the bare name on port 22, else `[name]:port`, in lower case.

    Args:
        host: name or address.
        port: SSH port.
    """
    return (host if port == 22 else f"[{host}]:{port}").lower()


def known(path: Path, host: str, port: int = 22) -> Known:
    """What a file of known hosts says of a host, as OpenSSH reads it: patterns, negated ones and hashed names too.

    Args:
        path: the file; one that is not there knows nobody.
        host: name or address.
        port: SSH port.

    Returns:
        What it says; keys of a kind that paramiko does not know are left out.

    Raises:
        HostKeyError: the file cannot be read (code `known-hosts-unreadable`).
    """
    name = host_pattern(host, port)
    try:
        told = path.stat()
    except OSError:
        return _known(entries_of(_lines(path)), name)
    return _known_in(path, (told.st_mtime_ns, told.st_size, told.st_ino), name)


def require_readable(path: Path, host: Known) -> None:
    """Refuse keys that are broken, before a node is compared with them.

    Args:
        path: the file that they stand in.
        host: what it says of a host.

    Raises:
        HostKeyError: a key cannot be understood (code `known-hosts-unreadable`).
    """
    for key in (*host.keys, *host.revoked):
        try:
            paramiko.PKey.from_type_string(key.kind, base64.b64decode(key.base64, validate=True))
        except (ValueError, OverflowError, paramiko.SSHException) as error:
            raise _unreadable(path, f"the key {key.kind} {key.base64[:40]}: {error}") from error


def recorded(path: Path, host: str, port: int = 22) -> tuple[HostKey, ...]:
    """Return the keys that a file of known hosts has for a host, in its order; see `known`.

    Args:
        path: the file.
        host: a name or an address, as the file has it.
        port: of its SSH server.
    """
    return known(path, host, port).keys


def record(path: Path, keys: Iterable[tuple[str, int, HostKey]]) -> None:
    """Write keys to a file of known hosts in place of those that these hosts had; all other lines stay.

    Args:
        path: the file; it and its folder are made where needed, and it changes all at once.
        keys: host, port and key of each.

    Raises:
        HostKeyError: the file cannot be written (code `known-hosts-unwritable`); or a line of several hosts, by a
            pattern or `@revoked`, says otherwise of one of these (`known-hosts-line`).
    """
    new = {host_pattern(host, port): key for host, port, key in keys}
    lines = [kept for line in _lines(path) if (kept := _without(line, new)) is not None]
    rest = entries_of(lines)
    for name, key in new.items():
        for entry in rest.of(name):
            if _contradicts(entry, key):
                raise HostKeyError(
                    f"line {entry.number + 1} of {path} contradicts this for {name}: "
                    f"{lines[entry.number].strip()[:120]}",
                    code="known-hosts-line",
                    advice="Correct that line by hand, because it applies to more hosts than this one. Nothing was "
                    "recorded.",
                )
    lines += (f"{name} {key.kind} {key.base64}" for name, key in new.items())
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _replace(path, "".join(f"{line}\n" for line in lines))
    except OSError as error:
        raise HostKeyError(
            f"{path} cannot be written ({error.strerror})",
            code="known-hosts-unwritable",
            advice="Check the folder and its permissions, or name another file with --known-hosts.",
        ) from error


@lru_cache(maxsize=4096)
def _known_in(path: Path, version: tuple[int, ...], name: str) -> Known:
    # A node is connected to twice, and of a hashed name only a look at each line tells whose it is.
    return _known(_entries(path, version), name)


def _known(entries: Entries, name: str) -> Known:
    found = sorted((one for one in entries.of(name) if _spoken(one.key.kind)), key=lambda one: one.number)
    return Known(
        tuple(entry.key for entry in found if not entry.marker),
        tuple(entry.key for entry in found if entry.marker == REVOKED),
        any(entry.marker == AUTHORITY for entry in found),
    )


@lru_cache(maxsize=8)
def _entries(path: Path, version: tuple[int, ...]) -> Entries:
    # Each of a thousand nodes asks for its own lines, and the file has a thousand: it is gone through once.
    return entries_of(_lines(path))


@cache
def _spoken(kind: str) -> bool:
    try:
        paramiko.PKey.from_type_string(kind, b"")
    except UnknownKeyType:
        return False
    except (ValueError, OverflowError, paramiko.SSHException):
        return True
    return True


def _contradicts(entry: Entry, key: HostKey) -> bool:
    if entry.marker == REVOKED:
        return entry.key == key
    return not entry.marker and entry.key != key


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
        advice="Correct the line, or delete it and record the key again with `mmpctl trust`.",
    )


def _without(line: str, names: Collection[str]) -> str | None:
    """Return the line without these hosts; None if nothing is left of it."""
    field, _, rest = line.strip().partition(" ")
    if not rest or field.startswith(("#", "@")) or any(sign in field for sign in "*?!"):
        return line
    others = [name for name in field.split(",") if not _is_any(name, names)]
    if len(others) == len(field.split(",")):
        return line
    return f"{','.join(others)} {rest}" if others else None


def _is_any(name: str, names: Collection[str]) -> bool:
    return name.lower() in names or (name.startswith(HASHED) and any(is_hashed(name, one) for one in names))


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
