"""Names of keys on nodes, of their requests, and of the certificates that answer these."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from mmpctl.cluster.keeper import decide_keeper
from mmpctl.cluster.preflight import preflight
from mmpctl.cluster.request_names import base_of, certificate_for, is_certificate_for, is_ours, open_keys, request_of
from tests.cluster.cases import read_case

KEY = "dbserver-20261124-ab12.key"
REQUEST = "dbserver-20261124-ab12.csr"
ANSWER = "dbserver-20261124-ab12-1a2b3c4d.cer"


def test_request_and_certificate_are_named_after_the_key() -> None:
    assert request_of(KEY) == REQUEST
    assert certificate_for(KEY, "1a2b3c4d5e6f") == ANSWER
    assert (base_of(KEY), base_of("key")) == ("dbserver-20261124-ab12", "key")


@pytest.mark.parametrize(
    ("file", "answers"),
    [
        (ANSWER, True),
        (ANSWER.upper(), True),
        (ANSWER.replace(".cer", ".pem"), True),
        (ANSWER.replace(".cer", ".key"), False),
        (ANSWER.replace(".cer", ".CSR"), False),
        ("dbserver-20261124-ab12.cer", False),
        ("dbserver-20261124-ab12-1a2b3c4.cer", False),
        ("dbserver-20261124-ab12-1a2b3c4d5.cer", False),
        ("dbserver-20261124-ab13-1a2b3c4d.cer", False),
        ("x-dbserver-20261124-ab12-1a2b3c4d.cer", False),
    ],
)
def test_a_certificate_is_known_by_its_name(file: str, answers: bool) -> None:
    assert is_certificate_for(file, KEY) is answers


@pytest.mark.parametrize(
    ("base", "ours"),
    [
        ("dbserver-20261124-ab12", True),
        ("dbclient-20261124-0000", True),
        ("dbserver-20261124-ab12x", False),
        ("dbca-20261124-ab12", False),
        ("dbserver-2026112-ab12", False),
    ],
)
def test_our_names_are_told_from_others(base: str, ours: bool) -> None:
    assert is_ours(base) is ours


@pytest.mark.parametrize(
    ("files", "used", "found"),
    [
        ((KEY, REQUEST), (), (KEY,)),
        ((KEY, REQUEST, "dbserver-20261124-ab13.cer"), (None,), (KEY,)),
        ((KEY, REQUEST), (KEY,), ()),
        ((KEY, REQUEST, ANSWER), (), ()),
        ((KEY,), (), ()),
        (("old.key", "old.csr"), (), ()),
        ((KEY.replace(".key", ".cer"), REQUEST), (), ()),
    ],
)
def test_a_key_is_open_as_long_as_nothing_answers_its_request(
    files: tuple[str, ...], used: tuple[str | None, ...], found: tuple[str, ...]
) -> None:
    assert open_keys(files, used) == found


def test_a_plan_tells_of_other_requests_that_were_never_used() -> None:
    case = read_case(Path(__file__).parent / "preflight" / "ready.yaml")
    other = "dbclient-20261124-cd34.key"
    name = case.cluster.nodes[1].name

    def notes(listed: tuple[str, ...], used: str = "s.key") -> list[str]:
        nodes = list(case.cluster.nodes)
        status = nodes[1].status
        assert status is not None
        shown = replace(status, certificates=replace(status.certificates, server_key=used))
        nodes[1] = replace(nodes[1], listed=listed, status=shown)
        cluster = replace(case.cluster, nodes=tuple(nodes))
        verdict = preflight(cluster, case.goal, decide_keeper(cluster), case.now)
        return [note for note in verdict.notes if "for a request" in note]

    both = (KEY, REQUEST, other, request_of(other))
    assert notes(()) == []
    assert notes(both) == [
        f"{name}: {KEY}, {other} were made on it for a request and never used, and the new certificates do not belong "
        "to them: newer ones may be on their way"
    ]
    assert notes((KEY, REQUEST)) == [
        f"{name}: {KEY} was made on it for a request and never used, and the new certificates do not belong to it: a "
        "newer one may be on its way"
    ]
    assert [note.split()[1] for note in notes(both, used=KEY)] == [other]
