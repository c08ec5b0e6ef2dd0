"""How hypothesis behaves where the tests of the cluster are to notice mutants."""

from __future__ import annotations

from hypothesis import Phase, settings

# The same examples every time and no shrinking: only whether a test fails counts there.
settings.register_profile(
    "mutation", derandomize=True, database=None, deadline=None, phases=(Phase.explicit, Phase.generate)
)
