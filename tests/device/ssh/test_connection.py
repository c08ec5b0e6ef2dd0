"""Each way a connection fails has its own error, and a wrong password is tried once only."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import asyncssh
import paramiko
import pytest
from paramiko.common import AUTH_FAILED, AUTH_SUCCESSFUL, OPEN_FAILED_ADMINISTRATIVELY_PROHIBITED, OPEN_SUCCEEDED
from paramiko.server import InteractiveQuery

from mmpctl.device.platform import CiscoCms
from mmpctl.device.sftp.mmp_sftp import MmpSftp
from mmpctl.device.ssh import algorithms
from mmpctl.device.ssh.algorithms import disabled_algorithms, preferred_ciphers, speaks_old
from mmpctl.device.ssh.authentication import credential_of, forget_failed_logins
from mmpctl.device.ssh.connection import open_socket
from mmpctl.device.ssh.failed_logins import FailedLogins
from mmpctl.device.ssh.host_key_scan import collect
from mmpctl.device.ssh.route import Route
from mmpctl.errors import AuthenticationError, ConnectError, ConnectionLost, HostKeyError, MmpError
from tests.support.scripted import HOST, PASSWORD, USER, Doorkeeper, Scripted, answering


@contextmanager
def listening(answer: bytes | None = None, *, backlog: int = 8) -> Iterator[int]:
    """A TCP port that answers with these bytes and closes, or, with None, never says a word."""
    with socket.socket() as listener:
        listener.bind((HOST, 0))
        listener.listen(backlog)
        if answer is not None:

            def serve() -> None:
                one, _ = listener.accept()
                one.sendall(answer)
                one.close()

            threading.Thread(target=serve, daemon=True).start()
        yield listener.getsockname()[1]


@pytest.fixture(autouse=True)
def _a_new_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever other tests have done here, a process remembers no login before a task opens a session."""
    monkeypatch.setattr("mmpctl.device.ssh.authentication.LOGINS", FailedLogins())


def connecting(folder: Path, port: int, **changes: Any) -> ConnectError:
    """The error of an attempt to connect."""
    known_hosts = folder / "known_hosts"
    known_hosts.touch()
    usual: dict[str, Any] = {"host": HOST, "port": port, "username": USER, "password": PASSWORD, "conn_timeout": 0.4}
    with pytest.raises(ConnectError) as caught:
        CiscoCms(**usual | {"alt_key_file": str(known_hosts)} | changes)
    assert caught.value.advice
    return caught.value


def test_refused(tmp_path: Path) -> None:
    with listening() as port:
        pass
    assert connecting(tmp_path, port).code == "connection-refused"


def test_a_server_that_never_says_a_word(tmp_path: Path) -> None:
    with listening() as port:
        assert connecting(tmp_path, port).code == "connection-timeout"
        assert connecting(tmp_path, port, conn_timeout=5, banner_timeout=0.2).code == "connection-timeout"
        with pytest.raises(ConnectError) as caught:
            collect(Route.straight(HOST, port), timeout=0.2)
        assert caught.value.code == "connection-timeout"


def test_a_host_that_does_not_take_the_connection(tmp_path: Path) -> None:
    # The kernel drops connections to a listener whose queue is full.
    with listening(backlog=0) as port:
        waiting = [socket.socket() for _ in range(4)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex((HOST, port))
        error = connecting(tmp_path, port, conn_timeout=0.2)
        for one in waiting:
            one.close()
    assert error.code == "connection-timeout"


@pytest.mark.parametrize("name", ["no-such-host.invalid", "a" * 64 + ".example", "two..dots"])
def test_an_unknown_name(name: str, tmp_path: Path) -> None:
    assert connecting(tmp_path, 22, host=name).code == "name-unknown"


def test_no_route(tmp_path: Path) -> None:
    assert connecting(tmp_path, 22, host="255.255.255.255").code == "unreachable"


def test_a_server_that_hangs_up(tmp_path: Path) -> None:
    for answer in (b"", b"SSH-2.0-x\r\n"):
        with listening(answer) as port:
            error = connecting(tmp_path, port, conn_timeout=5)
        assert isinstance(error, ConnectionLost)
        assert error.code == "connection-lost"


def test_another_protocol(tmp_path: Path) -> None:
    with listening(b"HTTP/1.0 400 Bad Request\r\n" * 120) as port:
        assert connecting(tmp_path, port, conn_timeout=5).code == "not-ssh"


def test_no_algorithm_in_common(tmp_path: Path) -> None:
    old: dict[str, Any] = {"mac_algs": ["hmac-md5-etm@openssh.com"], "encryption_algs": ["aes128-ctr"]}
    with Scripted(answering({}), tmp_path, **old) as server, pytest.raises(ConnectError) as caught:
        server.connect()
    assert caught.value.code == "no-common-algorithm"
    assert "mmpctl[old-ssh]" in caught.value.advice


@pytest.mark.parametrize(
    ("kind", "name"),
    [("encryption_algs", name) for name in ("3des-cbc", "aes128-cbc", "aes256-cbc")]
    + [("mac_algs", name) for name in ("hmac-md5", "hmac-md5-96", "hmac-sha1-96")],
)
@pytest.mark.skipif(speaks_old(), reason="the paramiko of the extra old-ssh is installed: weak ciphers are on")
def test_weak_ciphers_and_checksums_are_not_spoken(kind: str, name: str, tmp_path: Path) -> None:
    asked: dict[str, Any] = {"encryption_algs": ["aes128-ctr"], kind: [name]}
    with Scripted(answering({}), tmp_path, **asked) as server:
        with pytest.raises(ConnectError) as caught:
            server.connect(disabled_algorithms={"kex": []})
        assert caught.value.code == "no-common-algorithm"
        with pytest.raises(ConnectError) as caught:
            collect(Route.straight(HOST, server.port))
        assert caught.value.code == "no-common-algorithm"
        assert not server.tries


@pytest.mark.parametrize(
    ("offered", "chosen"),
    [
        (["aes128-ctr", "aes128-gcm@openssh.com", "aes256-gcm@openssh.com"], "aes256-gcm@openssh.com"),
        (["aes256-ctr", "aes128-gcm@openssh.com"], "aes128-gcm@openssh.com"),
        (["aes256-ctr", "aes192-ctr"], "aes192-ctr"),
    ],
)
def test_ciphers_that_check_in_one_step_come_first_where_they_are_offered(
    offered: list[str], chosen: str, tmp_path: Path
) -> None:
    script = answering({"date": b"today\r\n"})
    with Scripted(script, tmp_path, encryption_algs=offered) as server, server.connect() as line:
        assert line.command("date") == "today\n"
        assert line.remote_conn_pre is not None
        transport: Any = line.remote_conn_pre.get_transport()
        assert (transport.local_cipher, transport.remote_cipher) == (chosen, chosen)


def test_the_order_of_ciphers_adds_none_and_leaves_none_out() -> None:
    spoken = paramiko.Transport._preferred_ciphers  # type: ignore[attr-defined]
    assert sorted(preferred_ciphers(spoken)) == sorted(spoken)
    assert preferred_ciphers(("aes256-ctr", "aes128-ctr")) == ("aes256-ctr", "aes128-ctr")


def test_the_extra_for_old_releases_brings_the_weak_ones_back(monkeypatch: pytest.MonkeyPatch) -> None:
    assert speaks_old("4.0.1") and speaks_old("3.5.1") and not speaks_old("5.0.0") and not speaks_old("10.1")
    given = {"keys": ["ssh-rsa"], "macs": ["hmac-sha1"]}
    monkeypatch.setattr(algorithms, "speaks_old", lambda: False)
    disabled = disabled_algorithms(given)
    assert disabled["macs"][0] == "hmac-sha1" and "hmac-md5" in disabled["macs"]
    assert disabled["keys"] == ["ssh-rsa"] and "3des-cbc" in disabled["ciphers"]
    spoken = set(vars(paramiko.Transport)["_preferred_ciphers"]) - set(disabled["ciphers"])
    assert {name for name in spoken if "cbc" in name} == set()
    monkeypatch.setattr(algorithms, "speaks_old", lambda: True)
    assert disabled_algorithms(given) == given
    assert disabled_algorithms() == {}


def test_an_unknown_host_key_is_refused_and_shown(tmp_path: Path) -> None:
    with Scripted(answering({}), tmp_path) as server:
        server.known_hosts.write_text("# nobody\n")
        with pytest.raises(HostKeyError) as caught:
            server.connect(ssh_strict=False, system_host_keys=True, alt_host_keys=False)
        assert caught.value.code == "host-key-unknown"
        assert server.key.get_fingerprint() in caught.value.message
        assert "mmpctl trust" in caught.value.advice
        assert not server.tries


@pytest.mark.parametrize("kind", ["ssh-ed25519", "ssh-rsa", "ecdsa-sha2-nistp256"])
def test_a_changed_host_key_is_refused_and_both_are_shown(kind: str, tmp_path: Path) -> None:
    other = asyncssh.generate_private_key(kind)
    with Scripted(answering({}), tmp_path) as server:
        server.known_hosts.write_text(f"[{HOST}]:{server.port} {other.export_public_key().decode()}")
        with pytest.raises(HostKeyError) as caught:
            server.connect()
        assert caught.value.code == "host-key-changed"
        assert server.key.get_fingerprint() in caught.value.message
        assert other.get_fingerprint() in caught.value.message
        assert not server.tries


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (None, "known-hosts-missing"),
        (b"\xff\xfe", "known-hosts-unreadable"),
        (b"%b ssh-rsa AAA!\n", "known-hosts-unreadable"),
        (b"%b ssh-rsa AAAAB3NzaC1yc2EAAAABAAAAAQ==\n", "known-hosts-unreadable"),
        (b"%b ssh-ed25519 AAAA\n", "known-hosts-unreadable"),
        (b"%b ssh-of-tomorrow AAAA\nanother ssh-rsa AAA!\n", "host-key-unknown"),
    ],
    ids=["none", "no text", "no base64", "half an RSA key", "half a key", "an unknown kind, and a bad line of another"],
)
def test_a_file_of_known_hosts_that_is_of_no_use(content: bytes | None, code: str, tmp_path: Path) -> None:
    with Scripted(answering({}), tmp_path) as server:
        server.known_hosts.unlink()
        if content is not None:
            server.known_hosts.write_bytes(content.replace(b"%b", f"[{HOST}]:{server.port}".encode()))
        with pytest.raises(HostKeyError) as caught:
            server.connect()
        assert caught.value.code == code
        assert str(server.known_hosts) in caught.value.message + caught.value.advice
        assert not server.tries


def test_a_host_of_which_hashes_and_several_keys_are_known(tmp_path: Path) -> None:
    with Scripted(answering({}), tmp_path) as server:
        hashed = paramiko.HostKeys.hash_host(f"[{HOST}]:{server.port}")
        _, kind, known = server.known_hosts.read_text().split()[:3]
        other = asyncssh.generate_private_key("ecdsa-sha2-nistp256").export_public_key().decode().strip()
        server.known_hosts.write_text(f"{hashed} {other}\nelse,{hashed} {kind} {known}\n")
        with server.connect() as line:
            assert line.is_alive()


def test_the_file_of_known_hosts_is_found_in_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Scripted(answering({}), tmp_path) as server:
        monkeypatch.setenv("MMP_KNOWN_HOSTS", str(server.known_hosts))
        with server.connect(alt_key_file="") as line:
            assert line.device_name == "cms2"
        monkeypatch.delenv("MMP_KNOWN_HOSTS")
        monkeypatch.setenv("HOME", str(tmp_path))
        with pytest.raises(HostKeyError) as caught:
            server.connect(alt_key_file="")
        assert str(tmp_path / ".ssh" / "known_hosts") in caught.value.message


def test_a_wrong_password_is_tried_once_in_a_process(tmp_path: Path) -> None:
    with Scripted(answering({}), tmp_path) as server:
        for _ in range(2):
            with pytest.raises(AuthenticationError) as caught:
                server.connect(password="wrong")
            assert caught.value.code == "wrong-password"
        with pytest.raises(AuthenticationError):
            extras = {"alt_key_file": str(server.known_hosts)}
            MmpSftp().open(HOST, USER, "wrong", server.port, "cisco_cms", extras)
        assert server.tries == ["wrong"]
        assert server.connections == 1
        with server.connect() as line:
            assert line.is_alive()
        assert "wrong" not in str(caught.value)
        forget_failed_logins()
        with pytest.raises(AuthenticationError):
            server.connect(password="wrong")
        assert server.tries == ["wrong", PASSWORD, "wrong"]


def test_sessions_that_open_at_the_same_time_try_a_wrong_password_once(tmp_path: Path) -> None:
    codes: list[str] = []

    def attempt() -> None:
        try:
            server.connect(password="wrong")
        except MmpError as error:
            codes.append(error.code)

    with Scripted(answering({}), tmp_path) as server:
        threads = [threading.Thread(target=attempt) for _ in range(5)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert server.tries == ["wrong"]
    assert codes == ["wrong-password"] * 5


class Interactive(paramiko.ServerInterface):
    """A server that takes keyboard-interactive logins only, and may ask for more than the password."""

    def __init__(self, more: tuple[str, ...]) -> None:
        self.more = more
        self.tries: list[str] = []

    def get_allowed_auths(self, username: str) -> str:
        return "keyboard-interactive"

    def check_auth_interactive(self, username: str, submethods: str) -> Any:
        return InteractiveQuery("", "", ("Password: ", False))

    def check_auth_interactive_response(self, responses: Any) -> Any:
        self.tries += list(responses)
        if self.more and len(self.tries) == 1:
            return InteractiveQuery("", "Your password has expired", *[(ask, False) for ask in self.more])
        return AUTH_SUCCESSFUL if list(responses) == [PASSWORD] else AUTH_FAILED

    def check_channel_request(self, kind: str, chanid: int) -> int:
        return OPEN_SUCCEEDED

    def check_channel_pty_request(self, *_: Any, **__: Any) -> bool:
        return True

    def check_channel_shell_request(self, channel: paramiko.Channel) -> bool:
        channel.sendall(b"cms2> ")
        return True


@contextmanager
def interactive(
    folder: Path, *more: str, server: paramiko.ServerInterface | None = None
) -> Iterator[tuple[Any, dict[str, Any]]]:
    """Such a server, or another one, for one connection, and what `CiscoCms` needs to reach it."""
    key = paramiko.ECDSAKey.generate()
    server = server or Interactive(more)
    with socket.socket() as listener:
        listener.bind((HOST, 0))
        listener.listen(8)
        port = listener.getsockname()[1]
        (folder / "known_hosts").write_text(f"[{HOST}]:{port} {key.get_name()} {key.get_base64()}\n")

        def serve() -> None:
            transport = paramiko.Transport(listener.accept()[0])
            transport.add_server_key(key)
            transport.start_server(server=server)

        thread = threading.Thread(target=serve)
        thread.start()
        yield (
            server,
            {
                "host": HOST,
                "port": port,
                "username": USER,
                "alt_key_file": str(folder / "known_hosts"),
                "quiet_seconds": 0.1,
            },
        )
        thread.join(5)


@pytest.mark.parametrize("right", [True, False])
def test_keyboard_interactive_is_answered_once(right: bool, tmp_path: Path) -> None:
    with interactive(tmp_path) as (server, arguments):
        if right:
            with CiscoCms(**arguments, password=PASSWORD) as line:
                assert line.device_name == "cms2"
        else:
            with pytest.raises(AuthenticationError) as caught:
                CiscoCms(**arguments, password="wrong")
            assert caught.value.code == "wrong-password"
        assert server.tries == [PASSWORD if right else "wrong"]


class Asking(Interactive):
    """Asks this first of all."""

    def __init__(self, *fields: tuple[str, bool], instructions: str = "") -> None:
        super().__init__(())
        self.query = InteractiveQuery("", instructions, *fields)

    def check_auth_interactive(self, username: str, submethods: str) -> Any:
        return self.query


@pytest.mark.parametrize(
    "question",
    [
        "Password: ",
        "password:",
        "Enter your password: ",
        "admin@cms1's password:",
        "Password for admin: ",
        "(admin@b) Password: ",
        "Password for Admin@cms1: ",
    ],
)
def test_a_question_for_the_password_is_answered_however_it_is_worded(question: str, tmp_path: Path) -> None:
    with interactive(tmp_path, server=Asking((question, False), instructions="Each change is logged")) as (
        server,
        arguments,
    ):
        with CiscoCms(**arguments, password=PASSWORD) as line:
            assert line.device_name == "cms2"
        assert server.tries == [PASSWORD]


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        (Asking(("One-time code: ", False)), "second-factor"),
        (Asking(("PIN: ", True)), "second-factor"),
        (Asking(("Password: ", True)), "second-factor"),
        (Asking(("Type the password of your neighbour, or x: ", False)), "second-factor"),
        (Asking(("Password: ", False), ("Token: ", False)), "second-factor"),
        (Asking(("Password for root@other: ", False)), "second-factor"),
        (Asking(("Password for administrator: ", False)), "second-factor"),
        (Asking(("root's password:", False)), "second-factor"),
        (Asking(("(root@cms1) Password: ", False)), "second-factor"),
        (Asking(("Pass\u200bword: ", False)), "second-factor"),
        (Asking(("New password: ", False)), "password-expired"),
        (Asking(("Current password: ", False), instructions="You are required to change it"), "password-expired"),
        (Asking(("Password: ", False), instructions="Your password has expired"), "password-expired"),
    ],
)
def test_no_other_question_gets_the_password(asked: Asking, code: str, tmp_path: Path) -> None:
    with interactive(tmp_path, server=asked) as (server, arguments):
        with pytest.raises(AuthenticationError) as caught:
            CiscoCms(**arguments, password=PASSWORD)
        assert caught.value.code == code
        assert PASSWORD not in str(caught.value)
        assert server.tries == []


def test_no_traceback_or_debugger_shows_a_password() -> None:
    assert PASSWORD not in repr(credential_of(USER, PASSWORD, None, None, None))


class OnlyInteractive(Doorkeeper):
    """Takes keyboard-interactive logins only; asyncssh hangs up on a second kind of login on one connection."""

    def password_auth_supported(self) -> bool:
        return False

    def kbdint_auth_supported(self) -> bool:
        return True

    def get_kbdint_challenge(self, username: str, lang: str, submethods: str) -> Any:
        return "", "", "", [("Password: ", False)]

    def validate_kbdint_response(self, username: str, responses: Any) -> bool:
        self.owner.tries += list(responses)
        return list(responses) == [PASSWORD]


@pytest.mark.parametrize("right", [True, False])
def test_a_server_that_hangs_up_on_a_second_kind_of_login_is_called_again(right: bool, tmp_path: Path) -> None:
    with Scripted(answering({}), tmp_path, server=OnlyInteractive) as server:
        if right:
            with server.connect() as line:
                assert line.device_name == "cms2"
        else:
            with pytest.raises(AuthenticationError) as caught:
                server.connect(password="wrong")
            assert caught.value.code == "wrong-password"
        assert server.tries == [PASSWORD if right else "wrong"]


@pytest.mark.parametrize("more", [("New password: ",), ("New password: ", "Again: ")])
def test_a_demand_for_a_new_password_during_the_login_is_not_answered(more: tuple[str, ...], tmp_path: Path) -> None:
    with interactive(tmp_path, *more) as (server, arguments):
        with pytest.raises(AuthenticationError) as caught:
            CiscoCms(**arguments, password=PASSWORD)
        assert caught.value.code == "password-expired"
        assert server.tries == [PASSWORD]


class MustChange(Doorkeeper):
    """Asks for a new password in SSH's own way."""

    def validate_password(self, username: str, password: str) -> bool:
        self.owner.tries.append(password)
        raise asyncssh.PasswordChangeRequired("New password")

    def change_password(self, username: str, old_password: str, new_password: str) -> bool:
        self.owner.tries.append(new_password)
        return True


def test_ssh_s_own_demand_for_a_new_password_is_not_answered(tmp_path: Path) -> None:
    with Scripted(answering({}), tmp_path, server=MustChange) as server:
        with pytest.raises(AuthenticationError) as caught:
            server.connect()
        assert caught.value.code == "password-expired"
        assert server.tries == [PASSWORD]


class HangsUp(Doorkeeper):
    """Ends the connection in the middle of the login."""

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        super().connection_made(conn)
        self.connection = conn

    def validate_password(self, username: str, password: str) -> bool:
        self.owner.tries.append(password)
        self.connection.abort()
        return False


class HangsUpNow(HangsUp):
    """Ends the connection in the middle of the logins whose number is named."""

    cut: tuple[int, ...]

    def validate_password(self, username: str, password: str) -> bool:
        if len(self.owner.tries) in self.cut:
            return super().validate_password(username, password)
        return Doorkeeper.validate_password(self, username, password)


@pytest.mark.parametrize("cut", [(0,), (1,), (1, 2), (0, 2)], ids=str)
def test_a_login_that_is_cut_off_says_nothing_of_the_password_and_may_be_tried_again(
    cut: tuple[int, ...], tmp_path: Path
) -> None:
    with Scripted(answering({}), tmp_path, server=type("Restarting", (HangsUpNow,), {"cut": cut})) as server:
        for number in range(4):
            if number in cut:
                with pytest.raises(ConnectionLost) as caught:
                    server.connect()
                assert caught.value.code == "connection-lost"
            else:
                with server.connect() as line:
                    assert line.device_name == "cms2"
        assert server.tries == [PASSWORD] * 4


class Keys(Doorkeeper):
    """Takes one public key, and no password."""

    accepted: asyncssh.SSHKey

    def password_auth_supported(self) -> bool:
        return False

    def public_key_auth_supported(self) -> bool:
        return True

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        self.owner.tries.append(key.get_fingerprint())
        return key == self.accepted.convert_to_public()


@pytest.mark.parametrize("kind", ["ssh-ed25519", "ssh-rsa", "ecdsa-sha2-nistp256"])
def test_a_private_key_is_used_alone(kind: str, tmp_path: Path) -> None:
    key = asyncssh.generate_private_key(kind)
    # paramiko cannot read every ECDSA key that asyncssh writes in OpenSSH's form; those of ssh-keygen it can.
    key.write_private_key(tmp_path / "key", "openssh" if kind == "ssh-ed25519" else "pkcs1-pem")
    with Scripted(answering({}), tmp_path, server=type("Keyed", (Keys,), {"accepted": key})) as server:
        with server.connect(use_keys=True, key_file=str(tmp_path / "key")) as line:
            assert line.device_name == "cms2"
        assert set(server.tries) == {key.get_fingerprint()}
        with pytest.raises(AuthenticationError) as caught:
            server.connect()
        assert caught.value.code == "login-method"


def test_a_private_key_with_a_passphrase(tmp_path: Path) -> None:
    key = asyncssh.generate_private_key("ssh-rsa")
    key.write_private_key(tmp_path / "key", "pkcs1-pem", passphrase="opener")
    with Scripted(answering({}), tmp_path, server=type("Keyed", (Keys,), {"accepted": key})) as server:
        with server.connect(key_file=str(tmp_path / "key"), passphrase="opener", password=None) as line:
            assert line.device_name == "cms2"
        with pytest.raises(AuthenticationError) as caught:
            server.connect(key_file=str(tmp_path / "key"))
        assert caught.value.code == "key-file"


def test_a_key_that_is_not_accepted_is_tried_once_and_no_password_after_it(tmp_path: Path) -> None:
    key, other = asyncssh.generate_private_key("ssh-ed25519"), asyncssh.generate_private_key("ssh-ed25519")
    key.write_private_key(tmp_path / "key")
    server_type = type("Keyed", (Keys,), {"accepted": other, "password_auth_supported": lambda self: True})
    with Scripted(answering({}), tmp_path, server=server_type) as server:
        for _ in range(2):
            with pytest.raises(AuthenticationError) as caught:
                server.connect(use_keys=True, key_file=str(tmp_path / "key"))
            assert caught.value.code == "wrong-password"
        assert server.tries == [key.get_fingerprint()]


def test_no_credential_at_all(tmp_path: Path) -> None:
    with Scripted(answering({}), tmp_path) as server:
        with pytest.raises(AuthenticationError) as caught:
            server.connect(password=None)
        assert caught.value.code == "no-credential"


def test_the_socket_sends_at_once_and_notices_a_dead_peer() -> None:
    with listening() as port, open_socket(HOST, port, 1.0) as sock:
        assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)


@pytest.mark.parametrize(("refused", "code"), [(3, None), (99, "channel-refused")])
def test_a_channel_that_is_refused_is_asked_for_again(refused: int, code: str | None, tmp_path: Path) -> None:
    asked: list[int] = []

    class Hasty(paramiko.ServerInterface):
        """Refuses the first channels."""

        def get_allowed_auths(self, username: str) -> str:
            return "password"

        def check_auth_password(self, username: str, password: str) -> int:
            return AUTH_SUCCESSFUL

        def check_channel_request(self, kind: str, chanid: int) -> int:
            asked.append(chanid)
            few = len(asked) <= refused
            return OPEN_FAILED_ADMINISTRATIVELY_PROHIBITED if few else OPEN_SUCCEEDED

        check_channel_pty_request = Interactive.check_channel_pty_request
        check_channel_shell_request = Interactive.check_channel_shell_request

    with interactive(tmp_path, server=Hasty()) as (_, arguments):
        if code is None:
            with CiscoCms(**arguments, password=PASSWORD) as line:
                assert line.device_name == "cms2"
            assert len(asked) == refused + 1
        else:
            with pytest.raises(ConnectError) as caught:
                CiscoCms(**arguments, password=PASSWORD)
            assert caught.value.code == code
            assert 4 <= len(asked) <= 10
