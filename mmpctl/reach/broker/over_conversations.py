"""Which conversations nobody listens to any more, though their desk listens: the newest request of a desk says so."""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Final

# As Celery makes the id of a task.
_ID: Final = re.compile(r"[0-9a-f-]{36}", re.ASCII)


class OverConversations:
    """Conversations that are over. The worker's first process writes, and those that carry look.

    Args:
        folder: for a file of each; there, and nobody else's.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: dict[str, set[str]] = {}

    def heard(self, desk: str, conversation: str, listening: Iterable[str]) -> None:
        """Take note of a request.

        Args:
            desk: whose it is.
            conversation: its id.
            listening: all conversations that the desk listens to; each `is_id`.
        """
        wanted = {conversation, *listening}
        known = self._known.get(desk, set())
        for one in known - wanted:
            self._file(one).touch()
        self._known[desk] = (known & wanted) | {conversation}

    def is_over(self, conversation: str) -> bool:
        """Return whether its desk has said that it does not listen to it.

        Args:
            conversation: its id.
        """
        return self._file(conversation).exists()

    def forget(self, conversation: str) -> None:
        """Take its file away.

        Args:
            conversation: its id.
        """
        with suppress(FileNotFoundError):
            self._file(conversation).unlink()

    @staticmethod
    def is_id(text: str) -> bool:
        """Return whether a text can be the id of a conversation.

        Args:
            text: that came with a request.
        """
        return bool(_ID.fullmatch(text))

    def _file(self, conversation: str) -> Path:
        return self._folder / conversation
