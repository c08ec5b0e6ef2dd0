"""What changed between two audits."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmpctl.history.changes import Kind, changes, missing, seen_in
from tests.support import documents
from tests.support.audits import audit, certificate

SERVER, CLIENT = "database server", "database client"


def found(before: list[Any] | None, after: list[Any] | None) -> list[tuple[str, str | None]]:
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
        # A severity of a newer release is as bad as `unknown`.
        ([certificate(SERVER)], [certificate(SERVER, severity="grave")], [("worse", SERVER)]),
        ([certificate(SERVER, severity="grave")], [certificate(SERVER, severity="unknown")], []),
        ([certificate(SERVER)], None, [("not seen", None)]),
        # Nobody knows since when it is so.
        (None, [certificate(SERVER)], [("seen again", None)]),
        (None, [certificate(SERVER, severity="expired")], [("worse", SERVER), ("seen again", None)]),
        # A certificate that replaces another one and is worse is no renewal.
        ([certificate(SERVER)], [certificate(SERVER, "2", "2029-01-01", "unfit")], [("worse", SERVER)]),
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


def kinds(before: Any, after: Any, **more: Any) -> list[tuple[str, str | None, str | None]]:
    return [(one.kind, one.node or one.cluster, one.use) for one in changes(before, after, **more)]


def test_nodes_come_and_go() -> None:
    both, one = [certificate(SERVER)], [certificate(SERVER, "9", severity="due")]
    before, after = audit("2026-11-22T03:00", lon_1=both, lon_2=one), audit("2026-11-23T03:00", lon_1=both, lon_3=one)
    assert kinds(before, after) == [("gone", "lon_2", None), ("new", "lon_3", None)]
    assert changes(before, after)[1].after == {"severity": "due", "certificates": 1}


def test_clusters_come_and_go() -> None:
    before, after = audit("2026-11-22T03:00", lon_1=[]), audit("2026-11-23T03:00", lon_1=[certificate(SERVER)])
    after["clusters"][0]["name"] = "paris"
    told = kinds(before, after)
    assert told[:2] == [("gone", "lon", None), ("new", "paris", None)]
    assert changes(before, after)[1].after == {"severity": "ok", "nodes": 1}


def finding(id_: str, severity: str = "unfit", message: str = "so") -> Any:
    return documents.finding(id_, severity, message, "")


def whole(*findings: Any, of: str = "cluster", seen: bool = True, **more: Any) -> Any:
    made = audit("2026-11-22T03:00", lon_1=[], lon_2=[] if seen else None)
    place = made["clusters"][0] if of == "cluster" else made["clusters"][0]["nodes"][0]
    place |= {"findings": list(findings), **more}
    return made


SPLIT, CLOCK = finding("masters-differ"), finding("clock")


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (whole(), whole(SPLIT), [("worse", "lon", "masters-differ")]),
        (whole(SPLIT), whole(), [("better", "lon", "masters-differ")]),
        (whole(SPLIT), whole(finding("masters-differ", message="otherwise")), []),
        (
            whole(finding("stranger", message="a")),
            whole(finding("stranger", message="b")),
            [
                ("worse", "lon", "stranger"),
                ("better", "lon", "stranger"),
            ],
        ),
        (whole(), whole(in_sync=False), [("worse", "lon", "not-in-sync")]),
        (whole(in_sync=False), whole(finding("not-in-sync"), in_sync=False), []),
        (whole(), whole(finding("x", "note")), []),
        # Of a cluster that was not seen whole, nothing is known to be better.
        (whole(SPLIT), whole(seen=False), [("not seen", "lon_2", None)]),
        (whole(of="node"), whole(CLOCK, of="node"), [("worse", "lon_1", "clock")]),
        (whole(CLOCK, of="node"), whole(of="node"), [("better", "lon_1", "clock")]),
        (
            whole(finding("not-seen", "unknown"), of="node", reachable=False),
            whole(finding("host-key"), of="node", reachable=False),
            [("worse", "lon_1", "host-key")],
        ),
    ],
)
def test_findings_of_nodes_and_clusters_come_and_go(before: Any, after: Any, told: Any) -> None:
    assert kinds(before, after) == told


def test_a_node_that_was_silent_is_compared_with_what_was_last_known() -> None:
    silent = audit("2026-11-22T03:00", lon_1=None, lon_2=[])
    now = audit("2026-11-23T03:00", lon_1=[certificate(SERVER, severity="expired"), certificate(CLIENT)], lon_2=None)
    before = audit("2026-11-20T03:00", lon_1=[certificate(SERVER), certificate(CLIENT)])
    assert missing(silent, now) == {"lon_1"}
    known = seen_in(before, missing(silent, now))
    assert kinds(silent, now, last_seen=known) == [
        ("worse", "lon_1", SERVER),
        ("not seen", "lon_2", None),
        ("seen again", "lon_1", None),
    ]
    assert seen_in(silent, frozenset({"lon_1"})) == {}


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
    assert len(told) <= len(before or []) + len(after or []) + 1
    assert [tuple(Kind).index(kind) for kind, _ in told] == sorted(tuple(Kind).index(kind) for kind, _ in told)
    if before is not None and after is not None:
        kept = len(before) - sum(kind == "gone" for kind, _ in told)
        assert kept + sum(kind == "new" for kind, _ in told) == len(after)
