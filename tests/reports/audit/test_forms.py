"""The audit for spreadsheets, Prometheus and Nagios, with what devices may say in it."""

from __future__ import annotations

import csv
import io
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from mmpctl.errors import UsageError
from mmpctl.reports.audit.csv_rows import COLUMNS, audit_csv
from mmpctl.reports.audit.nagios import audit_nagios, nagios_failure
from mmpctl.reports.audit.prometheus import audit_prometheus
from tests.support import documents

MONITORING = Path(__file__).parents[3] / "monitoring"
FORMULA = '=HYPERLINK("http://example.com","x")'


def document(**changes: Any) -> Any:
    return documents.altered(documents.audit(), **changes)


def hostile() -> Any:
    one = documents.certificate("database server", FORMULA, subject=documents.HOSTILE, issuer='a"b\\c\nd')
    node = documents.audit_node("@lon-1", one)
    return documents.audit_of(documents.audit_cluster("+lon", node, site="-"))


def rows(of: Any) -> list[dict[str, str]]:
    text = audit_csv(of)
    assert text.startswith("\ufeff"), "a spreadsheet would not take it for UTF-8"
    return list(csv.DictReader(io.StringIO(text[1:])))


def test_csv_has_a_row_for_each_certificate_and_each_node_that_was_not_seen() -> None:
    told = rows(document())
    assert tuple(told[0]) == COLUMNS
    assert [(row["node"], row["severity"]) for row in told if row["node"] in ("lon-2", "lon-3", "edge-2")] == [
        ("lon-2", "expired"),
        ("lon-2", "expired"),
        ("lon-2", "ok"),
        ("lon-3", "unknown"),
        ("edge-2", "ok"),
    ]
    (unseen,) = [row for row in told if row["node"] == "lon-3"]
    assert (unseen["findings"], "refused" in unseen["messages"]) == ("not-seen", True)


def test_no_cell_is_a_formula_or_holds_a_control_character() -> None:
    (row,) = rows(hostile())
    assert row["file"] == f"'{FORMULA}" and (row["node"], row["cluster"]) == ("'@lon-1", "'+lon")
    assert not any(value.startswith(("=", "+", "@", "\t")) for value in row.values())
    assert all(letter.isprintable() for value in row.values() for letter in value)


CLOCK = documents.finding("clock", message="the clock is wrong", cure="")
SPLIT = {**CLOCK, "id": "masters-differ", "message": "two masters"}


def whole(*, node: tuple[dict[str, str], ...] = (), cluster: tuple[dict[str, str], ...] = ()) -> Any:
    """A cluster whose two certificates are in order, with findings of its own or of its node."""
    rows = [documents.certificate(use, "a.cer") for use in ("database server", "database ca")]
    one = documents.audit_node("lon-1", *rows, site="london", findings=list(node))
    return documents.audit_of(documents.audit_cluster("lon", one, site="london", findings=list(cluster)))


def test_csv_has_a_row_for_each_cluster_and_node_with_findings_of_its_own() -> None:
    told = rows(whole(node=(CLOCK,), cluster=(SPLIT, {**CLOCK, "id": "x", "severity": "note"})))
    assert [(row["use"], row["node"], row["severity"], row["findings"]) for row in told] == [
        ("cluster", "", "unfit", "masters-differ x"),
        ("node", "lon-1", "unfit", "clock"),
        ("database server", "lon-1", "ok", ""),
        ("database ca", "lon-1", "ok", ""),
    ]
    assert (told[0]["cluster"], told[0]["site"], told[0]["not_after"]) == ("lon", "london", "")


@pytest.mark.parametrize("before", ["", " ", "\u00a0", "\u200b", "\u2060 ", "\ufeff", "\t", "\u3164", "\n"])
@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "＝"])
def test_nothing_before_a_formula_makes_it_one(before: str, sign: str) -> None:
    of = whole()
    of["clusters"][0]["nodes"][0]["certificates"][0]["subject"] = f"{before}{sign}1"
    assert rows(of)[0]["subject"].startswith("'")


def test_a_host_key_is_worse_than_a_node_that_was_not_seen() -> None:
    of = whole(node=({**CLOCK, "id": "host-key"},))
    of["clusters"][0]["nodes"][0] |= {"reachable": False, "certificates": []}
    of["summary"] |= {"unreachable": 1, "certificates": 0, "ok": 0}
    (row,) = rows(of)
    assert (row["use"], row["severity"], row["findings"]) == ("", "unfit", "host-key")
    line, code = audit_nagios(of)
    assert code == 2 and "(lon-1 host-key)" in line and "1 of 1 nodes not seen" in line


@pytest.mark.parametrize(
    ("of", "told"),
    [
        (whole(cluster=(SPLIT,)), "1 cluster not well, all 2 certificates in order (lon masters-differ)"),
        (whole(node=(CLOCK,)), "1 node not well, all 2 certificates in order (lon-1 clock)"),
    ],
)
def test_nagios_does_not_call_well_what_is_not(of: Any, told: str) -> None:
    line, code = audit_nagios(of)
    assert (code, line.split(" | ")[0]) == (2, f"CMS CERTIFICATES CRITICAL - {told}")


def test_nagios_takes_a_note_for_none() -> None:
    line, code = audit_nagios(whole(node=({**CLOCK, "severity": "note"},), cluster=({**SPLIT, "severity": "note"},)))
    assert (code, "all 2 certificates in order |" in line) == (0, True)


def test_nagios_answers_in_one_line_where_there_is_no_audit() -> None:
    line, code = nagios_failure(UsageError("no a|b\nhere", advice="look there"))
    assert (line, code) == ("CMS CERTIFICATES UNKNOWN - no a/b here · look there\n", 3)


def test_prometheus_names_the_findings_of_nodes_and_clusters() -> None:
    families = {
        one.name: one.samples
        for one in text_string_to_metric_families(audit_prometheus(whole(node=(CLOCK,), cluster=(SPLIT, SPLIT))))
    }
    assert [(one.labels, one.value) for one in families["mmpctl_finding"]] == [
        ({"site": "london", "cluster": "lon", "node": "", "id": "masters-differ", "severity": "unfit"}, 1),
        ({"site": "london", "cluster": "lon", "node": "lon-1", "id": "clock", "severity": "unfit"}, 1),
    ]


@pytest.mark.parametrize("of", [document(), hostile()])
def test_prometheus_reads_what_is_written(of: Any) -> None:
    families = {one.name: one.samples for one in text_string_to_metric_families(audit_prometheus(of))}
    certificates = sum(len(node["certificates"]) for cluster in of["clusters"] for node in cluster["nodes"])
    dated = [sample for sample in families["mmpctl_certificate_not_after_seconds"] if sample.value > 1.7e9]
    assert len(families["mmpctl_certificate_severity"]) == certificates
    assert dated and len(dated) == len(families["mmpctl_certificate_info"])
    nodes = {sample.labels["node"]: sample.value for sample in families["mmpctl_audit_success"]}
    assert nodes == {node["name"]: node["reachable"] for cluster in of["clusters"] for node in cluster["nodes"]}
    assert families["mmpctl_audit_timestamp_seconds"][0].value == 1795402800


def test_prometheus_tells_sync_only_where_it_is_known() -> None:
    of = document()
    of["clusters"][0]["in_sync"], of["clusters"][1]["in_sync"] = False, None
    families = {one.name: one.samples for one in text_string_to_metric_families(audit_prometheus(of))}
    told = {sample.labels["cluster"]: sample.value for sample in families["mmpctl_cluster_in_sync"]}
    assert told == {"ldn-quiet": 0}


@pytest.mark.parametrize(
    ("severity", "code", "word"),
    [
        ("ok", 0, "OK"),
        ("due", 1, "WARNING"),
        ("unfit", 2, "CRITICAL"),
        ("expired", 2, "CRITICAL"),
        ("unknown", 3, "UNKNOWN"),
    ],
)
def test_nagios(severity: str, code: int, word: str) -> None:
    one = documents.certificate("database server", "a|b.cer", severity, 5)
    cluster = documents.audit_cluster("lon", documents.audit_node("lon-1", one))
    line, given = audit_nagios(documents.audit_of(cluster))
    assert (given, line.startswith(f"CMS CERTIFICATES {word} - ")) == (code, True)
    assert line.count("|") == 1 and line.endswith("least_days=5;;;\n") and line.count("\n") == 1


def test_nagios_does_not_call_a_fleet_well_that_was_not_seen() -> None:
    node = documents.audit_node("lon-1", error="no answer")
    line, code = audit_nagios(documents.audit_of(documents.audit_cluster("lon", node)))
    assert code == 3 and "1 of 1 nodes not seen" in line


def test_the_alert_rules_ring_when_they_should() -> None:
    if shutil.which("promtool") is None:
        pytest.skip("promtool is not installed (Debian: prometheus)")
    for what in (["check", "rules", "mmpctl.rules.yaml"], ["test", "rules", "mmpctl.rules.test.yaml"]):
        done = subprocess.run(
            ["promtool", *what], cwd=MONITORING / "prometheus", capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr


def test_the_alert_rules_use_metrics_that_are_written() -> None:
    of = document()
    of["clusters"][0]["in_sync"] = True
    of["clusters"][0]["nodes"][0]["seconds"] = 0.5
    written = {
        family.name
        for each in (of, documents.audit_of_sites())
        for family in text_string_to_metric_families(audit_prometheus(each))
    }
    used = set(re.findall(r"mmpctl_\w+", (MONITORING / "prometheus" / "mmpctl.rules.yaml").read_text()))
    assert used and used <= written


def test_systemd_takes_the_units(tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed")
    units = [Path(shutil.copy(path, tmp_path)) for path in sorted((MONITORING / "systemd").iterdir())]
    for unit in units:
        # It looks for the program, which is not installed here.
        unit.write_text(unit.read_text().replace("=/usr/local/bin/mmpctl ", f"={sys.executable} "))
    done = subprocess.run(["systemd-analyze", "verify", *map(str, units)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "＝"])
@pytest.mark.parametrize("before", ["x;", "x; ", "x;\u3164 ", 'x;"', "x;;", "x\t", "\t", "x;\t"])
def test_no_semicolon_or_tab_begins_a_cell_with_a_formula(before: str, sign: str) -> None:
    given = hostile()
    given["clusters"][0]["name"] = f"{before}{sign}cmd|x"
    text = audit_csv(given)
    assert "\t" not in text
    for cell in re.split(r"[;\t]", text.split("cmd|x", 1)[0] + "cmd|x")[1:]:
        assert not cell.lstrip(' "\u3164').startswith(sign)
