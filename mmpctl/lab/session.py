"""A session on a node: the interactive shell, and the one command of an exec channel."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import asyncssh

from . import commands
from .fault import Fault
from .freeze import freeze
from .node import Node
from .reply import Question, Reply
from .terminal import ENTER, Gone, Terminal


class Session:
    """One channel with commands.

    Args:
        node: the node that answers.
        process: the channel.
        is_stunned: tells whether nothing more is said to what is typed.
    """

    def __init__(
        self, node: Node, process: asyncssh.SSHServerProcess[bytes], is_stunned: Callable[[], bool] = lambda: False
    ) -> None:
        self._node = node
        self._process = process
        self._is_stunned = is_stunned
        self._terminal = Terminal(process, lambda: node.switches)

    async def run(self) -> None:
        """Serve the channel to its end."""
        try:
            if self._node.switches.login_expired == "shell":
                await self._demand_password()
            elif self._process.command is not None:
                await self._execute(self._process.command.strip())
            else:
                await self._shell()
            await self._terminal.flush()
            self._process.exit(0)
        except Gone:
            self._process.close()

    async def _shell(self) -> None:
        fault = self._node.fault("shell")
        if fault is not None:
            self._terminal.put_message(fault.text)
            return
        if self._node.switches.greeting:
            self._terminal.put(self._node.switches.greeting + "\n")
        while True:
            line = (await self._terminal.line(self._node.prompt)).strip()
            if self._is_stunned():
                await asyncio.Event().wait()
            if line and await self._execute(line):
                return

    async def _demand_password(self) -> None:
        self._terminal.put("Your password has expired.\nYou must change your password now and log in again.\n")
        self._node.tell("question", "new password")
        typed = await self._terminal.line("New password: ")
        self._node.tell("answer", typed)

    async def _execute(self, line: str) -> bool:
        """Run one line; whether the session ends."""
        node = self._node
        if not line:
            return False
        node.tell("command", line)
        await self._terminal.flush()
        fault = node.fault("command", line)
        await self._break(fault)
        if node.switches.answer_seconds:
            await asyncio.sleep(node.switches.answer_seconds)
        if fault is not None and fault.kind == "refuse":
            self._terminal.put_message(fault.text)
            return False
        if fault is not None and fault.kind in ("reboot", "die", "by-hand", "failover"):
            node.suffer(fault)
            if fault.kind in ("reboot", "die") and not fault.on:
                raise Gone
        outcome = await commands.run(node, line)
        reply = outcome if isinstance(outcome, Reply) else await self._ask(outcome, line)
        await self._print(reply, line)
        return reply.close

    async def _print(self, reply: Reply, line: str) -> None:
        text = reply.text
        fault = self._node.fault("output", f"{line}\n{text}")
        await self._break(fault)
        if fault is not None and fault.kind == "inject":
            while not fault.times:
                self._terminal.put((fault.text + "\n") * (1 if fault.seconds else 500))
                await self._terminal.flush()
                await asyncio.sleep(fault.seconds)
            lines = text.split("\n")
            text = "\n".join([*lines[:-1], *[fault.text] * fault.times, lines[-1]])
        self._terminal.split = fault is not None and fault.kind == "split"
        if text and reply.message:
            self._terminal.put_message(text)
        elif text:
            self._terminal.put(text + "\n")
        if self._terminal.split:
            await self._terminal.flush()
            self._terminal.split = False

    async def _ask(self, question: Question, line: str) -> Reply:
        node = self._node
        fault = node.fault("question", line)
        text = question.text
        if fault is not None and fault.kind == "extra":
            text += "\n" + fault.text
        if fault is not None and fault.kind == "reword":
            text = fault.text
        self._terminal.put_message(text)
        node.tell("question", text)
        await self._terminal.flush()
        await self._break(fault)
        answer = await self._answer()
        node.tell("answer", answer)
        if answer != "Y":
            return Reply()
        fault = node.fault("answer", line)
        reply = question.accept()
        await self._break(fault)
        if fault is not None and fault.kind == "delay":
            await self._terminal.flush()
            await asyncio.sleep(fault.seconds)
        if fault is not None and fault.kind == "say":
            return Reply(fault.text, message=True)
        return reply

    async def _answer(self) -> str:
        switches = self._node.switches
        pressed = ""
        while True:
            try:
                key = await self._terminal.key()
            except Gone:
                if self._process.command is None:
                    raise
                return pressed
            if self._process.command is None and key not in ENTER and switches.echo_y and key >= 0x20:
                self._terminal.put(chr(key))
            if key in ENTER or not switches.enter_after_y:
                if self._process.command is None:
                    self._terminal.put("\n")
                return pressed or ("" if key in ENTER else chr(key))
            pressed += chr(key)

    async def _break(self, fault: Fault | None) -> None:
        connection = self._process.channel.get_connection()
        if fault is not None and fault.kind == "drop":
            connection.abort()
            raise Gone
        if fault is not None and fault.kind == "freeze":
            await freeze(connection)
