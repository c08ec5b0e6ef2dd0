"""Names of certificates, as OpenSSL compares them."""

from __future__ import annotations

import pytest

from mmpctl.cluster.certificate_facts import same_name


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("O=Example, CN=root", "o=example,  cn=ROOT", True),
        ("O=Example, CN=root", "O=Example, CN=root 2", False),
        ("O=Example,CN=root", "O=Example, CN=root", False),
    ],
)
def test_case_and_runs_of_blanks_do_not_count(one: str, other: str, same: bool) -> None:
    assert same_name(one, other) is same
