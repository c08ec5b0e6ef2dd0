"""The page of proofs: each proof replaces its own section, and no other."""

from __future__ import annotations

from datetime import datetime, timezone

from tests.proof.page import Section, with_section

NOW = datetime(2026, 1, 31, 12, 0, tzinfo=timezone.utc)


def test_a_proof_replaces_its_own_section() -> None:
    page = ""
    for title in ("Kill", "Schedules"):
        page = with_section(page, Section(title, f"About {title}.", True, NOW, 61, {"points": 1234}))
    again = with_section(page, Section("Kill", "About Kill.", False, NOW, 1, {"points": 7}))
    assert page.count("| result | holds |") == 2 and "| points | 1,234 |" in page and "1 min 1 s" in page
    assert again.count("| result | holds |") == 1 and again.count("**does not hold**") == 1
    assert again.index("## Kill") < again.index("**does not hold**") < again.index("## Schedules")
    assert again.split("## Schedules")[1] == page.split("## Schedules")[1]
    assert "2026-01-31 12:00Z" in again and again.endswith("|\n")
