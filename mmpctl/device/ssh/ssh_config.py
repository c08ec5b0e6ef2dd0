"""The user's SSH configuration file, as paramiko reads it, with included files, and programs that get no password."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import paramiko

from mmpctl.environment import for_programs
from mmpctl.trusted import require_trusted

_BLOCK: Final = re.compile(r"\s*(?:host|match)\b", re.IGNORECASE)
_INCLUDE: Final = re.compile(r"\s*include[\s=]+(.+)", re.IGNORECASE)
_DEEPEST: Final = 16
_ALL: Final = "Host *"


def read_ssh_config(file: Path, head: str = "") -> paramiko.SSHConfig:
    """Read a configuration file, and those that it includes.

    Args:
        file: the file.
        head: lines that come before it; in such a file the first value counts.

    Raises:
        OSError, ValueError, paramiko.SSHException: the file cannot be read, or not be understood.
        PlaceError: others could write to it, or to a file that it includes.
    """
    config = _Config()
    config.parse(iter([_ALL, *head.splitlines(), *_lines(file, 0)]))
    return config


def _lines(file: Path, depth: int) -> Iterator[str]:
    if depth > _DEEPEST:
        raise ValueError(f"{file} is included too deeply")
    require_trusted(file, "the SSH configuration file")
    in_block = False
    for line in file.read_text("utf-8").splitlines():
        in_block = in_block or _BLOCK.match(line) is not None
        include = _INCLUDE.match(line)
        if include is None:
            yield line
            continue
        lines = [
            one for pattern in include[1].split() for path in _matching(pattern) for one in _lines(path, depth + 1)
        ]
        blocks = any(_BLOCK.match(one) for one in lines)
        if blocks and in_block:
            raise ValueError(f"in {file}, Include is below Host or Match; move it to the beginning")
        yield from lines
        if blocks:
            yield _ALL


def _matching(pattern: str) -> list[Path]:
    # As in OpenSSH, relative paths start at the user's own folder, and a pattern may match nothing.
    path = Path(pattern.strip('"')).expanduser()
    place = path if path.is_absolute() else Path("~/.ssh").expanduser() / path
    return sorted(one for one in Path(place.anchor).glob(str(place.relative_to(place.anchor))) if one.is_file())


class _Config(paramiko.SSHConfig):
    # Paramiko runs the command of a `Match exec` with the whole environment, our password in it.
    def _does_match(self, match_list: list[dict[str, Any]], target_hostname: str, *stage: Any) -> bool:
        commands = [each for each in match_list if each["type"] == "exec"]
        others = [each for each in match_list if each["type"] != "exec"]
        if (others or not commands) and not super()._does_match(others, target_hostname, *stage):  # type: ignore[misc]
            return False
        options = stage[-1]
        return all(
            _succeeds(self._tokenize(options, target_hostname, "match-exec", each["param"])) is not each["negate"]  # type: ignore[attr-defined]
            for each in commands
        )


def _succeeds(command: str) -> bool:
    ended = subprocess.run(  # noqa: S602 - OpenSSH gives it to a shell too
        command, shell=True, check=False, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, env=for_programs()
    )
    return ended.returncode == 0
