"""Gathers the parts of the answers of many sites."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from mmpctl.documents.checked import DocumentError, checked
from mmpctl.reach.answer_lines import Part, Row
from mmpctl.reach.engine import Answer, Engine, Errand
from mmpctl.reach.wire import WireError

_T = TypeVar("_T")


def gather(
    engine: Engine, errands: Sequence[Errand], read: Callable[[Part], _T]
) -> tuple[dict[str, dict[str, _T]], list[Answer]]:
    """Ask all sites at once, and keep the parts of their answers.

    Args:
        engine: carries the requests.
        errands: one for each site.
        read: returns what a part tells; raises `WireError` if it is no such part.

    Returns:
        The parts by their names, by site, and what came of each site.
    """
    found: dict[str, dict[str, _T]] = {errand.site.name: {} for errand in errands}

    def take(errand: Errand, told: Row | Part) -> None:
        # Each site has a thread and parts of its own.
        here = found[errand.site.name]
        if not isinstance(told, Part) or told.name in here:
            name = told.node if isinstance(told, Row) else told.name
            raise WireError(f"it reports on {name!r}, which it was not asked about, or has reported before")
        here[told.name] = read(told)

    answers = engine.run(errands, take)
    return found, answers


def document_in(part: Part, key: str, form: type[_T]) -> _T:
    """Return the document that a part has.

    Args:
        part: of an answer.
        key: where it stands.
        form: its type, a `TypedDict`.

    Raises:
        WireError: it is no such document.
    """
    try:
        return checked(part.told.get(key), form, f"`{key}` of {part.name}")
    except DocumentError as error:
        raise WireError(error.message) from None
