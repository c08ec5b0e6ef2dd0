"""Where the user's reviewed questions lie: what a release words otherwise, and a person has read and allowed."""

from __future__ import annotations

import hashlib
from pathlib import Path

from nornir.core import Nornir
from nornir.core.configuration import Config

from mmpctl.errors import RefusedError, UsageError
from mmpctl.inventory.settings import Settings, remember
from mmpctl.trusted import plain_path

FILE = "questions.yaml"
# The pin of a file that is not there.
NONE = ""


def remember_reviewed(nr: Nornir, inventory: Path) -> None:
    """Keep the path of `questions.yaml` beside the inventory with the Nornir object.

    Args:
        nr: its filtered copies find it too.
        inventory: folder, or configuration file.
    """
    folder = inventory if inventory.is_dir() else inventory.parent
    remember(nr, questions=str(plain_path(folder / FILE)))


def reviewed_file(config: Config) -> Path | None:
    """Return the file of reviewed questions; None if there is none.

    Args:
        config: of a Nornir object; one that `load` did not make has none.
    """
    path = Settings.of(config).questions
    return Path(path) if path is not None and Path(path).exists() else None


def pin_reviewed(nr: Nornir) -> str:
    """Hold everything that is done from now on to the file of reviewed questions as it is now.

    Args:
        nr: its filtered copies are held to it too.

    Returns:
        SHA-256 of the file, lower-case hex; empty if there is none.

    Raises:
        UsageError: it cannot be read.
    """
    file = reviewed_file(nr.config)
    digest = _sha256(file) if file is not None else NONE
    remember(nr, questions_sha256=digest)
    return digest


def check_pinned(config: Config) -> Path | None:
    """Return the file of reviewed questions, if any, after checking that it is the pinned one.

    Args:
        config: of a Nornir object; if nothing was pinned, any file is right.

    Raises:
        RefusedError: it was changed, added or taken away since (code `other-questions`).
        UsageError: it cannot be read.
    """
    file = reviewed_file(config)
    settings = Settings.of(config)
    pinned = settings.questions_sha256
    if pinned is None or pinned == (_sha256(file) if file is not None else NONE):
        return file
    raise RefusedError(
        f"{settings.questions or FILE} has changed since this started",
        code="other-questions",
        advice="Nothing was sent. Read the file. If you do not know who changed it, put the old one back. `mmpctl "
        "resume` uses the file as it is then, and reports that it has changed.",
    )


def _sha256(file: Path) -> str:
    try:
        return hashlib.sha256(file.read_bytes()).hexdigest()
    except OSError as error:
        raise UsageError(
            f"{file}: cannot be read ({error.strerror})", code="reviewed-questions", advice="Make it readable."
        ) from error
