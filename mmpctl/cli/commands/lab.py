"""`mmpctl lab`: a simulated fleet to try things on, in a process of its own that stops by itself."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Annotated

import typer

import mmpctl
from mmpctl.cli import options
from mmpctl.cli.arguments import Command, Group
from mmpctl.cli.extras import require
from mmpctl.cli.guide import epilog
from mmpctl.cli.option_groups import grouped
from mmpctl.cli.result import Result
from mmpctl.environment import for_programs
from mmpctl.errors import MmpError, UsageError
from mmpctl.trusted import require_trusted

if TYPE_CHECKING:
    from mmpctl.documents.lab import LabDescription, LabDocument, RunningLab

app = typer.Typer(
    cls=Group,
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Simulate a fleet to try things on (loopback only).",
    epilog=epilog("lab"),
)

_START_SECONDS = 60.0
_WHAT = "the folder of the lab"
# With -m the interpreter takes modules from the working directory first, and there anybody may have put some.
_START = (
    "import os, sys; sys.path[:] = sys.argv[1].split(os.pathsep); "
    "from mmpctl.lab.__main__ import main; sys.exit(main(sys.argv[2:]))"
)
Folder = Annotated[Path, typer.Option("--folder", metavar="DIR", help="Where the lab keeps its files.")]


@app.command("up", cls=Command, epilog=epilog("lab up"))
@grouped
def up(
    *,
    folder: Folder = Path(".lab"),
    minutes: Annotated[
        float,
        typer.Option("--minutes", metavar="MINUTES", min=0.1, help="After so many minutes the lab stops by itself."),
    ] = 60.0,
    operation_seconds: options.OperationSeconds = 3.0,
    services: Annotated[
        bool,
        typer.Option("--services", help="One cluster with Web Bridges, TURN, recorder … and calls, a certificate due."),
    ] = False,
    result: Result,
) -> int:
    """Start the lab and leave it running.

    Prints the inventory, the credentials and the known hosts to use, and commands to try.
    """
    from mmpctl.reports.lab_table import lab as lab_table

    result.check()
    document: LabDocument = {
        "schema": 1,
        "command": "lab up",
        **run(folder, minutes * 60, operation_seconds, services=services),
    }
    result.emit(document, lab_table(document))
    return 0


@app.command("status", cls=Command, epilog=epilog("lab status"))
@grouped
def status(*, folder: Folder = Path(".lab"), result: Result) -> int:
    """Show the lab that was left running, and how to use it."""
    from mmpctl.reports.lab_table import lab as lab_table

    result.check()
    described = _running(folder, "Start one with `mmpctl lab up`.")
    document: LabDocument = {"schema": 1, "command": "lab status", **_told(described)}
    result.emit(document, lab_table(document))
    return 0


@app.command("down", cls=Command, epilog=epilog("lab down"))
def down(folder: Folder = Path(".lab")) -> int:
    """Stop a lab that was left running."""
    described = _running(folder, "Name its folder with --folder.")
    os.kill(described["pid"], signal.SIGTERM)
    (folder / "lab.json").unlink(missing_ok=True)
    typer.echo("The lab has been stopped.", err=True)
    return 0


def run(folder: Path, seconds: float, operation_seconds: float = 3.0, *, services: bool = False) -> RunningLab:
    """Start the lab in a process of its own.

    Args:
        folder: an empty folder, or one that a former lab left; made when it is not there.
        seconds: the lab stops by itself after so long.
        operation_seconds: how long remove, initialize, join and connect take.
        services: one cluster with all its services, in place of several.

    Returns:
        Its process id, inventory, known hosts, user name, password, certificates, and when it ends (UTC).

    Raises:
        UsageError: the folder is in use, by a running lab or by something else; or the lab's packages are missing.
        MmpError: the lab did not start.
    """
    from mmpctl.runs.disk import write_json
    from mmpctl.times import now_utc, stamp

    require("lab", "mmpctl lab")
    require_trusted(folder, _WHAT)
    _clear(folder)
    place = folder / f"{stamp(now_utc())}-{os.getpid()}"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    place.mkdir(mode=0o700)
    log = place / "process.log"
    with log.open("wb") as out:
        process = subprocess.Popen(  # noqa: S603 - our own module, with our own arguments
            [
                *(sys.executable, "-I", "-c", _START, os.pathsep.join(_paths()), "--folder", str(place)),
                *("--for-seconds", str(seconds), "--operation-seconds", str(operation_seconds)),
                *(["--services"] if services else []),
            ],
            env=for_programs(),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
    deadline = time.monotonic() + _START_SECONDS
    while not (place / "lab.json").exists():
        if process.poll() is not None or time.monotonic() > deadline:
            process.kill()
            told = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
            raise MmpError(
                f"the lab did not start: {told[-1] if told else 'it reported nothing'}", advice=f"Read its log, {log}."
            )
        Event().wait(0.05)
    described: LabDescription = json.loads((place / "lab.json").read_text(encoding="utf-8"))
    write_json(folder / "lab.json", described)
    return _told(described)


def _told(described: LabDescription) -> RunningLab:
    return {**described, "environment": _environment(described), "try": _try(described)}


def _running(folder: Path, advice: str) -> LabDescription:
    require_trusted(folder, _WHAT)
    described = _description(folder)
    if described is None or not _is_ours(described["pid"], folder):
        raise UsageError(f"no lab runs in {folder}", advice=advice)
    return described


def _paths() -> list[str]:
    """Return where modules are looked for: as here, but never in the working directory as such."""
    here = Path.cwd()
    package = Path(mmpctl.__file__).resolve().parent.parent
    return [*(place for place in sys.path if place and Path(place).resolve() != here), str(package)]


def _environment(described: LabDescription) -> list[str]:
    return [
        f"export MMP_USERNAME={shlex.quote(described['username'])}",
        f"export MMP_PASSWORD={shlex.quote(described['password'])}",
        f"export MMP_KNOWN_HOSTS={shlex.quote(described['known_hosts'])}",
        f"export MMP_INVENTORY={shlex.quote(described['inventory'])}",
        *(_api_account(described) if described.get("service_certificates") else ()),
    ]


def _api_account(described: LabDescription) -> list[str]:
    return [
        f"export MMP_API_USERNAME={shlex.quote(described['username'])}",
        f"export MMP_API_PASSWORD={shlex.quote(described['password'])}",
    ]


def _try(described: LabDescription) -> list[str]:
    # The inventory is in the environment, as the account is.
    given = described.get("service_certificates")
    if given is not None:
        new = shlex.quote(given)
        return [
            "mmpctl audit",
            f"mmpctl plan --service webbridge3 --certs {new}",
            f"mmpctl renew --service webbridge3 --if-due 30 --certs {new}",
            f"mmpctl renew --service callbridge --max-calls 20 --certs {new}",
        ]
    certs = shlex.quote(described["certificates"])
    return [
        "mmpctl audit",
        f"mmpctl plan --cluster lon-prod --certs {certs} --keeper lon-prod=lon-1",
        f"mmpctl renew --cluster lon-prod --certs {certs} --keeper lon-prod=lon-1",
    ]


def _clear(folder: Path) -> None:
    described = _description(folder)
    if described is not None and _is_ours(described["pid"], folder):
        raise UsageError(
            f"a lab runs in {folder} (process {described['pid']})", advice="Stop it with `mmpctl lab down`."
        )


def _description(folder: Path) -> LabDescription | None:
    try:
        described: LabDescription = json.loads((folder / "lab.json").read_text(encoding="utf-8"))
        return described
    except (OSError, ValueError):
        return None


def _is_ours(pid: int, folder: Path) -> bool:
    # A process id is given out again: only a process that was started as a lab is taken for one.
    shown = subprocess.run(  # noqa: S603
        ["ps", "-ww", "-o", "args=", "-p", str(pid)],  # noqa: S607
        capture_output=True,
        text=True,
        check=False,
        env=for_programs(),
    )
    return "mmpctl.lab" in shown.stdout and folder.name in shown.stdout
