"""Ask a node for its host key without logging in."""

from __future__ import annotations

import paramiko

from mmpctl.device.ssh.algorithms import disabled_algorithms
from mmpctl.device.ssh.connection import BROKEN, call, translate
from mmpctl.device.ssh.host_key import HostKey, Known, paramiko_key
from mmpctl.device.ssh.log_channel import LOG_CHANNEL
from mmpctl.device.ssh.route import Route


def collect(route: Route, known: Known | None = None, timeout: float = 10.0) -> HostKey:
    """Ask a node for its host key, by the key exchange alone.

    Args:
        route: the way to it.
        known: what is known of it: it is asked for a key of a recorded kind first, as a connection does.
        timeout: seconds for each stage.

    Raises:
        ConnectError: no connection; its code tells why.
    """
    sock = call(route, timeout, timeout)
    try:
        transport = paramiko.Transport(sock, disabled_algorithms=disabled_algorithms())
        transport.set_log_channel(LOG_CHANNEL)
        transport.banner_timeout = timeout
        security = transport.get_security_options()
        security.key_types = (known or Known()).preferred(security.key_types)
        try:
            transport.start_client(timeout=timeout)
            key = transport.get_remote_server_key()
        finally:
            transport.close()
    except BROKEN as error:
        raise translate(error, route.host, route.port) from error
    finally:
        sock.close()
    return paramiko_key(key)
