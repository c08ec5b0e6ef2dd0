"""A node that has an answer ready for each command, in a process of its own: what is measured is the client."""

from __future__ import annotations

import multiprocessing
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path

from benchmarks.target import Target
from tests.support.scripted import PASSWORD, USER, Scripted, answering


@contextmanager
def node(replies: Mapping[str, str]) -> Iterator[Target]:
    """Run the node until the block is left.

    Args:
        replies: what is answered to each command.
    """
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_run, args=(dict(replies), theirs))
    process.start()
    theirs.close()
    try:
        port, host_key = ours.recv()
        yield Target(port, host_key, USER, password=PASSWORD)
    finally:
        ours.close()
        process.join()


def _run(replies: dict[str, str], line: Connection) -> None:
    said = {command: reply.replace("\n", "\r\n").encode() for command, reply in replies.items()}
    with tempfile.TemporaryDirectory() as folder, Scripted(answering(said), Path(folder)) as server:
        line.send((server.port, server.key.export_public_key().decode().strip()))
        # The other end is closed when nobody needs the node any more.
        line.poll(None)
