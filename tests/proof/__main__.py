"""Run what is too heavy for the default suite, and write the page of its last result."""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

from tests.proof.mutation import MODULES, ROOT, complaints, explained, mutate
from tests.proof.page import PAGE, Section, with_section
from tests.support.figures import PASSED, totals

Figures = dict[str, int | str]

_KILL_SERVICES = "tests/proof/test_kill_services.py"


@dataclass(frozen=True, slots=True)
class Proof:
    """One proof.

    Args:
        title: its name.
        about: what is shown, and how.
        run: takes how many processes may work side by side; whether it held, and what was counted.
    """

    title: str
    about: str
    run: Callable[[int], tuple[bool, Figures]]


@dataclass(frozen=True, slots=True)
class ByTests:
    """A proof by tests, which may note figures.

    Args:
        arguments: what pytest is given.
    """

    arguments: tuple[str, ...]

    def __call__(self, jobs: int) -> tuple[bool, Figures]:
        # Other schedules each time; the seed is told, so that they can be played again.
        seed = os.environ.get("MMPCTL_SEED") or str(random.randrange(1_000_000))  # noqa: S311
        _tell(f"MMPCTL_SEED={seed}")
        with tempfile.TemporaryDirectory(prefix="mmpctl-proof-") as folder:
            noted = Path(folder) / "figures"
            noted.touch()
            done = subprocess.run(
                [sys.executable, "-m", "pytest", "-n", str(jobs), "--timeout=0", *self.arguments],
                cwd=ROOT,
                env={**os.environ, "MMPCTL_PROVE": "1", "MMPCTL_FIGURES": str(noted), "MMPCTL_SEED": seed},
                check=False,
            )
            lines = [json.loads(line) for line in noted.read_text(encoding="utf-8").splitlines()]
        figures = totals((line["name"], line["value"]) for line in lines)
        # Tests that were all deselected or skipped prove nothing.
        return done.returncode == 0 and bool(figures.get(PASSED)), figures


def _mutation(jobs: int) -> tuple[bool, Figures]:
    del jobs  # mutmut takes as many processes as there are cores
    outcome = mutate()
    known = explained()
    wrong = list(complaints(outcome.survivors, known))
    for complaint in wrong:
        _tell(f"{complaint}\n")
    return not wrong, {
        "mutants": outcome.made,
        "noticed by a test": outcome.made - len(outcome.survivors),
        "of them by running for ever": outcome.endless,
        "the same in effect, each explained in `tests/proof/mutants.yaml`": len(outcome.survivors & set(known)),
        "neither": len(outcome.survivors - set(known)),
    }


PROOFS = {
    "kill": Proof(
        "Kill anywhere",
        "A renewal of three nodes and a client against the simulated fleet, in a process of its own, gets a real "
        "SIGKILL before and after each record of its journal, and right after each `Y`. `mmpctl resume` finishes it, "
        "and the end is that of a calm run: rows of all databases, certificates, roles, one accepted initialize, no "
        "command accepted twice. All points, none sampled. In the gate (`make gate`) it dies at a sixth of them "
        "inside the process; at some of them in `make test`.",
        ByTests(("-m", "prove", "tests/proof", f"--ignore={_KILL_SERVICES}")),
    ),
    "services": Proof(
        "Kill anywhere, services",
        "A renewal of three services on two nodes each dies inside the process before, in the middle of and after each "
        "record of its journal, and around each command that changes a service. A resumed run finishes it, every "
        "service that was on is on, every link is up, and nothing is left to do. All points; the gate (`make gate`) "
        "takes one in twelve.",
        ByTests((_KILL_SERVICES,)),
    ),
    "copies": Proof(
        "Two copies of one run",
        "A renewal stops at one of six places, and its folder is copied. Two processes resume it, at once or a second "
        "apart: one of them at most goes on, nothing is done twice, and the one that has gone on can be finished. All "
        "twelve cases, of which `make test` and the gate have two.",
        ByTests(("tests/renewal/jobs/database_cluster/test_copies.py", "-k", "resume_one_run")),
    ),
    "workers": Proof(
        "Workers at a broker",
        "Against a real RabbitMQ, workers, brokers and desks are killed, frozen, stopped and restarted, and requests "
        "come late, twice, or never: each request is answered once, or the desk is told why not, and no program of a "
        "site is left behind. Whole renewals over it are begun, stopped, cut off and taken up; the gate (`make gate`) "
        "has some of these.",
        ByTests(("tests/reach/broker",)),
    ),
    "schedules": Proof(
        "Random schedules",
        "The real planner, guards and journal over a fast model of the devices. Hypothesis invents faults, deaths, two "
        "clusters and operators' mistakes; after each event it is checked that nothing is lost, and that nothing is "
        "claimed that was not seen. The gate (`make gate`) plays some hundreds of such schedules, `make test` a part "
        "of them.",
        ByTests(("tests/cluster/schedules",)),
    ),
    "mutation": Proof(
        "Guards by mutation",
        f"The modules {', '.join(f'`{module}`' for module in MODULES)} of `mmpctl/cluster/`, changed in one place at a "
        "time by mutmut, in all functions and methods but properties: a test of `tests/cluster/` notices each change.",
        _mutation,
    ),
}


def main() -> int:
    """Run the proofs that are named, or all of them, and write what came of each into the page.

    Returns:
        0 when all hold, else 1.
    """
    parser = argparse.ArgumentParser(prog="python -m tests.proof", description=__doc__)
    parser.add_argument("proofs", nargs="*", metavar="PROOF", help=f"{', '.join(PROOFS)}; all by default")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="how many tests run side by side")
    given = parser.parse_args()
    if unknown := set(given.proofs) - set(PROOFS):
        parser.error(f"there is no proof {', '.join(sorted(unknown))}: take {', '.join(PROOFS)}")
    every = True
    for name in given.proofs or PROOFS:
        proof = PROOFS[name]
        _tell(f"== {proof.title}")
        began = time.monotonic()
        passed, figures = proof.run(given.jobs)
        every = every and passed
        took = time.monotonic() - began
        section = Section(proof.title, proof.about, passed, datetime.now(timezone.utc), took, figures)
        before = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
        PAGE.write_text(with_section(before, section), encoding="utf-8")
        for figure, value in figures.items():
            _tell(f"{figure}: {value}")
        _tell("holds" if passed else "DOES NOT HOLD")
    _tell(f"written to {PAGE.relative_to(ROOT)}")
    return 0 if every else 1


def _tell(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    raise SystemExit(main())
