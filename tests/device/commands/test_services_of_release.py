"""Which services a release may have."""

from __future__ import annotations

import pytest

from mmpctl.device.commands.service import SERVICES, services_of_release

OLD, NEW = {"webbridge", "xmpp", "h323_gateway"}, {"scheduler", "meetingapps"}


@pytest.mark.parametrize(
    ("release", "lacks"),
    [
        ("3.9.1", OLD),
        ("3.0", OLD),
        ("4.0.2", OLD),
        ("12.1", OLD),
        ("2.9.5_R2", NEW),
        ("2.0(RC)", NEW),
        ("R3.9", set()),
        ("3", set()),
        ("", set()),
        (None, set()),
    ],
)
def test_only_a_release_that_is_understood_leaves_services_out(release: str | None, lacks: set[str]) -> None:
    assert set(SERVICES) - set(services_of_release(release)) == lacks
