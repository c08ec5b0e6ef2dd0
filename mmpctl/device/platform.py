"""The Netmiko platform `cisco_cms`: its sessions run on our own dialogue, without Netmiko's waits."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import paramiko
from netmiko.channel import SSHChannel
from netmiko.no_config import NoConfig
from netmiko.no_enable import NoEnable
from netmiko.ssh_dispatcher import CLASS_MAPPER, CLASS_MAPPER_BASE, FILE_TRANSFER_MAP, platforms, scp_platforms

from mmpctl.device import dialogue
from mmpctl.device.allowed_reads import refuse
from mmpctl.device.answers.vocabulary import vocabulary
from mmpctl.device.netmiko_calls import ANSWER_SECONDS, LOGIN_SECONDS, NetmikoCalls
from mmpctl.device.netmiko_options import PLATFORM
from mmpctl.device.prompt import learn_prompt
from mmpctl.device.questions import Question
from mmpctl.device.redaction import Recorder, redacted
from mmpctl.device.seam import seam
from mmpctl.device.sftp.file_transfer import CiscoCmsFileTransfer
from mmpctl.device.shell import QUIET_SECONDS, Shell
from mmpctl.device.ssh.algorithms import disabled_algorithms
from mmpctl.device.ssh.authentication import OneAttempt, credential_of
from mmpctl.device.ssh.connection import BROKEN, open_channel, open_client, translate
from mmpctl.device.ssh.host_key_policy import OnlyKnown
from mmpctl.device.ssh.route import Route, route_of
from mmpctl.errors import CommandRefused, DialogueError, HostKeyError
from mmpctl.timing import RECORDER, Phase
from mmpctl.trusted import require_trusted

_WIDTH: Final = 1023
_HEIGHT: Final = 1000
_KEEPALIVE_SECONDS: Final = 15
_NOT_KNOWN: Final = (
    "The account may not have the right to use it (cluster commands need admin), or the release may not know it."
)
# Of the parameters that Netmiko gives to paramiko, those that the way to the node and the credential decide.
_OURS: Final = ("hostname", "port", "password", "pkey", "key_filename", "passphrase", "look_for_keys", "allow_agent")
_QUESTION_SECONDS: Final = 60.0


class CiscoCms(NoEnable, NoConfig, NetmikoCalls):
    """A session on the MMP command line of a Cisco Meeting Server.

    Host keys are checked whatever the caller asks for, against `alt_key_file`, else the file that `MMP_KNOWN_HOSTS`
    names, else `~/.ssh/known_hosts`. One credential is tried, once: a private key if there is one, else the password.

    Args:
        recorder: is told every command, output, question and answer, redacted.
        quiet_seconds: how long the device must be silent before its question counts as complete.
        read_only: the session sends nothing but the commands of `mmpctl.device.allowed_reads`, and refuses all others.
        options: those of Netmiko's `BaseConnection`.
    """

    @seam
    def __init__(
        self,
        *args: Any,
        recorder: Recorder | None = None,
        quiet_seconds: float = QUIET_SECONDS,
        read_only: bool = False,
        **options: Any,
    ) -> None:
        connect_now = options.pop("auto_connect", True)
        known_hosts = options.get("alt_key_file") or os.environ.get("MMP_KNOWN_HOSTS") or "~/.ssh/known_hosts"
        self.known_hosts = Path(known_hosts).expanduser()
        # The file is read by us: paramiko compares each of its lines with every other one, for each connection.
        strict = {"ssh_strict": True, "system_host_keys": False, "alt_host_keys": False}
        options |= strict | {"alt_key_file": str(self.known_hosts), "auto_connect": False}
        options["disabled_algorithms"] = disabled_algorithms(options.get("disabled_algorithms"))
        options["keepalive"] = options.get("keepalive") or _KEEPALIVE_SECONDS
        self.shell: Shell | None = None
        self.host_key = ""
        self.remote_conn_pre: paramiko.SSHClient | None = None
        self._recorder = recorder
        self._quiet_seconds = quiet_seconds
        self._read_only = read_only
        super().__init__(*args, **options)
        if connect_now:
            try:
                self._open()
            except BaseException:
                self.disconnect()
                raise

    def __enter__(self) -> CiscoCms:  # noqa: PYI034  # Self is not in Python 3.10
        """Return the session itself, with all that this platform adds to Netmiko's."""
        return self

    @property
    def read_only(self) -> bool:
        """Whether the session refuses to send what could change the device; it stays so as long as it is open."""
        return self._read_only

    @property
    def prompt(self) -> str:
        """The prompt as it was learnt, e.g. `cms2> `."""
        return self._session().prompt

    @property
    def device_name(self) -> str:
        """The host name in the prompt, e.g. `cms2`."""
        return self._session().device_name

    def route(self) -> Route:
        """Return the way to the node; the SSH configuration decides if one is named.

        Raises:
            ConnectError: the configuration cannot be used (code `ssh-config`).
        """
        return route_of(self.host, self.port, self.username, self.ssh_config_file)

    def _use_ssh_config(self, dict_arg: dict[str, Any]) -> dict[str, Any]:
        # Netmiko's reading of the file does not know `[name]:port`, several hops, or our own name of the host's key.
        return dict_arg

    @seam
    def open_ssh_client(self) -> paramiko.SSHClient:
        """Connect and log in, as this platform does it, without opening the command line.

        Returns:
            A client that the caller closes.

        Raises:
            ConnectError: its code tells why; host key and authentication errors are of its kind.
        """
        if not self.known_hosts.is_file():
            raise HostKeyError(
                f"there is no file of known host keys at {self.known_hosts}",
                code="known-hosts-missing",
                advice="Make it with `mmpctl trust`, or name another one with --known-hosts or MMP_KNOWN_HOSTS.",
            )
        require_trusted(self.known_hosts, "the file of known host keys")
        route = self.route()
        # As in Netmiko, the file's account counts where nobody has named one.
        user = self.username or route.user or ""
        credential = credential_of(user, self.password, self.pkey, self.key_file, self.passphrase)
        self.key_policy = OnlyKnown(self.known_hosts, route)
        login = OneAttempt(credential, route.host, route.port)
        parameters = self._connect_params_dict()
        for own in _OURS:
            parameters.pop(own)
        client = self._build_ssh_client()
        client = open_client(
            client, login, route, transport_factory=self.key_policy.transport, **parameters | {"username": user}
        )
        transport = client.get_transport()
        if transport is not None:
            transport.set_keepalive(int(self.keepalive))
            self.host_key = transport.get_remote_server_key().fingerprint
        return client

    @seam
    def establish_connection(self, width: int = _WIDTH, height: int = _HEIGHT) -> None:
        """Connect, log in and open the command line in a very wide terminal.

        Args:
            width: columns of the terminal.
            height: its lines.
        """
        self.remote_conn_pre = self.open_ssh_client()
        channel = open_channel(self.remote_conn_pre)
        try:
            # Why an account has no command line may be said on either stream.
            channel.set_combine_stderr(True)
            channel.get_pty("vt100", width, height)
            channel.invoke_shell()
        except BROKEN as error:
            raise translate(error, self.host, self.port) from error
        self.remote_conn = channel
        self.channel = SSHChannel(conn=channel, encoding=self.encoding)
        self.shell = Shell(channel, recorder=self._record, quiet_seconds=self._quiet_seconds, read_only=self._read_only)

    @seam
    def session_preparation(self) -> None:
        """Wait for the prompt and learn it."""
        with RECORDER.spent_on(Phase.LOGIN):
            learn_prompt(self._session(), self.answer_seconds or LOGIN_SECONDS)
        self.base_prompt = self.device_name

    @seam
    def command(self, line: str, *, deadline: float | None = None) -> str:
        """Run a command that asks nothing.

        Args:
            line: the command.
            deadline: seconds until the prompt must be back; by default `answer_seconds`, else 30.

        Returns:
            The output without echo and prompt, lines ending in `\\n`, secrets taken out.

        Raises:
            CommandRefused: the device said no.
            NoPrompt: the prompt was not back in time; the command may have run. The session was closed.
            UnknownQuestion: the device asked something; it was not answered. The session was closed.
            ConnectionLost: the session ended.
        """
        with RECORDER.spent_on(Phase.COMMANDS):
            output = self._session().exchange(line, deadline or self.answer_seconds or ANSWER_SECONDS)
        if vocabulary().refuses(output):
            said = next(text.strip() for text in output.splitlines() if text.strip())
            advice = _NOT_KNOWN if vocabulary().is_unknown(output) else ""
            raise CommandRefused(f"`{line}` was refused: {said}", text=output, advice=advice)
        return output

    @seam
    def ask(
        self,
        line: str,
        operation: str,
        *,
        client: bool = False,
        reviewed: tuple[Question, ...] = (),
        before_answer: Callable[[str], None] | None = None,
        deadline: float | None = None,
    ) -> dialogue.Confirmed:
        """Run a command that asks for confirmation, and confirm it; see `mmpctl.device.dialogue.ask`.

        The deadline is by default `answer_seconds`, else 60.
        """
        with RECORDER.spent_on(Phase.COMMANDS):
            return dialogue.ask(
                self._session(),
                line,
                operation,
                client=client,
                reviewed=reviewed,
                before_answer=before_answer,
                deadline=deadline or self.answer_seconds or _QUESTION_SECONDS,
            )

    @seam
    def write_channel(self, out_data: str) -> None:
        """Write by hand; commands are refused from then on until `find_prompt` has found the way back.

        Args:
            out_data: what to write.

        Raises:
            RefusedError: the session only reads.
        """
        self._session()
        if self._read_only:
            refuse("text written by hand")
        super().write_channel(out_data)

    def is_alive(self) -> bool:
        """Return whether the session can be used; nothing is sent to find out."""
        shell: Shell | None = self.__dict__.get("shell")
        return shell is not None and shell.is_open

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "__class__":
            raise DialogueError(
                f"a session of {PLATFORM} cannot become one of another platform (redispatch)",
                code="redispatched",
                advice="The device's command line leads to no other device. Open a session of its own to the other "
                "device.",
            )
        super().__setattr__(name, value)

    def _try_session_preparation(self, force_data: bool = False) -> None:
        self.session_preparation()

    def _record(self, direction: Any, text: str) -> None:
        if self.session_log is not None:
            self.session_log.write(f"{redacted(text)}\n")
        if self._recorder is not None:
            self._recorder(direction, str(text))


def register() -> None:
    """Make Netmiko know the platform `cisco_cms`, also as `cisco_cms_ssh`, and its file transfer.

    Nornir does it by itself; a script without Nornir calls this once, before `ConnectHandler`. Doing it again changes
    nothing.
    """
    CLASS_MAPPER_BASE[PLATFORM] = CiscoCms
    for name in (PLATFORM, f"{PLATFORM}_ssh"):
        CLASS_MAPPER[name] = CiscoCms
        FILE_TRANSFER_MAP[name] = CiscoCmsFileTransfer
        for known in (platforms, scp_platforms):
            if name not in known:
                known.append(name)
                known.sort()
