"""The page of an audit: escaped, without the network, and used in a real browser."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support import documents
from tests.support.audit_page import Shown, audit_page
from tests.support.gate import some

EVIL = "</script><script>document.title='owned'</script><img src=x onerror=alert(1)>"


def document(certificates: int = 0) -> Any:
    found = documents.audit()
    evil = documents.certificate("turn tls certificate", "evil.cer", "due", 12, subject=EVIL)
    found["clusters"][1]["nodes"].append(documents.audit_node("lon-9", evil))
    for number in range(certificates):
        one = documents.certificate("callbridge certificate", f"file-{number}.cer", days=400 + number % 300)
        found["clusters"].append(
            documents.audit_cluster(
                f"c-{number // 40:03}", documents.audit_node(f"n-{number:05}", one), site=f"site-{number % 7}"
            )
        ) if number % 40 == 0 else found["clusters"][-1]["nodes"].append(documents.audit_node(f"n-{number:05}", one))
    return found


def test_nothing_that_devices_say_is_markup() -> None:
    page = audit_page(document())
    assert EVIL not in page and "<img" not in page
    assert page.count("<script") == 2
    (data,) = re.findall(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)
    subjects = [row["details"].get("subject") for row in json.loads(data)["rows"]]
    assert EVIL in subjects


def test_the_page_may_load_nothing_and_run_nothing_but_its_own() -> None:
    page = audit_page(document())
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]*)"', page)
    assert policy.startswith("default-src &#39;none&#39;") and "unsafe" not in policy
    assert not re.findall(r"(?:src|href)=\"(?!#)", page)
    assert " style=" not in page and " onclick=" not in page


def test_what_hangs_on_each_ca() -> None:
    page = audit_page(document())
    (section,) = re.findall(r'<section aria-labelledby="authorities">(.*?)</section>', page, re.DOTALL)
    assert section.count("<tr><td>") == 25 and "15 more CAs" in section
    for piece in ("CN=uctplab-TPWIN2008R2DC-CA", "3 clusters", "2 of 7 leaves", "0 of 1 leaf<"):
        assert piece in section


def test_counts_and_horizons_are_those_of_the_document() -> None:
    page = audit_page(document())
    assert "expired: <strong>4</strong>" in page
    assert "within 30 days: <strong>1</strong>" in page
    assert "<strong>1</strong> ? node not seen" in page


def test_the_audits_before_are_shown() -> None:
    page = audit_page(
        document(),
        [{"at": "2026-11-22T03:00:00Z", "counts": {"expired": 3, "unfit": 0, "unknown": 0, "due": 0, "ok": 7}}],
    )
    assert "2026-11-22 03:00 UTC" in page and "Earlier audits" in page
    assert "Earlier audits" not in audit_page(document())


@pytest.fixture
def shown(browser: Any, tmp_path: Path) -> Iterator[Shown]:
    one = Shown(browser, tmp_path / "audit.html", document())
    yield one
    assert len(one.requests) == 1 and one.requests[0].startswith("file:"), one.requests
    assert one.errors == []
    one.context.close()


def test_a_hostile_subject_does_nothing(shown: Shown) -> None:
    shown.page.get_by_role("button", name="turn tls certificate").click()
    assert EVIL in shown.page.locator("tr.details").inner_text()
    assert shown.page.title().startswith("Certificates of")
    assert shown.page.locator("img").count() == 0


def test_filters(shown: Shown) -> None:
    page = shown.page
    everything = len(shown.column(1))
    page.locator("select[name=severity]").select_option("expired")
    assert set(shown.column(1)) == {"✗ expired"} and len(shown.column(1)) == 4
    assert page.locator("#shown").inner_text().startswith("4 of ")
    page.get_by_role("button", name="Clear").click()
    # The form is empty a moment after the click; what waits in the page itself is forbidden by its own policy.
    page.locator(f"#rows tbody tr:nth-child({everything})").wait_for()
    assert len(shown.column(1)) == everything
    page.get_by_label("Text").fill("LON-9")
    assert shown.column(6) == ["lon-9"]
    page.get_by_label("Text").fill("")
    page.locator("select[name=cluster]").select_option("ldn-quiet")
    page.locator("select[name=use]").select_option("database ca")
    assert shown.column(6) == ["ldn-1"]


@pytest.mark.gate
def test_a_node_that_was_not_seen_is_a_row(shown: Shown) -> None:
    shown.page.locator("select[name=severity]").select_option("unknown")
    assert "lon-3" in shown.column(6)
    shown.page.get_by_role("button", name="not seen").click()
    assert "the connection was refused" in shown.page.locator("tr.details").inner_text()
    assert shown.page.get_by_role("button", name="edge-2, no certificates").count() == 0


def test_sorting(shown: Shown) -> None:
    page = shown.page
    head = page.get_by_role("columnheader", name="Node")
    head.get_by_role("button").click()
    # A whole cluster is no node: a dash, which sorts like nothing.
    nodes = [name.strip("–") for name in shown.column(6)]
    assert nodes == sorted(nodes) and head.get_attribute("aria-sort") == "ascending"
    head.get_by_role("button").click()
    nodes = [name.strip("–") for name in shown.column(6)]
    assert nodes == sorted(nodes, reverse=True) and head.get_attribute("aria-sort") == "descending"
    page.get_by_role("columnheader", name="Days").get_by_role("button").click()
    days = [int(text) for text in shown.column(2) if text != "–"]
    assert days == sorted(days) and shown.column(2)[-1] == "–"


def test_details_unfold_by_keyboard(shown: Shown) -> None:
    button = shown.page.locator("#rows tbody button").first
    button.focus()
    shown.page.keyboard.press("Enter")
    assert button.get_attribute("aria-expanded") == "true"
    assert "CN=uctplab-TPWIN2008R2DC-CA" in shown.page.locator("tr.details").inner_text()
    shown.page.keyboard.press("Enter")
    assert shown.page.locator("tr.details").count() == 0


def _paper(shown: Shown) -> str:
    return str(shown.page.evaluate("getComputedStyle(document.documentElement).backgroundColor"))


@pytest.mark.gate
def test_light_and_dark(browser: Any, tmp_path: Path, shown: Shown) -> None:
    light = _paper(shown)
    shown.page.get_by_role("button", name="Dark").click()
    assert _paper(shown) != light
    dark = Shown(browser, tmp_path / "dark.html", document(), color_scheme="dark")
    assert _paper(dark) == _paper(shown)
    dark.page.get_by_role("button", name="Light").click()
    assert _paper(dark) == light
    dark.context.close()


@pytest.mark.gate
def test_without_script_the_table_is_there(browser: Any, tmp_path: Path) -> None:
    one = Shown(browser, tmp_path / "audit.html", document(300), java_script_enabled=False)
    assert len(one.column(1)) == 200
    assert "without script, the first 200 are shown" in one.page.locator("#shown").inner_text()
    assert not one.page.locator("#filters").is_visible()
    assert "Have your CA issue a new certificate" in one.page.locator("#rows tr.details").first.inner_text()
    needs = one.page.locator(".needs").first.inner_text()
    for piece in ("not seen: the connection was refused", "lon-3", "the nodes name no master", "Do: See status."):
        assert piece in needs
    one.context.close()


@pytest.mark.parametrize(
    ("width", "scheme"), some([(1280, "light"), (1280, "dark"), (400, "light"), (400, "dark")], every=4)
)
def test_axe_finds_nothing(browser: Any, tmp_path: Path, scheme: str, width: int) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed")
    size = {"width": width, "height": 900}
    options = {"color_scheme": scheme, "viewport": size, "bypass_csp": True}
    # Of what it has found in order, the details of each element would be most of the work.
    rules = {
        "runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"],
        "resultTypes": ["violations"],
    }
    for of in (document(), documents.fleet(60, wrong=50)):
        one = Shown(browser, tmp_path / "audit.html", of, documents.HISTORY, **options)
        one.page.locator("#rows tbody button").first.click()
        one.page.locator("summary").evaluate_all("all => all.forEach(one => { one.parentNode.open = true; })")
        found = axe.Axe().run(one.page, options=rules)
        assert found.violations_count == 0, found.generate_report()
        one.context.close()


def test_nothing_is_wider_than_the_screen(browser: Any, tmp_path: Path) -> None:
    one = Shown(browser, tmp_path / "audit.html", document(), viewport={"width": 400, "height": 900})
    assert one.page.evaluate("document.documentElement.scrollWidth") <= 400
    one.context.close()


class Work:
    """What a page costs, as processor time of the browser's pages: another program's work is not in it.

    Args:
        shown: the page; no other one works at the same time.
    """

    def __init__(self, shown: Shown) -> None:
        self._page = shown.page
        self._session = shown.context.browser.new_browser_cdp_session()

    def _seconds(self) -> float:
        processes = self._session.send("SystemInfo.getProcessInfo")["processInfo"]
        return sum(float(one["cpuTime"]) for one in processes if one["type"] == "renderer")

    def filtering(self) -> float:
        """Seconds of 17 turns of filtering."""
        began = self._seconds()
        self._page.evaluate(
            """() => {
                const field = document.querySelector("input[name=text]");
                for (let turn = 0; turn < 17; turn += 1) {
                    field.value = turn % 2 ? "file-77" : "";
                    field.dispatchEvent(new Event("input", { bubbles: true }));
                    document.body.offsetHeight;
                }
            }"""
        )
        return self._seconds() - began

    def opening(self) -> float:
        """Seconds from the click until the page stands."""
        began = self._seconds()
        self._page.reload()
        return self._seconds() - began


@pytest.mark.gate
def test_ten_times_the_certificates_take_far_less_than_ten_times_the_time(browser: Any, tmp_path: Path) -> None:
    few = Shown(browser, tmp_path / "few.html", document(1_000))
    many = Shown(browser, tmp_path / "many.html", document(10_000))
    work, of_few = Work(many), Work(few)
    ratio = work.filtering() / of_few.filtering()
    assert ratio < 4, f"filtering 10,000 certificates takes {ratio:.1f} times as long as 1,000"
    ratio = work.opening() / of_few.opening()
    assert ratio < 4, f"opening 10,000 certificates takes {ratio:.1f} times as long as 1,000"
    assert len(many.column(1)) <= 200
    few.context.close()
    many.context.close()
