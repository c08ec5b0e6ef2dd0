"""Whatever the fleet, the numbers of every form add up to the rows of the JSON."""

from __future__ import annotations

import csv
import io
import re
from typing import Any

from hypothesis import HealthCheck, given
from hypothesis import strategies as st
from rich.console import Console

from mmpctl.reports import tables
from mmpctl.reports.audit.csv_rows import audit_csv
from mmpctl.reports.audit.nagios import audit_nagios
from mmpctl.reports.audit.prometheus import audit_prometheus
from mmpctl.reports.output import render
from mmpctl.reports.status.fit import FittedStatus
from tests.support import documents
from tests.support.audit_page import audit_page
from tests.support.gate import examples

SEVERITIES = ("ok", "due", "expired", "unfit", "unknown")
FINDING = st.sampled_from(("unfit", "unknown", "note", "due")).map(
    lambda severity: documents.finding("clock", severity, f"clock {severity}", "Cure.")
)


@st.composite
def certificates(draw: st.DrawFn, place: int) -> Any:
    severity = draw(st.sampled_from(SEVERITIES))
    days = (
        draw(st.none() | st.integers(-400, 900)) if severity in ("unknown", "unfit") else draw(st.integers(-400, 900))
    )
    made = documents.certificate("database ca", f"{place}.cer", severity, days, place=place)
    return made if days is not None else {**made, "not_after": None}


@st.composite
def nodes(draw: st.DrawFn, name: str) -> Any:
    if draw(st.integers(0, 4)) == 0:
        return documents.audit_node(name, error="refused")
    count = draw(st.integers(0, 3))
    made = documents.audit_node(name, *(draw(certificates(place)) for place in range(count)))
    findings, site = draw(st.lists(FINDING, max_size=2)), draw(st.sampled_from(("london", "oslo")))
    return documents.altered(made, findings=findings, site=site)


@st.composite
def fleets(draw: st.DrawFn) -> Any:
    clusters: list[Any] = []
    for number in range(draw(st.integers(1, 5))):
        members = [draw(nodes(f"n{number}-{index}")) for index in range(draw(st.integers(1, 3)))]
        findings, in_sync = draw(st.lists(FINDING, max_size=1)), draw(st.sampled_from((True, False, None)))
        clusters.append(
            documents.audit_cluster(f"c{number}", *members, site="london", findings=findings, in_sync=in_sync)
        )
    alone = [draw(nodes(f"edge-{index}")) for index in range(draw(st.integers(0, 3)))]
    if alone:
        clusters.append(documents.audit_cluster(None, *alone))
    return documents.audit_of(*clusters)


def number(pattern: str, text: str) -> int:
    found = re.search(pattern, text)
    return int(found[1]) if found else 0


@examples(60, suppress_health_check=[HealthCheck.too_slow])
@given(document=fleets())
def test_every_form_of_an_audit_counts_the_same(document: Any) -> None:
    rows = [one for _, _, one in documents.rows_of(document)]
    wanted = {severity: sum(one["severity"] == severity for one in rows) for severity in SEVERITIES}
    every = [node for cluster in document["clusters"] for node in cluster["nodes"]]
    unseen = sum(not node["reachable"] for node in every)

    full = render(tables.audit(document, everything=True), width=200)
    summary = next(line for line in full.splitlines() if re.match(r"\d+ nodes?(?: \(|,)", line))
    assert {one: number(rf"(\d+) {one.upper()}\b", summary) for one in SEVERITIES} == wanted
    assert number(r"(\d+) certificates?", summary) == len(rows) and number(r"^(\d+) node", summary) == len(every)
    assert number(r"\((\d+) not seen\)", summary) == unseen
    ill = number(r"(\d+) clusters? not well", summary), number(r"(\d+) nodes? not well", summary)
    marks = {"ok": "✓ OK", "due": "! DUE", "expired": "✗ EXPIRED", "unfit": "✗ UNFIT", "unknown": "? UNKNOWN"}

    def shown(text: str, severity: str) -> int:
        return sum("database ca" in line and line.endswith(marks[severity]) for line in text.splitlines())

    assert {one: shown(full, one) for one in SEVERITIES} == wanted
    short = render(tables.audit(document), width=200)
    left = next((line for line in short.splitlines() if line.startswith("In order: ")), "")
    assert {one: shown(short, one) for one in SEVERITIES[1:]} == {one: wanted[one] for one in SEVERITIES[1:]}
    assert number(r"(\d+) certificates?[,.]", left) == wanted["ok"]

    page = audit_page(document)
    tiles = page[page.index('aria-label="Certificates by severity"') : page.index("</header>")]
    assert {one: number(rf"<strong>(\d+)</strong> . {one}<", tiles) for one in SEVERITIES} == wanted
    assert number(r"<strong>(\d+)</strong> \? nodes? not seen", tiles) == unseen
    assert (
        number(r"<strong>(\d+)</strong> ✗ clusters? not well", tiles),
        number(r"<strong>(\d+)</strong> ✗ nodes? not well", tiles),
    ) == ill
    legend = page[page.index('<ul class="legend">') :].partition("</ul>")[0]
    assert sum(map(int, re.findall(r": <strong>(\d+)</strong>", legend))) == len(rows)

    cells = list(csv.DictReader(io.StringIO(audit_csv(document).removeprefix("\ufeff"))))
    in_csv = [row["severity"] for row in cells if row["file"]]
    assert {one: in_csv.count(one) for one in SEVERITIES} == wanted

    metrics = audit_prometheus(document)
    gauges = dict(re.findall(r'^mmpctl_certificates\{severity="(\w+)"\} (\S+)$', metrics, re.MULTILINE))
    assert {one: float(gauges[one]) for one in SEVERITIES} == wanted
    assert metrics.count("\nmmpctl_certificate_severity{") == len(rows)

    line, _ = audit_nagios(document)
    assert number(r"certificates=(\d+)", line) == len(rows) and number(r"unreachable=(\d+)", line) == unseen
    assert (number(r"(\d+) clusters? not well", line), number(r"(\d+) nodes? not well", line)) == ill

    kept = {"at": document["at"], "counts": document["summary"]}
    at = document["at"]
    history: Any = {"changes": [], "before": at, "after": at, "selection": {}, "counts": [kept]}
    last = render(tables.history(history), width=120).splitlines()[-1].split()[3:]
    assert [int(cell) for cell in last] == [wanted[one] for one in ("expired", "unfit", "unknown", "due", "ok")]


VERDICTS = ("healthy", "not healthy", "not seen", "not judged")


@st.composite
def statuses(draw: st.DrawFn) -> Any:
    base = documents.status()
    well, _, alone = base["clusters"]
    clusters = []
    for index, verdict in enumerate(draw(st.lists(st.sampled_from(VERDICTS), min_size=1, max_size=9))):
        silent = draw(st.booleans())
        nodes = [*well["nodes"]]
        if silent:
            nodes.append(documents.altered(nodes[-1], name=f"s{index}", reachable=False, error="no", status=None))
        healthy = None if verdict == "not judged" else verdict == "healthy"
        selected = {"nodes": len(nodes), "of": len(nodes) + (verdict == "not judged")}
        more = {"verdict": verdict, "healthy": healthy, "selected": selected, "nodes": nodes}
        clusters.append({**well, "name": f"c{index}", **more})
    if draw(st.booleans()):
        clusters.append(alone)
    return {**base, "clusters": clusters}


@examples(60, suppress_health_check=[HealthCheck.too_slow])
@given(document=statuses(), height=st.integers(3, 60))
def test_every_form_of_a_status_counts_the_same(document: Any, height: int) -> None:
    named = [one for one in document["clusters"] if one["name"]]
    silent = sum(not node["reachable"] for one in document["clusters"] for node in one["nodes"])
    whole = render(tables.status(document), width=160).splitlines()
    summary = next(line for line in whole if re.match(r"\d+ clusters?: ", line))
    parts = [number(rf"(\d+) {word}(?:[,;]|$)", summary.partition(":")[2]) for word in VERDICTS]
    parts[1] = number(r"(\d+) not(?:[,;]|$)", summary)
    parts[2] = number(r", (\d+) not seen(?:[,;]|$)", summary)
    assert parts == [sum(one["verdict"] == verdict for one in named) for verdict in VERDICTS]
    assert sum(parts) == len(named) == number(r"^(\d+) cluster", summary)
    assert number(r"; (\d+) nodes? not seen", summary) == silent
    heads = sum(bool(re.match(r"c\d · ", line)) for line in whole)
    assert heads == len(named)

    console = Console(file=io.StringIO(), width=160, height=height, color_system=None)
    options = console.options.update(height=height)
    lines = "".join(part.text for part in console.render(FittedStatus(document), options)).splitlines()
    assert lines[-1].rstrip() == summary
    if height < 6:
        return
    drawn = sum(bool(re.match(r"c\d · ", line)) for line in lines)
    rest = next((line for line in lines if line.startswith(("… and", "… no room")) and "cluster" in line), "")
    assert drawn + number(r"(\d+) (?:more )?clusters?\b(?! ·)", rest.replace("without a cluster", "")) == len(named)
    assert not drawn or "no room" not in rest
