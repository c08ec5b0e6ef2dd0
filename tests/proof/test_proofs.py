"""Whatever is left to `make prove` is run by it."""

from __future__ import annotations

import re

from tests.proof.__main__ import PROOFS, ByTests
from tests.proof.mutation import ROOT


def test_every_test_that_is_left_to_a_proof_is_run_by_one() -> None:
    files = sorted((ROOT / "tests").rglob("test_*.py"))
    left = [path for path in files if re.search(r"mark\.prove\b|\bdealt\(", path.read_text(encoding="utf-8"))]
    assert len(left) > 3
    run = [
        ROOT / one
        for proof in PROOFS.values()
        if isinstance(proof.run, ByTests)
        for one in proof.run.arguments
        if one.startswith("tests/")
    ]
    assert all(place.exists() for place in run)
    assert [str(path) for path in left if not any(place in (path, *path.parents) for place in run)] == []
