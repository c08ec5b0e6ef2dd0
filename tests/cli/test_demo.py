"""`mmpctl demo` does the whole job, and shows that no data was lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from mmpctl.lab.scenario import ROWS
from tests.support.command import Command


@pytest.mark.gate
def test_a_web_bridge_is_renewed_without_a_call_lost(mmpctl: Command) -> None:
    said = mmpctl("demo", "--services", "--operation-seconds", "0.05", "--runs", "kept")
    assert said.code == 0, said
    before, _, after = said.out.partition("3. The renewal")
    assert "By " in before and "DUE" in before and "webbridge3 disable" in before
    renewal, _, rest = after.partition("4. The services after the renewal")
    assert "RENEWED" in renewal and "lon-edge-1" in renewal and "DUE" not in rest
    assert "24 calls went on meanwhile, 0 were lost." in rest
    (run,) = Path("kept").iterdir()
    assert (run / "report.html").is_file()


def test_demo(mmpctl: Command) -> None:
    said = mmpctl("demo", "--operation-seconds", "0.05", "--runs", "kept")
    assert said.code == 0, said
    before, _, after = said.out.partition("4. The renewal")
    assert "EXPIRED" in before and "CN=Example root 1" in before and "database cluster initialize" in before
    assert "RENEWED" in after
    assert [part for part in ("csr:", "sign:", "check:", "stage:", "plan:") if part not in said.err] == []
    status = after.partition("5. The fleet after the renewal")[2]
    assert "✓ yes" in status
    lon = [line for line in status.splitlines() if line.startswith("lon-")]
    assert lon and not any("EXPIRED" in line for line in lon)
    for node in ("lon-1", "lon-2", "lon-3"):
        assert f"{node}: {len(ROWS)} rows, the same as lon-1 had before" in after
    assert "NOT those" not in said.out and "Traceback" not in said.out + said.err
    (run,) = Path("kept").iterdir()
    assert f"kept/{run.name}" in after
    assert (run / "report.json").is_file()
