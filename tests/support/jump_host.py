"""A real jump host: OpenSSH's own server, unprivileged, on loopback, with keys and files of its own."""

from __future__ import annotations

import getpass
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.children import PATIENCE_SECONDS

SSHD = shutil.which("sshd") or shutil.which("/usr/sbin/sshd")
ADDRESS = "127.0.0.1"


@dataclass(frozen=True)
class JumpHost:
    """Where it listens, and the client's configuration that goes through it.

    Args:
        port: its SSH port.
        pid: its process.
        folder: its files.
        config: an SSH configuration in which every host but the jump host is reached through it.
    """

    port: int
    pid: int
    folder: Path
    config: Path

    def log(self) -> str:
        """What the server wrote."""
        return (self.folder / "sshd.log").read_text(encoding="utf-8", errors="replace")


@contextmanager
def jump_host(folder: Path, name: str = "jump") -> Iterator[JumpHost]:
    """Start one; skips the test where there is no server.

    Args:
        folder: for its files; made.
        name: its alias in the configuration.
    """
    if SSHD is None or shutil.which("ssh") is None:
        pytest.skip("no OpenSSH server here: apt-get install openssh-server openssh-client")
    folder.mkdir(mode=0o700)
    for key in ("host", "user"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / key], check=True)
    (folder / "authorized").write_bytes((folder / "user.pub").read_bytes())
    with socket.socket() as probe:
        probe.bind((ADDRESS, 0))
        port = int(probe.getsockname()[1])
    (folder / "sshd_config").write_text(
        f"ListenAddress {ADDRESS}:{port}\nHostKey {folder}/host\nPidFile none\nStrictModes no\nUsePAM no\n"
        f"AuthorizedKeysFile {folder}/authorized\nPasswordAuthentication no\nKbdInteractiveAuthentication no\n"
        "PermitRootLogin prohibit-password\nMaxStartups 100\nAllowTcpForwarding yes\n",
        encoding="utf-8",
    )
    public = (folder / "host.pub").read_text(encoding="utf-8")
    (folder / "known_hosts").write_text(f"[{ADDRESS}]:{port} {public}", encoding="utf-8")
    config = folder / "ssh_config"
    config.write_text(
        f"Host {name}\n  HostName {ADDRESS}\n  Port {port}\n  User {getpass.getuser()}\n  IdentityFile {folder}/user\n"
        f"  IdentitiesOnly yes\n  UserKnownHostsFile {folder}/known_hosts\n  StrictHostKeyChecking yes\n"
        f"Host * !{name}\n  ProxyJump {name}\n",
        encoding="utf-8",
    )
    # Its own folder for privilege separation is made by a service that does not run here.
    if Path("/run").is_dir() and getpass.getuser() == "root":
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    with subprocess.Popen([SSHD, "-D", "-f", folder / "sshd_config", "-E", folder / "sshd.log"]) as server:
        try:
            _await(port, server)
            yield JumpHost(port, server.pid, folder, config)
        finally:
            server.terminate()


def _await(port: int, server: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while True:
        assert server.poll() is None, "the OpenSSH server ended at once"
        try:
            socket.create_connection((ADDRESS, port), 1).close()
            return
        except OSError:
            assert time.monotonic() < until, "the OpenSSH server did not come up"
            server.poll()
