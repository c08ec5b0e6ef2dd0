"""What a stopped run of any job leaves behind: why it stopped, what is open, and what to type next."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final, NamedTuple

from mmpctl import exit_codes as codes
from mmpctl.cluster.step import Step
from mmpctl.documents.procedure import ProcedureDocument
from mmpctl.errors import HostKeyError, MmpError, RefusedError, UnknownQuestion, VerificationError
from mmpctl.procedure.by_hand import Instructions, document
from mmpctl.procedure.unit_facts import F
from mmpctl.renewal.context import RunContext
from mmpctl.renewal.outcome import UnitOutcome
from mmpctl.renewal.unit import Unit
from mmpctl.reports.procedure_text import text
from mmpctl.runs.disk import write_private
from mmpctl.runs.ending import Ending
from mmpctl.runs.folder import RunFolder
from mmpctl.tasks.awaited import NotAccepted, OperationFailed

# The state of the node is not clear, or is not what it must be: going on by itself would be a guess.
# How a cluster of databases shows that all is well.
WELL: Final = "`mmpctl status` shows it healthy"
_LOOK = (VerificationError, UnknownQuestion, RefusedError, HostKeyError)


class Rest(NamedTuple):
    """What is left of a run for one unit.

    Args:
        steps: the steps that are left.
        by_hand: the same as a procedure by hand.
    """

    steps: tuple[Step, ...]
    by_hand: ProcedureDocument


class Kept(NamedTuple):
    """Where the rest of a procedure by hand is kept.

    Args:
        told: a sentence that says so.
        file: its name in the run's folder; None if it could not be written, or is of an earlier stop.
    """

    told: str
    file: str | None


def rest_of(run: RunContext, facts: F, steps: tuple[Step, ...], instructions: Mapping[str, Instructions[F]]) -> Rest:
    """Return what is left, as steps and as the procedure by hand.

    Args:
        run: the run.
        facts: of the unit.
        steps: that are left.
        instructions: of the job, for each kind of step.
    """
    return Rest(steps, document(run.nr, facts, steps, run.watch.clock(), instructions))


def describe(
    run: RunContext, unit: Unit, rest: Rest, errors: Mapping[str, MmpError], safety: Iterable[str]
) -> UnitOutcome:
    """Return the outcome of a unit whose run stopped on the way.

    Args:
        run: the run; the rest of the procedure by hand is put into its folder, too.
        unit: that stopped.
        rest: what is left of it.
        errors: what went wrong, by node.
        safety: what the job says is safe now, and what to do next, one line each.

    Returns:
        Code 6 where the state is clear, 7 where a person must look.
    """
    needs_a_look = any(_needs_a_look(error) for error in errors.values())
    kept = keep(rest.by_hand, run.folder)
    return UnitOutcome(
        unit,
        Ending.STOPPED,
        _why(errors),
        (*safety, *_unanswered(errors), kept.told),
        rest.steps,
        rest.by_hand,
        more=codes.LOOK if needs_a_look else None,
        by_hand_file=kept.file,
    )


def home_by_hand(folder: RunFolder) -> Path:
    """Return where the procedure by hand tells people to put what they fetch.

    Args:
        folder: the run's.
    """
    return (folder.path / "by-hand").absolute()


def by_hand_file(folder: RunFolder, unit: str) -> Path:
    """Where the rest of a procedure by hand is kept: `by-hand.txt`, with the unit's name if a run has several.

    Args:
        folder: the run's.
        unit: the unit's name.
    """
    several = len(folder.request["clusters"]) > 1
    return folder.path / (f"by-hand-{unit}.txt" if several else "by-hand.txt")


def keep(rest: ProcedureDocument, folder: RunFolder) -> Kept:
    """Write the rest of a procedure by hand into the run's folder, and return where it is.

    Args:
        rest: the procedure.
        folder: the run's.
    """
    file = by_hand_file(folder, rest["cluster"])
    try:
        write_private(file, text(rest).encode())
    except OSError as error:
        return Kept(
            f"The remaining steps, to be typed by hand, could not be written to {file} ({error.strerror}). Keep "
            "the text that is shown here.",
            None,
        )
    return Kept(f"The remaining steps, to be typed by hand, are in {file}.", file.name)


def kept_before(folder: RunFolder, unit: str) -> tuple[str, ...]:
    """Return a sentence that names the procedure by hand of an earlier stop; none if there is none.

    Args:
        folder: the run's.
        unit: the unit's name.
    """
    file = by_hand_file(folder, unit)
    return (f"The steps that remained when the run stopped, to be typed by hand, are in {file}.",) * file.is_file()


def with_rest_kept(outcome: UnitOutcome, folder: RunFolder, *, write: bool) -> UnitOutcome:
    """Return the outcome of a resume's look with where the procedure by hand lies, if it has one.

    Args:
        outcome: of one unit.
        folder: the run's.
        write: the run goes on: otherwise its folder stays as it was, with what an earlier stop left.
    """
    if outcome.by_hand is None:
        return outcome
    if not write:
        return replace(outcome, advice=(*outcome.advice, *kept_before(folder, outcome.name)))
    kept = keep(outcome.by_hand, folder)
    return replace(outcome, advice=(*outcome.advice, kept.told), by_hand_file=kept.file)


def finished_by_hand(folder: RunFolder, well: str = WELL) -> str:
    """Return how to close a run that was finished by hand, if the devices cannot show that it was.

    Args:
        folder: the run's.
        well: what shows that all is well.
    """
    return (
        f"If it was finished by hand and {well}, close this run with `mmpctl runs --close {folder.name} --reason TEXT`."
    )


def _why(errors: Mapping[str, MmpError]) -> str:
    # What several nodes report alike is told once.
    nodes: dict[str, list[str]] = {}
    for node, error in errors.items():
        nodes.setdefault(error.told, []).append(error.node or node)
    return "; ".join(f"{', '.join(names)}: {told}" for told, names in nodes.items())


def _needs_a_look(error: MmpError) -> bool:
    if isinstance(error, OperationFailed):
        return not error.state_is_clear
    if isinstance(error, NotAccepted):
        return error.needs_a_look
    if error.code == "not-reachable":
        return False
    return isinstance(error, _LOOK) or error.code == "unexpected"


def _unanswered(errors: Mapping[str, MmpError]) -> Iterator[str]:
    questions = [error.text for error in errors.values() if isinstance(error, UnknownQuestion)]
    for question in dict.fromkeys(questions):
        yield f"The question that the node asked, not answered:\n{question}"
