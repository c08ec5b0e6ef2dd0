"""What arrived since the last command was sent."""

from __future__ import annotations

from mmpctl.device.text import plain
from mmpctl.errors import DialogueError

LIMIT = 4 * 1024 * 1024
_TAIL = 2048


class Received:
    """Text of the terminal, piece by piece; its end can be looked at without reading all of it again."""

    __slots__ = ("_pieces", "_size", "_tail")

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._size = 0
        self._tail = ""

    def add(self, piece: str) -> None:
        """Append a piece.

        Args:
            piece: raw text, as it came.

        Raises:
            DialogueError: more than 4 MiB arrived (code `too-much-output`).
        """
        self._pieces.append(piece)
        self._size += len(piece)
        self._tail = (self._tail + piece)[-_TAIL:]
        if self._size > LIMIT:
            raise DialogueError(
                f"the device sent more than {LIMIT // 1024**2} MiB for one command",
                code="too-much-output",
                advice="Look at the node by hand; the session was closed.",
            )

    @property
    def text(self) -> str:
        """All of it, plain."""
        return plain("".join(self._pieces))

    @property
    def tail(self) -> str:
        """The end of it, plain."""
        return plain(self._tail)

    @property
    def is_short(self) -> bool:
        """Whether the tail is all there is."""
        return self._size <= _TAIL
