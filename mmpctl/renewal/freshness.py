"""How old a look at nodes may be when a command relies on it."""

from __future__ import annotations

from mmpctl.errors import MmpError
from mmpctl.moment import Moment

# The guards judge by what the whole cluster showed: older than this, somebody may have changed it meanwhile.
LOOK_SECONDS = 120.0


class StaleLook(MmpError):
    """The nodes were seen too long ago; nothing was sent."""

    code = "stale-look"


def check_age(seen: Moment) -> None:
    """Make sure that a look is fresh enough to act on.

    Args:
        seen: when the nodes were looked at.

    Raises:
        StaleLook: it was too long ago.
    """
    age = seen.age()
    if age > LOOK_SECONDS:
        raise StaleLook(
            f"the nodes were last looked at {age:.0f} s ago, and this machine may have slept since: nothing was sent",
            advice="`mmpctl resume` looks again and goes on.",
        )
