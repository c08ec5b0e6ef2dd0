"""The options that commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mmpctl.reports.typed import call

# Where runs are looked for by commands that take no --runs.
RUNS = Path("runs")


def _typed(context: typer.Context, option: typer.CallbackParam, value: Path | None) -> Path | None:
    """Let the commands that are suggested later go on with what was typed for this one."""
    # By its name: which click it is of depends on typer's release.
    if option.name and getattr(context.get_parameter_source(option.name), "name", "") == "COMMANDLINE":
        call().give(option.opts[0], str(value))
    return value


Inventory = Annotated[
    Path,
    typer.Option(
        "--inventory",
        "-i",
        metavar="PATH",
        envvar="MMP_INVENTORY",
        callback=_typed,
        help="Folder with hosts.yaml, or a Nornir configuration file.",
    ),
]
RunsInventory = Annotated[
    Path | None,
    typer.Option(
        "--inventory",
        "-i",
        metavar="PATH",
        callback=_typed,
        help="Folder with hosts.yaml, or a Nornir configuration file; else that of the run.",
    ),
]
Sites = Annotated[
    list[str] | None, typer.Option("--site", metavar="SITE", help="Only nodes of this site (repeatable).")
]
Clusters = Annotated[
    list[str] | None, typer.Option("--cluster", metavar="CLUSTER", help="Only nodes of this cluster (repeatable).")
]
Roles = Annotated[
    list[str] | None, typer.Option("--role", metavar="ROLE", help="Only nodes of this role (repeatable).")
]
Hosts = Annotated[list[str] | None, typer.Option("--host", metavar="NODE", help="Only this node (repeatable).")]
Filters = Annotated[
    list[str] | None,
    typer.Option("--filter", metavar="KEY=VALUE", help="Only nodes with this data in the inventory (repeatable)."),
]
KnownHosts = Annotated[
    Path | None,
    typer.Option(
        "--known-hosts",
        metavar="FILE",
        callback=_typed,
        help="File with the host keys; else MMP_KNOWN_HOSTS, else beside the inventory.",
    ),
]
SshConfig = Annotated[
    Path | None,
    typer.Option(
        "--ssh-config",
        metavar="FILE",
        callback=_typed,
        help="SSH configuration file (none: no file); else MMP_SSH_CONFIG, else ~/.ssh/config.",
    ),
]
Workers = Annotated[int | None, typer.Option("--workers", metavar="N", min=1, help="Nodes worked on at the same time.")]
Output = Annotated[str, typer.Option("--output", "-o", metavar="table|json", help="Form of the result.")]
RunsOutput = Annotated[
    str,
    typer.Option("--output", "-o", metavar="table|json|html", help="Form of the result; html: the page of one run."),
]
OutputFile = Annotated[
    Path | None, typer.Option("--output-file", metavar="FILE", help="Write the result here, not to the screen.")
]
Certs = Annotated[Path, typer.Option("--certs", metavar="DIR", help="Folder with the new certificates and keys.")]
Keepers = Annotated[
    list[str] | None,
    typer.Option(
        "--keeper",
        metavar="CLUSTER=NODE",
        help="Confirms the node whose database survives, where no status proves it (repeatable).",
    ),
]
AcceptRun = Annotated[
    bool,
    typer.Option(
        "--accept-run",
        help="Take up a run that another user or another machine has begun, which nothing proves to be unchanged.",
    ),
]
Reason = Annotated[
    str | None,
    typer.Option(
        "--reason", metavar="TEXT", help="Why the node given with --keeper is the right one; kept in the run."
    ),
]
OtherRuns = Annotated[
    list[str] | None,
    typer.Option(
        "--other-run",
        metavar="RUN",
        help="Nobody works any more on this run of another machine, whose backup is on the nodes (repeatable).",
    ),
]
LeaveOut = Annotated[
    list[str] | None,
    typer.Option("--leave-out", metavar="NODE", help="A dead slave or client to go on without (repeatable)."),
]
Names = Annotated[
    str,
    typer.Option(
        "--names",
        metavar="versioned|same",
        help="New file names on the device, or the names in use.",
    ),
]
SlavesAtOnce = Annotated[
    int | None,
    typer.Option(
        "--slaves-at-once", metavar="N", min=1, help="How many slaves leave or join together; all by default."
    ),
]
Run = Annotated[
    str | None,
    typer.Argument(metavar="RUN", help="Name of a run, the beginning of it, or `latest`; `mmpctl runs` lists them."),
]
Runs = Annotated[Path, typer.Option("--runs", metavar="DIR", callback=_typed, help="Folder of all runs.")]
ByHand = Annotated[
    bool, typer.Option("--by-hand", help="Show the complete manual procedure: what to type, what must be seen.")
]
Yes = Annotated[bool, typer.Option("--yes", help="Confirm without being asked.")]
OperationMinutes = Annotated[
    float,
    typer.Option(
        "--operation-minutes",
        metavar="MINUTES",
        min=0.001,
        help="How long one remove, initialize, join or connect may take; then its cluster stops with 7, nothing is "
        "repeated.",
    ),
]
Canaries = Annotated[
    list[str] | None,
    typer.Option(
        "--canary",
        metavar="CLUSTER",
        help="This cluster goes first; the others begin only when it is renewed (repeatable).",
    ),
]
ClustersAtOnce = Annotated[
    int,
    typer.Option("--clusters-at-once", metavar="N", min=1, help="How many clusters are worked on at the same time."),
]
MaxFailures = Annotated[
    int,
    typer.Option(
        "--max-failures",
        metavar="N",
        min=0,
        help="How many clusters may stop or fail before no further one is started.",
    ),
]
