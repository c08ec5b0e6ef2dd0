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
        help="Folder with hosts.yaml, or a Nornir configuration file; by default the inventory of the run.",
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
        help="File with the host keys; by default MMP_KNOWN_HOSTS, or known_hosts beside the inventory.",
    ),
]
SshConfig = Annotated[
    Path | None,
    typer.Option(
        "--ssh-config",
        metavar="FILE",
        callback=_typed,
        help="SSH configuration file, or `none`; by default MMP_SSH_CONFIG, or ~/.ssh/config.",
    ),
]
Workers = Annotated[
    int | None, typer.Option("--workers", metavar="N", min=1, help="How many nodes are worked on at the same time.")
]
Processes = Annotated[
    int | None,
    typer.Option(
        "--processes", metavar="N", min=1, help="How many processes look at the nodes; by default as many as pay."
    ),
]
Engine = Annotated[
    Path | None,
    typer.Option(
        "--engine",
        metavar="SITES.yaml",
        callback=_typed,
        help="Have the work done at the sites that this file names, by `mmpctl site` there.",
    ),
]
Output = Annotated[str, typer.Option("--output", "-o", metavar="table|json", help="Format of the result.")]
JsonOutput = Annotated[str, typer.Option("--output", "-o", metavar="json", help="Format of the result: always json.")]
RunsOutput = Annotated[
    str,
    typer.Option("--output", "-o", metavar="table|json|html", help="Format of the result; html: the page of one run."),
]
DefinitionsOutput = Annotated[
    str,
    typer.Option("--output", "-o", metavar="table|json|conf", help="Format of the result; conf: rabbitmq.conf."),
]
Timing = Annotated[
    bool,
    typer.Option("--timing", help="Show on standard error what the time was spent on, by phase."),
]
OutputFile = Annotated[
    Path | None,
    typer.Option("--output-file", metavar="FILE", help="Write the result into this file, not to the screen."),
]
Certs = Annotated[Path, typer.Option("--certs", metavar="DIR", help="Folder with the new certificates and keys.")]
Keepers = Annotated[
    list[str] | None,
    typer.Option(
        "--keeper",
        metavar="CLUSTER=NODE",
        help="Confirm the node whose database survives, if the nodes cannot prove it (repeatable).",
    ),
]
AcceptRun = Annotated[
    bool,
    typer.Option(
        "--accept-run",
        help="Resume a run that another user or another machine began, although nothing proves that it is unchanged.",
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
        help="Confirm that nobody works any more on this run of another machine, whose backup is on the nodes "
        "(repeatable).",
    ),
]
LeaveOut = Annotated[
    list[str] | None,
    typer.Option("--leave-out", metavar="NODE", help="Leave out this dead slave or client (repeatable)."),
]
Names = Annotated[
    str,
    typer.Option(
        "--names",
        metavar="versioned|same",
        help="Use new file names on the device, or the names in use.",
    ),
]
SlavesAtOnce = Annotated[
    int | None,
    typer.Option(
        "--slaves-at-once", metavar="N", min=1, help="How many slaves leave or join at the same time; all by default."
    ),
]
Run = Annotated[
    str | None,
    typer.Argument(
        metavar="RUN", help="Name of a run, the beginning of its name, or `latest`; `mmpctl runs` lists the names."
    ),
]
Runs = Annotated[Path, typer.Option("--runs", metavar="DIR", callback=_typed, help="Folder of all runs.")]
ByHand = Annotated[
    bool,
    typer.Option(
        "--by-hand", help="Show the complete manual procedure: each command to type and the output to expect."
    ),
]
Yes = Annotated[bool, typer.Option("--yes", help="Confirm without being asked.")]
OperationMinutes = Annotated[
    float,
    typer.Option(
        "--operation-minutes",
        metavar="MINUTES",
        min=0.001,
        help="How long one remove, initialize, join or connect may take. After that the cluster stops with exit "
        "code 7, and nothing is repeated.",
    ),
]
Canaries = Annotated[
    list[str] | None,
    typer.Option(
        "--canary",
        metavar="CLUSTER",
        help="Renew this cluster first; the others start only after it is renewed (repeatable).",
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
        help="How many clusters may stop or fail; if more do, no further cluster is started.",
    ),
]
OperationSeconds = Annotated[
    float,
    typer.Option(
        "--operation-seconds",
        metavar="SECONDS",
        min=0.0,
        help="How long remove, join and so on take on the simulated nodes.",
    ),
]
