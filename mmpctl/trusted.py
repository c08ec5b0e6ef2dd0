"""Which places on the disk may be trusted: those where nobody else can write, as OpenSSH's StrictModes has it.

Whoever can write a file that steers a run, or can put another in its place, steers the run. So each folder from the
root down to the file, and the file itself, belongs to the user or to root, and is not writable by others. Two things
are no fault: a folder above with the sticky bit, such as /tmp, in which nobody replaces what is another's; and the
rights of a group in which nobody is but the owner and root, as many systems make one for each user. An access list
(`setfacl`) may give rights to others beside them. What is mounted for reading only cannot be written whatever its
rights say, e.g. in a container.
"""

from __future__ import annotations

import errno
import grp
import os
import pwd
import shlex
import stat
import struct
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from mmpctl.errors import UsageError

ROOT = 0
# Where Linux keeps the access list of a file, and what it has in it.
_ACL = "system.posix_acl_access"
_ACL_ENTRY = struct.Struct("<HHI")
_ACL_USER, _ACL_GROUP, _ACL_WRITE = 0x02, 0x08, 0x02
_MOST_LINKS = 40


class PlaceError(UsageError):
    """Somebody else could change what lies there, so that it cannot be relied on."""

    code = "place"


def require_trusted(path: Path, what: str) -> None:
    """Make sure that nobody else can change what lies at a path, or put something else there.

    Args:
        path: a file or folder; if it is not there yet, the folders above it count.
        what: what it is, for the message, such as "the inventory".

    Raises:
        PlaceError: says which part of the path is at fault, and the cure.
    """
    # With its `..` as they are: behind a link, they do not lead back to where they stand.
    written = Path.cwd() / path
    ahead = list(reversed(written.parts[1:]))
    place = Path(written.anchor)
    links = 0
    _require_safe(place, os.lstat(place), path, what)
    while ahead:
        name = ahead.pop()
        if name == "..":  # what is above was looked at on the way down
            place = place.parent
            continue
        try:
            told = os.lstat(place / name)
        except (FileNotFoundError, NotADirectoryError):
            return
        except OSError as error:
            raise PlaceError(
                f"{what} {path} cannot be checked ({error.strerror})", advice=f"Check the rights of {place}."
            ) from error
        if not stat.S_ISLNK(told.st_mode):
            place /= name
            _require_safe(place, told, path, what)
            continue
        links += 1
        if links > _MOST_LINKS:
            raise PlaceError(
                f"{what} {path} is a link that leads back to itself", advice="Name the file or folder itself."
            )
        _require_owner(place / name, told, path, what)
        target = Path(os.readlink(place / name))  # noqa: PTH115 - the parts as they are written
        if target.is_absolute():
            place = Path(target.anchor)
        ahead += reversed([part for part in target.parts if part != target.anchor])


def plain_path(path: Path) -> Path:
    """Return a path as a person can use it anywhere: absolute, and without `..`.

    Args:
        path: as it was given.

    Returns:
        The short form where it leads to the same place; behind a link, `..` may lead elsewhere, and stays.
    """
    written = path.expanduser().absolute()
    short = Path(os.path.normpath(written))
    return short if os.path.realpath(short) == os.path.realpath(written) else written


def open_file(path: Path, flags: int, what: str) -> int:
    """Open a plain file of the user's own, without following a link at its name, and without waiting for anybody.

    Args:
        path: the file; it is made with the mode 0600 where the flags say so.
        flags: those of `os.open`.
        what: what it is, for the message.

    Returns:
        The descriptor.

    Raises:
        PlaceError: it is a link, a device, a pipe or a folder, belongs to somebody else, or others may write to it.
        OSError: it cannot be opened.
    """
    try:
        # A pipe would make the program wait until somebody opens its other end.
        descriptor = os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC, 0o600)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.EMLINK, errno.ENXIO, errno.EISDIR):
            raise _not_plain(path, what) from error
        raise
    try:
        told = os.fstat(descriptor)
        if not stat.S_ISREG(told.st_mode):
            raise _not_plain(path, what)
        _require_safe(path, told, path, what)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def read_file(path: Path, what: str) -> bytes:
    """Read a plain file of the user's own; see `open_file`.

    Args:
        path: the file.
        what: what it is, for the message.

    Raises:
        PlaceError: it is no plain file of the user's own.
        OSError: it cannot be read.
    """
    with os.fdopen(open_file(path, os.O_RDONLY, what), "rb") as file:
        return file.read()


def _require_safe(place: Path, told: os.stat_result, path: Path, what: str) -> None:
    if not (stat.S_ISREG(told.st_mode) or stat.S_ISDIR(told.st_mode)):
        raise _not_plain(place, what)
    _require_owner(place, told, path, what)
    sticky = stat.S_ISDIR(told.st_mode) and told.st_mode & stat.S_ISVTX
    whom = next(_other_writers(place, told), None)
    if whom is not None and not sticky and not os.statvfs(place).f_flag & os.ST_RDONLY:
        raise PlaceError(
            f"{what} {path} cannot be trusted: {whom} may write to {place}",
            advice=f"Take that right away with `chmod go-w {shlex.quote(str(place))}`, or use a place where only you "
            "can write.",
        )


def _other_writers(place: Path, told: os.stat_result) -> Iterator[str]:
    """Yield who may write there beside those that are relied on."""
    if told.st_mode & stat.S_IWOTH:
        yield "everybody"
    if told.st_mode & stat.S_IWGRP:
        # Where there is an access list, these bits of the mode say what any of its entries may be worth.
        if not _is_private(told.st_gid, told.st_uid):
            yield f"the group {_group(told.st_gid)}"
        for tag, number in _listed_writers(place):
            if tag == _ACL_USER and number not in {*_owners(), told.st_uid}:
                yield f"{_user(number)} (by its access list)"
            if tag == _ACL_GROUP and not _is_private(number, told.st_uid):
                yield f"the group {_group(number)} (by its access list)"


def _listed_writers(place: Path) -> Iterator[tuple[int, int]]:
    """Yield the entries of an access list for single users and groups who may write: tag, and number."""
    try:
        entries = os.getxattr(place, _ACL, follow_symlinks=False) if hasattr(os, "getxattr") else b""
    except OSError as error:
        if error.errno in (errno.ENODATA, errno.ENOTSUP):
            return
        raise
    # A version, then one entry after the other (linux/posix_acl_xattr.h).
    yield from ((tag, number) for tag, rights, number in _ACL_ENTRY.iter_unpack(entries[4:]) if rights & _ACL_WRITE)


def _require_owner(place: Path, told: os.stat_result, path: Path, what: str) -> None:
    if told.st_uid not in _owners():
        raise PlaceError(
            f"{what} {path} cannot be trusted: {place} belongs to {_user(told.st_uid)}",
            advice="Use a place that you own, or run the command as its owner.",
        )


def _owners() -> frozenset[int]:
    """Return the users whose files are relied on: root, and who runs this; with sudo, who called it as well."""
    me = os.geteuid()
    caller = os.environ.get("SUDO_UID", "")
    return frozenset({ROOT, me, *((int(caller),) if me == ROOT and caller.isdecimal() else ())})


@lru_cache(maxsize=64)
def _is_private(group: int, owner: int) -> bool:
    """Return whether nobody is in a group but the owner and root."""
    members = {user.pw_uid for user in pwd.getpwall() if user.pw_gid == group}
    try:
        names = grp.getgrgid(group).gr_mem
    except KeyError:
        names = []
    for name in names:
        try:
            members.add(pwd.getpwnam(name).pw_uid)
        except KeyError:
            return False
    return members <= {ROOT, owner}


def _not_plain(path: Path, what: str) -> PlaceError:
    return PlaceError(
        f"{what} {path} cannot be used: it is not a plain file (but a link, a folder, a pipe or a device)",
        advice="Put the file itself there.",
    )


def _user(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return f"the user {number}"


def _group(number: int) -> str:
    try:
        return grp.getgrgid(number).gr_name
    except KeyError:
        return str(number)
