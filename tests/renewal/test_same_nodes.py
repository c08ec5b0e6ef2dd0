"""The nodes of a run that is resumed: whoever is needed answers, and whoever answers is the machine that it was."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from mmpctl.errors import AuthenticationError, ConnectError, DialogueError, HostKeyError, MmpError
from mmpctl.renewal.resume.same_nodes import check_same

THEN = [{"name": name, "host_key": f"key of {name}", "hostname": name} for name in ("lon-1", "lon-2")]


@dataclass(frozen=True)
class Seen:
    """A node as some job sees it."""

    name: str
    host_key: str
    hostname: str
    error: str | None = None

    @property
    def answers(self) -> bool:
        return self.error is None


CALM = (Seen("lon-1", "key of lon-1", "lon-1"), Seen("lon-2", "key of lon-2", "lon-2"))


def silent(name: str) -> Seen:
    return Seen(name, "", "", "no answer")


def refusal(*nodes: Seen, needed: tuple[str, ...] = ("lon-1", "lon-2"), error: MmpError | None = None) -> MmpError:
    errors = {"lon-2": error} if error is not None else {}
    with pytest.raises(MmpError) as caught:
        check_same(nodes, THEN, needed, errors, lambda name: f"Bring {name} back.")
    return caught.value


def test_the_same_machines_pass_also_if_one_that_nobody_needs_is_silent() -> None:
    told: list[str] = []

    def bring_back(name: str) -> str:
        told.append(name)
        return name

    check_same(CALM, THEN, ("lon-1", "lon-2"), {}, bring_back)
    check_same((CALM[0], silent("lon-2")), THEN, ("lon-1",), {}, bring_back)
    assert told == []


@pytest.mark.parametrize(
    ("other", "told"),
    [
        (Seen("lon-2", "another key", "lon-2"), "its host key is 'another key' now, it was 'key of lon-2'"),
        (Seen("lon-2", "key of lon-2", "cms"), "its hostname is 'cms' now, it was 'lon-2'"),
    ],
)
def test_another_machine_is_refused_whether_it_is_needed_or_not(other: Seen, told: str) -> None:
    for needed in (("lon-1", "lon-2"), ("lon-1",)):
        error = refusal(CALM[0], other, needed=needed)
        assert (error.code, error.node, error.message) == ("other-node", "lon-2", told)


@pytest.mark.parametrize(
    ("why", "code", "told"),
    [
        (ConnectError("timed out"), "not-reachable", "it does not answer (no answer) · Bring lon-2 back."),
        (
            AuthenticationError("denied"),
            "not-understood",
            "it answers, but does not accept the login (no answer) · It is",
        ),
        (DialogueError("odd"), "not-understood", "it answers, but is not understood (no answer) · It is alive"),
    ],
)
def test_who_is_alive_is_never_said_not_to_answer(why: MmpError, code: str, told: str) -> None:
    error = refusal(CALM[0], silent("lon-2"), error=why)
    assert (error.code, error.node) == (code, "lon-2") and error.told.startswith(told)


def test_a_host_key_that_is_not_accepted_is_told_as_it_was_found() -> None:
    found = HostKeyError("its host key has changed", node="lon-2")
    assert refusal(CALM[0], silent("lon-2"), error=found) is found
