"""Options of Netmiko's calls that have no meaning on this platform, and the reason that a warning gives."""

from __future__ import annotations

import warnings
from typing import Any, Final

PLATFORM: Final = "cisco_cms"

OWN_WAY: Final = {
    "delay_factor": "it does not wait by the clock",
    "max_loops": "it does not wait by the clock",
    "last_read": "an output ends at the prompt",
    "auto_find_prompt": "the prompt is learnt when the session begins",
    "normalize": "Enter is sent once, after the command",
    "cmd_verify": "an echo is taken away, and nothing depends on it",
    "terminator": "an output ends at the prompt",
    "bypass_commands": "an echo is taken away, and nothing depends on it",
    "config_mode_command": "the device has no configuration mode",
    "enter_config_mode": "the device has no configuration mode",
    "exit_config_mode": "the device has no configuration mode",
}


def warn_of(call: str, **options: Any) -> None:
    """Warn of options that were given and have no effect.

    Args:
        call: the name of the call.
        options: those that have none; None: not given.
    """
    for name, value in options.items():
        if value is not None:
            # Three up: the seam stands between the caller and the call.
            warnings.warn(f"{call}: {name} has no effect on {PLATFORM}: {OWN_WAY[name]}", UserWarning, stacklevel=4)
