"""Archives and mails taken apart in memory: the files in them, within bounds, whatever their senders have put in."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes, policy
from io import BytesIO
from pathlib import PurePosixPath
from typing import Final

# What no answer of a CA comes near: bytes, of one file or unpacked; parts, of all archives and mails in one another.
MOST_BYTES: Final = 8 << 20
MOST_PARTS: Final = 5000
_DEEPEST: Final = 3

_MAIL: Final = re.compile(rb"\A(?:From [^\n]+\n)?(?:[A-Za-z][A-Za-z0-9-]*:[^\n]*\n(?:[ \t][^\n]*\n)*)+\r?\n")
_ZIP: Final = b"PK\x03\x04"


@dataclass(frozen=True, slots=True)
class Part:
    """A file that was sent, or the text of a mail.

    Args:
        content: all of it.
        origin: where it was, for what is told.
        is_file: whether it was sent as a file: the text of a mail may say nothing of certificates.
    """

    content: bytes
    origin: str
    is_file: bool = True


@dataclass(slots=True)
class _Room:
    """What may still come out of one file."""

    bytes_left: int = MOST_BYTES
    parts_left: int = MOST_PARTS

    def takes(self, content: bytes) -> bool:
        self.bytes_left -= len(content)
        self.parts_left -= 1
        return self.bytes_left >= 0 and self.parts_left >= 0


def parts_of(data: bytes, origin: str, troubles: list[str]) -> Iterator[Part]:
    """Yield what is in a file: itself, or if it is an archive or a mail, the files in it.

    Args:
        data: its content.
        origin: its path, for what is told.
        troubles: gets a sentence for each part that cannot be got out.
    """
    yield from _parts(Part(data, origin), troubles, _Room(), 0)


def _parts(part: Part, troubles: list[str], room: _Room, depth: int) -> Iterator[Part]:
    is_archive = part.content.startswith(_ZIP)
    if not is_archive and not _MAIL.match(part.content):
        yield part
        return
    if depth == _DEEPEST:
        kind = "archives" if is_archive else "mails"
        troubles.append(f"{part.origin} has {kind} in {kind} in {kind}")
        return
    for inner in _of_archive(part, troubles, room) if is_archive else _of_mail(part, troubles):
        if not room.takes(inner.content):
            troubles.append(f"{part.origin} unpacks to more than an answer of a CA can be")
            return
        yield from _parts(inner, troubles, room, depth + 1)


def _of_archive(part: Part, troubles: list[str], room: _Room) -> Iterator[Part]:
    try:
        archive = zipfile.ZipFile(BytesIO(part.content))
        # Some have a file without a name in them, of which not even `is_dir` may be asked.
        held = [one for one in archive.infolist() if one.filename and not one.is_dir()]
    except Exception as error:  # a library has many words for what it cannot read
        troubles.append(f"{part.origin} is an archive that cannot be unpacked ({error})")
        return
    if len(held) > room.parts_left:
        troubles.append(f"{part.origin} unpacks to more than an answer of a CA can be")
        return
    for one in held:
        try:
            with archive.open(one) as file:
                # The size that it tells may be wrong.
                content = file.read(max(room.bytes_left, 0) + 1)
        except Exception as error:
            troubles.append(f"{one.filename} in {part.origin} cannot be unpacked ({error})")
            # Its bytes were unpacked all the same.
            room.bytes_left -= one.file_size
            if room.bytes_left < 0:
                return
            continue
        yield Part(content, f"{part.origin}:{one.filename}")


def _of_mail(part: Part, troubles: list[str]) -> Iterator[Part]:
    try:
        held = [one for one in message_from_bytes(part.content, policy=policy.default).walk() if not one.is_multipart()]
    except Exception as error:
        troubles.append(f"{part.origin} is a mail that cannot be read ({error})")
        return
    for one in held:
        try:
            content, name = one.get_payload(decode=True), one.get_filename()
        except Exception as error:
            troubles.append(f"a part of {part.origin} cannot be read ({error})")
            continue
        if isinstance(content, bytes):
            place = f"{part.origin}:{PurePosixPath(name).name}" if name else part.origin
            yield Part(content, place, name is not None)
