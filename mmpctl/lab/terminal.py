"""A session's keys and screen: echo, sideways scrolling, wrapping, line ends."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import asyncssh

from .switches import Switches

ENTER = (0x0D, 0x0A)
_INTERRUPT, _KILL_LINE, _END = 0x03, 0x15, 0x04
_BACKSPACE = (0x08, 0x7F)


class Gone(EOFError):
    """The client has left."""


class Terminal:
    """One channel's input and output.

    Args:
        process: the channel.
        switches: the node's switches of the moment.
    """

    def __init__(self, process: asyncssh.SSHServerProcess[bytes], switches: Callable[[], Switches]) -> None:
        self._process = process
        self._switches = switches
        self._keys = bytearray()
        self._screen = bytearray()
        self._width = process.term_size[0]
        self.split = False

    @property
    def line_end(self) -> str:
        """End of line of this channel."""
        switches = self._switches()
        return switches.exec_line_end if self._process.command is not None else switches.line_end

    async def key(self) -> int:
        """The next byte from the client; what is on the screen is sent first.

        Raises:
            Gone: there will be no more.
        """
        while not self._keys:
            await self.flush()
            try:
                data = await self._process.stdin.read(4096)
            except asyncssh.TerminalSizeChanged as change:
                self._width = change.width
                continue
            except (asyncssh.BreakReceived, asyncssh.SignalReceived):
                self._keys.append(_INTERRUPT)
                continue
            if not data:
                raise Gone
            self._keys += data
        return self._keys.pop(0)

    async def line(self, prompt: str) -> str:
        """Read a line with echo; Enter is one byte, carriage return or line feed.

        Args:
            prompt: stands before it, and is printed first.

        Raises:
            Gone: the client left, or ended its input.
        """
        self.put(("\x1b[0m" if self._switches().ansi else "") + prompt)
        text = ""
        while True:
            key = await self.key()
            if key in ENTER:
                self.put("\n")
                return text
            if key == _END and not text:
                raise Gone
            if key == _INTERRUPT:
                self.put("^C\n" + prompt)
                text = ""
            elif key == _KILL_LINE:
                text = self._redraw(prompt, "", len(text))
            elif key in _BACKSPACE:
                text = self._redraw(prompt, text[:-1], len(text))
            elif key >= 0x20:
                text += chr(key)
                if not self._width or len(prompt) + len(text) < self._width:
                    self.put(chr(key))
                else:
                    self._redraw(prompt, text, len(text))

    def put(self, text: str) -> None:
        """Print text whose lines end in ``\\n``."""
        self._screen += text.replace("\n", self.line_end).encode("utf-8", "surrogateescape")

    def put_message(self, text: str) -> None:
        """Print a message: hard-wrapped in the middle of words, where the switches want it."""
        wrap = self._switches().wrap
        width = 79 if wrap == "always" else max(self._width - 1, 1)
        if wrap == "never" or (wrap == "width" and not self._width):
            width = max(len(text), 1)
        for line in text.split("\n"):
            pieces = [line[at : at + width] for at in range(0, len(line), width)] or [""]
            self.put("\n".join(pieces) + "\n")

    async def flush(self) -> None:
        """Send what was printed."""
        data, self._screen = bytes(self._screen), bytearray()
        size = 1 if self.split else self._switches().packet_bytes or max(len(data), 1)
        try:
            for start in range(0, len(data), size):
                self._process.stdout.write(data[start : start + size])
                await asyncio.sleep(0)
            await self._process.stdout.drain()
        except (asyncssh.Error, OSError) as gone:
            raise Gone from gone

    def _redraw(self, prompt: str, text: str, before: int) -> str:
        room = max(self._width - 1 - len(prompt), 1) if self._width else max(len(text), before, 1)
        tail = text[-room:] if text else ""
        if self._switches().ansi:
            self.put(f"\r{prompt}{tail}\x1b[0K\r\x1b[{len(prompt) + len(tail)}C")
        else:
            blanks = max(min(before, room) - len(tail), 0)
            self.put(f"\r{prompt}{tail}" + " " * blanks + "\b" * blanks)
        return text
