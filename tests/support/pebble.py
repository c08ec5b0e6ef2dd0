"""Let's Encrypt's test server Pebble, which issues to whoever asks, on loopback."""

from __future__ import annotations

import json
import os
import shutil
import socket
import ssl
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.children import PATIENCE_SECONDS, ended

PEBBLE = shutil.which("pebble")
ADDRESS = "127.0.0.1"
_TRUSTING = ssl._create_unverified_context()  # noqa: S323 - a server of the test's own, on loopback


@dataclass(frozen=True)
class Pebble:
    """Where it listens.

    Args:
        directory: what ACME clients are given.
        root: the root of what it issues, PEM.
    """

    directory: str
    root: bytes


@contextmanager
def pebble(folder: Path, *, days: int) -> Iterator[Pebble]:
    """Start one; skips the test where there is none.

    Args:
        folder: for its files; made.
        days: for which it issues.
    """
    if PEBBLE is None:
        pytest.skip("no Pebble here: apt-get install pebble")
    folder.mkdir()
    request = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    files = ["-keyout", str(folder / "key.pem"), "-out", str(folder / "cert.pem")]
    subprocess.run([*request, "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", *files], check=True)
    acme, management = _free(), _free()
    config = {
        "listenAddress": f"{ADDRESS}:{acme}",
        "managementListenAddress": f"{ADDRESS}:{management}",
        "certificate": str(folder / "cert.pem"),
        "privateKey": str(folder / "key.pem"),
        "httpPort": _free(),
        "tlsPort": _free(),
        "certificateValidityPeriod": days * 86400,
    }
    (folder / "config.json").write_text(json.dumps({"pebble": config}), encoding="utf-8")
    given = {**os.environ, "PEBBLE_VA_ALWAYS_VALID": "1", "PEBBLE_VA_NOSLEEP": "1", "PEBBLE_WFE_NONCEREJECT": "0"}
    with (folder / "log").open("wb") as log:
        command = [PEBBLE, "-config", str(folder / "config.json")]
        with ended(subprocess.Popen(command, env=given, stdout=log, stderr=log)) as server:
            yield Pebble(f"https://{ADDRESS}:{acme}/dir", _root(f"https://{ADDRESS}:{management}/roots/0", server))


def _root(url: str, server: subprocess.Popen[bytes]) -> bytes:
    until = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            with urllib.request.urlopen(url, context=_TRUSTING) as answer:  # noqa: S310 - loopback
                content: bytes = answer.read()
                return content
        except urllib.error.URLError:
            assert server.poll() is None and time.monotonic() < until, "Pebble did not start"
            time.sleep(0.05)


def _free() -> int:
    with socket.socket() as probe:
        probe.bind((ADDRESS, 0))
        return int(probe.getsockname()[1])
