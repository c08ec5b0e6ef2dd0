"""A page for each site of an audit, and the index that leads to them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmpctl.reports.audit.counts import counts
from mmpctl.reports.audit.site_extracts import site_extracts
from mmpctl.reports.audit.site_pages import INDEX, file_of_site, site_pages
from tests.support import documents, schemas
from tests.support.audit_page import audit_page
from tests.support.audits import audit as small_audit


def pages_of(document: Any, *more: Any) -> dict[str, str]:
    return {name: "".join(pieces) for name, pieces in site_pages(document, *more)}


def test_each_site_has_its_page_and_the_index_comes_last() -> None:
    pages = pages_of(documents.audit_of_sites())
    assert list(pages) == ["audit-london.html", "audit-new%20york-bd732730.html", "audit-oslo.html", INDEX]
    links = [unquote(link) for link in re.findall(r'href="([^"#]+\.html)"', pages[INDEX])]
    assert links == ["audit-oslo.html", "audit-new%20york-bd732730.html", "audit-london.html"]
    assert "<title>london: certificates of 2 Meeting Servers" in pages["audit-london.html"]
    assert all('<a href="audit.html">all sites</a>' in pages[name] for name in list(pages)[:-1])


def test_no_certificate_is_lost_or_at_another_site() -> None:
    document = documents.audit_of_sites()
    parts = {part.name: part.document for part in site_extracts(document)}
    found = {
        site: [(cluster["name"], node["name"]) for cluster in part["clusters"] for node in cluster["nodes"]]
        for site, part in parts.items()
    }
    # A cluster that spans sites is at each of them, with the nodes that are there.
    assert found == {
        "london": [("ldn-prod", "ldn-1"), ("shared", "s-1")],
        "new york": [("shared", "s-2")],
        "oslo": [("osl-prod", "osl-1"), ("osl-prod", "osl-2")],
    }
    assert all(schemas.check(part) for part in parts.values())


def test_the_index_counts_clusters_and_nodes_that_are_not_well_as_the_page_of_all_does() -> None:
    document = documents.audit_of_sites()
    document["clusters"][0]["in_sync"] = False
    found = counts(document)
    told = {
        "cluster not well": found.clusters_not_well == 1,
        "clusters not well": found.clusters_not_well > 1,
        "node not well": found.nodes_not_well == 1,
        "nodes not well": found.nodes_not_well > 1,
    }
    assert any(told.values()), "else this would show nothing"
    for page in (pages_of(document)[INDEX], audit_page(document)):
        assert {words: f"{words}<" in page for words in told} == told


def test_a_connection_between_sites_is_at_both() -> None:
    document = documents.audit_of_sites()
    check = documents.trust_graph("shared")["checks"][0]
    for end, node in (("presenter", "s-1"), ("verifier", "s-2")):
        check = {**check, end: {**check[end], "node": node}}
    document["trust"] = {"checks": [check], "not_placed": ["ldn-1"], "outside": []}
    found = {part.name: part.document["trust"] for part in site_extracts(document)}
    assert [len(found[site]["checks"]) for site in ("london", "new york", "oslo")] == [1, 1, 0]
    assert [found[site]["not_placed"] for site in ("london", "new york", "oslo")] == [["ldn-1"], [], []]


def test_the_answer_of_the_index_names_sites() -> None:
    index = pages_of(documents.audit_of_sites())[INDEX]
    told = re.findall(r'<span class="answer">([^<]+)</span>', index)
    assert told == ["Look at: oslo.", "Due soon: new york.", "The other site is in order."]


def test_an_audit_of_one_machine_has_pages_too() -> None:
    document = documents.audit_of_sites()
    del document["sites"]
    document["clusters"][2]["nodes"][0]["site"] = None
    document["clusters"][2]["site"] = None
    pages = pages_of(document)
    assert list(pages) == [
        "audit-london.html",
        "audit-new%20york-bd732730.html",
        "audit_no_site.html",
        "audit-oslo.html",
        INDEX,
    ]
    assert 'href="audit_no_site.html">no site</a>' in pages[INDEX]
    assert "Not seen." in pages[INDEX] and "the site <strong>no site</strong>" in pages["audit_no_site.html"]


def test_the_index_shows_earlier_audits() -> None:
    earlier = {"at": "2020-01-01T00:00:00Z", "counts": dict.fromkeys(("ok", "due", "expired", "unfit", "unknown"), 1)}
    pages = pages_of(documents.audit_of_sites(), [earlier])
    assert [name for name, page in pages.items() if "Earlier audits" in page] == [INDEX]


def test_the_page_of_all_says_nothing_of_pages_by_site() -> None:
    assert "all sites" not in audit_page(documents.audit_of_sites())


@given(st.lists(st.text(min_size=1), unique=True))
def test_names_of_files_are_fit_and_differ(sites: list[str]) -> None:
    names = {INDEX, file_of_site(None), *map(file_of_site, sites)}
    assert len(names) == len(sites) + 2
    assert not any(set(name) & set("/\\\0 \n:?#\"'<>&") for name in names)


def test_a_site_whose_name_is_a_path_stays_in_the_folder() -> None:
    assert file_of_site("../../etc/x") == "audit-..%2F..%2Fetc%2Fx-56da1a2e.html"


def test_the_index_leads_to_a_site_and_back(browser: Any, tmp_path: Path) -> None:
    evil = "<img src=x onerror=alert(1)>/#?%"
    document = documents.audit_of_sites()
    document["clusters"][0]["nodes"][0]["site"] = evil
    document["sites"].append(documents.asked(evil, error=evil, version=evil))
    for name, text in pages_of(document).items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    page = browser.new_page(viewport={"width": 1200, "height": 700})
    errors: list[str] = []
    page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto((tmp_path / INDEX).as_uri())
    assert page.locator("img").count() == 0 and evil in page.locator("table.sites").inner_text()
    for site in ("new york", evil):
        page.get_by_role("link", name=site).click()
        assert page.locator("header .over strong").inner_text() == site
        assert page.locator("#rows tbody tr").count() >= 1
        page.get_by_role("link", name="all sites").click()
        assert page.locator("table.sites tbody tr").count() == 4
    # On a telephone, nothing is wider than the page.
    page.set_viewport_size({"width": 380, "height": 700})
    assert page.evaluate("document.documentElement.scrollWidth") <= 380
    assert not errors


@pytest.mark.parametrize("site", ["london", None])
def test_a_page_without_nodes_can_be_made(site: str | None) -> None:
    document = small_audit("2026-11-23T03:00")
    document["sites"] = [documents.asked(site)] if site else []
    assert INDEX in pages_of(document)
