"""Whether a store accepts a certificate: by the rules, and as OpenSSL has it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given
from hypothesis import strategies as st

from mmpctl.certificates.certificate import certificate_of
from mmpctl.certificates.services.peer_of_node import path_of
from mmpctl.peers.held import Held
from mmpctl.peers.store_verdict import ACCEPTING, Verdict, judge
from tests.peers.certificates import (
    AUTHORITIES,
    BETWEEN,
    CROSSED,
    DIRECT,
    LEAF,
    LEAFS,
    OTHER,
    ROOT,
    STRANGER,
    accepts,
    held,
)
from tests.support import pki
from tests.support.gate import examples

# Of two forms of one CA, OpenSSL tries the one that it finds first; others try both.
FORKED = (BETWEEN, CROSSED)


@pytest.mark.parametrize(
    ("presented", "store", "listed", "verdict", "by", "days"),
    [
        ([DIRECT], [DIRECT], False, Verdict.LEAF, DIRECT, 200),
        ([DIRECT], [ROOT], False, Verdict.CA, ROOT, 200),
        ([DIRECT], [ROOT, DIRECT], False, Verdict.CA, ROOT, 200),
        ([LEAF], [BETWEEN, LEAF], False, Verdict.LEAF, LEAF, 200),
        ([DIRECT], [ROOT], True, Verdict.REFUSED, None, None),
        ([DIRECT], [STRANGER, DIRECT], True, Verdict.LEAF, DIRECT, 200),
        ([DIRECT], [OTHER], False, Verdict.REFUSED, None, None),
        ([DIRECT], [STRANGER], False, Verdict.REFUSED, None, None),
        ([DIRECT], [], False, Verdict.REFUSED, None, None),
        ([LEAF], [ROOT], False, Verdict.REFUSED, None, None),
        ([LEAF, BETWEEN], [ROOT], False, Verdict.CA, ROOT, 200),
        ([LEAF], [BETWEEN], False, Verdict.NO_ROOT, BETWEEN, 200),
        ([LEAF], [BETWEEN, ROOT], False, Verdict.CA, BETWEEN, 200),
        ([LEAF, BETWEEN], [OTHER, CROSSED], False, Verdict.CA, CROSSED, 200),
    ],
)
def test_a_store_decides(
    presented: Sequence[pki.Pair],
    store: Sequence[pki.Pair],
    listed: bool,
    verdict: Verdict,
    by: pki.Pair | None,
    days: int | None,
) -> None:
    found = judge([held(one) for one in presented], [held(one) for one in store], listed=listed)
    assert (found.verdict, found.by) == (verdict, None if by is None else held(by))
    assert found.until == (None if days is None else pki.NOW + timedelta(days=days))


def test_a_ca_that_ends_before_the_leaf_ends_it() -> None:
    short = pki.authority("Short", ends=50)
    leaf = short.sign("leaf", ends=200)
    assert judge([held(leaf)], [held(short)], listed=False).until == pki.NOW + timedelta(days=50)


def test_of_two_ways_the_one_that_holds_longer_counts() -> None:
    short = ROOT.sign("Between", ca=True, ends=20, key=BETWEEN.key)
    for store in ([short, BETWEEN, ROOT], [BETWEEN, short, ROOT]):
        found = judge([held(LEAF)], [held(one) for one in store], listed=False)
        assert (found.by, found.until) == (held(BETWEEN), pki.NOW + timedelta(days=200))


def test_a_key_that_is_named_tells_cas_of_one_name_apart() -> None:
    one, other = (Held(number * 64, "CN=CA", "CN=CA", pki.NOW, True, key_id=number * 40) for number in "12")
    leaf = Held("3" * 64, "CN=leaf", "CN=CA", pki.NOW, False, issuer_key_id="2" * 40)
    assert judge([leaf], [one], listed=False).verdict is Verdict.REFUSED
    assert judge([leaf], [one, other], listed=False).by == other


def test_a_store_full_of_crossed_cas_is_judged_in_no_time() -> None:
    crowd = [Held(f"{number:064x}", f"CN={number % 2}", f"CN={1 - number % 2}", pki.NOW, True) for number in range(200)]
    leaf = Held("f" * 64, "CN=leaf", "CN=1", pki.NOW, False)
    assert judge([leaf], crowd, listed=False).verdict is Verdict.NO_ROOT


@examples(80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    presented=st.sampled_from(LEAFS),
    sent=st.lists(st.sampled_from(AUTHORITIES), max_size=2, unique=True),
    store=st.lists(st.sampled_from((*AUTHORITIES, *LEAFS)), max_size=4, unique=True),
)
def test_it_is_as_openssl_has_it(
    tmp_path: Path, presented: pki.Pair, sent: list[pki.Pair], store: list[pki.Pair]
) -> None:
    assume(not {*FORKED} <= {*sent, *store})
    path = path_of([certificate_of(pair.der) for pair in (presented, *sent)])
    verdict = judge(path, [held(one) for one in store], listed=False).verdict
    assert (verdict in ACCEPTING) == accepts(presented, sent, store, tmp_path, partial=True)
    if verdict is not Verdict.LEAF:
        assert (verdict is Verdict.CA) == accepts(presented, sent, store, tmp_path, partial=False)
