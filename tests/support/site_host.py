"""A site's own machine: OpenSSH's server, whose key may start the site's program and nothing else."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from mmpctl.lab.fleet import Fleet
from tests.support.jump_host import JumpHost, jump_host
from tests.support.many_sites import site_program


@dataclass(frozen=True)
class SiteHost:
    """Where it listens, and how it is reached.

    Args:
        name: its alias in the client's configuration, and the site.
        server: OpenSSH's server.
        config: the client's configuration.
    """

    name: str
    server: JumpHost
    config: Path

    @property
    def address(self) -> str:
        """Its address in a file of sites."""
        return f"ssh://{self.name}"

    def authorize(self, options: str) -> None:
        """Say what the client's key may do.

        Args:
            options: of its line in `authorized_keys`; empty for everything.
        """
        public = (self.server.folder / "user.pub").read_text(encoding="utf-8")
        (self.server.folder / "authorized").write_text(f"{options} {public}".lstrip(), encoding="utf-8")

    def sessions(self) -> list[int]:
        """The server's processes that serve somebody, without the programs that they have started."""
        return [pid for pid in descendants(self.server.pid) if "sshd" in _program(pid)]

    def programs(self) -> list[int]:
        """The site's programs that run."""
        return [pid for pid in descendants(self.server.pid) if "site" in _program(pid).split()]


@contextmanager
def site_host(fleet: Fleet, folder: Path, name: str, *options: str) -> Iterator[SiteHost]:
    """Start one; skips the test where there is no OpenSSH server.

    Args:
        fleet: the lab whose inventory and account the site has.
        folder: for its files; made.
        name: the site, and its alias.
        options: of `mmpctl site` there.
    """
    with jump_host(folder, name) as server:
        config = folder / "client_config"
        config.write_text(server.config.read_text(encoding="utf-8").partition("Host *")[0], encoding="utf-8")
        host = SiteHost(name, server, config)
        host.authorize(f'restrict,command="{site_program(fleet, folder, name, *options)}"')
        try:
            yield host
        finally:
            # A session goes on when its server ends.
            for pid in descendants(server.pid):
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)


def descendants(pid: int) -> list[int]:
    """All processes that a process has started, and those that these have."""
    parents: dict[int, int] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            with suppress(OSError):
                parents[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
    found = [pid]
    for one in found:
        found += [child for child, parent in parents.items() if parent == one]
    return found[1:]


def _program(pid: int) -> str:
    with suppress(OSError):
        return (Path("/proc") / str(pid) / "cmdline").read_text(errors="replace").replace("\0", " ")
    return ""
