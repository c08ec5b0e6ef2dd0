"""A desk as processes of its own, and its only site, whose program it starts."""

from __future__ import annotations

import subprocess
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmpctl.lab.fleet import Fleet
from mmpctl.reach.tickets.sent_tickets import SentTickets
from mmpctl.reach.tickets.spent_tickets import TicketFolder
from tests.support import schemas
from tests.support.children import PATIENCE_SECONDS, ended
from tests.support.fleet import CLUSTER, KEEPER
from tests.support.lab_client import until
from tests.support.many_sites import site_program, sites_file, started_here
from tests.support.process import COMMAND, quick_to_read
from tests.support.site_host import descendants


@dataclass(frozen=True)
class Desk:
    """Where everything is.

    Args:
        place: the desk's working directory.
        site: the site's folder.
        file: the file of sites.
        inventory: of the desk.
    """

    place: Path
    site: Path
    file: Path
    inventory: Path

    def types(self, *words: str) -> AbstractContextManager[subprocess.Popen[str]]:
        """Start a command with the file of sites, without a terminal."""
        given = (*words, "--engine", str(self.file), "-i", str(self.inventory), "-o", "json")
        return ended(
            subprocess.Popen(
                [*COMMAND, *given],
                cwd=self.place,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
        )

    def renews_services(self, *words: str) -> AbstractContextManager[subprocess.Popen[str]]:
        """Start a renewal of all Web Bridges that asks nothing."""
        return self.types("renew", "--yes", "--service", "webbridge3", *words)

    def renews(self, *words: str) -> AbstractContextManager[subprocess.Popen[str]]:
        """Start a renewal that asks nothing."""
        return self.types("renew", "--yes", "--keeper", f"{CLUSTER}={KEEPER}", *words)

    def hears(self, process: subprocess.Popen[str], text: str) -> str:
        """Read what a command says on standard error, up to the line that has a text."""
        assert process.stderr is not None
        heard = ""
        while text not in heard:
            line = process.stderr.readline()
            assert line, heard
            heard += line
        return heard

    def told(self, process: subprocess.Popen[str]) -> tuple[int, dict[str, Any]]:
        """The exit code and the document of a command."""
        out, err = process.communicate(timeout=PATIENCE_SECONDS)
        assert out, err
        document: dict[str, Any] = schemas.parse(out)
        return process.returncode, document

    def runs(self) -> list[str]:
        """The site's runs."""
        return sorted(one.name for one in (self.site / "runs").glob("*"))

    def waiting(self) -> list[str]:
        """The desk's tickets of which it is not known how they ended."""
        return [one.id for one in SentTickets.of(self.place / "runs").open()]

    def folders(self) -> list[TicketFolder]:
        """The site's tickets that were spent."""
        found = [TicketFolder(path) for path in (self.site / "runs.tickets").glob("*")]
        return [one for one in found if one.is_spent()]

    def site_programs(self, process: subprocess.Popen[str]) -> list[int]:
        """The programs of the site that a desk has started; what a ticket has begun is none of them."""
        return [pid for pid in descendants(process.pid) if "--renews" in words_of(pid)]

    def workers(self) -> list[int]:
        """The processes that the site's tickets have begun."""
        ids = {one.path.name for one in self.folders()}
        pids = [int(folder.name) for folder in Path("/proc").iterdir() if folder.name.isdigit()]
        return [pid for pid in pids if "--spent" in (words := words_of(pid)) and ids & set(words)]

    def clear(self) -> None:
        """Have what is still at work at the site end."""
        for one in self.folders():
            one.ask_to_stop(insist=True)
        until(lambda: not any(one.is_held() for one in self.folders()), "their end", seconds=PATIENCE_SECONDS)


def desk_of(fleet: Fleet, folder: Path, certs: Path | None = None) -> Desk:
    """Make a desk and the site of a lab's only cluster.

    Args:
        fleet: the lab.
        folder: for both.
        certs: the site's new certificates; by default those of the cluster's database.
    """
    place, site = folder / "desk", folder / "at-site"
    for one in (place, site):
        one.mkdir()
    options = ("--certs", str(certs or fleet.certificates), "--runs", str(site / "runs"), "--renews")
    program = site_program(fleet, site, "london", *options)
    file = sites_file(folder, {"london": {"address": started_here(program), "renews": True}})
    return Desk(place, site, file, quick_to_read(fleet).inventory)


def words_of(pid: int) -> list[str]:
    """The command line of a process; none if it has ended."""
    with suppress(OSError):
        return (Path("/proc") / str(pid) / "cmdline").read_text(errors="replace").split("\0")
    return []
