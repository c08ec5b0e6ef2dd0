"""Your own runbook: a renewal that asks you first, and tells each step to a function of yours.

    python renew_with_callback.py INVENTORY CERTS CLUSTER

Takes MMP_USERNAME, MMP_PASSWORD and MMP_KNOWN_HOSTS from the environment, as `mmpctl` does. If the run stops, finish
it with `mmpctl resume`.
"""

import sys
from pathlib import Path

from mmpctl.errors import MmpError
from mmpctl.inventory.load import load
from mmpctl.inventory.sign_in import sign_in
from mmpctl.runbooks import PlanReport, Silent, Step, Watch, renew


def tell(line: str) -> None:
    """Your function: a chat or a ticket could be told here."""
    # In one piece: `print` writes the line's end on its own, and other threads come in between.
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


class Telling(Silent):
    """Hears of each step; it is called from several threads."""

    def begins(self, cluster: str, step: Step) -> None:
        tell(f"{cluster}: {step.action} on {step.node} begins")

    def ends(self, cluster: str, step: Step, error: MmpError | None) -> None:
        tell(f"{cluster}: {step.action} on {step.node} {'ends well' if error is None else error.told}")


def confirm(report: PlanReport) -> PlanReport | None:
    """Show the plan and ask; None is no."""
    for cluster in report.clusters:
        print(f"{cluster.name}: {cluster.preflight.verdict}, {len(cluster.steps)} steps")
    tell("Renew? Calls drop. Type yes:")
    return report if input() == "yes" else None


nr = load(sys.argv[1])
sign_in(nr)
report = renew.run(nr.filter(cluster=sys.argv[3]), Path(sys.argv[2]), confirm=confirm, watch=Watch(progress=Telling()))
for outcome in report.clusters:
    print(f"{outcome.name}: {outcome.outcome}" + (f": {outcome.reason}" if outcome.reason else ""))
if report.folder is not None:
    print(f"the report is {report.folder / 'report.html'}")
sys.exit(report.code)
