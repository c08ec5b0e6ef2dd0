"""What mmpctl keeps with a Nornir object: `user_defined["mmpctl"]` of its configuration, as one typed object."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Final

from nornir.core import Nornir
from nornir.core.configuration import Config

from mmpctl.errors import UsageError

_SECTION: Final = "mmpctl"
BY_DEFAULT: Final = "default"


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings; None for what nobody has set. Filtered copies of the Nornir object share them.

    Args:
        inventory: absolute path of the folder or configuration file that the inventory was read from.
        known_hosts: absolute path of the file of known host keys.
        questions: absolute path of the file of reviewed questions, which need not exist.
        questions_sha256: SHA-256 of that file when the run began, lower-case hex; empty if there was none.
        workers: `default` if nobody has said how many nodes are worked on at the same time.
    """

    inventory: str | None = None
    known_hosts: str | None = None
    questions: str | None = None
    questions_sha256: str | None = None
    workers: str | None = None

    @property
    def leaves_workers_open(self) -> bool:
        """Nobody has said how many nodes are worked on at the same time."""
        return self.workers == BY_DEFAULT

    @classmethod
    def of(cls, config: Config) -> Settings:
        """Read the settings of a Nornir object; keys that mmpctl does not know are the user's own.

        Args:
            config: of the Nornir object.

        Raises:
            UsageError: `user_defined["mmpctl"]` is no mapping, or a setting in it is no text (code `settings`).
        """
        section = _section(config)
        known = {field.name: section.get(field.name) for field in fields(cls)}
        for name, value in known.items():
            if value is not None and not isinstance(value, str):
                raise _wrong(f"`{name}` is {type(value).__name__}, not a text")
        return cls(**known)


def remember(nr: Nornir, **changes: str) -> None:
    """Change settings of a Nornir object, and leave all else that is in `user_defined` as it is.

    Args:
        nr: the Nornir object; its filtered copies see the change too.
        changes: fields of `Settings`.

    Raises:
        UsageError: the settings that are there cannot be read.
    """
    settings = replace(Settings.of(nr.config), **changes)
    told = {name: value for name, value in asdict(settings).items() if value is not None}
    nr.config.user_defined = {**nr.config.user_defined, _SECTION: {**_section(nr.config), **told}}


def _section(config: Config) -> Mapping[str, Any]:
    section = config.user_defined.get(_SECTION, {})
    if not isinstance(section, Mapping):
        raise _wrong(f"it is {type(section).__name__}, not a mapping")
    return section


def _wrong(why: str) -> UsageError:
    return UsageError(
        f'`user_defined["{_SECTION}"]` of the Nornir configuration cannot be read: {why}',
        code="settings",
        advice="Correct it in your Nornir configuration, or take it out: mmpctl fills it by itself.",
    )
