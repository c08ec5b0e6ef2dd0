"""What is gathered of a run whose documents are damaged: the fault, by its name."""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path

import pytest

from mmpctl.evidence.collect import gather
from mmpctl.runs.runs_folder import create

NOW = datetime(2026, 11, 23, 20, tzinfo=timezone.utc)


@pytest.mark.parametrize("name", ["request.json", "plan.json"])
@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{"clusters": [{"keeper": "lon-1"}]}', "`clusters[0].name` is missing"),
        ('{"clusters": {}}', "`clusters` is not a list"),
        ("[]", "the whole is not an object"),
    ],
)
def test_a_damaged_document_is_a_problem_that_names_the_key(tmp_path: Path, name: str, text: str, told: str) -> None:
    run = create(tmp_path / "runs", {"clusters": [{"name": "lon-prod", "keeper": "lon-1"}]}, NOW)
    (run.path / name).write_text(text)
    problems = {one.file: one.message for one in gather(run).problems}
    assert problems[name] == f"it is damaged: it is not a document of mmpctl: {told}"
