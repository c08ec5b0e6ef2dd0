"""What people do with an audit's page: see at once what needs them, follow it, pass it on, print it."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support import documents
from tests.support.audit_page import Shown
from tests.support.gate import some


@pytest.fixture
def shown(browser: Any, tmp_path: Path) -> Iterator[Shown]:
    one = Shown(browser, tmp_path / "audit.html", documents.fleet(60, wrong=24), documents.HISTORY)
    yield one
    assert len(one.requests) == 1 and one.errors == []
    one.context.close()


def _cell(shown: Shown, cluster: str, column: int) -> str:
    row = shown.page.locator(".matrix tbody tr").filter(has_text=cluster)
    return str(row.locator("td").nth(column).inner_text())


def test_each_problem_is_told_once_with_its_cure_and_the_worst_first(shown: Shown) -> None:
    needs = [str(text) for text in shown.page.locator(".needs > li").all_inner_texts()]
    assert [need.split()[1] for need in needs] == ["expired", "unfit", "unknown", "due"]
    assert (
        "cms-001-0, cms-001-1" in needs[0] and "and 10 more (6 clusters)" in needs[0] and "\nDo: Have your" in needs[0]
    )
    assert "not in sync: no master" in needs[1] and "emea-production-004" in needs[1]
    assert "and 5 more like it" in needs[3] and "Do the same for the others." in needs[3]
    shown.page.get_by_text("5 others").click()
    assert shown.page.locator(".alike li").count() == 5
    assert "not seen: timed out" in needs[2] and "cms-022-2" in needs[2]
    assert shown.page.locator(".needs code").all_inner_texts() == ["mmpctl status"]
    assert "and at <b>." in needs[1] and shown.page.locator(".needs b").count() == 0


@pytest.mark.gate
def test_more_problems_than_anybody_reads_are_folded_and_then_counted(browser: Any, tmp_path: Path) -> None:
    document = documents.fleet(240, wrong=240)
    for number, cluster in enumerate(document["clusters"]):
        told = documents.finding("not-in-sync", message=f"out of sync {number}", cure="")
        cluster["findings"] = [told]
    one = Shown(browser, tmp_path / "audit.html", document)
    assert one.page.locator(".needs > li:visible").count() == 10
    assert "30 more causes" in one.page.locator("main summary").first.inner_text()
    one.page.get_by_role("link", name="every row that is not ok").click()
    assert len(one.column(1)) == 200 and "✓ ok" not in one.column(1)
    assert one.page.locator("select[name=cluster]").bounding_box()["y"] < 900
    top = one.page.evaluate("document.querySelector('#filters').getBoundingClientRect().top + scrollY")
    assert top < 6000, f"the filters begin {top} pixels down"
    one.context.close()


def test_a_cluster_that_is_not_well_is_neither_fine_nor_last(shown: Shown) -> None:
    assert _cell(shown, "emea-production-000", 0).startswith("✗")
    assert _cell(shown, "emea-production-002", 0).startswith("?")
    assert _cell(shown, "emea-production-001", 0).startswith("✓")
    names = shown.page.locator(".matrix tbody th").all_inner_texts()
    assert len(names) == 24 and names.index("emea-production-000") < names.index("emea-production-003")
    assert "36 clusters all in order" in shown.page.locator("summary").all_inner_texts()
    counts = " ".join(shown.page.locator(".counts").all_inner_texts()).split("\n")
    for piece in ("18 ✗ expired", "0 ✗ unfit", "0 ? unknown", "6 ! due"):
        assert piece in " ".join(counts)
    assert "6 ✗ clusters not well" in " ".join(counts) and "6 ? nodes not seen" in " ".join(counts)


def test_a_cluster_of_which_only_the_whole_is_wrong_comes_first(browser: Any, tmp_path: Path) -> None:
    document = documents.fleet(3, wrong=0)
    document["clusters"][2]["in_sync"] = False
    document["clusters"][1]["nodes"][0]["findings"] = [
        documents.finding("clock", "unknown", "the node's clock is off", "Give it NTP.")
    ]
    one = Shown(browser, tmp_path / "audit.html", document)
    assert one.page.locator(".matrix tbody th").all_inner_texts() == [f"emea-production-00{n}" for n in (2, 1, 0)]
    assert "clock is off" in one.page.locator(".needs").inner_text()
    one.page.get_by_role("link", name="1 ✗ node not well").click()
    assert one.column(6) == ["cms-001-0"]
    one.context.close()


@pytest.mark.gate
def test_nothing_needs_anybody(browser: Any, tmp_path: Path) -> None:
    one = Shown(browser, tmp_path / "audit.html", documents.fleet(2, wrong=0))
    assert "✓ Nothing." in one.page.locator("main").inner_text()
    one.page.get_by_label("not ok only").check()
    assert one.page.get_by_text("No row matches these filters.").is_visible()
    one.page.get_by_role("button", name="Clear the filters").click()
    one.page.locator("#rows tbody tr").first.wait_for()
    assert len(one.column(1)) == 6 * 17
    one.context.close()


def test_counts_horizons_and_cells_lead_to_their_rows(shown: Shown) -> None:
    page = shown.page
    page.get_by_role("link", name="18 ✗ expired").click()
    assert set(shown.column(1)) == {"✗ expired"} and len(shown.column(1)) == 18
    page.get_by_role("link", name="within 30 days: 6").click()
    assert shown.column(2) == ["12"] * 6 and page.locator("select[name=severity]").input_value() == ""
    page.get_by_role("link", name="expired: emea-production-005, database server").click()
    assert shown.column(5) == ["emea-production-005"] * 3 and set(shown.column(7)) == {"database server"}
    page.locator(".horizon rect").first.click()
    assert len(shown.column(1)) == 18
    page.go_back()
    page.wait_for_function("document.querySelectorAll('#rows tbody tr').length === 3")
    page.get_by_role("link", name="rows of emea-production-000").click()
    assert shown.column(7) == ["cluster"] * 6


def test_the_address_shows_another_person_the_same(browser: Any, tmp_path: Path, shown: Shown) -> None:
    page = shown.page
    page.locator("select[name=site]").select_option("site-1")
    page.get_by_label("not ok only").check()
    page.get_by_label("Text").fill("server glass")
    page.get_by_role("columnheader", name="Node").get_by_role("button").dblclick()
    page.wait_for_url("**/audit.html#*sort=-node*")
    hash_ = page.evaluate("location.hash")
    other = browser.new_page()
    other.goto(f"{(tmp_path / 'audit.html').as_uri()}{hash_}")
    assert other.locator("#rows tbody").inner_text() == page.locator("#rows tbody").inner_text()
    assert other.get_by_label("not ok only").is_checked() and other.get_by_label("Text").input_value() == "server glass"
    other.close()


@pytest.mark.gate
def test_a_search_wants_all_words_and_only_in_what_people_read(shown: Shown) -> None:
    field = shown.page.get_by_label("Text")
    field.fill("CMS-001-2 dbserver")
    assert shown.column(6) == ["cms-001-2"]
    # The name of a key of the data, and an escape of JSON.
    for nothing in ("not_before", "\\u", "message"):
        field.fill(nothing)
        assert shown.column(6) == []


def test_open_details_stay_open_when_sorted_and_the_whole_row_opens_them(shown: Shown) -> None:
    page = shown.page
    page.locator("#rows tbody th").first.click()
    assert page.locator("tr.details").count() == 1
    page.get_by_role("columnheader", name="State").get_by_role("button").click()
    button = page.get_by_role("button", name="expired: cms-001-0, database server")
    assert page.locator("tr.details").count() == 1 and button.get_attribute("aria-expanded") == "true"
    details = page.locator("tr.details").inner_text()
    assert "2026-03-09 08:57 UTC" in details and "Do: Have your CA" in details
    page.locator("#rows tbody th").first.click()
    assert page.locator("tr.details").count() == 0


@pytest.mark.gate
def test_keys_and_times_are_those_of_people(browser: Any, tmp_path: Path) -> None:
    document = documents.fleet(1, wrong=0)
    facts: Any = {
        "key": "id-ecPublicKey 256",
        "key_fits": True,
        "used_by": {"clusters": 1, "leaves": 2, "before": 0},
    }
    document["clusters"][0]["nodes"] = [documents.audit_node("a", documents.certificate("turn tls", "t.cer", **facts))]
    one = Shown(browser, tmp_path / "audit.html", document)
    one.page.locator("#rows tbody th").first.click()
    details = one.page.locator("tr.details").inner_text()
    for piece in ("EC 256", "key fits\nyes", "valid until\n2027-12-28 08:57 UTC", "clusters: 1, leaves: 2"):
        assert piece in details
    one.context.close()


@pytest.mark.gate
def test_the_trend_is_a_picture_a_sentence_and_a_table(shown: Shown) -> None:
    picture = shown.page.locator("section svg[role=img].trend").get_attribute("aria-label")
    assert "4 audits" in picture and "expired or unfit from 0 to 18" in picture and "due from 2 to 6" in picture
    text = shown.page.locator("section[aria-labelledby=trend]").inner_text()
    assert "Since the previous audit (2026-11-22 03:00 UTC): +16 expired, −1 due, +2925 ok." in text
    shown.page.locator("section[aria-labelledby=trend] summary").click()
    assert shown.page.locator("section[aria-labelledby=trend] tbody tr").count() == 4


@pytest.mark.gate
def test_the_present_audit_is_not_told_twice(browser: Any, tmp_path: Path) -> None:
    document = documents.fleet(1, wrong=0)
    same = {**documents.HISTORY[0], "at": document["at"]}
    one = Shown(browser, tmp_path / "one.html", document, [same])
    assert one.page.locator("#trend").count() == 0
    one.context.close()
    two = Shown(browser, tmp_path / "two.html", document, [documents.HISTORY[0], same])
    assert "the same counts" in two.page.locator("section[aria-labelledby=trend]").inner_text()
    two.context.close()


@pytest.mark.gate
def test_the_picture_in_time_is_a_table_too(shown: Shown) -> None:
    section = shown.page.locator("section[aria-labelledby=time]")
    assert [section.locator("svg > text").nth(n).text_content() for n in range(6)] == [
        "today", "7 days", "30 days", "90 days", "a year", "2 years"
    ]  # fmt: skip
    places = [float(line.get_attribute("x1")) for line in section.locator("svg > line").all()]
    assert 400 < places[3] - places[0] < 550
    assert section.locator("svg g.bad text").first.text_content() == "3"
    assert section.locator("tbody tr").count() == 20 and "unknown" in section.inner_text()


@pytest.mark.parametrize("width", some([1024, 1280], every=2))
def test_the_matrix_is_not_cut_off(browser: Any, tmp_path: Path, width: int) -> None:
    document = documents.fleet(12, wrong=6)
    document["clusters"][0]["name"] = "emea-production-conferencing-and-recording-frankfurt-am-main-2"
    one = Shown(browser, tmp_path / "audit.html", document, viewport={"width": width, "height": 900})
    matrix = "document.querySelector('.matrix')"
    # 1024 CSS pixels is about what A4 has, turned, without its margins.
    one.page.emulate_media(media="print" if width == 1024 else "screen")
    assert one.page.evaluate(f"{matrix}.scrollWidth <= {matrix}.clientWidth")
    heights = one.page.locator(".matrix tbody th").evaluate_all("all => all.map(one => one.offsetHeight)")
    assert max(heights) < 45, "a name is broken into several lines"
    one.context.close()


def test_a_narrow_screen_shows_rows_as_cards(browser: Any, tmp_path: Path) -> None:
    size = {"width": 400, "height": 900}
    one = Shown(browser, tmp_path / "audit.html", documents.fleet(8, wrong=8), viewport=size)
    one.page.locator("#rows tbody th").first.click()
    assert one.page.evaluate("document.documentElement.scrollWidth") <= 400
    assert one.page.evaluate("document.querySelector('#rows').scrollWidth") <= 376
    cells = one.page.locator("#rows tbody tr:first-child > *").evaluate_all(
        "all => all.map(one => [one.className || one.tagName, one.getBoundingClientRect().top])"
    )
    assert min(cells, key=lambda cell: cell[1])[0] == "TD", "the state is not what stands first"
    assert one.page.locator("tr.details td").bounding_box()["width"] > 340
    assert one.page.get_by_role("columnheader", name="Days").get_by_role("button").is_visible()
    assert one.page.get_by_text("Scroll sideways for more").first.is_visible()
    one.context.close()


def test_print_shows_what_is_not_ok_and_leaves_the_page_as_it_was(shown: Shown) -> None:
    page = shown.page
    page.locator("#rows tbody th").first.click()
    page.get_by_role("button", name="Show more").click()
    before = page.locator("main").inner_html()
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert len(shown.column(1)) == 36 and "✓ ok" not in shown.column(1)
    assert (
        "Only the 36 rows that are not ok are printed; 2934 rows that are ok are left out"
        in page.locator("#paper").inner_text()
    )
    assert not page.locator("#filters").is_visible() and not page.locator("#theme").is_visible()
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    page.emulate_media(media="screen")
    assert page.locator("main").inner_html() == before
    assert not page.locator("#paper").is_visible() and page.locator("tr.details").count() == 1
    assert page.pdf().startswith(b"%PDF")
    assert len(shown.column(1)) == 400


@pytest.mark.gate
def test_print_of_a_filtered_page_shows_all_that_the_filters_show(shown: Shown) -> None:
    shown.page.locator("select[name=site]").select_option("site-0")
    found = int(shown.page.locator("#shown").inner_text().split()[0])
    assert found > 400
    shown.page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert len(shown.column(1)) == found and "site site-0" in shown.page.locator("#paper").inner_text()


@pytest.mark.gate
def test_names_with_odd_characters_lead_to_their_rows(browser: Any, tmp_path: Path) -> None:
    document = copy.deepcopy(documents.fleet(2, wrong=0))
    document["clusters"][0]["name"] = "a&b=c #1 <b>\u202e"
    one = Shown(browser, tmp_path / "audit.html", document)
    one.page.get_by_role("link", name="a&b=c #1").click()
    assert set(one.column(5)) == {"a&b=c #1 <b>\\u202e"} and len(one.column(5)) == 51
    one.context.close()


@pytest.mark.gate
def test_paper_is_white_whatever_the_screen_is(shown: Shown) -> None:
    shown.page.get_by_role("button", name="Dark").click()
    assert shown.page.locator("#theme").inner_text() == "Light"
    shown.page.emulate_media(media="print")
    for selector in ("h1", ".mark.ask", ".needs p"):
        colour = shown.page.locator(selector).first.evaluate("one => getComputedStyle(one).color")
        assert colour == "rgb(0, 0, 0)", selector


@pytest.mark.gate
def test_forced_colours_reach_the_pictures(shown: Shown) -> None:
    shown.page.emulate_media(forced_colors="active", color_scheme="dark")
    canvas = shown.page.locator("body").evaluate("one => getComputedStyle(one).color")
    for selector, of in ((".lanes path.bad, .lanes g path", "fill"), (".trend polyline", "stroke")):
        assert shown.page.locator(selector).first.evaluate(f"one => getComputedStyle(one).{of}") == canvas


def test_it_begins_with_the_answer_and_with_what_to_type(browser: Any, tmp_path: Path) -> None:
    document = {**documents.fleet(4, wrong=4), "asked": {"inventory": ["/etc/cms"]}}
    one = Shown(browser, tmp_path / "audit.html", document)
    said = one.page.locator("h1").inner_text().split("\n")
    assert said == [
        "Act today: emea-production-000, emea-production-001.",
        "By 5 December: emea-production-003.",
        "Not seen: cms-002-2.",
    ]
    first = one.page.locator(".next").first.inner_text()
    assert first == "Next: mmpctl plan --inventory /etc/cms --cluster emea-production-001 --certs DIR"
    top = one.page.locator(".next").first.bounding_box()
    assert top is not None and top["y"] < 300, "the answer stands at the top"
    one.context.close()


def test_one_cause_is_one_card_that_leads_to_all_its_rows(browser: Any, tmp_path: Path) -> None:
    document = documents.fleet(12, wrong=12)
    one = Shown(browser, tmp_path / "audit.html", document)
    due = sum(row["severity"] == "due" for _, _, row in documents.rows_of(document))
    card = one.page.locator(".needs > li").filter(has_text="! due")
    assert card.count() == 1
    card.get_by_role("link", name="rows").click()
    assert one.page.locator("select[name=finding]").input_value() == "due"
    assert one.column(1) == ["! due"] * due and due > 1
    one.context.close()


def test_nodes_without_a_cluster_come_last_and_their_labels_can_be_read_on_a_telephone(
    browser: Any, tmp_path: Path
) -> None:
    document = documents.fleet(3, wrong=0)
    alone = {**document["clusters"][0], "name": None, "nodes": document["clusters"][0]["nodes"][:1]}
    for certificate in alone["nodes"][0]["certificates"]:
        certificate["severity"] = "expired"
    document["clusters"].insert(0, alone)
    one = Shown(browser, tmp_path / "audit.html", document, viewport={"width": 400, "height": 900})
    assert one.page.locator(".matrix tbody th").all_inner_texts()[-1] == "(no cluster)"
    lanes = one.page.locator(".lanes > text").all_text_contents()
    assert "(no cluster)" in lanes[-1]
    heights = one.page.locator(".lanes > text").evaluate_all(
        "all => all.map(one => one.getBoundingClientRect().height)"
    )
    assert min(heights) >= 12, "letters of the picture are too small"
    one.context.close()


@pytest.mark.parametrize("width", some([400, 800, 1280], every=3))
def test_a_command_is_broken_between_words_only(browser: Any, tmp_path: Path, width: int) -> None:
    document = {**documents.fleet(4, wrong=4), "asked": {"inventory": [f"/etc/{'long-' * 20}/inventory"]}}
    cure = "Type `mmpctl status --inventory /etc/cms-fleet --cluster emea-production-001 --known-hosts /etc/hosts`."
    for _, _, row in documents.rows_of(document):
        for finding in row["findings"]:
            finding["cure"] = cure
    one = Shown(browser, tmp_path / "audit.html", document, viewport={"width": width, "height": 900})
    for button in one.page.locator("#rows .open").all()[:3]:
        button.click()
    # A word that is broken has more than one rectangle; one that is longer than the line is scrolled.
    broken = one.page.locator("code > span").evaluate_all(
        """all => all.filter(one => {
            const range = document.createRange();
            range.selectNodeContents(one);
            return new Set([...range.getClientRects()].map(each => Math.round(each.top))).size > 1;
        }).map(one => one.textContent)"""
    )
    assert broken == []
    told = one.page.locator("code").evaluate_all("all => all.map(one => one.textContent)")
    assert cure.split("`")[1] in told
    assert one.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    one.context.close()


def test_nodes_without_a_cluster_are_told_in_single_brackets(browser: Any, tmp_path: Path) -> None:
    document = documents.fleet(2, wrong=0)
    alone = {**document["clusters"][0], "name": None, "nodes": document["clusters"][0]["nodes"][:1]}
    alone["nodes"][0]["certificates"][0].update(
        severity="expired", findings=[documents.finding("expired", "expired", "m", "")]
    )
    document["clusters"].append(alone)
    one = Shown(browser, tmp_path / "audit.html", document)
    told = one.page.locator(".needs > li").all_inner_texts()
    assert any("(no cluster)" in text for text in told) or any(", no cluster)" in text for text in told), told
    assert not any("((" in text or "))" in text for text in told)
    one.context.close()
