"""The proof that a service uses the right files: what it shows of itself, and what it presents to a real connection."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from threading import Event

from nornir.core.task import Task

from mmpctl.certificates.certificate import Certificate
from mmpctl.errors import AuthenticationError, HostKeyError, MmpError, OutcomeUnknown, VerificationError
from mmpctl.renewal.jobs.services.observation import ports_of, seen_of
from mmpctl.services.renewable import TakesEffect
from mmpctl.services.seen_services import SeenService
from mmpctl.services.service_goal import Presented, WantedPair, WantedUnit
from mmpctl.tasks.patience import Looks, Patience

# Between two looks at a service that is not there yet, seconds.
_SHORTEST, _LONGEST = 0.05, 2.0


def prove(
    task: Task,
    unit: WantedUnit,
    *,
    back: bool,
    seconds: float,
    steady: float,
    give_up: Callable[[], bool] = lambda: False,
) -> SeenService:
    """Look at a service until it is proved, or long shows something else.

    Args:
        task: Nornir's task on its node.
        unit: the service, and what it is to use.
        back: with its old files.
        seconds: how long it may take until it answers.
        steady: how long it must show something wrong, look after look, before that is concluded.
        give_up: asked between looks; waits no longer when it says so.

    Returns:
        The service as it was seen last.

    Raises:
        VerificationError: it is not proved; the message says why.
        OutcomeUnknown: it was given up.
    """
    patience, wrong = Patience(seconds), Looks()
    while True:
        lost = False
        try:
            seen = seen_of(task, unit.service)
            problems = [*_shown(unit, seen, back=back)]
            reached = True
            for pair in unit.presenting if seen is not None and not problems else ():
                told, reached_now = _presented(task, pair, seen, back=back)
                reached &= reached_now
                problems += told
            if seen is not None and not problems:
                return seen
        except (AuthenticationError, HostKeyError):
            raise
        except MmpError as error:
            # The node's own command line may be away for a moment, for Web Admin and Call Bridge restart.
            problems, reached, lost = [f"it could not be looked at ({error.message})"], False, True
        # What answers, and answers wrongly for long, is wrong; what does not answer yet has its time.
        wrong.add(reached, patience.elapsed)
        if give_up():
            raise OutcomeUnknown(
                f"{unit.key} is not waited for any longer: {'; '.join(problems)}",
                node=unit.key.node,
                advice="`mmpctl resume` looks at it again.",
            )
        if wrong.lasted(steady, patience.elapsed) or patience.is_over(looked=not lost):
            raise VerificationError(
                f"{unit.key} is not proved: {'; '.join(problems)}", code="not-proved", node=unit.key.node
            )
        Event().wait(max(min(patience.elapsed / 10, _LONGEST), _SHORTEST))


def _shown(unit: WantedUnit, seen: SeenService | None, *, back: bool) -> Iterator[str]:
    if seen is None:
        yield "the node does not know the service"
        return
    if unit.service.takes_effect is TakesEffect.OFF_AND_ON and seen.enabled is not True:
        yield "it does not show that it is on"
    for shown, wanted in unit.shown(seen, back=back):
        if shown != wanted:
            yield f"it shows {', '.join(shown) or 'no files'}, not {', '.join(wanted)}"


def _presented(task: Task, pair: WantedPair, seen: SeenService | None, *, back: bool) -> tuple[list[str], bool]:
    """Return what is wrong with what one pair's port presents, and whether anything answers there."""
    if not pair.setting.listens or seen is None:
        return [], True
    wanted = pair.presented if back else pair.presents
    sight = ports_of(task, pair.setting, seen)
    if sight.error is not None:
        return [f"`{pair.setting.command}`: {sight.error.message}"], False
    problems = [
        f"port {port} of `{pair.setting.command}` presents {why}"
        for port, chain in sight.shown.items()
        for why in _differs(chain, wanted)
    ]
    return problems, True


def _differs(chain: tuple[Certificate, ...], wanted: Presented) -> Iterator[str]:
    if not chain:
        yield "no certificate"
        return
    if wanted.leaf is not None and chain[0].fingerprint_sha256 != wanted.leaf:
        yield f"another certificate ([{chain[0].facts.subject}], serial {chain[0].facts.serial})"
        return
    sent = {one.fingerprint_sha256 for one in chain}
    if set(wanted.chain) - sent:
        yield f"{len(chain)} certificates, which do not lead to the root: a CA in between is missing"
