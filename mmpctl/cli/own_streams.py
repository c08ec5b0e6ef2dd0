"""Standard input and output for one purpose alone: nothing else reads a byte of the one or writes one to the other."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

_INPUT, _OUTPUT, _ERROR = 0, 1, 2


@contextmanager
def own_streams() -> Iterator[tuple[int, int]]:
    """Give standard input and output as descriptors; for all others, programs that are started included, nothing comes.

    What is written to standard output meanwhile goes to standard error.
    """
    sys.stdout.flush()
    source, sink = os.dup(_INPUT), os.dup(_OUTPUT)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, _INPUT)
    os.dup2(_ERROR, _OUTPUT)
    os.close(nothing)
    try:
        yield source, sink
    finally:
        sys.stdout.flush()
        os.dup2(source, _INPUT)
        os.dup2(sink, _OUTPUT)
        os.close(source)
        os.close(sink)
