"""Who trusts whom, on an audit's page: the lines, the pictures, and the filters."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from mmpctl.reports.audit.trust_links import broken, trust_links
from mmpctl.reports.audit.trust_map import WIDTH, trust_maps
from tests.support import documents
from tests.support.audit_page import Shown, audit_page


def audited(*deployments: str, **more: Any) -> Any:
    return documents.audit_of(
        documents.audit_cluster("lon-prod", documents.audit_node("lon-prod-1")),
        trust=documents.trust_graph(*(deployments or ("lon-prod",)), **more),
    )


def test_edges_that_say_the_same_are_one_line_and_the_worst_come_first() -> None:
    links = trust_links(audited())
    day = links[2].until
    cores, edges = "lon-prod-1, lon-prod-2", "lon-prod-edge-1, lon-prod-edge-2"
    assert [(one.severity, one.between, one.nodes, one.at, one.when) for one in links] == [
        ("unfit", "scheduler to webbridge3", cores, "lon-prod-edge-1", "refused now"),
        ("unfit", "scheduler to webbridge3", cores, "lon-prod-edge-2", "refused now"),
        ("note", "callbridge to webbridge3", cores, "lon-prod-edge-1", f"at the next renewal, or on {day}"),
        ("note", "callbridge to webbridge3", cores, "lon-prod-edge-2", f"at the next renewal, or on {day}"),
        ("ok", "webbridge3 to callbridge", edges, "lon-prod-1", f"on {day}"),
        ("ok", "webbridge3 to scheduler", edges, "lon-prod-1", f"on {day}"),
        ("ok", "webbridge3 to callbridge", edges, "lon-prod-2", f"on {day}"),
        ("ok", "webbridge3 to scheduler", edges, "lon-prod-2", f"on {day}"),
        ("note", "callbridge to callbridge", "lon-prod-2", "lon-prod-1", "never: nothing is checked"),
        ("note", "callbridge to callbridge", "lon-prod-1", "lon-prod-2", "never: nothing is checked"),
    ]
    assert [one.count for one in links] == [2] * 8 + [1] * 2
    assert broken(links) == (
        (4, "refused now"),
        (4, "accepted until the next renewal"),
        (8, "accepted until a certificate expires"),
    )


def test_many_nodes_are_not_all_named() -> None:
    (first, *_) = (one for one in trust_links(audited(edges=9)) if one.verifier == "callbridge")
    assert first.nodes.endswith("lon-prod-edge-4 and 5 more")


def test_arrows_stay_in_the_picture_and_apart() -> None:
    (shown,) = trust_maps(audited())
    assert (shown.name, shown.severity, shown.connections) == ("lon-prod", "unfit", 18)
    assert {(box.name, box.number) for box in shown.boxes} == {("callbridge", 2), ("scheduler", 2), ("webbridge3", 2)}
    assert [(one.between, one.sign) for one in shown.arrows][-1] == ("scheduler to webbridge3", "✗")
    assert {one.between: one.sign for one in shown.arrows}["callbridge to webbridge3"] == "↻"
    for one in shown.arrows:
        points = [float(number) for number in re.findall(r"[\d.]+", one.path)]
        assert all(0 <= number <= max(WIDTH, shown.height) for number in points)
    signs = [(one.x, one.y) for one in shown.arrows]
    assert all(
        (x1 - x2) ** 2 + (y1 - y2) ** 2 > 16**2
        for number, (x1, y1) in enumerate(signs)
        for x2, y2 in signs[number + 1 :]
    )
    assert all(box.x >= 0 and box.x + 104 <= WIDTH and box.y + 38 <= shown.height for box in shown.boxes)


def test_a_page_without_a_graph_says_nothing_of_it() -> None:
    assert "Who trusts whom" not in audit_page(documents.audit())


def test_systems_outside_are_told_with_the_nodes_that_show_them() -> None:
    document = audited()
    link = {"service": "callbridge", "use": "callbridge ucm trusted certificates", "file": "ucm.cer", "until": None}
    shown = (("CUCM", "lon-1"), ("IMPS", "lon-2"), ("CUCM", "lon-2"))
    document["trust"]["outside"] = [{**link, "system": system, "node": node} for system, node in shown]
    page = audit_page(document)
    assert "Outside: CUCM</strong>, with which lon-1, lon-2 work" in page
    assert "Outside: IMPS</strong>, with which lon-2 work" in page


def test_names_of_devices_are_text_and_nothing_else() -> None:
    document = audited()
    for check in document["trust"]["checks"]:
        check["deployment"] = check["verifier"]["file"] = '<img src="x">'
        check["presenter"]["node"] = "\x1b[31m\u202eb"
    page = audit_page(document)
    assert "<img" not in page and "\x1b" not in page and "\u202e" not in page


def test_a_cluster_that_nobody_named_is_told(browser: Any, tmp_path: Path) -> None:
    shown = Shown(browser, tmp_path / "audit.html", audited(not_placed=("edge-7",)))
    assert (
        "Not in the graph: edge-7. Name the cluster"
        in shown.page.locator("section[aria-labelledby=trust]").inner_text()
    )
    shown.context.close()


@pytest.mark.parametrize("width", [1200, 400])
def test_the_graph_fits_and_its_arrows_filter_the_lines(browser: Any, tmp_path: Path, width: int) -> None:
    of = audited("lon-prod", "osl-prod")
    shown = Shown(browser, tmp_path / "audit.html", of, viewport={"width": width, "height": 900})
    page = shown.page
    assert page.evaluate("document.documentElement.scrollWidth") == width
    cut_off = "(one) => one.scrollWidth > one.clientWidth + 1"
    assert not any(page.locator(f"#links tr >> nth={number}").evaluate(cut_off) for number in range(5))
    assert page.locator(".trustmap").count() == 2
    assert page.locator(".trustmap").first.bounding_box()["width"] <= width
    lines = page.locator("#links tbody tr:visible")
    assert lines.count() == 20
    page.locator(".trustmap").nth(1).locator("[data-between='scheduler to webbridge3'] circle").click()
    page.locator("#linksshown", has_text="2 of 20 lines").wait_for()
    assert all("osl-prod" in text and "scheduler" in text for text in lines.all_inner_texts())
    filters = page.get_by_label("Filters of connections")
    filters.get_by_role("button", name="Clear").click()
    page.locator("#linksshown", has_text=re.compile("^20 lines$")).wait_for()
    filters.get_by_label("Breaks").select_option("at the next renewal")
    filters.get_by_label("Text").fill("edge-1 lon")
    assert lines.count() == 1
    filters.get_by_label("Text").fill("nobody")
    assert lines.count() == 0 and page.locator("#nolinks").is_visible()
    assert shown.errors == [] and len(shown.requests) == 1
    shown.context.close()
