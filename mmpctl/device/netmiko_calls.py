"""Netmiko's own calls, as runbooks and plugins make them, on our dialogue."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Final

from netmiko.base_connection import BaseConnection
from netmiko.exceptions import ConfigInvalidException
from netmiko.utilities import structured_data_converter

from mmpctl.device.answers.parse import parse, to_json
from mmpctl.device.netmiko_options import OWN_WAY, PLATFORM, warn_of
from mmpctl.device.seam import seam
from mmpctl.device.shell import Shell
from mmpctl.errors import ConnectionLost, DialogueError, ParseError

LOGIN_SECONDS: Final = 30.0
ANSWER_SECONDS: Final = 30.0


class NetmikoCalls(BaseConnection):
    """The part of the platform that Netmiko's users call; options that have no meaning here warn."""

    shell: Shell | None

    @property
    def answer_seconds(self) -> float | None:
        """How long an answer may take by default: Netmiko's `read_timeout_override`, in seconds."""
        seconds: float | None = self.read_timeout_override
        return seconds

    @seam
    def send_command(
        self,
        command_string: str,
        expect_string: str | None = None,
        read_timeout: float = ANSWER_SECONDS,
        delay_factor: float | None = None,
        max_loops: int | None = None,
        auto_find_prompt: bool | None = None,
        strip_prompt: bool = True,
        strip_command: bool = True,
        normalize: bool | None = None,
        use_textfsm: bool = False,
        textfsm_template: str | None = None,
        use_ttp: bool = False,
        ttp_template: str | None = None,
        use_genie: bool = False,
        cmd_verify: bool | None = None,
        raise_parsing_error: bool = False,
    ) -> Any:
        """Run a command and return the device's text, a refusal included.

        Args:
            command_string: the command; one that asks for confirmation is not answered.
            expect_string: a pattern that the prompt fits; nothing else ends an output here.
            read_timeout: seconds until the prompt must be back; 0 means the default.
            strip_prompt: leave the prompt out.
            strip_command: leave the command out.
            use_textfsm, textfsm_template, use_ttp, ttp_template, use_genie, raise_parsing_error: as everywhere; with
                `use_ttp` alone, the platform's own templates: what comes is what `mmpctl parse` prints, within the two
                lists in which TTP puts its results.
            delay_factor, max_loops, auto_find_prompt, normalize, cmd_verify: without effect; a warning says why.

        Returns:
            The output without a line end behind it, secrets taken out; or what the parser makes of it.

        Raises:
            NoPrompt: the prompt was not back in time; the command may have run. The session was closed.
            UnknownQuestion: the device asked something; it was not answered. The session was closed.
            ConnectionLost: the session ended.
            DialogueError: `expect_string` is not the prompt, or the session is not at its prompt.
            UsageError: `use_ttp` alone, for a command that the platform has no template for.
            ParseError: with `raise_parsing_error`, the platform's own template does not claim all of the output.
        """
        warn_of(
            "send_command",
            delay_factor=delay_factor,
            max_loops=max_loops,
            auto_find_prompt=auto_find_prompt,
            normalize=normalize,
            cmd_verify=cmd_verify,
        )
        if use_ttp and ttp_template is None:
            bare = self._output(command_string, expect_string, read_timeout, strip_prompt=True, strip_command=True)
            return _rows(command_string, bare, raise_parsing_error)
        output = self._output(command_string, expect_string, read_timeout, strip_prompt, strip_command)
        return structured_data_converter(
            output,
            command_string,
            PLATFORM,
            use_textfsm=use_textfsm,
            use_ttp=use_ttp,
            use_genie=use_genie,
            textfsm_template=textfsm_template,
            ttp_template=ttp_template,
            raise_parsing_error=raise_parsing_error,
        )

    @seam
    def send_command_timing(
        self,
        command_string: str,
        last_read: float | None = None,
        read_timeout: float = ANSWER_SECONDS,
        delay_factor: float | None = None,
        max_loops: int | None = None,
        strip_prompt: bool = True,
        strip_command: bool = True,
        normalize: bool | None = None,
        use_textfsm: bool = False,
        textfsm_template: str | None = None,
        use_ttp: bool = False,
        ttp_template: str | None = None,
        use_genie: bool = False,
        cmd_verify: bool | None = None,
        raise_parsing_error: bool = False,
    ) -> Any:
        """Run a command as `send_command` does: an output ends at the prompt, and never by the clock.

        Args:
            command_string: the command.
            read_timeout: seconds until the prompt must be back.
            strip_prompt, strip_command: as for `send_command`.
            use_textfsm, textfsm_template, use_ttp, ttp_template, use_genie, raise_parsing_error: likewise.
            last_read, delay_factor, max_loops, normalize, cmd_verify: without effect; a warning says why.
        """
        warn_of(
            "send_command_timing",
            last_read=last_read,
            delay_factor=delay_factor,
            max_loops=max_loops,
            normalize=normalize,
            cmd_verify=cmd_verify,
        )
        return self.send_command(
            command_string,
            read_timeout=read_timeout,
            strip_prompt=strip_prompt,
            strip_command=strip_command,
            use_textfsm=use_textfsm,
            textfsm_template=textfsm_template,
            use_ttp=use_ttp,
            ttp_template=ttp_template,
            use_genie=use_genie,
            raise_parsing_error=raise_parsing_error,
        )

    @seam
    def send_config_set(
        self,
        config_commands: str | Iterable[str] | None = None,
        *,
        read_timeout: float | None = None,
        strip_prompt: bool = False,
        strip_command: bool = False,
        error_pattern: str = "",
        **without_effect: Any,
    ) -> str:
        """Run commands one after the other: the device has no configuration mode.

        Args:
            config_commands: one command, or several.
            read_timeout: seconds until the prompt must be back after each.
            strip_prompt: leave the prompts out.
            strip_command: leave the commands out.
            error_pattern: what must not be in an output; the commands after that one are not sent.
            without_effect: Netmiko's other options; a warning says why.

        Returns:
            What was said, as on a terminal.

        Raises:
            ConfigInvalidException: an output fits `error_pattern`.
            MmpError: as for `send_command`.
        """
        unknown = set(without_effect) - set(OWN_WAY)
        if unknown:
            raise TypeError(f"send_config_set() got an unexpected keyword argument {sorted(unknown)[0]!r}")
        warn_of("send_config_set", **without_effect)
        lines = [config_commands] if isinstance(config_commands, str) else list(config_commands or ())
        said = []
        for line in lines:
            output = self._output(line, None, read_timeout or ANSWER_SECONDS, strip_prompt, strip_command)
            said.append(output)
            found = re.search(error_pattern, output, flags=re.MULTILINE) if error_pattern else None
            if found:
                raise ConfigInvalidException(f"Invalid input detected at command: {line}, matched error: {found[0]}")
        return "\n".join(said)

    def disable_paging(self, *args: Any, **options: Any) -> str:
        """Nothing: the device has no pager, and does not know the command that Netmiko would send.

        Args:
            args: not used.
            options: not used.
        """
        return ""

    @seam
    def find_prompt(self, delay_factor: float = 1.0, pattern: str | None = None) -> str:
        """Press Enter and return the prompt, as proof that the session still stands.

        It is also the way back after something was written by hand: what the device has said since is read away.

        Args:
            delay_factor: not used.
            pattern: not used.

        Raises:
            UnknownQuestion: the device asks something; nothing was pressed.
            NoPrompt: the prompt did not come. The session was closed.
        """
        self._session().find_step(LOGIN_SECONDS)
        return self._session().prompt.strip()

    @seam
    def write_channel(self, out_data: str) -> None:
        """Write by hand; commands are refused from then on until `find_prompt` has found the way back.

        Args:
            out_data: what to write.
        """
        self._session().lost_step()
        super().write_channel(out_data)

    def _output(
        self, command: str, expected: str | None, seconds: float, strip_prompt: bool, strip_command: bool
    ) -> str:
        session = self._session()
        prompt = session.prompt.strip()
        if expected is not None and not re.search(expected, prompt):
            raise DialogueError(
                f"an output ends at the prompt {prompt} only, which expect_string {expected!r} does not fit",
                code="bad-command",
                advice="Nothing was sent. Leave expect_string out; to confirm an operation, use mmpctl's tasks.",
            )
        line = command.strip()
        output = session.exchange(line, self.answer_seconds or seconds or ANSWER_SECONDS).removesuffix("\n")
        before = () if strip_command else (line,)
        return "\n".join((*before, *((output,) if output else ()), *(() if strip_prompt else (prompt,))))

    def _session(self) -> Shell:
        if "shell" not in self.__dict__:
            raise DialogueError(
                f"this session was opened as another platform: {PLATFORM} cannot take it over (redispatch)",
                code="redispatched",
                advice=f"Nothing was sent. Open a session of its own with device_type='{PLATFORM}': only then the host "
                "key is checked.",
            )
        if self.shell is None:
            raise ConnectionLost("the session is not open", advice="Open it first.")
        return self.shell


def _rows(command: str, output: str, raises: bool) -> Any:
    try:
        return [[to_json(parse(command, output))]]
    except ParseError:
        if raises:
            raise
        return output
