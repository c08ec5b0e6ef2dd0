"""The lines of a service that starts: only SUCCESS on each of them is well."""

from __future__ import annotations

import pytest

from mmpctl.device.answers.service_checks import ServiceChecks, checks_of

PAIR = "Key and certificate pair match"


@pytest.mark.parametrize(
    ("output", "checks", "well"),
    [
        (f"SUCCESS: {PAIR}\nSUCCESS: Webbridge enabled\n", ((PAIR, "Webbridge enabled"), (), ()), True),
        (f"SUCCESS: {PAIR}\r\n\r\nFAILURE: no chain\r\n", ((PAIR,), ("no chain",), ()), False),
        (f"SUCCESS: {PAIR}\nSomething else", ((PAIR,), (), ("Something else",)), False),
        (f"  SUCCESS: {PAIR}  ", ((PAIR,), (), ()), True),
        ("", ((), (), ()), False),
        ("SUCCESS:", ((), (), ("SUCCESS:",)), False),
        ("success: it seems", ((), (), ("success: it seems",)), False),
    ],
)
def test_what_a_service_says_as_it_starts(output: str, checks: tuple[tuple[str, ...], ...], well: bool) -> None:
    found = checks_of(output)
    assert (found, found.are_well) == (ServiceChecks(*checks), well)
