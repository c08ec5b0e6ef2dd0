"""What holds for every step of a manual procedure, whatever the job; a job adds rules of its own between them."""

from __future__ import annotations

from typing import Final

WAVES: Final = (
    "The steps of one wave may be done side by side. Start a wave only when every step of the wave before is "
    "done: you have seen everything that must be seen."
)
RIGHT_WINDOW: Final = (
    "Before each command, make sure that you are in the window of the right node: the list above has each "
    "node's prompt."
)
NEVER_AGAIN: Final = (
    "Never type a command again because nothing seems to happen, or because the session broke. Log in again, "
    "look, and go by what you see: if you see what must be seen, the step is done; if an operation is "
    "running, wait."
)
