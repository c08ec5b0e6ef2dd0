"""An audit of many sites: a row for each in the page, metrics, and when each was seen last."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mmpctl.history.sites_seen import tell_last_seen
from mmpctl.reports.audit.prometheus import audit_prometheus
from mmpctl.reports.audit.site_rows import site_rows
from mmpctl.severity import Severity
from mmpctl.times import minute_of
from tests.support import documents, schemas
from tests.support.audit_page import Shown, audit_page


def test_each_site_has_a_row_the_worst_first() -> None:
    document = schemas.check(documents.audit_of_sites())
    told = [(row.name, row.severity, row.nodes, row.unseen, row.version) for row in site_rows(document)]
    assert told == [
        ("oslo", Severity.UNKNOWN, 2, 2, None),
        ("new york", Severity.DUE, 1, 0, "0.8.0"),
        ("london", Severity.OK, 2, 0, "0.9.0"),
    ]
    oslo, new_york, london = site_rows(document)
    assert (oslo.answer, oslo.error, oslo.seen) == (("Not seen.",), "the site oslo hung up", None)
    assert new_york.answer[0].startswith("By ") and "shared" in new_york.answer[0]
    assert london.answer[0].startswith("Nothing to do.") and london.seen == document["at"]


def test_what_is_wrong_with_a_cluster_is_told_at_each_of_its_sites() -> None:
    document = documents.audit_of_sites()
    document["clusters"][1]["in_sync"] = False
    assert {row.name for row in site_rows(document) if row.severity is Severity.UNFIT} == {"london", "new york"}


def test_an_audit_of_one_machine_has_no_rows_of_sites() -> None:
    assert site_rows(documents.audit()) == ()
    assert "The sites" not in audit_page(documents.audit())
    assert "mmpctl_site" not in audit_prometheus(documents.audit())


def test_metrics() -> None:
    text = audit_prometheus(documents.audit_of_sites())
    assert 'mmpctl_site_success{site="oslo"} 0.0' in text and 'mmpctl_site_success{site="london"} 1.0' in text
    assert 'mmpctl_site_info{site="new york",version="0.8.0"} 1.0' in text
    assert 'mmpctl_site_clock_ahead_seconds{site="london"} 0.25' in text
    assert 'mmpctl_site_clock_ahead_seconds{site="oslo"}' not in text


def kept(*audits: Any) -> Iterator[Any]:
    for audit in audits:
        assert audit is not None, "no more is read than is needed"
        yield audit


def test_a_site_that_is_away_was_seen_in_an_earlier_audit() -> None:
    document = documents.audit_of_sites()
    earlier = [{"sites": [{"name": "oslo"}]}, {}, {"sites": [{"name": "oslo", "last_seen": "2026-11-20T03:00:00Z"}]}]
    tell_last_seen(document["sites"], document["at"], kept(*earlier, None))
    at = document["at"]
    assert [site.get("last_seen") for site in document["sites"]] == [at, at, "2026-11-20T03:00:00Z"]
    assert site_rows(document)[0].seen == "2026-11-20T03:00:00Z"


def test_nobody_looks_back_if_all_sites_have_answered() -> None:
    sites = [documents.asked("london")]
    tell_last_seen(sites, "2026-11-24T03:00:00Z", kept(None))
    assert sites[0]["last_seen"] == "2026-11-24T03:00:00Z"


def test_a_site_that_was_never_seen_is_not_known() -> None:
    sites = [documents.asked("oslo", error="away")]
    tell_last_seen(sites, "2026-11-24T03:00:00Z", kept(*[{"sites": [{"name": "oslo"}]}] * 5, None))
    assert "last_seen" not in sites[0]


def test_the_page_leads_from_a_site_to_its_rows(browser: Any, tmp_path: Path) -> None:
    document = documents.audit_of_sites()
    shown = Shown(browser, tmp_path / "audit.html", document)
    table = shown.page.locator("table.sites")
    assert table.locator("tbody th").all_inner_texts() == ["oslo", "new york", "london"]
    assert "the site oslo hung up" in table.inner_text() and minute_of(document["at"]) in table.inner_text()
    table.get_by_role("link", name="new york").click()
    assert [row[5] for row in shown.rows()] == ["s-2"]
    assert not shown.errors


@pytest.mark.gate
def test_what_a_site_says_is_no_markup(browser: Any, tmp_path: Path) -> None:
    evil = "<img src=x onerror=alert(1)>"
    document = documents.audit_of_sites()
    document["sites"] += [documents.asked(evil, version=evil), documents.asked("paris", error=evil)]
    shown = Shown(browser, tmp_path / "audit.html", document)
    assert shown.page.locator("img").count() == 0 and evil in shown.page.locator("table.sites").inner_text()


@pytest.mark.gate
def test_of_many_sites_the_worst_are_shown_at_once() -> None:
    document = documents.audit_of_sites()
    document["sites"] += [documents.asked(f"site-{number:03}") for number in range(60)]
    page = audit_page(document)
    assert "38 more sites, none worse" in page and page.index("oslo") < page.index("38 more sites")
