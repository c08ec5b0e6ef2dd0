"""Which host keys are accepted: those that are recorded, and no other."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import paramiko

from mmpctl.device.ssh.algorithms import preferred_ciphers
from mmpctl.device.ssh.host_key import Trust, paramiko_key
from mmpctl.device.ssh.known_hosts import host_pattern, known, require_readable
from mmpctl.device.ssh.route import Route
from mmpctl.enums import assert_never
from mmpctl.errors import REPLACE_KEY, HostKeyError

_COMPARE = "Compare the fingerprint with the one on the node's console, then record it with"
_TRUST = f"{_COMPARE} `mmpctl trust`."
_TRUST_ANEW = f"{_COMPARE} `{REPLACE_KEY}`."
_NO_CERTIFICATES = "The file names a certificate authority for this host, but host certificates are not supported."


class OnlyKnown(paramiko.MissingHostKeyPolicy):
    """Accept a host whose key is recorded, and no other; say which key it showed.

    Args:
        known_hosts: the file in which the keys are recorded.
        route: the way to the host.

    Raises:
        HostKeyError: the file cannot be read.
    """

    def __init__(self, known_hosts: Path, route: Route) -> None:
        self._file = known_hosts
        self._where = f"{route.host}:{route.port}"
        self._name = host_pattern(route.key_host, route.key_port)
        self._known = known(known_hosts, route.key_host, route.key_port)
        require_readable(known_hosts, self._known)

    def transport(self, sock: socket.socket, **options: Any) -> paramiko.Transport:
        """Paramiko's transport, which asks for a key of the recorded kinds, and for the fastest good ciphers first.

        Args:
            sock: the connection.
            options: of paramiko's `Transport`.
        """
        transport = paramiko.Transport(sock, **options)
        security = transport.get_security_options()
        security.key_types = self._known.preferred(security.key_types)
        security.ciphers = preferred_ciphers(security.ciphers)
        return transport

    def missing_host_key(self, client: paramiko.SSHClient, hostname: str, key: paramiko.PKey) -> None:
        """Compare the key; called for every host, since paramiko is given no keys of its own to compare.

        Args:
            client: paramiko's client.
            hostname: not used: paramiko does not know of aliases.
            key: the key that the host showed.

        Raises:
            HostKeyError: it is unknown, changed or revoked (codes `host-key-unknown`, `-changed`, `-revoked`).
        """
        shown = paramiko_key(key)
        trust = self._known.trust(shown)
        if trust is Trust.KNOWN:
            return
        what = f"{shown.fingerprint} ({shown.kind})"
        if trust is Trust.REVOKED:
            raise HostKeyError(
                f"the host key of {self._where} is revoked in {self._file}: {what}",
                code="host-key-revoked",
                advice="Find out which machine this is. If the node's key was revoked, give the node a new one.",
            )
        if trust is Trust.CHANGED:
            recorded = " or ".join(one.fingerprint for one in self._known.keys)
            raise HostKeyError(
                f"the host key of {self._where} has changed: recorded {recorded}, shown {what}",
                code="host-key-changed",
                advice=f"Find out why before you do anything else, because it may be another machine. {_TRUST_ANEW}",
            )
        if trust is not Trust.NEW and trust is not Trust.UNREACHABLE:
            assert_never(trust)
        note = f". {_NO_CERTIFICATES}" if self._known.authority else ""
        raise HostKeyError(
            f"the host key of {self._name} is unknown: {what}, not in {self._file}{note}",
            code="host-key-unknown",
            advice=_TRUST,
        )
