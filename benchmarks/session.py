"""One session of four commands: log in, open the command line, ask four times, and go."""

from __future__ import annotations

import asyncio
import socket
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path

from benchmarks.delay import far_away
from benchmarks.node import node
from benchmarks.openssh import SSHD, openssh
from benchmarks.row import Row, compared
from benchmarks.target import HOST, PROMPT, Target
from benchmarks.turns import Factory, in_turns

COMMANDS = ("database cluster status", "pki list", "pki inspect server.cer", "pki inspect client.cer")
_REPLY = "a line of an answer, as long as they are\n" * 20
_ONE_WAY_SECONDS = 0.025
_ROUND_TRIP = 2 * _ONE_WAY_SECONDS
_MANY_HOSTS = 1000
_ROUNDS, _FEW_ROUNDS = 40, 12
Answers = tuple[str, ...]


def ours(target: Target) -> Callable[[], Answers]:
    """Netmiko's platform `cisco_cms`."""
    from netmiko import ConnectHandler  # noqa: PLC0415 - in the client's process alone

    from mmpctl.device.platform import register  # noqa: PLC0415

    register()

    def run() -> Answers:
        with ConnectHandler(
            device_type="cisco_cms",
            host=HOST,
            port=target.port,
            username=target.user,
            password=target.password,
            key_file=target.key,
            alt_key_file=target.known_hosts,
        ) as line:
            return tuple(str(line.send_command(command)).strip() for command in COMMANDS)

    return run


def bare_paramiko(target: Target) -> Callable[[], Answers]:
    """Paramiko alone, with TCP_NODELAY: the least that a client in Python does."""
    import paramiko  # noqa: PLC0415

    def run() -> Answers:
        sock = socket.create_connection((HOST, target.port))
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        client = paramiko.SSHClient()
        client.load_host_keys(target.known_hosts)
        client.connect(
            HOST,
            target.port,
            target.user,
            target.password,
            sock=sock,
            key_filename=target.key,
            look_for_keys=False,
            allow_agent=False,
        )
        channel = client.invoke_shell(width=1023, height=1000)

        def answer() -> str:
            said = b""
            while not said.endswith(PROMPT.encode()):
                said += channel.recv(65536)
            return said.decode().replace("\r\n", "\n")

        answer()
        answers = []
        for command in COMMANDS:
            channel.sendall(f"{command}\r".encode())
            answers.append(answer().removeprefix(f"{command}\n").removesuffix(PROMPT).strip())
        client.close()
        return tuple(answers)

    return run


def stock_netmiko(target: Target) -> Callable[[], Answers]:
    """nornir-netmiko as it comes, with the platform `generic`."""
    from nornir.core import Nornir  # noqa: PLC0415
    from nornir.core.configuration import Config  # noqa: PLC0415
    from nornir.core.inventory import ConnectionOptions, Defaults, Groups, Host, Hosts, Inventory  # noqa: PLC0415
    from nornir.core.plugins.connections import ConnectionPluginRegister  # noqa: PLC0415
    from nornir.core.state import GlobalState  # noqa: PLC0415
    from nornir.core.task import Result, Task  # noqa: PLC0415
    from nornir.plugins.runners import SerialRunner  # noqa: PLC0415
    from nornir_netmiko.tasks import netmiko_send_command  # noqa: PLC0415

    ConnectionPluginRegister.auto_register()
    extras = {
        "use_keys": target.key is not None,
        "key_file": target.key,
        "ssh_strict": True,
        "alt_host_keys": True,
        "alt_key_file": target.known_hosts,
        "default_enter": "\r",
    }
    host = Host(
        "cms2",
        hostname=HOST,
        port=target.port,
        username=target.user,
        password=target.password,
        platform="generic",
        connection_options={"netmiko": ConnectionOptions(extras=extras)},
    )
    inventory = Inventory(Hosts({"cms2": host}), Groups(), Defaults())
    nr = Nornir(inventory, config=Config(), data=GlobalState(), runner=SerialRunner())

    def all_of_them(task: Task) -> Result:
        answers = tuple(task.run(netmiko_send_command, command_string=each).result.strip() for each in COMMANDS)
        return Result(host=task.host, result=answers)

    def run() -> Answers:
        results = nr.run(all_of_them)
        results.raise_on_error()
        nr.close_connections()
        answers: Answers = results["cms2"][0].result
        return answers

    return run


def by_asyncssh(target: Target) -> Callable[[], Answers]:
    """asyncssh, one session at a time."""
    import asyncssh  # noqa: PLC0415

    async def session() -> Answers:
        async with asyncssh.connect(
            HOST,
            target.port,
            username=target.user,
            password=target.password,
            client_keys=[target.key] if target.key else None,
            known_hosts=target.known_hosts,
            config=None,
            agent_path=None,
        ) as connection:
            process = await connection.create_process(term_type="vt100", term_size=(1023, 1000), encoding="utf-8")

            async def answer() -> str:
                said = await process.stdout.readuntil(PROMPT)
                return str(said).replace("\r\n", "\n")

            await answer()
            answers = []
            for command in COMMANDS:
                process.stdin.write(f"{command}\r")
                answers.append((await answer()).removeprefix(f"{command}\n").removesuffix(PROMPT).strip())
            return tuple(answers)

    return lambda: asyncio.run(session())


def rows(quick: bool = False) -> Iterator[Row]:
    """Compare ours with the others, near and far away.

    Args:
        quick: few rounds, and none of what waits for the clock.
    """
    rounds = _FEW_ROUNDS if quick else _ROUNDS
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        target = stack.enter_context(node(dict.fromkeys(COMMANDS, _REPLY)))
        few, many = target.known(folder), target.known(folder, _MANY_HOSTS)
        bare = partial(bare_paramiko, few)
        # Paramiko compares each line of its file with all others: it gets the short one.
        for name, mine in (("2 lines of known hosts", few), (f"{_MANY_HOSTS:,} lines of known hosts", many)):
            near = in_turns({"ours": partial(ours, mine), "paramiko": bare}, rounds)
            yield from compared(f"one session of four commands, {name}", near, "paramiko", wall=1.15, cpu=1.2)
        if quick:
            return
        others: dict[str, Factory] = {
            "asyncssh": partial(by_asyncssh, few),
            "nornir-netmiko": partial(stock_netmiko, few),
        }
        peers = in_turns({"ours": partial(ours, few), **others}, _FEW_ROUNDS)
        for name in others:
            yield from compared("one session of four commands", peers, name, wall=1.0)
        far = replace(target, port=stack.enter_context(far_away(target.port, _ONE_WAY_SECONDS))).known(folder)
        distant = in_turns({"ours": partial(ours, far), "paramiko": partial(bare_paramiko, far)}, _FEW_ROUNDS)
        yield from compared("one session of four commands at a round trip of 50 ms", distant, "paramiko", wall=1.0)
        if SSHD is None:
            return
        real = stack.enter_context(openssh(folder, dict.fromkeys(COMMANDS, _REPLY))).known(folder)
        found = in_turns({"ours": partial(ours, real), "paramiko": partial(bare_paramiko, real)}, rounds)
        yield from compared("one session of four commands with OpenSSH's server", found, "paramiko", wall=1.15, cpu=1.2)
