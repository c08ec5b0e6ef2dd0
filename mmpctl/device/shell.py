"""The interactive command line of one node: send a line, wait for the prompt, keep in step."""

from __future__ import annotations

import codecs
import time
from contextlib import suppress
from typing import Final, NoReturn

import paramiko

from mmpctl.device.allowed_reads import only_reads, refuse
from mmpctl.device.answers.vocabulary import vocabulary
from mmpctl.device.commands import answer_limit
from mmpctl.device.receive_buffer import LINE_LIMIT, Received
from mmpctl.device.redaction import Direction, Recorder, redact, redacted
from mmpctl.device.ssh.connection import BROKEN
from mmpctl.device.terminal_text import ends_with_prompt, squeeze, without_echo, without_prompts, without_redraws
from mmpctl.errors import ConnectionLost, DialogueError, NoPrompt, UnknownQuestion

ENTER: Final = "\r"
QUIET_SECONDS: Final = 0.7
_SEND_SECONDS = 30.0
_BLOCK = 65536


class Shell:
    """A conversation over one SSH channel. It blocks on the channel and never polls.

    Args:
        channel: an open channel with a terminal and a shell.
        recorder: is told every line sent and every output, redacted.
        quiet_seconds: how long the device must be silent before silence means something.
        read_only: send nothing but lines that change nothing.
    """

    def __init__(
        self,
        channel: paramiko.Channel,
        *,
        recorder: Recorder | None = None,
        quiet_seconds: float = QUIET_SECONDS,
        read_only: bool = False,
    ) -> None:
        self.quiet_seconds = quiet_seconds
        self.prompt = ""
        self.received = Received()
        self._channel = channel
        self._recorder = recorder
        self._read_only = read_only
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._at_prompt = False
        self._by_hand = False

    @property
    def device_name(self) -> str:
        """The host name in the prompt."""
        return self.prompt.removesuffix("> ")

    @property
    def is_open(self) -> bool:
        """Whether the session can be used, as far as this side knows; nothing is sent to find out."""
        transport = self._channel.get_transport()
        return not self._channel.closed and transport is not None and transport.is_active()

    def close(self) -> None:
        """End the session; a question that is open stays unanswered."""
        self._at_prompt = False
        with suppress(*BROKEN):
            # It tells the other side, over a line that may be gone.
            self._channel.close()

    def lost_step(self) -> None:
        """Allow no further command until `find_step`: somebody else writes to the channel."""
        self._at_prompt = False
        self._by_hand = True

    def find_step(self, deadline: float) -> None:
        """Press Enter and wait for the prompt; what was said since something was written by hand is read away.

        Args:
            deadline: seconds.

        Raises:
            UnknownQuestion: the device asks something; nothing was pressed.
            NoPrompt: the prompt was not there in time; the session was closed.
            ConnectionLost: the session ended.
        """
        if self._by_hand:
            until = time.monotonic() + deadline
            self.received = Received()
            while self.receive(min(until, time.monotonic() + self.quiet_seconds)):
                continue
            said = redacted(without_redraws(self.received.text))
            self.record("received", said)
            if vocabulary().question.search(squeeze(said)) and not self.prompt_came():
                raise UnknownQuestion(
                    "the device asks a question after the text that was written by hand; nothing was pressed",
                    text=str(said),
                    advice="Answer it by hand with write_channel(), or close the session; then it stays unanswered.",
                )
            self._by_hand, self._at_prompt = False, True
        self.exchange("", deadline)

    def record(self, direction: Direction, text: str) -> None:
        """Tell the recorder.

        Args:
            direction: who said it.
            text: what was said; secrets are taken out here.
        """
        if self._recorder is not None:
            self._recorder(direction, redacted(text))

    def start(self, name: str) -> None:
        """Begin the conversation: the prompt is known, and the device waits at it.

        Args:
            name: the host name in the prompt.
        """
        self.prompt = f"{name}> "
        self._at_prompt = True

    def exchange(self, line: str, deadline: float) -> str:
        """Send a line and return the device's text until its prompt is back.

        Args:
            line: the command, without Enter.
            deadline: seconds.

        Returns:
            The output without echo and prompt, lines ending in `\\n`, secrets taken out.

        Raises:
            NoPrompt: the prompt was not back in time; the session was closed.
            UnknownQuestion: likewise, and the last text is a question; it was not answered.
            ConnectionLost: the session ended meanwhile.
            DialogueError: the session is not at its prompt, or the output is endless.
        """
        self.begin(line)
        try:
            self._await_prompt(line, deadline)
        except ConnectionLost as lost:
            raise ConnectionLost(f"{lost.message} during `{line}`", advice=lost.advice) from lost
        return self.finish(line)

    def begin(self, line: str) -> None:
        """Send a line, provided that the device waits for one.

        Args:
            line: the command, without Enter.

        Raises:
            DialogueError: the session is not at its prompt (code `out-of-step`), or the line holds control characters.
            RefusedError: the session only reads, and the line is not among those that change nothing.
        """
        if not line.isprintable():
            raise DialogueError(f"a command of one plain line is needed, not {line!r}", code="bad-command")
        self._must_be_allowed(line)
        if not self.is_open:
            raise ConnectionLost("the session has ended", advice="Open a new one.")
        if self._by_hand:
            raise DialogueError(
                "text was written to this session by hand, so it is unknown if the node waits for a command",
                code="written-by-hand",
                advice="Nothing was sent. Read the node's text with read_channel(), then call find_prompt(), which "
                "presses Enter and continues at the prompt. Or close the session and open a new one.",
            )
        if not self._at_prompt:
            self._out_of_step("the session is not at its prompt")
        self._drain()
        self._at_prompt = False
        self.received = Received(answer_limit(line))
        self.record("sent", line)
        self.send(line + ENTER)

    def finish(self, line: str) -> str:
        """Take the output of a line whose prompt has come back.

        Args:
            line: the line that was sent.

        Returns:
            The output, clean.
        """
        self._at_prompt = True
        output = redacted(self.answer_to(line))
        self.record("received", output)
        if self.received.cut:
            self.record("note", f"lines longer than {LINE_LIMIT} characters were cut: {self.received.cut}")
        return str(output)

    def answer_to(self, line: str) -> str:
        """Return what has arrived so far, without echo, prompts and redraws.

        Args:
            line: the line that was sent.
        """
        said = without_prompts(self.received.text, self.prompt)
        return without_redraws(without_echo(said, line, self.prompt))

    def prompt_came(self) -> bool:
        """Return whether all that arrived ends with the prompt, at a line start."""
        # None is known at first.
        return self.prompt != "" and ends_with_prompt(self.received.tail, self.prompt)

    def prompt_was_drawn_over(self) -> bool:
        """Return whether all that arrived ends with the prompt after a carriage return only.

        It may stand over what was shown before it, or be the beginning of a line that is drawn again: silence tells.
        """
        return not self.prompt_came() and ends_with_prompt(self.received.tail, self.prompt, redrawn=True)

    def prompt_came_alone(self) -> bool:
        """Return whether a prompt, or several, is all that arrived."""
        return self.prompt_came() and self._are_only_prompts()

    def send(self, text: str) -> None:
        """Write to the device.

        Args:
            text: what to write; nothing is added.

        Raises:
            ConnectionLost: the session has ended.
            RefusedError: the session only reads, and this is not among the lines that change nothing.
        """
        # Here as well: whatever goes to the device goes through this method.
        self._must_be_allowed(text.removesuffix(ENTER))
        try:
            self._channel.settimeout(_SEND_SECONDS)
            self._channel.sendall(text.encode())
        except BROKEN as error:
            self._lost(error)

    def receive(self, until: float) -> bool:
        """Wait for more text and add it to `received`.

        Args:
            until: moment of the monotonic clock; one that has passed takes only what is there already.

        Returns:
            Whether anything came.

        Raises:
            ConnectionLost: the session has ended.
            DialogueError: the output is endless; the session was closed.
        """
        try:
            self._channel.settimeout(max(0.0, until - time.monotonic()))
            block = self._channel.recv(_BLOCK)
        except TimeoutError:
            return False
        except BROKEN as error:
            self._lost(error)
        if not block:
            self._lost(None)
        try:
            self.received.add(self._decoder.decode(block))
        except DialogueError:
            self.close()
            raise
        return True

    def _must_be_allowed(self, line: str) -> None:
        if self._read_only and not only_reads(line):
            refuse(f"`{redact(line)}`")

    def _await_prompt(self, line: str, deadline: float) -> None:
        until = time.monotonic() + deadline
        while True:
            came = self.prompt_came()
            bare = came and self._are_only_prompts()
            if came and (not bare or not line):
                return
            # A prompt alone may be a late one of before: the echo or the output then follows at once.
            unsure = bare or self.prompt_was_drawn_over()
            if not self.receive(min(until, time.monotonic() + self.quiet_seconds) if unsure else until):
                if unsure:
                    return
                self._no_prompt(line, deadline)

    def _are_only_prompts(self) -> bool:
        # Of a short text, the tail is all there is.
        return self.received.is_short and not without_prompts(self.received.tail, self.prompt).strip()

    def _drain(self) -> None:
        # What came between two commands can only be prompts; anything else means that we are out of step.
        self.received = Received()
        # What is not there yet is not waited for; an end of the session counts as something.
        if not self._has_arrived():
            return
        while self._has_arrived() and self.receive(0.0):
            continue
        rest = squeeze(without_prompts(self.received.text, self.prompt))
        while rest and squeeze(self.prompt).startswith(rest) and self.receive(time.monotonic() + self.quiet_seconds):
            rest = squeeze(without_prompts(self.received.text, self.prompt))
        if rest:
            self._out_of_step(f"the device sent text that nobody asked for ({redact(self.received.text)!r:.200})")

    def _has_arrived(self) -> bool:
        return self._channel.recv_ready() or bool(self._channel.eof_received)

    def _out_of_step(self, why: str) -> NoReturn:
        self.close()
        raise DialogueError(why, code="out-of-step", advice="Nothing was sent, and the session was closed. Try again.")

    def _no_prompt(self, line: str, deadline: float) -> NoReturn:
        said = redacted(self.answer_to(line))
        self.close()
        self.record("received", said)
        if vocabulary().question.search(squeeze(said)):
            raise UnknownQuestion(
                f"the device answered `{line}` with a question",
                text=str(said),
                advice="It was not answered; the session was closed.",
            )
        raise NoPrompt(
            f"the prompt was not back {deadline:g} s after `{line}`",
            advice="The command may still have run. Check the node before it is sent again.",
        )

    def _lost(self, error: Exception | None) -> NoReturn:
        self.close()
        # How a lost connection shows first (on reading, on writing, closed by whom) is chance: it is one and the same.
        if error is not None:
            self.record("note", f"the connection ended: {error}")
        raise ConnectionLost("the connection ended", advice="Check that the node is up, then try again.") from error
