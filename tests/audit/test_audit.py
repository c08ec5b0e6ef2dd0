"""All certificates of a fleet, against the lab: every place, and what is found there."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from mmpctl.audit.document import document
from mmpctl.audit.model import AuditReport, NodeAudit
from mmpctl.inventory.nodes import nodes_of
from mmpctl.lab.authority import Authority
from mmpctl.lab.fault import Fault
from mmpctl.lab.fleet import Fleet
from mmpctl.lab.scenario import cluster, sample
from mmpctl.reports.audit.answer import answer
from mmpctl.runbooks import audit
from tests.support.fleet import CLUSTER, nornir
from tests.support.lab import Lab
from tests.support.lab_client import until

FILES = Path(__file__).parents[1] / "certificates" / "files"


def audited(fleet: Fleet, **options: Any) -> AuditReport:
    report = audit.run(nornir(fleet), **options)
    assert not [event for event in fleet.log.select("sftp-get") if event.text.endswith(".key")]
    assert not fleet.log.select("question", "sftp-put", "sftp-remove")
    assert "Example.123" not in str(document(report)), "the TURN password"
    return report


def node(report: AuditReport, name: str = "lon-1") -> NodeAudit:
    return next(one for cluster in report.clusters for one in cluster.nodes if one.node.name == name)


def found(report: AuditReport, name: str = "lon-1") -> dict[str, list[str]]:
    """The findings of each place of a node, but for the keys that the lab's nodes share."""
    return {
        row.use: [one.id for one in row.findings if one.id != "same-key"]
        for row in node(report, name).certificates
        if any(one.id != "same-key" for one in row.findings)
    }


def of_cluster(report: AuditReport) -> list[str]:
    return [one.id for one in report.clusters[0].findings]


def test_every_service_of_every_node(lab: Lab) -> None:
    report = audited(lab(sample()), thorough=True)
    core = [row.use for row in node(report, "lon-1").certificates]
    assert core == [
        "database server",
        "database client",
        "database ca",
        "callbridge certificate",
        "webadmin certificate",
    ]
    edge = next(one for one in report.clusters[-1].nodes)
    assert report.clusters[-1].name is None
    assert [row.use for row in edge.certificates] == [
        "webadmin certificate",
        "webadmin ca",
        "webbridge3 https certificate",
        "webbridge3 ca",
        "webbridge3 c2w certificate",
        "webbridge3 c2w trust bundle",
        "webbridge3 c2w trust bundle",
        "turn tls certificate",
        "turn ca",
        "recorder sip certificate",
        "recorder ca",
    ]
    assert all(row.fits for row in edge.certificates if row.is_own)
    assert edge.error is None and edge.seconds is not None


def test_a_healthy_cluster_has_no_findings_but_the_keys_that_it_shares(lab: Lab) -> None:
    report = audited(lab("healthy"))
    assert (report.code, report.clusters[0].in_sync, of_cluster(report)) == (0, True, [])
    assert [found(report, one.node.name) for one in report.clusters[0].nodes] == [{}] * 4
    (shared,) = [one for one in node(report).certificates[0].findings if one.id == "same-key"]
    assert (shared.severity, "lon-1, lon-2, lon-3" in shared.message) == ("note", True)


def test_what_hangs_on_a_ca(lab: Lab) -> None:
    report = audited(lab("healthy"))
    told = document(report)
    rows = told["clusters"][0]["nodes"][0]["certificates"]
    (ca,) = [row for row in rows if row["use"] == "database ca"]
    used = ca["used_by"]
    assert used is not None and (used["clusters"], used["before"]) == (1, 0) and used["leaves"] >= 2
    (one,) = [each for each in told["authorities"] if each["sha256"] == ca["sha256"]]
    assert (one["subject"], one["severity"], one["leaves"]) == (ca["subject"], "ok", used["leaves"])
    assert len({each["sha256"] for each in told["authorities"]}) == len(told["authorities"])


def test_a_ca_that_its_leaves_outlive_is_told_first(lab: Lab) -> None:
    fleet = lab("healthy")
    began, ends = datetime.now(timezone.utc) - timedelta(days=100), datetime.now(timezone.utc) + timedelta(days=100)
    authority = Authority("Short Root", began, ends, "ec")
    pair = authority.issue("core", "server", began, ends + timedelta(days=1))
    for name in ("lon-1", "lon-2"):
        files = fleet.nodes[name].files
        (files / "core.cer").write_bytes(pair.certificate + authority.certificate)
        (files / "core.key").write_bytes(pair.key)
    first, *_ = document(audited(fleet))["authorities"]
    assert first["subject"] == "O=Lab, CN=Short Root"
    assert (first["clusters"], first["leaves"], first["before"], first["days_left"]) == (1, 1, 1, 99)


def test_a_service_that_the_release_does_not_know_is_skipped(lab: Lab) -> None:
    report = audited(lab("healthy", nodes={"lon-1": {"unknown": frozenset({"callbridge", "uploader", "date"})}}))
    assert "callbridge certificate" not in [row.use for row in node(report).certificates]
    assert (report.code, found(report), node(report).findings) == (0, {}, ())


def test_without_sftp_the_devices_own_words_count(lab: Lab) -> None:
    report = audited(lab("expired", nodes={"lon-1": {"sftp": False}}))
    rows = node(report).certificates
    assert {row.source for row in rows} == {"pki inspect"}
    assert found(report)["database server"] == ["expired", "by-inspect"]
    assert rows[0].facts is not None and rows[0].facts.subject == "O=Lab, CN=lon-prod-database"
    assert rows[0].fits is True and rows[0].chain == ()


def test_a_configured_file_that_is_not_there(lab: Lab) -> None:
    fleet = lab("healthy")
    (fleet.nodes["lon-1"].files / "core.cer").unlink()
    report = audited(fleet)
    assert found(report) == {"callbridge certificate": ["missing"], "webadmin certificate": ["missing"]}
    assert report.code == 4


def test_a_key_that_does_not_fit(lab: Lab) -> None:
    fleet = lab("healthy")
    files = fleet.nodes["lon-1"].files
    (files / "core.key").write_bytes((files / "dbclusterclient.key").read_bytes())
    assert found(audited(fleet)) == {}, "the node is not asked about a file of which nothing is odd"
    report = audited(fleet, thorough=True)
    assert found(report) == {
        "callbridge certificate": ["key-mismatch"],
        "webadmin certificate": ["key-mismatch"],
    }


def test_of_an_odd_file_the_node_is_asked_for_its_key_without_being_told_to(lab: Lab) -> None:
    fleet = lab("healthy")
    files = fleet.nodes["lon-1"].files
    (files / "core.cer").write_bytes(b"text before it\n" + (files / "core.cer").read_bytes())
    (files / "core.key").write_bytes((files / "dbclusterclient.key").read_bytes())
    assert found(audited(fleet)) == {
        "callbridge certificate": ["key-mismatch", "stray-text"],
        "webadmin certificate": ["key-mismatch", "stray-text"],
    }
    assert [event.text for event in fleet.log.select("command", node="lon-1", text="pki ")] == [
        "pki list",
        "pki inspect core.cer",
        "pki match core.key core.cer",
    ]


def test_server_and_client_certificates_that_are_swapped(lab: Lab) -> None:
    fleet = lab("healthy")
    files = fleet.nodes["lon-1"].files
    for suffix in ("cer", "key"):
        one, other = files / f"dbclusterserver.{suffix}", files / f"dbclusterclient.{suffix}"
        content = one.read_bytes()
        one.write_bytes(other.read_bytes())
        other.write_bytes(content)
    report = audited(fleet)
    assert found(report) == {"database server": ["swapped"], "database client": ["swapped"]}
    assert report.code == 4


def test_no_plain_verdict_on_a_key_is_no_verdict(lab: Lab) -> None:
    said = Fault("lon-1", "output", "inject", count=0, match="pki match", text="See the manual.")
    report = audited(lab("healthy", faults=[said]))
    assert [row.fits for row in node(report).certificates] == [None] * 5
    assert found(report) == {}


def test_a_clock_that_is_off(lab: Lab) -> None:
    report = audited(lab("healthy", nodes={"lon-1": {"clock_offset": 3600.0}}))
    ((clock,), others) = node(report).findings, node(report, "lon-2").findings
    assert (clock.id, "ahead of this machine's" in clock.message, others) == ("clock", True, ())


def test_a_clock_here_that_all_nodes_contradict_is_no_fault_of_theirs(lab: Lab) -> None:
    """At night, with the clock of the laptop a year ahead: nobody shall be told to give eleven nodes a time server."""
    behind = {name: {"clock_offset": -365 * 86400.0} for name in ("lon-1", "lon-2", "lon-3", "lon-4")}
    report = audited(lab("healthy", nodes=behind))
    told = {(one.id, one.cure.partition(",")[0]) for name in behind for one in node(report, name).findings}
    assert told == {("this-clock", "Correct the clock of this machine (NTP)")}
    assert answer(document(report)).sentences()[0].startswith("The clock of this machine is most likely wrong")


def test_nodes_that_were_not_seen(lab: Lab) -> None:
    faults = [Fault("lon-3", "connect", "refuse", count=0), Fault("lon-2", "connect", "wrong-host-key", count=0)]
    report = audited(lab("healthy", faults=faults))
    assert report.code == 10 and report.clusters[0].in_sync is None
    assert [one.id for one in node(report, "lon-3").findings] == ["not-seen"]
    assert [one.id for one in node(report, "lon-2").findings] == ["host-key"]


def test_a_cluster_that_has_fallen_apart(lab: Lab) -> None:
    report = audited(lab("expired"))
    assert "not-in-sync" in of_cluster(report)
    assert (report.code, report.clusters[0].in_sync) == (4, False)


def test_another_master_than_the_inventory_says(lab: Lab) -> None:
    fleet = lab("healthy")
    hosts = fleet.inventory / "hosts.yaml"
    text = hosts.read_text().replace("role: master", "role: -").replace("role: slave", "role: master", 1)
    hosts.write_text(text.replace(": -", ": slave"))
    assert of_cluster(audited(fleet)) == ["masters-differ"]


def test_a_member_that_was_filtered_out_is_no_stranger(lab: Lab) -> None:
    fleet = lab("healthy")
    everybody = nornir(fleet)
    report = audit.run(everybody.filter(name="lon-1"), everybody=nodes_of(everybody))
    assert (of_cluster(report), report.clusters[0].in_sync) == ([], None)


def test_a_member_that_the_inventory_lacks_is_a_stranger(lab: Lab) -> None:
    fleet = lab("healthy")
    without = nornir(fleet)
    del without.inventory.hosts["lon-3"]
    report = audit.run(without, everybody=nodes_of(without))
    assert (of_cluster(report), report.code) == (["stranger"], 4)
    assert of_cluster(audit.run(without)) == [], "nobody can tell it from one that was filtered out"


def test_cas_that_differ(lab: Lab) -> None:
    fleet = lab("healthy")
    files = fleet.nodes["lon-2"].files
    new = next((fleet.certificates / CLUSTER).rglob("ca.cer")).read_bytes()
    (files / "dbclusterca.cer").write_bytes(new)
    report = audited(fleet)
    assert "cas-differ" in of_cluster(report)
    assert found(report, "lon-2")["database server"] == ["chain"]


def test_each_node_is_told_as_soon_as_it_was_seen(lab: Lab) -> None:
    told: list[str] = []
    audited(lab("healthy"), seen=lambda one: told.append(one.node.name))
    assert sorted(told) == ["lon-1", "lon-2", "lon-3", "lon-4"]


@pytest.mark.parametrize("name", ["lon-1", "lon-4"])
def test_no_connection_is_left_open(lab: Lab, name: str) -> None:
    fleet = lab("healthy")
    nr = nornir(fleet)
    audit.run(nr)
    assert nr.inventory.hosts[name].connections == {}


def test_what_is_wrong_with_a_cluster_counts_although_its_certificates_are_in_order(lab: Lab) -> None:
    report = audited(lab("split"))
    assert [row.severity for row in report.rows() if row.severity != "ok"] == []
    assert report.code == 4 and {"not-in-sync", "masters-differ"} <= set(of_cluster(report))
    summary = document(report)["summary"]
    assert (summary["unfit"], summary["troubles"]["unfit"], summary["worst"]) == (0, 2, "unfit")


def test_a_cluster_that_is_disabled_everywhere_is_not_in_sync(lab: Lab) -> None:
    report = audited(lab(replace(cluster(scenario="disabled"), days_left=400)))
    (told,) = report.clusters[0].findings
    assert (told.id, "lon-2 reports Disabled" in told.message, report.code) == ("not-in-sync", True, 4)


def test_a_slave_that_nobody_lists_is_no_member(lab: Lab) -> None:
    fleet = lab("healthy")
    fleet.by_hand("lon-3", "database cluster remove")
    until(lambda: fleet.nodes["lon-3"].operation is None, "the remove")
    assert {"not-in-sync", "not-a-member"} <= set(of_cluster(audited(fleet)))


def test_of_a_node_that_was_not_seen_nothing_graver_is_told_than_that(lab: Lab) -> None:
    fleet = lab("healthy")
    fleet.take_down("lon-3")
    report = audited(fleet)
    (told,) = report.clusters[0].findings
    assert (told.id, told.severity) == ("not-in-sync", "unknown")
    assert (report.code, report.clusters[0].in_sync) == (10, False)


@pytest.mark.parametrize(
    ("command", "text", "told"),
    [
        ("callbridge", "ERROR: Permission denied", "`callbridge` is refused"),
        ("callbridge", "Certificate file    core.cer", "the answer to `callbridge` is not understood"),
        ("database cluster status", "Unknown command: database", "the database cluster's status is refused"),
    ],
)
def test_what_a_node_does_not_tell_is_no_silence(lab: Lab, command: str, text: str, told: str) -> None:
    refused = Fault("lon-1", "command", "refuse", count=0, match=command, text=text)
    report = audited(lab("healthy", faults=[refused]))
    (finding,) = node(report).findings
    assert (finding.id, finding.severity, told in finding.message) == ("not-understood", "unknown", True)
    assert report.code == 10


@pytest.mark.parametrize(
    "text",
    [
        "Unknown command",
        "ERROR: Unknown command 'uploader'",
        "Invalid command: uploader",
        "Error: command not recognised",
    ],
)
def test_a_service_is_skipped_in_whatever_words_it_is_unknown(lab: Lab, text: str) -> None:
    refused = Fault("lon-1", "command", "refuse", count=0, match="uploader", text=text)
    report = audited(lab("healthy", faults=[refused]))
    assert (report.code, node(report).findings) == (0, ())


def test_a_clock_that_misleads_its_node_is_more_than_a_note(lab: Lab) -> None:
    report = audited(lab("healthy", nodes={"lon-1": {"clock_offset": 3600.0}, "lon-2": {"clock_offset": 20 * 3.2e7}}))
    assert [node(report, name).findings[0].severity for name in ("lon-1", "lon-2")] == ["note", "unfit"]


def test_a_configured_key_that_is_not_there(lab: Lab) -> None:
    fleet = lab("healthy")
    (fleet.nodes["lon-1"].files / "core.key").unlink()
    report = audited(fleet)
    assert {use: ids for use, ids in found(report).items() if "missing" in ids}.keys() == {
        "callbridge certificate",
        "webadmin certificate",
    }
    assert report.code == 4


def test_a_key_under_another_name_stays_on_the_node(lab: Lab) -> None:
    fleet = lab("healthy")
    files = fleet.nodes["lon-1"].files
    (files / "core.cer").write_bytes((files / "core.key").read_bytes())
    report = audited(fleet)
    (told, *_) = next(row for row in node(report).certificates if row.use == "callbridge certificate").findings
    assert told.id == "not-a-certificate"
    assert "`pki inspect` reports as 'File contains a PEM encoded private key'" in told.message
    assert not [event for event in fleet.log.select("sftp-get", node="lon-1") if event.text == "core.cer"]


def test_a_key_that_is_called_so_in_other_words_stays_on_the_node(lab: Lab) -> None:
    said = "Checking user configured certificates and keys...found\nThis is a private key\nof some kind"
    fault = Fault("lon-1", "command", "refuse", count=0, match="pki inspect core.cer", text=said)
    fleet = lab("healthy", faults=[fault])
    files = fleet.nodes["lon-1"].files
    (files / "core.cer").write_bytes((files / "core.key").read_bytes())
    (told, *_) = next(row for row in node(audited(fleet)).certificates if row.use == "callbridge certificate").findings
    assert told.id == "not-a-certificate" and "reports as 'This is a private key'" in told.message
    assert not [event for event in fleet.log.select("sftp-get", node="lon-1") if event.text == "core.cer"]


@pytest.mark.parametrize("answer", ["kind", "error"])
def test_what_the_device_does_not_call_a_key_is_fetched_and_told_as_what_it_is(lab: Lab, answer: str) -> None:
    fleet = lab("healthy", inspect_other=answer)
    pem = (fleet.nodes["lon-1"].files / "core.cer").read_bytes()
    first = pem.decode("ascii").partition("-----END")[0] + "-----END CERTIFICATE-----"
    forms = {
        "lon-1": ("pkcs7", (FILES / "deployed_pkcs7.cer").read_bytes()),
        "lon-2": (
            "der",
            ssl.PEM_cert_to_DER_cert(first),
        ),
        "lon-3": ("utf16", pem.decode("ascii").encode("utf-16")),
    }
    for name, (_, content) in forms.items():
        (fleet.nodes[name].files / "core.cer").write_bytes(content)
    report = audited(fleet)
    assert {name: found(report, name)["callbridge certificate"] for name in forms} == {
        name: [form] for name, (form, _) in forms.items()
    }
    assert report.code == 4


def test_blank_lines_in_a_deployed_file_make_it_unfit(lab: Lab) -> None:
    fleet = lab("healthy")
    (fleet.nodes["lon-1"].files / "core.cer").write_bytes((FILES / "client_double_spaced.cer").read_bytes())
    report = audited(fleet)
    row = next(row for row in node(report).certificates if row.use == "callbridge certificate")
    assert (row.severity, "blank-lines" in [one.id for one in row.findings]) == ("unfit", True)
    assert row.facts is not None and row.facts.subject == "CN=postgres"


def test_a_file_in_use_is_judged_by_what_openssl_finds_in_it(lab: Lab) -> None:
    fleet = lab("healthy")
    changes: dict[str, tuple[Callable[[bytes], bytes], list[str]]] = {
        "lon-1": (lambda pem: pem.replace(b"\n", b"\r"), ["bare-cr"]),
        "lon-2": (lambda pem: b"  " + pem.replace(b"\n", b"\n  "), ["pem-lines"]),
        "lon-3": (lambda pem: pem.replace(b"M", b"\0M", 1), ["odd-characters", "not-loaded"]),
    }
    for name, (change, _) in changes.items():
        file = fleet.nodes[name].files / "core.cer"
        file.write_bytes(change(file.read_bytes()))
    report = audited(fleet)
    for name, (_, ids) in changes.items():
        row = next(row for row in node(report, name).certificates if row.use == "callbridge certificate")
        assert [one.id for one in row.findings if one.id != "same-key"] == ids
        assert row.severity == "unfit" and row.facts is not None and row.days_left


def test_a_certificate_that_stands_twice_in_a_file_is_one_row(lab: Lab) -> None:
    fleet = lab("healthy")
    file = fleet.nodes["lon-1"].files / "core.cer"
    before = [row.use for row in node(audited(fleet)).certificates]
    file.write_bytes(file.read_bytes() * 2)
    report = audited(fleet)
    assert [row.use for row in node(report).certificates] == before
    assert report.code == 0


def test_what_is_wrong_with_the_form_of_a_file_is_told(lab: Lab) -> None:
    fleet = lab("healthy")
    changes: dict[str, Callable[[bytes], bytes]] = {
        "lon-1": lambda content: content + b"-----BEGIN CERTIFICATE-----\nMIIB",
        "lon-2": lambda content: content + (fleet.nodes["lon-2"].files / "core.key").read_bytes(),
        "lon-3": lambda _: b"",
    }
    for name, change in changes.items():
        file = fleet.nodes[name].files / "core.cer"
        file.write_bytes(change(file.read_bytes()))
    report = audited(fleet)
    told = {name: found(report, name)["callbridge certificate"] for name in ("lon-1", "lon-2", "lon-3")}
    assert "truncated" in told["lon-1"] and "key-in-certificate" in told["lon-2"] and told["lon-3"] == ["empty"]
    assert report.code == 4


def test_by_its_own_words_a_node_shows_a_wrong_client_and_one_row_is_the_keys(lab: Lab) -> None:
    fleet = lab("healthy", nodes={"lon-1": {"sftp": False}})
    files = fleet.nodes["lon-1"].files
    (files / "dbclusterclient.cer").write_bytes((files / "dbclusterserver.cer").read_bytes())
    chain = (files / "core.cer").read_bytes() + (files / "dbclusterca.cer").read_bytes()
    (files / "core.cer").write_bytes(chain)
    (files / "core.key").write_bytes((files / "dbclusterclient.key").read_bytes())
    report = audited(fleet)
    assert "client-cn" in found(report)["database client"]
    rows = [row for row in node(report).certificates if row.file == "core.cer"]
    assert [(row.use, [one.id for one in row.findings]) for row in rows if row.use.startswith("callbridge")] == [
        ("callbridge certificate", ["key-mismatch", "by-inspect"]),
        ("callbridge ca", ["by-inspect"]),
    ]


def test_a_secret_that_is_wrapped_stays_in_the_device_layer(lab: Lab) -> None:
    fleet = lab(sample())
    secret = "S3cret" * 20
    turn = fleet.nodes["osl-edge"].services["turn"]
    label, _, rest = turn.text("127.77.2.20").partition("Example.123")
    start = label.rpartition("\n")[2]
    wrapped = [f"{start}{secret}"[at : at + 79] for at in range(0, len(start + secret), 79)]
    turn.printed = label.removesuffix(start) + "\n".join(wrapped) + rest
    report = audited(fleet)
    assert "S3cret" not in str(document(report))
    assert "turn tls certificate" in [row.use for row in node(report, "osl-edge").certificates]
