"""The procedure by hand: complete, readable on paper, and the same steps that a run would do; typed as it stands."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len

from mmpctl.certificates.files import CertificateSet
from mmpctl.certificates.secret import Secret
from mmpctl.certificates.source_file import SourceFile
from mmpctl.cluster.observed import ObservedCluster
from mmpctl.cluster.plan import plan
from mmpctl.cluster.progress import History
from mmpctl.cluster.step import StepKey
from mmpctl.documents.procedure import ProcedureDocument
from mmpctl.inventory.load import load
from mmpctl.procedure.by_hand import document
from mmpctl.renewal.jobs.database_cluster.actions import INSTRUCTIONS
from mmpctl.renewal.jobs.database_cluster.preparation import Prepared
from mmpctl.reports.output import render
from mmpctl.reports.procedure_text import by_hand, text
from tests.cluster.cases import Case, read_case
from tests.support.documents import HOSTILE

NOW = datetime(2026, 11, 23, 20, 31, 7, tzinfo=timezone.utc)
CASES = ("calm", "names_same", "disabled_everywhere", "resumed_after_slaves_left", "resumed_after_first_join")
PLANS = Path(__file__).parent.parent / "cluster" / "plan"
LEAVING = StepKey("remove", "lon-2")
GOLDEN = Path(__file__).parent / "by_hand"


def source(name: str) -> SourceFile:
    content = f"content of {name}".encode()
    return SourceFile(name, Path("/new-certs/lon-prod") / name, hashlib.sha256(content).hexdigest(), Secret(content))


def prepared(case: Case) -> Prepared:
    client = source("client.key"), source("client.cer"), source("ca.cer")
    sets = {
        node.name: CertificateSet(
            Path("/new-certs/lon-prod"),
            *client,
            *((source("server.key"), source("server.cer")) if node.role.has_database else ()),
        )
        for node in case.cluster.nodes
    }
    serials = {name: {"c.cer": "1a2b"} for name in case.goal.wanted}
    return Prepared(case.cluster, case.goal, sets, serials, NOW)


def made(
    case: Case, folder: Path, history: History | None = None, endings: Mapping[StepKey, str] | None = None
) -> ProcedureDocument:
    hosts = "".join(
        f"{node.name}:\n  hostname: {node.db_address}\n  data: {{role: {node.role.value}, cluster: lon-prod}}\n"
        for node in case.cluster.nodes
    )
    (folder / "hosts.yaml").write_text(f"---\n{hosts}", encoding="utf-8")
    (folder / "defaults.yaml").write_text("---\nplatform: cisco_cms\n", encoding="utf-8")
    steps = plan(case.cluster, case.goal, case.history)
    nr = load(folder)
    facts = prepared(case).facts(Path("by-hand"), history or case.history, endings or {})
    return document(nr, facts, steps, NOW, INSTRUCTIONS)


def case(name: str) -> Case:
    return read_case(PLANS / f"{name}.yaml")


@pytest.mark.parametrize("name", CASES)
def test_the_text_is_the_one_that_was_read_and_approved(name: str, tmp_path: Path) -> None:
    assert text(made(case(name), tmp_path)) == (GOLDEN / f"{name}.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("left_out", [(), ("lon-3",)], ids=["all", "one left out"])
def test_the_document_of_an_earlier_release_gives_the_same_text(left_out: tuple[str, ...], tmp_path: Path) -> None:
    one = case("calm")
    goal = replace(one.goal, left_out=frozenset(left_out))
    procedure = made(Case(one.cluster, goal, one.history, None), tmp_path)
    earlier: Any = {key: value for key, value in procedure.items() if key not in ("words", "about")}
    assert text(earlier) == text(procedure)
    assert text(procedure).count("never start it as a member of the old cluster again") == len(left_out)


@pytest.mark.parametrize("name", CASES)
def test_it_fits_80_columns_but_for_lines_that_are_typed_whole(name: str, tmp_path: Path) -> None:
    procedure = made(case(name), tmp_path)
    typed = {one["line"] for step in procedure["steps"] for one in step["type"]}
    written = text(procedure)
    too_long = [line.strip() for line in written.splitlines() if cell_len(line) > 80 and line.strip() not in typed]
    assert too_long == []
    assert all(f"\n        {line}\n" in written for line in typed)
    # A screen breaks them no more than paper does.
    assert render(by_hand(procedure), width=80) == written


@pytest.mark.parametrize("name", CASES)
def test_each_step_of_the_plan_is_there_once_and_in_its_order(name: str, tmp_path: Path) -> None:
    one = case(name)
    procedure = made(one, tmp_path)
    assert [(step["wave"], step["node"], step["action"]) for step in procedure["steps"]] == [
        (step.wave, step.node, step.action) for step in plan(one.cluster, one.goal, one.history)
    ]
    for step in procedure["steps"]:
        assert step["must_see"] and step["if_not"], step
        assert (step["question"] is not None) == (step["action"] in ("remove", "initialize", "join", "connect"))


def test_what_destroys_says_so_and_looks_at_the_keeper_first(tmp_path: Path) -> None:
    joins = [step for step in made(case("calm"), tmp_path)["steps"] if step["action"] == "join"]
    assert [step["node"] for step in joins] == ["lon-2", "lon-3"]
    for step in joins:
        assert f"DESTROYS the database of {step['node']}. NEVER type it on lon-1" in (step["warning"] or "")
        assert [look["node"] for look in step["look_first"]] == ["lon-1", step["node"]]
        assert step["look_first"][0]["expect"] == {"status": "Enabled", "me": "master"}


def test_a_step_whose_end_was_not_seen_is_looked_for_before_it_is_typed(tmp_path: Path) -> None:
    begun = History(intended=frozenset({LEAVING}))
    procedure = made(case("calm"), tmp_path, begun)
    assert [step["node"] for step in procedure["steps"] if step["begun_before"]] == ["lon-2"]
    assert text(procedure).count("did not see how it ended") == 1


def test_of_a_step_whose_failure_was_seen_it_is_told_what_was_seen(tmp_path: Path) -> None:
    begun = History(intended=frozenset({LEAVING}))
    procedure = made(case("calm"), tmp_path, begun, {LEAVING: "the device reports that it failed"})
    assert [step["run_saw"] for step in procedure["steps"] if step["begun_before"]] == [
        "the device reports that it failed"
    ]
    told = " ".join(text(procedure).split())
    assert "The run has started this step already, and saw: the device reports that it failed. " in told
    assert "did not see how it ended" not in told


def test_nothing_of_a_key_is_in_it_but_its_digest(tmp_path: Path) -> None:
    procedure = made(case("calm"), tmp_path)
    assert "content of" not in str(procedure)
    assert source("server.key").sha256 in text(procedure)


def test_hostile_names_have_no_effect(tmp_path: Path) -> None:
    one = case("calm")
    nodes = tuple(node for node in one.cluster.nodes)
    procedure = made(Case(ObservedCluster(HOSTILE, nodes), one.goal, one.history, None), tmp_path)
    assert [letter for letter in text(procedure) if not letter.isprintable() and letter != "\n"] == []
