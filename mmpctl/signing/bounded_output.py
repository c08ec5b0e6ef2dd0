"""What a program writes, read within bounds: it may flood, hang, or leave a child behind that keeps its output open."""

from __future__ import annotations

import os
import selectors
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO, Final

_AT_ONCE: Final = 1 << 16
# Of its complaints, the end is told.
_MOST_COMPLAINTS: Final = 1 << 16
# After so long a silence, it is looked whether the program has ended, seconds.
_SILENCE_SECONDS: Final = 0.05


class Unbounded(Exception):
    """A program was stopped; the text says why."""


@dataclass(slots=True)
class Output:
    """What a program has left.

    Args:
        code: that it ended with.
        output: all of its standard output.
        complaints: the end of its standard error.
    """

    code: int = 0
    output: bytearray = field(default_factory=bytearray)
    complaints: bytearray = field(default_factory=bytearray)


def output_of(line: Sequence[str], environment: Mapping[str, str], seconds: float, most: int) -> Output:
    """Run a program to its end, without a shell and without an input.

    It stays on its terminal, if there is one: some ask for a passphrase there.

    Args:
        line: program and arguments.
        environment: all variables that it gets.
        seconds: how long it may take.
        most: bytes that it may write.

    Raises:
        Unbounded: it took longer, or wrote more.
        OSError: it cannot be run.
    """
    with subprocess.Popen(  # noqa: S603 - the user's own command line, without a shell
        line,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
    ) as program:
        try:
            return _read(program, time.monotonic() + seconds, seconds, most)
        except BaseException:
            program.kill()
            raise


def _read(program: subprocess.Popen[bytes], until: float, seconds: float, most: int) -> Output:
    held = Output()
    late = Unbounded(f"did not end within {seconds:.0f} seconds, and was stopped")
    with selectors.DefaultSelector() as streams:
        for stream, into in ((program.stdout, held.output), (program.stderr, held.complaints)):
            if stream is not None:
                os.set_blocking(stream.fileno(), False)
                streams.register(stream, selectors.EVENT_READ, into)
        while streams.get_map():
            ready = streams.select(_SILENCE_SECONDS)
            for key, _ in ready:
                _take(key, streams)
            if len(held.output) > most:
                raise Unbounded(f"wrote more than {most >> 20} MiB, and was stopped")
            del held.complaints[:-_MOST_COMPLAINTS]
            if not ready and program.poll() is not None:
                break  # who still has its output open is a child that it has left behind
            if time.monotonic() > until:
                raise late
    try:
        held.code = program.wait(max(0.0, until - time.monotonic()))
    except subprocess.TimeoutExpired:
        raise late from None
    return held


def _take(key: selectors.SelectorKey, streams: selectors.BaseSelector) -> None:
    stream: IO[bytes] = key.fileobj  # type: ignore[assignment]
    try:
        part = os.read(stream.fileno(), _AT_ONCE)
    except BlockingIOError:
        return
    if part:
        key.data.extend(part)
    else:
        streams.unregister(stream)
