"""Where the user's reviewed questions lie: what a release words otherwise, and a person has read and allowed."""

from __future__ import annotations

from pathlib import Path

from nornir.core import Nornir
from nornir.core.configuration import Config

FILE = "questions.yaml"
_SETTINGS = "mmpctl"
_KEY = "questions"


def remember_reviewed(nr: Nornir, inventory: Path) -> None:
    """Keep the path of `questions.yaml` beside the inventory with the Nornir object.

    Args:
        nr: its filtered copies find it too.
        inventory: folder, or configuration file.
    """
    folder = inventory if inventory.is_dir() else inventory.parent
    settings = nr.config.user_defined.get(_SETTINGS, {})
    nr.config.user_defined = {
        **nr.config.user_defined,
        _SETTINGS: {**settings, _KEY: str((folder / FILE).absolute())},
    }


def reviewed_file(config: Config) -> Path | None:
    """The file of reviewed questions, where there is one.

    Args:
        config: of a Nornir object; one that `load` did not make has none.
    """
    path = config.user_defined.get(_SETTINGS, {}).get(_KEY)
    return Path(path) if path is not None and Path(path).exists() else None
