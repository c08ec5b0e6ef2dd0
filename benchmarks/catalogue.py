"""All benchmarks: a module each, with one function that yields rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Final

from benchmarks import (
    first_row,
    fleet,
    lab_sites,
    many_sites,
    new_files,
    renewal,
    session,
    signatures,
    start_up,
    whole_audit,
)
from benchmarks.row import Row

# By name; what is yielded with `quick=True` takes seconds, and is what the gate runs.
BENCHMARKS: Final[Mapping[str, Callable[[bool], Iterable[Row]]]] = MappingProxyType(
    {
        "session": session.rows,
        "whole-audit": whole_audit.rows,
        "fleet": fleet.rows,
        "first-row": first_row.rows,
        "many-sites": many_sites.rows,
        "lab-sites": lab_sites.rows,
        "new-files": new_files.rows,
        "signatures": signatures.rows,
        "start-up": start_up.rows,
        "renewal": renewal.rows,
    }
)
