"""The audit of `many-sites` over a broker: the worker of one site is killed half-way. Not among the rows of the table.

python -m benchmarks.broker_sites [HOSTS]
"""

from __future__ import annotations

import json
import shlex
import shutil
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from benchmarks.many_sites import IN_A_CLUSTER, ROWS_A_SECOND, SITES, lay_down
from benchmarks.processes import MMPCTL, used_by
from benchmarks.turns import WrongAnswers
from tests.support.many_sites import sites_file
from tests.support.rabbitmq import DESKS, broker_in
from tests.support.site_worker import site_worker


def main(hosts: int) -> None:
    """Measure it once, and print what it took.

    Args:
        hosts: of all sites together.

    Raises:
        WrongAnswers: the report is not complete.
    """
    with tempfile.TemporaryDirectory() as place, ExitStack() as stack:
        folder = Path(place)
        nodes = lay_down(folder, hosts // IN_A_CLUSTER)
        broker, cut = stack.enter_context(broker_in(folder / "of-all", SITES, DESKS)), SITES[-1]
        for site, number in nodes.items():
            words = [sys.executable, "-m", "benchmarks.replay_site", str(folder / f"{site}.jsonl"), str(ROWS_A_SECOND)]
            if site == cut:
                # The program lives on, and says nothing any more.
                then = f"kill -9 $(cat {folder / f'pid-{site}'}); exec sleep 60"
                words = ["sh", "-c", f"{shlex.join([*words, str(number // 2)])}; {then}"]
            worker = stack.enter_context(site_worker(broker, folder, site, words))
            (folder / f"pid-{site}").write_text(str(worker.process.pid), encoding="utf-8")
        shutil.copytree(broker.desk_files(), folder / "broker")
        file = sites_file(folder, dict.fromkeys(nodes, broker.address))
        options = ("audit", "-i", str(folder / "inventory"), "--engine", str(file), "-o", "json")
        used = used_by(("-c", MMPCTL, *options), {"XDG_STATE_HOME": str(folder / "state")}, memory=True)
    document = json.loads(used.output)
    total, lost = document["summary"]["nodes"], document["summary"]["unreachable"]
    # What the worker had heard and not sent yet is lost with it.
    if total != sum(nodes.values()) or not nodes[cut] // 2 <= lost < nodes[cut]:
        raise WrongAnswers(f"{total} of {sum(nodes.values())} nodes, {lost} not seen")
    why = "; ".join(one["error"] for one in document["sites"] if one["error"])
    sys.stdout.write(
        f"{total:,} nodes, {lost:,} not seen: {used.wall:.1f} s, {used.own:.1f} s of the desk's processor, "
        f"{used.own_kilobytes / 1024:.0f} MB of its memory; {why}\n"
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
