"""A mutant that survives is explained, and what is explained survives."""

from __future__ import annotations

from tests.proof.mutation import MODULES, ROOT, Mutant, complaints, explained

ONE = Mutant("guards.Guards.join", "self._must_be(node, DISABLED)", "self._must_be(None, DISABLED)")
OTHER = Mutant("plan._chunks", "width = size or 1", "width = size or 2")


def test_a_survivor_without_an_explanation_is_told_and_can_be_copied_into_the_list() -> None:
    assert list(complaints(frozenset({ONE, OTHER}), [OTHER])) == [
        "no test notices this, and nothing explains it:\n"
        "- where: guards.Guards.join\n"
        "  was: |-\n"
        "    self._must_be(node, DISABLED)\n"
        "  now: |-\n"
        "    self._must_be(None, DISABLED)\n"
        "  why: …"
    ]


def test_an_explanation_of_nothing_is_told() -> None:
    (told,) = complaints(frozenset({ONE}), [ONE, OTHER])
    assert told.startswith("this is explained, but does not survive") and "plan._chunks" in told


def test_all_is_well_when_every_survivor_is_explained() -> None:
    assert not list(complaints(frozenset({ONE, OTHER}), [OTHER, ONE]))


def test_every_module_that_is_mutated_is_there() -> None:
    # mutmut says nothing of a module that it does not find.
    assert all((ROOT / f"mmpctl/cluster/{module}.py").is_file() for module in MODULES)


def test_every_explanation_is_of_lines_that_are_there_and_says_why() -> None:
    for mutant, why in explained().items():
        module = mutant.where.split(".")[0]
        assert module in MODULES
        lines = {line.strip() for line in (ROOT / f"mmpctl/cluster/{module}.py").read_text("utf-8").splitlines()}
        assert set(mutant.was.splitlines()) <= lines, mutant
        assert len(why) > 10 and "…" not in why
