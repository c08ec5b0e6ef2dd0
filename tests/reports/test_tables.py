"""Every table fits its width, loses nothing, and cannot be taken over by what stands in it."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len

from mmpctl.reports import tables
from mmpctl.reports.audit.next_commands import next_commands
from mmpctl.reports.lab_table import lab
from mmpctl.reports.output import render
from tests.support import documents
from tests.support.tables import CASES, shown

COPIED = (
    "Next: ",
    "  or: ",
    "  File: ",
    "  backup snapshot ",
    "  database cluster ",
    "    `database cluster ",
    "202611",
)
WORDS_OF_PROGRAM = {"severity", "verdict", "outcome", "state", "event", "result", "at", "site"}


def squeezed(text: str) -> str:
    return "".join(text.split())


def hostile(value: Any, key: str = "") -> Any:
    """The document with the hostile text in every place that devices and people fill."""
    if isinstance(value, dict):
        return {name: hostile(one, name) for name, one in value.items()}
    if isinstance(value, list):
        return [hostile(one, key) for one in value]
    return value + documents.HOSTILE if isinstance(value, str) and key not in WORDS_OF_PROGRAM else value


@pytest.mark.parametrize("width", [60, 80, 140])
@pytest.mark.parametrize("case", CASES)
def test_no_line_is_longer_than_the_screen_is_wide(case: str, width: int) -> None:
    # A device's command stands in one line, as it is typed.
    commands = [step["command"] for step in documents.steps()]
    lines = (line for line in shown(case, width).splitlines() if line.strip() not in commands)
    too_long = [line for line in lines if cell_len(line) > width]
    assert too_long == []


@pytest.mark.parametrize("width", [80, 140])
@pytest.mark.parametrize("case", CASES)
def test_hostile_text_is_seen_but_has_no_effect(case: str, width: int) -> None:
    make, document = CASES[case]
    text = render(make(hostile(document())), width=width, terminal=False)
    assert [character for character in text if not character.isprintable() and character != "\n"] == []
    # What is to be copied is never broken: a command, a file's name, a run, and a word that has a line of its own.
    assert [
        line
        for line in text.splitlines()
        if cell_len(line) > width and not line.startswith(COPIED) and len(line.split()) > 2
    ] == []
    # The markup stands there as it came; at the edge of a column it may be folded.
    assert "\\x1b" in text
    assert "[boldred]" in squeezed(text) or width == 80


@pytest.mark.parametrize("case", CASES)
def test_nothing_is_cut(case: str) -> None:
    assert "…" not in shown(case, 80)


@pytest.mark.parametrize(
    ("case", "words"),
    [
        (
            "audit",
            ["dbclusterserver-20240309-1102ce3b.cer", "dbclusterclient-20240309-0006a7.cer", "2027-12-28", "-259"],
        ),
        ("status", ["join 10.106.85.73 (Success)", "Enabled: Connected Slave ( In Sync )"]),
        ("plan", [documents.CERTS, "confirm it with --keeper nyc-prod=nyc-1", "lon-2: Enabled; lon-1 is Disconnected"]),
        ("renewal", [documents.CERTS, "has not ended after 1800 s", "Are you sure you wish to dance? (Y/n)"]),
        ("runs", ["20261123-203107-4f2a", "2026-11-23 20:31 UTC"]),
        ("run", ["remove: failed (the node fell silent)", "/srv/cms/certs-2027", "lon-9", "by-hand-lon-prod.txt"]),
        ("backup", ["mmpctl-20261123-203107.bak", "12.3 MB", "517 B", "abababababab", "the disk of the node is full"]),
        (
            "trust",
            [documents.trust()["hosts"][0]["fingerprint"], "lon-1.example.com:22", "the name is unknown"],
        ),
        ("inventory", ["10.106.85.73:22", "2 nodes, 1 cluster, 2 sites (london, new york)"]),
    ],
)
def test_what_matters_is_there(case: str, words: list[str]) -> None:
    text = shown(case, 220)
    assert [word for word in words if word not in text] == []


@pytest.mark.parametrize(
    ("case", "words"),
    [
        ("audit", ["✗ EXPIRED", "? UNKNOWN", "✓ OK", "✗ UNFIT", "not seen"]),
        ("status", ["✓ HEALTHY", "✗ NOT HEALTHY", "✗ NO", "✓ yes", "? NOT SEEN"]),
        ("plan", ["✓ READY", "✗ REFUSED", "✓ NOTHING TO DO", "not proved"]),
        ("renewal", ["✓ RENEWED", "! STOPPED"]),
        ("runs", ["✓ finished", "! UNFINISHED", "! STOPPED"]),
        ("backup", ["✓ OK", "✗ FAILED"]),
        ("trust", ["✓ known", "! NEW", "✗ CHANGED", "? NOT SEEN"]),
    ],
)
def test_words_carry_the_meaning_where_there_is_no_colour(case: str, words: list[str]) -> None:
    text = shown(case, 140)
    assert [word for word in words if word not in text] == []


def test_the_audit_shows_the_worst_first_within_site_cluster_and_node() -> None:
    lines = shown("audit").splitlines()
    order = [line.split()[0] for line in lines if line.startswith(("lon-", "ldn-", "edge-", "nodes without"))]
    assert order == [
        "lon-prod",
        *["lon-1"] * 3,
        *["lon-2"] * 3,
        "lon-3",
        "lon-0",
        "ldn-quiet",
        "ldn-1",
        "nodes",
        "edge-1",
        "edge-2",
    ]


def test_the_audit_says_a_finding_of_several_nodes_once() -> None:
    text = squeezed(shown("audit"))
    assert text.count("Haveyour CAissueanewcertificateinplaceofdbclusterserver".replace(" ", "")) == 1
    assert "lon-1,lon-2:dbclusterserver-20240309-1102ce3b.cerexpired" in text


def test_the_audit_says_what_hangs_on_each_ca() -> None:
    lines = shown("audit", 120).splitlines()
    first = lines.index("CAs") + 3
    told = "CN=uctplab-TPWIN2008R2DC-CA, DC=uctplab, DC=local 2026-12-13 20 ! DUE 3 clusters 2 of 7 leaves"
    assert " ".join(lines[first].split()) == told
    assert lines[first + 20].startswith("and 5 CAs more, none worse or sooner")
    assert "1 cluster 0 of 1 leaf" in " ".join(lines[first + 1].split())


def test_the_audit_counts_and_names_the_next_command() -> None:
    lines = shown("audit").splitlines()
    assert "7 nodes (1 not seen), 9 certificates: 4 EXPIRED, 1 UNKNOWN, 4 OK; 1 cluster not" in lines
    assert lines[-3:] == [
        "Next: mmpctl plan --cluster lon-prod --certs DIR",
        "  or: mmpctl csr --cluster lon-prod --to DIR",
        "  or: mmpctl status --cluster lon-prod",
    ]


def test_services_that_are_due_are_renewed_by_a_command_of_their_own() -> None:
    due = [
        documents.certificate(use, f"{use.replace(' ', '-')}.cer", "due", 9)
        for use in ("callbridge certificate", "webbridge3 https certificate", "webbridge3 c2w trust", "tls sip trust")
    ]
    node = documents.audit_node("edge-1", *due)
    document = documents.audit_of(documents.audit_cluster(None, node))
    lines = render(tables.audit(document), width=120).splitlines()
    assert "Next: mmpctl plan --service webbridge3 --service callbridge --host edge-1 --certs DIR" in lines
    # An audit of many sites leads to the sites again, which have new certificates of their own.
    document["asked"] = {"engine": ["my sites.yaml"]}
    lines = render(tables.audit(document), width=120).splitlines()
    told = "plan --engine 'my sites.yaml' --service webbridge3 --service callbridge --host edge-1"
    assert f"Next: mmpctl {told}" in lines
    # The page too, which nobody has typed an option for.
    assert next_commands(document, document["clusters"]) == (f"mmpctl {told}",)


def test_an_audit_of_many_sites_suggests_nothing_that_only_a_site_can_do() -> None:
    document = documents.audit()
    document["asked"] = {"engine": ["sites.yaml"]}
    lines = render(tables.audit(document), width=80).splitlines()
    assert [line.strip() for line in lines[-2:]] == [
        "Next: mmpctl plan --engine sites.yaml --cluster lon-prod",
        "or: mmpctl status --engine sites.yaml --cluster lon-prod",
    ]


def test_a_node_without_certificates_is_a_row_but_not_ok() -> None:
    row = next(line for line in shown("audit").splitlines() if line.startswith("edge-2"))
    assert row.split() == ["edge-2", "none", "found", "–", "–", "–", "–"]


def test_an_audit_in_which_all_is_well_has_nothing_to_type() -> None:
    document = documents.audit()
    document["clusters"] = document["clusters"][:1]
    assert "Next:" not in render(tables.audit(document), width=80)


def test_a_cluster_name_is_quoted_for_the_shell() -> None:
    document: Any = {**documents.plan(), "asked": {}}
    document["clusters"][0]["name"] = "lon prod; rm"
    assert "mmpctl renew --cluster 'lon prod; rm' --certs DIR" in render(tables.plan(document), width=80)


def test_an_unhealthy_cluster_tells_what_its_nodes_see() -> None:
    text = shown("status")
    assert "nyc-1 reports nyc-2 Disconnected" not in text  # nyc-2 does not say its own address
    assert "nyc-1 reports 10.106.85.84 Disconnected" in text
    assert "nyc-1: dbclusterserver.cer, EXPRSVR.cer" in text
    assert "nyc-4: timed out" in text


def test_members_have_their_names_where_the_inventory_knows_them() -> None:
    document = documents.status()
    document["clusters"][1]["members"] = {"10.106.85.84": "nyc-2"}
    assert "nyc-1 reports nyc-2 Disconnected" in render(tables.status(document), width=80)


def test_a_master_that_is_not_the_inventory_s_is_told() -> None:
    document = documents.status()
    assert "· master lon-1\n" in render(tables.status(document), width=80)
    document["clusters"][0]["master"] = "lon-2"
    assert "· master lon-2, not lon-1 as the inventory says\n" in render(tables.status(document), width=80)


def test_both_vocabularies_are_in_sync() -> None:
    document = documents.status()
    for member in document["clusters"][0]["nodes"][1]["status"]["nodes"]:
        member["state"] = member["state"].replace("Slave", "Replica").replace("Master", "Primary")
    assert "✓ yes" in render(tables.status(document), width=80)


def test_a_stopped_run_names_the_commands_that_go_on() -> None:
    lines = shown("renewal").splitlines()
    assert lines[-2:] == ["Next: mmpctl resume 20261123-203107-4f2a", "  or: mmpctl runs 20261123-203107-4f2a"]


def test_a_renewal_says_until_when_the_certificates_are_valid_and_names_the_reminder_in_one_piece() -> None:
    document = documents.renewal() | {"reminder": "reminder.ics", "asked": {"runs": ["a/long/folder/of/many/runs"]}}
    document["clusters"] = [{**document["clusters"][0], "valid_until": "2027-11-28T08:57:00Z"}]
    text = render(tables.renewal(document), width=60)
    assert "Certificates: valid until 2027-11-28 08:57 UTC" in text
    assert "a/long/folder/of/many/runs/20261123-203107-4f2a/reminder.ics\n" in text
    assert "reminder" not in render(tables.renewal(documents.renewal()), width=60)


def test_a_refusal_without_a_run_names_no_run() -> None:
    document = documents.renewal()
    document["run"] = None
    document["clusters"] = [{**document["clusters"][1], "outcome": "refused", "code": 5}]
    text = render(tables.renewal(document), width=80)
    assert "Next:" not in text
    assert "refused: nothing was changed" in text


@pytest.mark.parametrize(
    ("run", "at_site", "told"),
    [
        (None, None, "not begun, and no run is left to resume: give the command again"),
        ("20261123-203107-4f2a", None, "not begun, and no run is left to resume: give the command again"),
        ("20261123-203107-4f2a", "20261123-203107-4f2a", "stopped at a safe place: `mmpctl resume` continues"),
    ],
)
def test_what_was_not_begun_sends_nobody_to_a_run_that_is_not_there(
    run: str | None, at_site: str | None, told: str
) -> None:
    document = documents.renewal()
    document["run"] = run
    cluster = {**document["clusters"][1], "outcome": "not started", "code": 6, "advice": [], "remaining": []}
    document["clusters"] = [cluster | {"site": "london", "run": at_site}]
    assert told in render(tables.renewal(document), width=100)


def test_a_site_that_was_not_seen_stands_beside_the_number_of_runs() -> None:
    away = {"sites": [{"name": "oslo", "answered": False}, {"name": "paris", "answered": True}]}
    none = render(tables.runs({"runs": [], **away}), width=80)
    assert none == "There are no runs at the sites that answered; not seen: oslo.\n"
    assert "2 runs, 1 unfinished; not seen: oslo\n" in render(tables.runs(documents.runs() | away), width=100)


def test_why_nodes_were_not_backed_up_is_told_once_and_no_files_are_to_be_kept() -> None:
    document = documents.backup()
    (failed,) = (node for node in document["nodes"] if not node["ok"])
    document["nodes"] = [{**failed, "name": name, "error": "the site oslo is away"} for name in ("osl-1", "osl-2")]
    text = render(tables.backup(document), width=100)
    assert "✗ osl-1, osl-2: the site oslo is away" in text and "private keys" not in text
    assert "private keys" in render(tables.backup(documents.backup()), width=100)


def test_each_node_is_listed_with_its_own_site() -> None:
    (row,) = (line for line in shown("inventory").splitlines() if "edge-1" in line)
    assert "new york" in row, "though the nodes without a cluster are of no one site"


def test_trust_tells_once_what_to_do_about_several_nodes() -> None:
    document = documents.trust()
    silent = document["hosts"][3]
    refused = [{**silent, "name": name, "error": f"{name} refuses · Check the port."} for name in ("osl-1", "osl-2")]
    document["hosts"] = [silent, *refused]
    text = render(tables.trust(document), width=100)
    assert "? lon-4: the name is unknown\n? osl-1: osl-1 refuses\n? osl-2: osl-2 refuses\n→ Check the port.\n" in text


def test_trust_says_what_it_recorded_and_names_what_is_left_with_the_users_options() -> None:
    document = documents.trust() | {"asked": {"inventory": ["my fleet"], "known_hosts": ["k"], "site": ["oslo"]}}
    text = render(tables.trust(document), width=200)
    assert "Nothing was recorded in inventory/known_hosts." in text
    assert "Next: mmpctl trust --yes --inventory 'my fleet' --known-hosts k --site oslo" in text
    assert "  or: mmpctl trust --replace --host lon-3 --inventory 'my fleet' --known-hosts k" in text
    assert "compare the fingerprint on its own console" in text and "(SHA256:old)" in text
    for host in document["hosts"]:
        host["written"] = host["state"] == "new"
    text = render(tables.trust_outcome(documents.altered(document, written=True)), width=200)
    assert "Recorded in inventory/known_hosts: lon-2." in text
    assert "trust --yes" not in text and "trust --replace" in text


def test_what_is_shown_before_the_question_says_nothing_of_its_end() -> None:
    text = render(tables.trust_keys(documents.trust()), width=200)
    assert "Recorded" not in text and "as it was" not in text and "Next:" not in text


def test_when_every_key_is_known_the_next_command_is_the_status() -> None:
    document = documents.trust() | {"asked": {"inventory": ["fleet"], "host": ["lon-1"]}}
    document["hosts"] = document["hosts"][:1]
    text = render(tables.trust(document), width=200)
    assert "Next: mmpctl status --inventory fleet --host lon-1" in text


def test_keys_that_are_not_the_expected_ones_are_told_and_have_no_next_command() -> None:
    document = documents.trust() | {"expect": "paper.txt"}
    new = document["hosts"][1]
    document["hosts"] = [new | {"expected": False}, new | {"name": "x", "expected": None}]
    text = render(tables.trust(document), width=200)
    assert "✗ NOT THE EXPECTED KEY" in text and "lon-2 does not show the key that paper.txt expects" in text
    assert "paper.txt has no line for x" in text
    assert "Next:" not in text


def test_an_empty_folder_of_runs_says_so() -> None:
    none = " ".join(render(tables.runs({"runs": []}), width=80).split())
    assert none.startswith(
        f"There are no runs in {Path('runs').absolute()}. If there should be one, give the command in"
    )


def test_the_commands_of_the_lab_are_not_broken() -> None:
    lines = render(lab(documents.lab()), width=40).splitlines()
    certs = "/home/ops/.lab/20261123-203107-4711/certificates"
    assert f"mmpctl plan --cluster lon-prod --certs {certs} --keeper lon-prod=lon-1" in lines


@pytest.mark.parametrize("width", [30, 80, 100])
def test_a_fingerprint_is_never_broken(width: int) -> None:
    document = documents.trust()
    words = render(tables.trust(document), width=width).split()
    for host in document["hosts"]:
        if host["fingerprint"]:
            place = words.index(host["fingerprint"])
            assert words[place - 1] == host["name"], words
            words = words[place + 1 :]


def test_a_wide_terminal_has_the_fingerprints_in_the_table() -> None:
    lines = [line.split() for line in render(tables.trust(documents.trust()), width=200).splitlines()]
    assert any("Address" in line and "Fingerprint" in line for line in lines)
    assert not any(len(line) == 2 and line[1].startswith("SHA256:") for line in lines)


@pytest.mark.parametrize("width", [30, 80])
def test_the_file_of_a_backup_is_never_broken(width: int) -> None:
    document = documents.backup()
    words = render(tables.backup(document), width=width).split()
    for node in document["nodes"]:
        assert {file["name"] for file in node["files"]} <= set(words)
    assert document["folder"] in words or any(word.startswith(document["folder"]) for word in words)


def test_what_is_the_same_of_several_nodes_is_told_once() -> None:
    document = documents.status()
    due = {"severity": "due", "message": "dbclusterserver.cer expires on 2026-12-10, in 11 days: CN=lon"}
    other = {"severity": "due", "message": "own.cer expires on 2026-12-09, in 10 days: CN=lon-3"}
    nodes = document["clusters"][0]["nodes"]
    nodes.append(copy.deepcopy(nodes[1]) | {"name": "lon-3"})
    for node, finding in zip(nodes, (due, due, other), strict=True):
        node["certificates"] = [documents.certificate("database server", "a.cer", "due", 11, findings=[finding])]
    text = render(tables.status(document), width=200)
    assert "! DUE lon-1, lon-2: dbclusterserver.cer expires" in text
    assert "! DUE lon-3: own.cer expires" in text
    assert text.count("dbclusterserver.cer expires") == 1
    for node in nodes[:2]:
        node["status"]["expired"] = ["dbclusterserver.cer"]
    assert "✗ EXPIRED lon-1, lon-2: dbclusterserver.cer" in render(tables.status(document), width=200)
