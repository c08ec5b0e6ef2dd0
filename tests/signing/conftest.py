"""Passphrases of CAs cost nothing in these tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.private_ca import cheap_passphrases


@pytest.fixture(autouse=True)
def _cheap() -> Iterator[None]:
    with cheap_passphrases():
        yield
