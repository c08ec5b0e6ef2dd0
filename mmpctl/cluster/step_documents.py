"""Steps as the JSON of the contract."""

from __future__ import annotations

from mmpctl.cluster.step import Step
from mmpctl.cluster.step_effects import effects
from mmpctl.documents.step import StepDocument


def step_documents(steps: tuple[Step, ...], lead: str) -> list[StepDocument]:
    """Return steps as the JSON of the contract, each with what it means.

    Args:
        steps: a whole plan, or all that is left of one.
        lead: inventory name of the node that the others follow.
    """
    return [
        {
            "number": step.number,
            "wave": step.wave,
            "node": step.node,
            "action": step.action,
            "command": step.command,
            "effect": effect.what,
            "destroys": effect.destroys,
            "expected": effect.expected.words,
            "expected_seconds": {"least": effect.expected.least, "most": effect.expected.most},
            "safe_to_stop": effect.safe_to_stop,
            "if_stopped": effect.if_stopped,
        }
        for step, effect in zip(steps, effects(steps, lead), strict=True)
    ]
