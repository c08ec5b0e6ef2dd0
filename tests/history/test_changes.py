"""What changed between two audits."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmpctl.history.changes import ORDER, changes
from tests.history.audits import audit, certificate

SERVER, CLIENT = "database server", "database client"


def found(before: list[dict[str, Any]] | None, after: list[dict[str, Any]] | None) -> list[tuple[str, str | None]]:
    told = changes(audit("2026-11-22T03:00", lon_1=before), audit("2026-11-23T03:00", lon_1=after))
    return [(one.kind, one.use) for one in told]


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ([certificate(SERVER)], [certificate(SERVER)], []),
        ([], [certificate(SERVER)], [("new", SERVER)]),
        ([certificate(SERVER)], [], [("gone", SERVER)]),
        ([certificate(SERVER, "1")], [certificate(SERVER, "2", "2029-01-01")], [("renewed", SERVER)]),
        ([certificate(SERVER, "1")], [certificate(SERVER, "2", "2026-12-01")], [("replaced", SERVER)]),
        ([certificate(SERVER)], [certificate(SERVER, severity="due")], [("worse", SERVER)]),
        ([certificate(SERVER, severity="unknown")], [certificate(SERVER, severity="unfit")], [("worse", SERVER)]),
        ([certificate(SERVER, severity="due")], [certificate(SERVER)], [("better", SERVER)]),
        # What could not be read is no other certificate.
        ([certificate(SERVER)], [certificate(SERVER, None, severity="unknown")], [("worse", SERVER)]),
        ([certificate(SERVER)], None, [("not seen", None)]),
        (None, [certificate(SERVER)], []),
        (None, None, []),
        (
            [certificate(SERVER), certificate(CLIENT)],
            [certificate(SERVER, "2", "2029-01-01"), certificate(CLIENT, severity="expired")],
            [("worse", CLIENT), ("renewed", SERVER)],
        ),
    ],
)
def test_changes(before: Any, after: Any, told: list[tuple[str, str | None]]) -> None:
    assert found(before, after) == told


def test_a_node_that_only_one_audit_was_about_is_no_change() -> None:
    both, one = [certificate(SERVER)], [certificate(SERVER, "9")]
    before, after = audit("2026-11-22T03:00", lon_1=both, lon_2=one), audit("2026-11-23T03:00", lon_1=both, lon_3=one)
    assert changes(before, after) == ()


certificates = st.builds(
    certificate,
    st.sampled_from([SERVER, CLIENT]),
    st.sampled_from(["1", "2", None]),
    st.sampled_from(["2026-01-01", "2027-01-01"]),
    st.sampled_from(["ok", "due", "expired", "unfit", "unknown"]),
)
nodes = st.none() | st.lists(certificates, max_size=4)


@given(nodes, nodes)
def test_each_difference_is_told_once_and_sameness_never(before: Any, after: Any) -> None:
    assert found(before, before) == []
    told = found(before, after)
    assert len(told) <= max(len(before or []) + len(after or []), 1)
    assert [ORDER.index(kind) for kind, _ in told] == sorted(ORDER.index(kind) for kind, _ in told)
    if before is not None and after is not None:
        kept = len(before) - sum(kind == "gone" for kind, _ in told)
        assert kept + sum(kind == "new" for kind, _ in told) == len(after)
