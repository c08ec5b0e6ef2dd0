"""A base name comes from a look at the node alone, and is good for one command."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest
from nornir.core.task import Result, Task

from mmpctl.cluster.request_names import is_ours
from mmpctl.errors import RefusedError
from mmpctl.tasks._fresh_base import FreshBase, fresh_base
from mmpctl.times import now_utc
from tests.support.fleet import nornir
from tests.support.lab import Lab

ROOT = Path(__file__).parents[2]


def test_nobody_else_makes_one() -> None:
    with pytest.raises(RefusedError, match="from a look at the node"):
        FreshBase("core", seal=object())
    code = [path for room in ("mmpctl", "tasks", "runbooks") for path in (ROOT / room).rglob("*.py")]
    makers = [path for path in code if "FreshBase(" in path.read_text()]
    assert [path.name for path in makers] == ["_fresh_base.py"]


def test_it_is_spent_once_and_not_copied(lab: Lab) -> None:
    found: list[FreshBase] = []

    def look(task: Task) -> Result:
        found.append(fresh_base(task, "server", now_utc()))
        return Result(host=task.host)

    nornir(lab()).filter(name="lon-1").run(task=look)
    (base,) = found
    assert base.spend() == base.name and is_ours(base.name)
    with pytest.raises(RefusedError, match="used before"):
        base.spend()
    with pytest.raises(TypeError):
        copy.copy(base)


def test_where_no_name_is_free_none_is_given(lab: Lab) -> None:
    fleet, now = lab(), now_utc()
    (fleet.nodes["lon-1"].files / f"dbserver-{now:%Y%m%d}-abcd.csr").write_bytes(b"x")

    def look(task: Task) -> Result:
        return Result(host=task.host, result=fresh_base(task, "server", now, draw=lambda: "abcd"))

    (result,) = nornir(fleet).filter(name="lon-1").run(task=look)["lon-1"]
    assert isinstance(result.exception, RefusedError) and result.exception.code == "no-free-name"
