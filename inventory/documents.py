"""The YAML files of an inventory, with the line on which each key stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from ruamel.yaml.error import MarkedYAMLError, YAMLError

from mmpctl import plain_yaml
from mmpctl.errors import InventoryError
from mmpctl.inventory.mistakes import FaultyInventoryError, Place, Problem
from mmpctl.plain_yaml import Lines

Kind = Literal["hosts", "groups", "defaults"]


@dataclass(frozen=True, slots=True)
class Document:
    """One YAML file.

    Args:
        path: as the user wrote it.
        content: what the file holds, as plain values; an empty file holds an empty mapping.
        lines: where its keys stand.
    """

    path: Path
    content: Any
    lines: Lines

    def place(self, *keys: object) -> Place:
        """Return where a key stands, or the innermost of its parents that is written in this file.

        Args:
            keys: from the top of the file inwards.
        """
        line, inner = None, self.content
        for key in keys:
            if not isinstance(inner, dict) or key not in inner:
                break
            line = self.lines.line(inner, key) or line
            inner = inner[key]
        return Place(str(self.path), line)


@dataclass(frozen=True, slots=True)
class Sources:
    """Where an inventory came from.

    Args:
        path: the folder or the configuration file that was named.
        documents: the files of a SimpleInventory; empty for other plugins, whose source we cannot see.
    """

    path: Path
    documents: Mapping[Kind, Document]

    def place(self, kind: Kind, *keys: object) -> Place:
        """Return where something is written: file and line of a SimpleInventory, else the path that was named."""
        document = self.documents.get(kind)
        return document.place(*keys) if document else Place(str(self.path))


def read(path: Path, encoding: str = "utf-8") -> Document:
    """Read one YAML file.

    Raises:
        FaultyInventoryError: it is not YAML, or more than can be read; the problem names the line.
        InventoryError: the file cannot be read.
    """
    try:
        if path.exists() and not (path.is_file() or path.is_dir()):  # a pipe would keep us waiting
            raise InventoryError(f"cannot read {path}: it is a pipe or a device", advice="Put a file there.")
        content, lines = plain_yaml.load_with_lines(plain_yaml.read(path, encoding))
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        # ruamel adds a note and a link about duplicate keys; its first line says it all.
        what = (error.problem or error.context or "not YAML").splitlines()[0]
        cure = "Correct the YAML on this line or just above it."
        place = Place(str(path), mark.line + 1 if mark else None)
        raise FaultyInventoryError((Problem(place, None, _without_value(what), cure),)) from None
    except (YAMLError, UnicodeDecodeError, LookupError) as error:
        what = f"not a YAML text in {encoding}: {type(error).__name__}"
        raise FaultyInventoryError((Problem(Place(str(path)), None, what, "Save it as UTF-8 text."),)) from None
    except OSError as error:
        raise InventoryError(
            f"cannot read {path}: {error.strerror}", advice="Check the path and its permissions."
        ) from None
    return Document(path, {} if content is None else content, lines)


def _without_value(problem: str) -> str:
    # "found duplicate key "password" with value "x" (original value: "y")": values may be secrets.
    return problem.partition(" with value ")[0]
