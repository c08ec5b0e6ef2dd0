"""OpenSSH's own server, in front of a script that answers like a node: what is measured is the client."""

from __future__ import annotations

import getpass
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from benchmarks.target import HOST, PROMPT, Target

_START_SECONDS = 30.0
SSHD = shutil.which("sshd") or shutil.which("/usr/sbin/sshd")


@contextmanager
def openssh(folder: Path, replies: Mapping[str, str]) -> Iterator[Target]:
    """Run the server until the block is left.

    Args:
        folder: for its files; it is there, and only this user may write to it.
        replies: what is answered to each command.

    Raises:
        FileNotFoundError: OpenSSH's server is not installed.
    """
    if SSHD is None:
        raise FileNotFoundError("OpenSSH's server is not installed here: apt-get install openssh-server")
    for key in ("host", "user"):
        subprocess.run(  # noqa: S603
            ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / key)],  # noqa: S607
            check=True,
        )
    shutil.copy(folder / "user.pub", folder / "authorized")
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port = int(probe.getsockname()[1])
    config = folder / "sshd_config"
    config.write_text(
        f"ListenAddress {HOST}:{port}\nHostKey {folder}/host\nPidFile none\nStrictModes no\nUsePAM no\n"
        f"AuthorizedKeysFile {folder}/authorized\nPasswordAuthentication no\nKbdInteractiveAuthentication no\n"
        f"PermitRootLogin prohibit-password\nMaxStartups 100\nPrintMotd no\nPrintLastLog no\n"
        f"ForceCommand {_node(folder, replies)}\n",
        encoding="utf-8",
    )
    # Its folder for the separation of privileges is made by a service that does not run here.
    if getpass.getuser() == "root":
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    log = folder / "sshd.log"
    with subprocess.Popen([SSHD, "-D", "-f", str(config), "-E", str(log)]) as server:  # noqa: S603
        try:
            _await(port, server)
            kind, public, *_ = (folder / "host.pub").read_text(encoding="utf-8").split()
            yield Target(port, f"{kind} {public}", getpass.getuser(), key=str(folder / "user"))
        finally:
            server.terminate()


def _node(folder: Path, replies: Mapping[str, str]) -> Path:
    """Write the script that answers; the shell of the system starts in a millisecond."""
    cases = []
    for number, (command, reply) in enumerate(replies.items()):
        (folder / f"reply{number}").write_text(reply, encoding="utf-8")
        cases.append(f"'{command}') cat {folder}/reply{number} ;;\n")
    script = folder / "node"
    script.write_text(
        f"#!/bin/sh\nprintf '{PROMPT}'\nwhile IFS= read -r line; do\ncase \"$line\" in\n{''.join(cases)}esac\n"
        f"printf '{PROMPT}'\ndone\n",
        encoding="utf-8",
    )
    script.chmod(0o700)
    return script


def _await(port: int, server: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + _START_SECONDS
    while True:
        try:
            socket.create_connection((HOST, port), 1).close()
            return
        except OSError:
            if server.poll() is not None or time.monotonic() > until:
                raise
            time.sleep(0.05)
