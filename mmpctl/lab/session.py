"""A session on a node: the interactive shell, and the one command of an exec channel."""

from __future__ import annotations

import asyncio

import asyncssh

from . import commands
from .node import Node
from .reply import Question, Reply
from .terminal import ENTER, Gone, Terminal


class Session:
    """One channel with commands.

    Args:
        node: the node that answers.
        process: the channel.
    """

    def __init__(self, node: Node, process: asyncssh.SSHServerProcess[bytes]) -> None:
        self._node = node
        self._process = process
        self._terminal = Terminal(process, lambda: node.switches)

    async def run(self) -> None:
        """Serve the channel to its end."""
        try:
            if self._process.command is not None:
                await self._execute(self._process.command.strip())
            else:
                await self._shell()
            await self._terminal.flush()
            self._process.exit(0)
        except Gone:
            self._process.close()

    async def _shell(self) -> None:
        if self._node.switches.greeting:
            self._terminal.put(self._node.switches.greeting + "\n")
        while True:
            line = (await self._terminal.line(self._node.prompt)).strip()
            if line and await self._execute(line):
                return

    async def _execute(self, line: str) -> bool:
        """Run one line; whether the session ends."""
        node = self._node
        if not line:
            return False
        node.tell("command", line)
        await self._terminal.flush()
        fault = node.fault("command", line)
        if fault is not None and fault.kind == "drop":
            self._drop()
        if fault is not None and fault.kind == "refuse":
            self._terminal.put_message(fault.text)
            return False
        outcome = await commands.run(node, line)
        reply = outcome if isinstance(outcome, Reply) else await self._ask(outcome, line)
        await self._print(reply, line)
        return reply.close

    async def _print(self, reply: Reply, line: str) -> None:
        text = reply.text
        fault = self._node.fault("output", line)
        if fault is not None and fault.kind == "drop":
            self._drop()
        if fault is not None and fault.kind == "inject":
            lines = text.split("\n")
            text = "\n".join([*lines[:-1], fault.text, lines[-1]])
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
        self._terminal.put_message(text)
        node.tell("question", text)
        await self._terminal.flush()
        if fault is not None and fault.kind == "drop":
            self._drop()
        answer = await self._answer()
        node.tell("answer", answer)
        if answer != "Y":
            return Reply()
        fault = node.fault("answer", line)
        reply = question.accept()
        if fault is not None and fault.kind == "drop":
            self._drop()
        if fault is not None and fault.kind == "delay":
            await self._terminal.flush()
            await asyncio.sleep(fault.seconds)
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

    def _drop(self) -> None:
        self._process.channel.get_connection().abort()
        raise Gone
