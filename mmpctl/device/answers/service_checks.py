"""What a service says of its files as it starts: a line for each check."""

from __future__ import annotations

from dataclasses import dataclass

from mmpctl.device.answers.vocabulary import vocabulary


@dataclass(frozen=True, slots=True)
class ServiceChecks:
    """The lines of a service that was started.

    Args:
        passed: what stands behind `SUCCESS:`.
        failed: what stands behind `FAILURE:`.
        unknown: lines that begin otherwise.
    """

    passed: tuple[str, ...]
    failed: tuple[str, ...]
    unknown: tuple[str, ...]

    @property
    def are_well(self) -> bool:
        """Every line says that a check was passed, and there is one at least: silence proves nothing."""
        return bool(self.passed) and not self.failed and not self.unknown


def checks_of(output: str) -> ServiceChecks:
    """Return the checks in the output of `enable` or `restart`.

    Args:
        output: without echo and prompt.
    """
    words = vocabulary()
    passed, failed, unknown = [], [], []
    for line in filter(None, map(str.strip, output.splitlines())):
        if found := words.check_passed.match(line):
            passed.append(found[1])
        elif found := words.check_failed.match(line):
            failed.append(found[1])
        else:
            unknown.append(line)
    return ServiceChecks(tuple(passed), tuple(failed), tuple(unknown))
