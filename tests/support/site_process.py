"""`mmpctl site` as a process of its own, spoken with line by line."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from mmpctl.lab.fleet import Fleet
from tests.support.children import PATIENCE_SECONDS, ended
from tests.support.process import COMMAND, environment, quick_to_read


class SiteProcess:
    """A site that runs.

    Args:
        process: as it was started.
    """

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        assert process.stdin is not None and process.stdout is not None
        self.input: IO[str] = process.stdin
        self._output = process.stdout

    def ask(self, request: str | dict[str, Any], *, hang_up: bool = False) -> None:
        """Send a request.

        Args:
            request: one line, or what it says.
            hang_up: end the input behind it.
        """
        self.input.write((request if isinstance(request, str) else json.dumps(request)) + "\n")
        self.input.flush()
        if hang_up:
            self.input.close()

    def lines(self) -> Iterator[dict[str, Any]]:
        """Each line as it comes, but those that only tell that the site is alive."""
        for text in self._output:
            line: dict[str, Any] = json.loads(text)
            if line["line"] != "alive":
                yield line

    def stops_listening(self) -> None:
        """Read nothing more: what the site writes from now on has nowhere to go."""
        self._output.close()

    def code(self) -> int:
        """Wait for the end of the site."""
        return self.process.wait(PATIENCE_SECONDS)


@contextmanager
def site_process(fleet: Fleet, place: Path, *options: str) -> Iterator[SiteProcess]:
    """Start a site that has the inventory and the account of a lab.

    Args:
        fleet: the lab.
        place: where it is started.
        options: of the command.
    """
    command = [*COMMAND, "site", "-i", str(quick_to_read(fleet).inventory), *options]
    with (
        (place / "site.err").open("w") as errors,
        ended(
            subprocess.Popen(
                command,
                cwd=place,
                env=environment(fleet),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )
        ) as process,
    ):
        yield SiteProcess(process)
