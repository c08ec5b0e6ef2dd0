"""`mmpctl worker` as a process of its own, at the tests' broker."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from mmpctl.reach.address import BrokerAddress
from mmpctl.reach.answer_lines import Line, line_text
from mmpctl.reach.sites_file import RemoteSite
from tests.support.children import PATIENCE_SECONDS, ended
from tests.support.desk import words_of
from tests.support.lab_client import until
from tests.support.process import COMMAND
from tests.support.rabbitmq import HOST, VHOST, Broker
from tests.support.site_host import descendants


@dataclass(frozen=True)
class SiteWorker:
    """A worker that runs.

    Args:
        process: its first one.
        log: where it says what it does.
    """

    process: subprocess.Popen[bytes]
    log: Path

    @property
    def said(self) -> str:
        """All that it has said."""
        return self.log.read_text(encoding="utf-8")

    def says(self, text: str, times: int = 1) -> None:
        """Wait until it says something."""
        until(lambda: self.said.count(text) >= times, f"{text!r} of the worker", seconds=PATIENCE_SECONDS)

    def send(self, number: signal.Signals) -> None:
        """Send a signal to its first process."""
        os.kill(self.process.pid, number)

    def ends(self) -> int:
        """Wait for its end, and return its exit code."""
        return self.process.wait(PATIENCE_SECONDS)

    def everybody(self) -> list[int]:
        """All its processes, and the programs that it has started."""
        return [self.process.pid, *descendants(self.process.pid)]


@contextmanager
def site_worker(
    broker: Broker,
    folder: Path,
    site: str,
    program: Sequence[str],
    *options: str,
    files: Path | None = None,
    waits: bool = True,
) -> Iterator[SiteWorker]:
    """Start one.

    Args:
        broker: where it takes requests from.
        folder: for its log.
        site: the name of the site.
        program: that serves the site.
        options: more of the command.
        files: other files for the broker.
        waits: return once it waits for requests.
    """
    log = folder / f"worker-{site}.log"
    # Of a worker before this one.
    said = len(log.read_text(encoding="utf-8")) if log.exists() else 0
    # One that is killed leaves its temporary folder behind.
    temporary = folder / "temporary"
    temporary.mkdir(exist_ok=True)
    place = ("--broker", broker.address, "--broker-files", str(files or broker.site_files(site)))
    with log.open("ab") as sink:
        process = subprocess.Popen(
            [*COMMAND, "worker", "--site", site, *place, *options, "--", *program],
            cwd=folder,
            env={**os.environ, "TMPDIR": str(temporary)},
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=sink,
        )
    with ended(process):
        worker = SiteWorker(process, log)
        if waits:
            until(
                lambda: "waits for requests" in worker.said[said:] or process.poll() is not None,
                "the worker",
                seconds=PATIENCE_SECONDS,
            )
            assert process.poll() is None, worker.said
        everybody = worker.everybody()
        try:
            yield worker
        finally:
            everybody = [*everybody, *worker.everybody()]
            for pid in everybody:
                if pid != process.pid and "worker" in words_of(pid):
                    with suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)


def site_at(broker: Broker, site: str, desk: Path | None = None, *, renews: bool = False) -> RemoteSite:
    """A site that is asked over the broker.

    Args:
        broker: where its worker waits.
        site: its name.
        desk: the files of the desk; those of the first one by default.
        renews: renewals may be begun there.
    """
    return RemoteSite(site, BrokerAddress(HOST, VHOST, desk or broker.desk_files(), broker.port), renews)


def says(folder: Path, *lines: Line | str, then: str = "", name: str = "program") -> list[str]:
    """A program that says hello, takes its request, says the rest, and does what the shell is told.

    Args:
        folder: for it.
        lines: what it says.
        then: more of the shell's program.
        name: of its file.
    """
    texts = [one if isinstance(one, str) else line_text(one).rstrip() for one in lines]
    first, *rest = [f"printf '%s\\n' {shlex.quote(text)}" for text in texts] or [""]
    program = folder / name
    program.write_text("\n".join((first, "read -r request" if texts else "", *rest, then)), encoding="utf-8")
    return ["sh", str(program)]
