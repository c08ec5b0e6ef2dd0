"""The main job over real SSH and SFTP: what the devices were told, in which order, and what their databases hold."""

from __future__ import annotations

from pathlib import Path

from mmpctl.lab.fleet import Fleet
from tests.support import pki
from tests.support.fleet import DATABASES, KEEPER, renewed
from tests.support.lab import Lab
from tests.support.odd_certificates import FALSE, extension, odd, pem, tlv, with_extensions


def accepted(fleet: Fleet) -> list[tuple[str, str]]:
    return [(event.node, event.text) for event in fleet.log.select("accepted")]


def position(fleet: Fleet, node: str, kind: str, text: str) -> int:
    found = [event.seq for event in fleet.log.select(kind, node=node, text=text)]
    assert found, f"{node} never had {kind} {text}"
    return found[-1]


def test_expired_cluster_is_renewed_in_the_order_of_the_design(lab: Lab, tmp_path: Path) -> None:
    fleet = lab("expired")
    rows = fleet.nodes[KEEPER].rows
    assert rows != fleet.nodes["lon-2"].rows, "the slaves are stale, else a loss would not show"

    report = renewed(fleet, tmp_path)

    assert (report.code, report.clusters[0].outcome) == (0, "renewed"), report
    assert {name: fleet.nodes[name].rows for name in DATABASES} == dict.fromkeys(DATABASES, rows)
    first_remove = min(position(fleet, node, "accepted", "remove") for node in fleet.nodes)
    for node in fleet.nodes:
        snapshots = [event.seq for event in fleet.log.select("sftp-get", node=node, text=".bak")]
        assert len([seq for seq in snapshots if seq < first_remove]) == 2, "fetched twice before the first remove"
    keeper_leaves = position(fleet, KEEPER, "accepted", "remove")
    for node in ("lon-2", "lon-3", "lon-4"):
        assert position(fleet, node, "finished", "remove") < keeper_leaves
    commands = [text for _, text in accepted(fleet)]
    assert sum("initialize" in text for text in commands) == 1
    first_join = position(fleet, "lon-2", "finished", "join")
    assert first_join < position(fleet, "lon-3", "accepted", "join")
    assert accepted(fleet)[-1][0] == "lon-4"


def test_a_ca_with_defaults_written_out_renews_a_cluster(lab: Lab, tmp_path: Path) -> None:
    fleet, ca = lab("expired"), pki.authority()
    constraints = extension("2.5.29.19", tlv(0x30, b"\x01\x01\xff"), critical=FALSE)
    certs = pki.write(tmp_path / "certs", {**pki.files(ca), "ca.cer": pem(odd(ca, ca, with_extensions(constraints)))})
    report = renewed(fleet, tmp_path, certificates=certs)
    assert (report.code, report.clusters[0].outcome) == (0, "renewed"), report
