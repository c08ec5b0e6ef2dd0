"""Standard streams that are full, or that whoever started the program has closed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from mmpctl.runbooks import init


def shell(folder: Path, redirected: str) -> subprocess.CompletedProcess[str]:
    """Check an inventory in a shell, with its streams redirected."""
    init.run(folder / "fleet")
    program = Path(sys.executable).with_name("mmpctl")
    command = f"'{program}' inventory check -i fleet/inventory {redirected}"
    return subprocess.run(["sh", "-c", command], cwd=folder, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("form", ["table", "json"])
def test_a_full_disk_behind_standard_output_is_told_and_is_no_fault_of_the_program(tmp_path: Path, form: str) -> None:
    said = shell(tmp_path, f"-o {form} >/dev/full")
    assert said.returncode == 1
    assert "the result could not be written to standard output: No space left on device" in said.stderr
    assert "report it" not in said.stderr and "Exception ignored" not in said.stderr


def test_progress_that_nobody_can_take_stops_nothing(tmp_path: Path) -> None:
    assert shell(tmp_path, "2>/dev/full").returncode == 0


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-", "<&- >&- 2>&-"])
def test_a_closed_stream_is_no_error(tmp_path: Path, closed: str) -> None:
    said = shell(tmp_path, closed)
    assert (said.returncode, said.stderr) == (0, "")


def test_a_file_never_gets_the_number_of_a_closed_stream(tmp_path: Path) -> None:
    """What is written to standard error would be in that file, which may be the journal of a run."""
    code = "from mmpctl.start import _standard_streams as s; s(); f = open('kept', 'w'); assert f.fileno() > 2"
    told = subprocess.run(
        ["sh", "-c", f"'{sys.executable}' -c \"{code}\" <&- >&- 2>&-"], cwd=tmp_path, timeout=60, check=False
    )
    assert told.returncode == 0
