"""`audit --probe`: what the databases present, against what is configured."""

from __future__ import annotations

from typing import Any

import pytest

from mmpctl.lab.fleet import Fleet
from tests.support.command import Command
from tests.support.fleet import CLUSTER, DATABASES
from tests.support.lab import Lab


def servers(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The server certificate of each database, with the severities of its findings by id."""
    return {
        node["name"]: {**row, "ids": {one["id"]: one["severity"] for one in row["findings"]}}
        for cluster in document["clusters"]
        for node in cluster["nodes"]
        for row in node["certificates"]
        if row["use"] == "database server"
    }


def replaced(fleet: Fleet, node: str) -> None:
    """Put new files in the place of those in use, and forget `database cluster certs`."""
    new = fleet.certificates / CLUSTER / node
    for theirs, ours in {"server.key": "key", "server.cer": "cer"}.items():
        (fleet.nodes[node].files / f"dbclusterserver.{ours}").write_bytes((new / theirs).read_bytes())


def test_a_calm_cluster_presents_what_is_configured(lab: Lab, mmpctl: Command) -> None:
    said = mmpctl("audit", "--probe", "-o", "json", fleet=lab("healthy"))
    rows = servers(said.document)
    assert tuple(rows) == DATABASES and said.code == 0, said
    for row in rows.values():
        assert row["presented"] == {name: row[name] for name in ("serial", "not_before", "not_after")}
        assert not {"presented-differs", "not-presented"} & set(row["ids"])


@pytest.mark.parametrize(("scenario", "severity"), [("healthy", "unfit"), ("due", "unfit"), ("expired", "expired")])
def test_a_file_that_was_replaced_and_never_applied_shows(
    lab: Lab, mmpctl: Command, scenario: Any, severity: str
) -> None:
    fleet = lab(scenario)
    replaced(fleet, "lon-2")
    without = servers(mmpctl("audit", "-o", "json", fleet=fleet).document)["lon-2"]
    assert not {"presented-differs", "expired", "due"} & set(without["ids"]) and without["presented"] is None, without

    said = mmpctl("audit", "--probe", "-o", "json", fleet=fleet)

    row = servers(said.document)["lon-2"]
    assert (said.code, row["ids"]["presented-differs"]) == (4, severity), row
    assert row["presented"]["serial"] != row["serial"]
    shown = mmpctl("audit", "--probe", fleet=fleet).out
    assert "the database does not present " in " ".join(shown.split())


def test_a_database_that_cannot_be_asked_is_a_note(lab: Lab, mmpctl: Command) -> None:
    said = mmpctl("audit", "--probe", "-o", "json", fleet=lab("disabled"))
    rows = servers(said.document)
    assert [row["ids"].get("not-presented") for row in rows.values()] == ["note"] * 3, said
    assert all(row["presented"] is None for row in rows.values())


def test_what_is_presented_is_compared_where_files_cannot_be_fetched(lab: Lab, mmpctl: Command) -> None:
    fleet = lab("healthy", nodes={"lon-3": {"sftp": False}})
    assert "presented-differs" not in servers(mmpctl("audit", "--probe", "-o", "json", fleet=fleet).document)["lon-3"]
    fleet = lab("healthy", nodes={"lon-3": {"sftp": False}})
    replaced(fleet, "lon-3")
    row = servers(mmpctl("audit", "--probe", "-o", "json", fleet=fleet).document)["lon-3"]
    assert row["source"] == "pki inspect" and "presented-differs" in row["ids"], row
