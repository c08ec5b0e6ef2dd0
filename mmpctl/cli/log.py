"""What a command logs: warnings on the screen, in the log file tracebacks as well; with --debug everything, on both.

Handlers are at the logger of this package, and with --debug at those of the SSH libraries: what Nornir logs, and
where, is the user's own setting.
"""

from __future__ import annotations

import json
import logging
import os
import platform
import re
import sys
from collections.abc import Iterator, Sequence
from datetime import datetime, timezone
from pathlib import Path
from urllib.parse import quote

import mmpctl
from mmpctl.device.ssh.log_channel import LOG_CHANNEL
from mmpctl.reports.sanitize import harmless
from mmpctl.reports.streams import send
from mmpctl.runs.log_file import ROOT, LogFile
from mmpctl.times import iso

_LIBRARIES = ("netmiko", "paramiko")
_LONG = "%(asctime)s %(process)d %(levelname)s %(name)s: %(message)s"
# The password in the URL of a database; bounded, so that a long text without one costs no more than its length.
_IN_URL = re.compile(r"(?<=://)([^\s:/@]{0,256}:)[^\s@]{1,256}(?=@)")


class Clean(logging.Formatter):
    """Writes a record without secrets, and without anything that moves the cursor; times in UTC."""

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: N802 - logging calls it
        """Return when it was, in UTC."""
        return iso(datetime.fromtimestamp(record.created, timezone.utc))

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as text."""
        return clean(super().format(record))


class _Bare(Clean):
    """Writes the message of a record and no more."""

    def format(self, record: logging.LogRecord) -> str:
        return clean(record.getMessage())


class _Screen(logging.Handler):
    """Writes to standard error, whatever that is at the moment: a live picture puts something else there."""

    def emit(self, record: logging.LogRecord) -> None:
        send(self.format(record) + "\n", sys.stderr)


class CommandLog:
    """The log of one command, from `begin` to `end`.

    Args:
        arguments: of the command, as typed.
    """

    def __init__(self, arguments: Sequence[str]) -> None:
        self._arguments = tuple(arguments)
        self._handlers: list[logging.Handler] = []
        self._levels: dict[str, int] = {}

    def begin(self, *, debug: bool) -> None:
        """Log from now on; a second call changes nothing.

        Args:
            debug: log everything, and show it on standard error.
        """
        if self._handlers:
            return
        called = f"mmpctl {mmpctl.__version__}, Python {platform.python_version()}: {' '.join(self._arguments)}"
        # Everything that a command logs without --debug is worth a line that names the command; else there is none.
        file = LogFile("" if debug else called, _tell)
        file.setFormatter(Clean(_LONG))
        screen = _Screen(logging.DEBUG if debug else logging.WARNING)
        screen.setFormatter(Clean(_LONG) if debug else _Bare())
        self._handlers = [file, screen]
        if not debug:
            for handler in self._handlers:
                handler.addFilter(_is_ours)
        for name in (ROOT, *_LIBRARIES) if debug else (ROOT,):
            logger = logging.getLogger(name)
            self._levels[name] = logger.level
            logger.setLevel(logging.DEBUG if debug else logging.INFO)
            for handler in self._handlers:
                logger.addHandler(handler)
        logging.getLogger(ROOT).debug("%s", called)

    def end(self) -> None:
        """Log no more."""
        for name, level in self._levels.items():
            logger = logging.getLogger(name)
            logger.setLevel(level)
            for handler in self._handlers:
                logger.removeHandler(handler)
        self._levels, self._handlers = {}, []


def clean(text: str) -> str:
    """Return a text without passwords and keys, and without anything that moves the cursor.

    Args:
        text: one record, perhaps of several lines.
    """
    # Most commands log nothing: what takes secrets out is loaded with the first record.
    from mmpctl.device.redaction import REDACTED, redact

    for secret in sorted(_spellings(), key=len, reverse=True):
        text = text.replace(secret, REDACTED)
    return harmless(redact(_IN_URL.sub(rf"\1{REDACTED}", text)), lines=True)


def _spellings() -> set[str]:
    """Return the secrets of this process, each as texts and representations may have it."""
    from mmpctl.inventory.credentials import known_secrets

    return {one for secret in {*known_secrets(), *_of_environment()} for one in _written(secret)}


def _of_environment() -> Iterator[str]:
    for name, value in os.environ.items():
        if name.startswith("MMP_") and "PASS" in name and "_FILE" not in name and value:
            yield value


def _written(secret: str) -> Iterator[str]:
    yield secret
    yield repr(secret)[1:-1]
    yield repr(secret.encode("utf-8", "surrogateescape"))[2:-1]
    yield json.dumps(secret)[1:-1]
    yield quote(secret, safe="", errors="replace")


def _is_ours(record: logging.LogRecord) -> bool:
    """Paramiko logs each lost connection, with a traceback, to a logger that has a name of ours."""
    return record.name != LOG_CHANNEL and not record.name.startswith(f"{LOG_CHANNEL}.")


def _tell(why: str, path: Path | None) -> None:
    named = f"the log {path}" if path is not None else "the log"
    send(harmless(f"{named} cannot be written ({why}); the command goes on without it") + "\n", sys.stderr)
