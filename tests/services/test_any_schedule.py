"""Whatever goes wrong, and wherever a run dies: no two of a kind are down, none stays off, and the run has an end."""

from __future__ import annotations

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from tests.services.schedules import KINDS, World
from tests.support.gate import examples

# A run that nothing goes wrong with any more is at its end after so many resumes: back, and then all the way.
RESUMES = 4


@examples(400)
@given(st.integers(min_value=0))
def test_every_service_that_was_on_is_on_with_its_new_files_at_last(seed: int) -> None:
    world = World(Random(seed))  # noqa: S311 - chances of a test
    for _ in range(world.random.choice((1, 2, 3, 4))):
        ended = world.process()
        # A service that cannot be switched on is all that may be left off, and it is one of its kind.
        assert ended in ("died", "not put right") or world.off() == [], ended
        assert all(len(world.off(kind.name)) <= 1 for kind in KINDS)
        if ended == "done":
            break
    world.calm = True
    ends = [world.process() for _ in range(RESUMES)]
    assert ends[-1] == "done" and world.off() == [], ends
    last = {unit.key.whole: unit for unit in world.goal.units}
    assert all(world.is_proved(unit) for unit in last.values())
