"""A default that help shows without loading what it is of is a value of that all the same."""

from __future__ import annotations

from mmpctl.cluster.target import Naming
from mmpctl.defaults import NAMES


def test_the_names_of_new_files_are_of_the_known_kinds() -> None:
    assert Naming.of(NAMES) is Naming.VERSIONED
