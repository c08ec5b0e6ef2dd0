"""YAML files of the user's, read within bounds: a few lines of YAML can stand for more than a machine can hold."""

from __future__ import annotations

from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any, Final

from ruamel.yaml import YAML
from ruamel.yaml.constructor import SafeConstructor
from ruamel.yaml.error import MarkedYAMLError, StringMark
from ruamel.yaml.events import (
    AliasEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

# Ten thousand servers, each with all its keys, come to a third of either.
MOST_LETTERS: Final = 16 << 20
MOST_VALUES: Final = 1_000_000


def read(path: Path, encoding: str = "utf-8") -> str:
    """Read the text of a file, or as much of it as `load` needs to refuse it.

    Args:
        path: the file.
        encoding: its encoding.

    Raises:
        OSError, UnicodeDecodeError, LookupError: it cannot be read as such a text.
    """
    with path.open(encoding=encoding) as file:
        return file.read(MOST_LETTERS + 1)


class Lines:
    """On which line of a text each key of its mappings stands, counted from 1."""

    def __init__(self) -> None:
        # The mapping itself is kept with its lines: its identity is not given to another one as long as it is there.
        self._of: dict[int, tuple[Any, dict[Any, int]]] = {}

    def note(self, mapping: dict[Any, Any], lines: dict[Any, int]) -> None:
        """Take the lines of a mapping.

        Args:
            mapping: as it was read.
            lines: by key.
        """
        self._of[id(mapping)] = (mapping, lines)

    def line(self, mapping: object, key: object) -> int | None:
        """Return where a key is written; None for one that a mapping takes from another one (`<<`).

        Args:
            mapping: as it was read.
            key: one of its keys.
        """
        noted = self._of.get(id(mapping))
        return noted[1].get(key) if noted is not None else None


class _LinedConstructor(SafeConstructor):
    """Makes plain values, and notes the lines of keys."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lines = Lines()

    def construct_yaml_map(self, node: Any) -> Iterator[dict[Any, Any]]:
        data: dict[Any, Any] = {}
        # Before its values are known: one of them may be the mapping itself.
        yield data
        data.update(self.construct_mapping(node))
        # What it takes from others was put before its own keys.
        own = node.value[len(getattr(node, "merge", None) or ()) :]
        self.lines.note(data, {self.construct_object(key, deep=True): key.start_mark.line + 1 for key, _ in own})


_LinedConstructor.add_constructor("tag:yaml.org,2002:map", _LinedConstructor.construct_yaml_map)


def load(text: str) -> Any:
    """Read a YAML text.

    Args:
        text: the whole text.

    Raises:
        YAMLError: it is not YAML, or larger, deeper or more repetitive than a file of settings ever is.
    """
    return _load(text, YAML(typ="safe", pure=True))


def load_with_lines(text: str) -> tuple[Any, Lines]:
    """Read a YAML text, and where its keys stand.

    Args:
        text: the whole text.

    Raises:
        YAMLError: as `load`.
    """
    reader = YAML(typ="safe", pure=True)
    reader.Constructor = _LinedConstructor
    return _load(text, reader), reader.constructor.lines


def _load(text: str, reader: YAML) -> Any:
    if len(text) > MOST_LETTERS:
        raise MarkedYAMLError(problem=f"the file is larger than {MOST_LETTERS >> 20} MiB")
    if "&" in text and "*" in text:
        _require_bounded(text)
    try:
        return reader.load(text)
    except RecursionError:
        raise MarkedYAMLError(problem="the blocks are nested too deeply") from None
    except (ValueError, OverflowError):
        # Of 2026-13-45, or of a number of thousands of digits; the library tells no line.
        raise MarkedYAMLError(problem="a value looks like a number or a date and is none; put it in quotes") from None


def _require_bounded(text: str) -> None:
    """Count the values that the text stands for, each alias as all that it repeats."""
    sizes: dict[str, int] = {}
    open_blocks: list[tuple[str | None, int]] = []
    total = 0
    for event in YAML(typ="safe", pure=True).parse(StringIO(text)):
        if isinstance(event, (SequenceStartEvent, MappingStartEvent)):
            open_blocks.append((event.anchor, total))
            total += 1
        elif isinstance(event, (SequenceEndEvent, MappingEndEvent)):
            anchor, before = open_blocks.pop()
            if anchor is not None:
                sizes[anchor] = total - before
        elif isinstance(event, ScalarEvent):
            total += 1
            if event.anchor is not None:
                sizes[event.anchor] = 1
        elif isinstance(event, AliasEvent):
            if any(anchor == event.anchor for anchor, _ in open_blocks):
                raise _refused(event, f"*{event.anchor} repeats the block in which it stands")
            total += sizes.get(event.anchor, 1)
        if total > MOST_VALUES:
            raise _refused(event, f"including all blocks repeated with *, there are more than {MOST_VALUES} values")


def _refused(event: Any, problem: str) -> MarkedYAMLError:
    mark: StringMark | None = event.start_mark
    return MarkedYAMLError(problem=problem, problem_mark=mark)
