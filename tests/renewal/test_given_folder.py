"""A folder of new certificates that is not there, or may not be looked into, is refused before any node is asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from mmpctl.errors import UsageError
from mmpctl.renewal.every_job.given_folder import check_certs


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    for name in ("file", "nothing"):
        with pytest.raises(UsageError, match=f"--certs .*{name}: no such folder"):
            check_certs(tmp_path / name)


def test_a_folder_that_may_not_be_looked_into_is_said_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def is_dir(_: Path) -> bool:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "is_dir", is_dir)
    with pytest.raises(UsageError, match=r"certs cannot be looked into \(Permission denied\)"):
        check_certs(tmp_path / "certs")
