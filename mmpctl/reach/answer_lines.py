"""The lines that a site answers with: who it is, its rows and parts, that it is alive, how many there were."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol, TypeVar

from mmpctl.documents.forms import Sha256
from mmpctl.inventory.nodes import Node
from mmpctl.reach.wire import WireError, from_wire, to_wire

# The version that is written, and those that are read: that one and the one before it, once there is one before it.
WIRE: Final = 1
READABLE: Final = frozenset({WIRE})
# So often a site says that it is alive; after so long without a line it is taken for gone.
ALIVE_SECONDS: Final = 5.0
SILENT_SECONDS: Final = 3 * ALIVE_SECONDS

_KIND: Final = "line"
_HALF: Final = re.compile(r"\\u[dD][89a-fA-F]")
# A document of ours has less than ten; whoever shows and keeps one goes down into it.
_MOST_DEPTH: Final = 50
_T = TypeVar("_T")


class LookedAt(Protocol):
    """What was found on one node."""

    @property
    def node(self) -> Node:
        """The node, as the inventory knows it."""


@dataclass(frozen=True, slots=True)
class Hello:
    """The first line: who answers.

    Args:
        wire: the version of requests and lines that the site speaks.
        version: of mmpctl there.
        site: its name.
        clock: what time it is there, aware.
        inventory: the digest of its inventory.
    """

    wire: int
    version: str
    site: str
    clock: datetime
    inventory: Sha256


@dataclass(frozen=True, slots=True)
class Row:
    """What came of one node.

    Args:
        node: its inventory name.
        told: all else of the fact, as JSON.
    """

    node: str
    told: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Part:
    """A part of an answer that is of no single node: a run, the plan of a cluster, the state of the site.

    Args:
        name: of the run, of the cluster, or of the site.
        told: all of it, as JSON.
    """

    name: str
    told: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Alive:
    """The site is at work, and has nothing to tell yet."""


@dataclass(frozen=True, slots=True)
class End:
    """The last line: all is told.

    Args:
        rows: how many rows and parts there were.
    """

    rows: int


@dataclass(frozen=True, slots=True)
class Failure:
    """The last line in place of `End`: the site cannot do what it was asked.

    Args:
        code: of the error.
        message: what happened.
        advice: what to do.
    """

    code: str
    message: str
    advice: str = ""


Line = Hello | Row | Part | Alive | End | Failure

_KINDS: Final[Mapping[str, type[Line]]] = {
    "hello": Hello,
    "row": Row,
    "part": Part,
    "alive": Alive,
    "end": End,
    "error": Failure,
}
_WORDS: Final = {kind: word for word, kind in _KINDS.items()}


def row_of(fact: LookedAt) -> Row:
    """Return the row of a node: what a desk does not know by its own inventory.

    Args:
        fact: what was found on it.
    """
    told = to_wire(fact)
    del told["node"]
    return Row(fact.node.name, told)


def fact_of(row: Row, form: type[_T], node: Node) -> _T:
    """Return what a row tells of a node.

    Args:
        row: of a site.
        form: the kind of the fact.
        node: of the desk's own inventory.

    Raises:
        WireError: it is of another kind.
    """
    return from_wire({**row.told, "node": to_wire(node)}, form, f"the row of {node.name}")


def line_text(line: Line) -> str:
    """Return a line as it is sent, with its end.

    Args:
        line: of a site.
    """
    told = {_KIND: _WORDS[type(line)], **to_wire(line)}
    return json.dumps(told, separators=(",", ":"), allow_nan=False) + "\n"


def read_line(text: str | bytes) -> Line:
    """Return a line that came from a site.

    Args:
        text: one line.

    Raises:
        WireError: it is no such line.
    """
    told = json_object(text, "the line")
    word = told.get(_KIND)
    kind = _KINDS.get(word) if isinstance(word, str) else None
    if kind is None:
        raise WireError(f"a line of no known kind came: {word!r}")
    if kind is Part and _is_deeper(told, _MOST_DEPTH):
        raise WireError(f"more than {_MOST_DEPTH} brackets stand within each other in the line {word!r}")
    return from_wire(told, kind, f"the line {word!r}")


def _is_deeper(value: object, most: int) -> bool:
    level = [value]
    for _ in range(most):
        if not level:
            return False
        level = [
            inner
            for one in level
            if isinstance(one, (dict, list))
            for inner in (one.values() if isinstance(one, dict) else one)
        ]
    return bool(level)


def json_object(text: str | bytes, what: str) -> dict[str, Any]:
    """Return the JSON object that a text is.

    Args:
        text: one line.
        what: the name of what is read, for the error.

    Raises:
        WireError: it is none.
    """
    try:
        plain = text if isinstance(text, str) else text.decode()
        told = json.loads(plain)
        if _HALF.search(plain):
            # Half of a character of two: Python reads it, and can neither print it nor write it into a file.
            json.dumps(told, ensure_ascii=False).encode()
    # Too many brackets within each other.
    except (ValueError, RecursionError):
        raise WireError(f"{what} is not JSON") from None
    if not isinstance(told, dict):
        raise WireError(f"{what} is not a JSON object")
    return told
