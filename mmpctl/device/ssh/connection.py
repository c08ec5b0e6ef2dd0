"""From an address to a logged-in SSH client, and one error of our own for each way that can fail."""

from __future__ import annotations

import socket
import time
from collections.abc import Sequence
from typing import Any, Final

import paramiko

from mmpctl.device.ssh.authentication import OneAttempt
from mmpctl.device.ssh.log_channel import LOG_CHANNEL
from mmpctl.device.ssh.proxy import ProxySocket
from mmpctl.device.ssh.route import Route
from mmpctl.device.waiting import while_waiting
from mmpctl.errors import ConnectError, ConnectionLost, MmpError
from mmpctl.timing import RECORDER, Phase

# What paramiko raises when the line is gone: which of them is chance, and an EOFError is no OSError.
BROKEN: Final = (paramiko.SSHException, EOFError, OSError)

_CHANNEL_SECONDS: Final = 30.0
_CHANNEL_PAUSES: Final = (0.05, 0.1, 0.2, 0.4, 0.8)
_UNACKNOWLEDGED_MILLISECONDS: Final = 60_000


def open_socket(host: str, port: int, timeout: float) -> socket.socket:
    """Open a TCP connection that sends at once and notices a dead peer.

    Args:
        host: name or address.
        port: TCP port.
        timeout: seconds.

    Raises:
        ConnectError: refused, timed out, name unknown or unreachable.
    """
    try:
        sock = socket.create_connection((host, port), timeout)
    except (OSError, UnicodeError) as error:
        raise translate(error, host, port) from error
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _UNACKNOWLEDGED_MILLISECONDS)
    return sock


def call(route: Route, timeout: float, banner_timeout: float) -> socket.socket:
    """Connect to a host and wait until it greets; the greeting is left for paramiko to read.

    Args:
        route: the way to it.
        timeout: seconds for the connection.
        banner_timeout: seconds for the greeting.

    Raises:
        ConnectError: no connection, or no greeting; its code tells why.
    """
    with while_waiting.get()():
        if route.proxy is None:
            sock = open_socket(route.host, route.port, timeout)
        else:
            sock = _open_proxy(route.proxy, route)
            # The connection is made by the command, while we wait for the greeting.
            banner_timeout += timeout
        # A server says its version first, whatever we say (RFC 4253, 4.2).
        sock.settimeout(banner_timeout)
        try:
            if not sock.recv(1, socket.MSG_PEEK) and isinstance(sock, ProxySocket):
                raise _proxy_failed(route, sock.complaint())
        except (OSError, ConnectError) as error:
            sock.close()
            raise translate(error, route.host, route.port) from error
    return sock


def _open_proxy(command: Sequence[str], route: Route) -> socket.socket:
    try:
        return ProxySocket(command, (route.host, route.port))
    except OSError as error:
        raise _proxy_failed(route, f"{command[0]}: {error.strerror}") from error


def _proxy_failed(route: Route, complaint: str | None) -> ConnectError:
    return ConnectError(
        f"{route.host}:{route.port} cannot be reached through ProxyJump or ProxyCommand ({complaint or 'it ended'})",
        code="proxy-failed",
        advice="Try it by hand with ssh and the same configuration. A jump host must let you in without a question.",
    )


def open_client(client: paramiko.SSHClient, login: OneAttempt, route: Route, **parameters: Any) -> paramiko.SSHClient:
    """Connect and log in a client that has its policy, which knows the host keys.

    Args:
        client: paramiko's client, not connected.
        login: how to authenticate.
        route: the way to the host.
        parameters: paramiko's `connect` parameters: sock, username, timeout and further ones.

    Returns:
        The client, logged in.

    Raises:
        ConnectError: no connection; its code tells why.
        HostKeyError: the host key is unknown, changed or revoked.
        AuthenticationError: the login failed, now or earlier in this process.
    """
    login.check()
    given = parameters.pop("sock")
    with RECORDER.spent_on(Phase.CONNECT):
        sock = given or call(route, parameters["timeout"], parameters["banner_timeout"])
    client.set_log_channel(LOG_CHANNEL)
    try:
        with RECORDER.spent_on(Phase.LOGIN):
            client.connect(
                sock=sock,
                auth_strategy=login,
                channel_timeout=_CHANNEL_SECONDS,
                **parameters | {"hostname": route.host, "port": route.port},
            )
    except Exception as error:
        client.close()
        sock.close()
        if given is None and login.wants_another_call(error):
            return open_client(client, login, route, sock=None, **parameters)
        raise translate(error, route.host, route.port) from error
    return client


def open_channel(
    client: paramiko.SSHClient, *, seconds: float = _CHANNEL_SECONDS, patient: bool = True
) -> paramiko.Channel:
    """Open a channel; the device may refuse one that comes right after another, so it is tried a few times.

    Args:
        client: a logged-in client.
        seconds: how long the device may take to answer.
        patient: try again if it is refused; otherwise the first answer counts.

    Raises:
        ConnectError: refused every time (code `channel-refused`), or the connection ended.
    """
    transport = client.get_transport()
    if transport is None:
        raise ConnectionLost("the connection is closed", advice="Open a new one.")
    for pause in (*(_CHANNEL_PAUSES if patient else ()), None):
        try:
            return transport.open_session(timeout=seconds)
        except paramiko.ChannelException as error:
            if pause is None:
                raise ConnectError(
                    f"the device opens no further session ({error.text})",
                    code="channel-refused",
                    advice="Close other sessions on the node, then try again.",
                ) from error
            time.sleep(pause)
        except BROKEN as error:
            raise translate(error, *transport.getpeername()[:2]) from error
    raise AssertionError("unreachable")


def translate(error: BaseException, host: str, port: int) -> MmpError:
    """Turn what Python or paramiko raised into an error that says what to do.

    Args:
        error: what was raised.
        host: the host that was asked.
        port: its port.
    """
    where = f"{host}:{port}"
    if isinstance(error, MmpError):
        return error
    if isinstance(error, paramiko.ssh_exception.IncompatiblePeer):
        return ConnectError(
            f"{where} and this machine have no SSH algorithm in common ({error})",
            code="no-common-algorithm",
            advice="If the device has an old release, install an older paramiko: pip install 'mmpctl[old-ssh]'.",
        )
    if "Indecipherable protocol version" in str(error) or "Invalid SSH banner" in str(error):
        return ConnectError(f"{where} does not speak SSH", code="not-ssh", advice="Check the port in the inventory.")
    return _from_network(error, where)


def _from_network(error: BaseException, where: str) -> ConnectError:
    # Paramiko hides what happened to the socket in the context of its own exception; other contexts are chance.
    hidden = error.__context__ if isinstance(error, paramiko.SSHException) else None
    cause = hidden if isinstance(hidden, (OSError, EOFError)) else error
    if isinstance(cause, (socket.gaierror, UnicodeError)):
        return ConnectError(
            f"the host name in {where} is unknown",
            code="name-unknown",
            advice="Check `hostname` in the inventory, and DNS.",
        )
    if isinstance(cause, ConnectionRefusedError):
        return ConnectError(
            f"{where} refuses the connection",
            code="connection-refused",
            advice="Check the port, and that the node's MMP is up.",
        )
    # So paramiko says that a handshake, or the opening of a channel, was not over in time.
    late = isinstance(cause, paramiko.SSHException) and str(cause).startswith(("No existing session", "Timeout"))
    if isinstance(cause, TimeoutError) or late:
        return ConnectError(
            f"{where} does not answer in time",
            code="connection-timeout",
            advice="Check that the node is up, and that no firewall blocks the connection.",
        )
    if isinstance(cause, (EOFError, ConnectionError, paramiko.SSHException)):
        return ConnectionLost(
            f"{where} ended the connection before the session was established",
            advice="It may be restarting, or have too many sessions. Try again in a minute.",
        )
    return ConnectError(
        f"{where} cannot be reached ({cause})",
        code="unreachable" if isinstance(cause, OSError) else "connection",
        advice="Check the address, the route to it, and this machine's network.",
    )
