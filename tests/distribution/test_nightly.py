"""The nightly job as it is shipped: one script, started by systemd and by cron."""

from __future__ import annotations

import os
import re
import shutil
import stat
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from mmpctl.lab.fleet import Fleet
from tests.support import schemas
from tests.support.children import PATIENCE_SECONDS
from tests.support.lab import Lab
from tests.support.process import environment, quick_to_read

MONITORING = Path(__file__).parents[2] / "monitoring"
UNIT = MONITORING / "systemd" / "mmpctl-audit.service"
JOB = ("/bin/sh", str(MONITORING / "mmpctl-audit"))
# Starts a program with what the unit denies (MemoryDenyWriteExecute= and NoNewPrivileges= are PR_SET_MDWE and
# PR_SET_NO_NEW_PRIVS), and with its UMask=.
DENIED = """import ctypes, os, sys
system = ctypes.CDLL(None)
if any(system.prctl(what, 1, 0, 0, 0) for what in (65, 38)):
    sys.exit(38)
os.umask(0o027)
os.execvp(sys.argv[1], sys.argv[1:])
"""
AWKWARD = """ a$HOME `id` "b' c\\d # é """


def ends(
    tmp_path: Path,
    program: str,
    credentials: str,
    job: Sequence[str] = JOB,
    **more: str,
) -> subprocess.CompletedProcess[str]:
    """Run the job with a program in place of `mmpctl`, and with nothing else in its environment, as cron does."""
    for name in ("bin", "config", "state", "textfiles"):
        (tmp_path / name).mkdir(exist_ok=True)
    fake = tmp_path / "bin" / "mmpctl"
    fake.write_text(f"#!/bin/sh\n{program}\n")
    fake.chmod(0o755)
    places = f"MMPCTL_PATH={tmp_path / 'bin'}:/usr/bin:/bin\nMMPCTL_TEXTFILES={tmp_path / 'textfiles'}\n"
    (tmp_path / "config" / "credentials").write_text(places + credentials, encoding="utf-8")
    given = {"MMPCTL_CONFIG": str(tmp_path / "config"), "STATE_DIRECTORY": str(tmp_path / "state"), **more}
    return subprocess.run(job, env=given, capture_output=True, text=True, check=False, timeout=PATIENCE_SECONDS)


def test_a_password_arrives_to_the_letter(tmp_path: Path) -> None:
    program = 'printf "<%s><%s>" "$MMP_USERNAME" "$MMP_PASSWORD"; env >../seen; exit 4'
    done = ends(tmp_path, program, f"# who\nPATH=/nowhere\nMMP_USERNAME=me\nMMP_PASSWORD={AWKWARD}")
    assert (done.returncode, done.stdout, done.stderr) == (4, f"<me><{AWKWARD}>", "")


@pytest.mark.parametrize("code", [0, 1, 2, 3, 4, 10])
def test_the_job_ends_as_the_audit_does_and_leaves_nothing_half(tmp_path: Path, code: int) -> None:
    program = f'for last; do :; done; echo "m {code}" >"$last/audit.prom"; exit {code}'
    assert ends(tmp_path, program, "").returncode == code
    (file,) = (tmp_path / "textfiles").iterdir()
    assert (file.name, file.read_text(), stat.S_IMODE(file.stat().st_mode)) == ("mmpctl.prom", f"m {code}\n", 0o644)


def test_without_credentials_it_says_so(tmp_path: Path) -> None:
    done = subprocess.run(
        ["/bin/sh", str(MONITORING / "mmpctl-audit")],
        env={"MMPCTL_CONFIG": str(tmp_path), "STATE_DIRECTORY": str(tmp_path), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, "credentials cannot be read" in done.stderr) == (2, True)


def real(fleet: Fleet) -> str:
    source = Path(__file__).parents[2]
    code = "from mmpctl.cli.app import main; main()"
    given = f"PYTHONPATH={source} PYTHON_KEYRING_BACKEND=keyring.backends.null.Keyring"
    return f'{given} exec {sys.executable} -c "{code}" "$@"'


def test_two_nights(lab: Lab, tmp_path: Path) -> None:
    fleet = lab("due")
    given = environment(quick_to_read(fleet))
    credentials = f"MMP_USERNAME={given['MMP_USERNAME']}\nMMP_PASSWORD={given['MMP_PASSWORD']}\n"
    credentials += f"MMPCTL_INVENTORY={fleet.inventory}\n"
    for _ in range(2):
        done = ends(tmp_path, real(fleet), credentials)
        assert (done.returncode, done.stdout, done.stderr) == (3, "", "")
    reports = tmp_path / "state" / "reports"
    assert sorted(one.name for one in reports.iterdir()) == ["audit.csv", "audit.html", "audit.json", "audit.prom"]
    assert schemas.parse((reports / "audit.json").read_text("utf-8"))["summary"]["due"] > 0
    assert stat.S_IMODE((reports / "audit.json").stat().st_mode) == 0o640
    assert (tmp_path / "textfiles" / "mmpctl.prom").read_bytes() == (reports / "audit.prom").read_bytes()
    assert (tmp_path / "state" / "audits.sqlite").is_file()


def test_the_line_that_systemd_starts_works_as_written_and_with_what_the_unit_denies(lab: Lab, tmp_path: Path) -> None:
    (command,) = re.findall(r"^ExecStart=(.*)$", UNIT.read_text(), re.MULTILINE)
    place = Path(command.split()[-1])
    (tmp_path / "installed").mkdir()
    shutil.copy(MONITORING / place.name, tmp_path / "installed")
    # In a file system of its own, where the job lies beside all else that the machine has there.
    laid = f"mount -t overlay job -o lowerdir={tmp_path / 'installed'}:{place.parent} {place.parent}"
    there = ["unshare", "--mount", "--map-root-user", "sh", "-c"]
    if shutil.which("unshare") is None or subprocess.run([*there, laid], capture_output=True, check=False).returncode:
        pytest.skip("this machine lets nobody lay a file system over another")
    within = [sys.executable, "-c", DENIED]
    if subprocess.run([*within, "true"], check=False).returncode:
        pytest.skip("this kernel cannot keep a program from making memory executable")
    fleet = lab("due")
    given = environment(quick_to_read(fleet))
    handed = tmp_path / "handed"
    handed.mkdir()
    (handed / "credentials").write_text(
        f"MMP_USERNAME={given['MMP_USERNAME']}\nMMP_PASSWORD={given['MMP_PASSWORD']}\nMMPCTL_INVENTORY={fleet.inventory}\n"
        f"MMPCTL_PATH={tmp_path / 'bin'}:/usr/bin:/bin\nMMPCTL_TEXTFILES={tmp_path / 'textfiles'}\n"
    )
    job = [*within, *there, f"{laid} && exec {command}"]
    done = ends(tmp_path, real(fleet), "", job, CREDENTIALS_DIRECTORY=str(handed))
    assert (done.returncode, done.stdout, done.stderr) == (3, "", "")
    assert (tmp_path / "textfiles" / "mmpctl.prom").read_text("utf-8").startswith("#")


def test_what_systemd_hands_over_comes_first(tmp_path: Path) -> None:
    handed = tmp_path / "handed"
    handed.mkdir()
    (handed / "credentials").write_text(f"MMPCTL_PATH={tmp_path / 'bin'}:/usr/bin:/bin\nMMP_PASSWORD=handed over\n")
    program = 'printf "<%s>" "$MMP_PASSWORD"'
    done = ends(tmp_path, program, "MMP_PASSWORD=of the file\n", CREDENTIALS_DIRECTORY=str(handed))
    assert (done.stdout, done.stderr) == ("<handed over>", "")


@pytest.mark.parametrize(("given", "passed"), [("", ""), ("MMPCTL_BACKUPS=/srv/our backups\n", "/srv/our backups")])
def test_the_folder_of_backups_is_passed_on_whole(tmp_path: Path, given: str, passed: str) -> None:
    program = 'while [ $# -gt 0 ]; do [ "$1" = --backups ] && printf "%s" "$2"; shift; done'
    assert ends(tmp_path, program, given).stdout == passed


def test_systemd_and_cron_start_the_same() -> None:
    unit = UNIT.read_text()
    (command,) = re.findall(r"^ExecStart=(.*)$", unit, re.MULTILINE)
    (line,) = [line for line in (MONITORING / "cron.d" / "mmpctl-audit").read_text().splitlines() if line[0] != "#"]
    user, limited = line.split(maxsplit=6)[5:]
    assert (user, limited) == ("mmpctl", f"timeout -k 5m 2h {command}")
    assert "TimeoutStartSec=2h" in unit
    assert os.access(MONITORING / command.split("/")[-1], os.X_OK)


def test_the_job_may_change_nothing_that_it_trusts() -> None:
    unit = UNIT.read_text()
    assert "LoadCredential=credentials:/etc/mmpctl/credentials" in unit and "ProtectSystem=strict" in unit
    assert "/etc" not in "".join(re.findall(r"^ReadWritePaths=(.*)$", unit, re.MULTILINE))
    # No line of the instructions gives the job what is root's.
    told = (MONITORING / "README.md").read_text()
    assert not re.findall(r"^(?:chown|install)\b.* (?:-o )?mmpctl\b.* /etc/mmpctl", told, re.MULTILINE)


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")
def test_the_unit_is_shut_tight() -> None:
    rated = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--threshold=20", str(UNIT)],
        capture_output=True,
        text=True,
        check=False,
    )
    # The threshold is in tenths: 2.0.
    assert rated.returncode == 0, rated.stdout[-2000:] + rated.stderr
