"""TTP as the parsers use it: every line is claimed once, lines that were met before are known, and nothing leaks."""

from __future__ import annotations

import os
import stat
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from ttp import ttp

from mmpctl.device.answers import line_claims, parse, ttp_reader
from mmpctl.device.commands import DECLARED
from mmpctl.device.commands.pki_list import PKI_LIST
from mmpctl.errors import ParseError
from tests.support.answers import RAWS, TEMPLATES, command_of, name_of, raw_of
from tests.support.children import PATIENCE_SECONDS

CARELESS = '<group name="lines*" method="table">\n{{ a | re("[^:]+") }}\n{{ unclaimed | _line_ }}\n</group>'


def test_templates_are_data_only() -> None:
    for template in TEMPLATES.iterdir():
        text = template.read_text(encoding="utf-8")
        assert "macro" not in text
        assert '<vars load="json">' in text, "vars without a loader are run as Python"


@pytest.fixture
def fresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(line_claims, "_templates", {})
    monkeypatch.setattr(line_claims, "_cache", [])
    yield


@pytest.mark.parametrize("raw", RAWS, ids=name_of)
def test_no_line_is_claimed_by_two_rules(raw: Path) -> None:
    # TTP's choice between two rules depends on the position of the line, so there must be none to make.
    command = command_of(raw)
    declared = DECLARED[command]
    assert declared.template is not None
    read = ttp_reader.read_answer(declared.template, command, declared.prepare(raw.read_text(encoding="utf-8")))
    rules = [rule for group in parser_of(declared.template)._templates[0].groups for rule in group.start_re]
    assert len(rules) > 2
    for line in read.lines:
        text = "\n\n" + line.text.rstrip() + "\n\n"
        found = [(rule["REGEX"].pattern, rule["REGEX"].search(text)) for rule in rules if not rule["IS_LINE"]]
        claimed = [(pattern, match) for pattern, match in found if match]
        assert len(claimed) == 1, (line.text, claimed)
        # What a line says does not depend on those around it.
        assert claimed[0][1].group().strip("\n \t") == line.text.strip()


@pytest.mark.usefixtures("fresh")
@pytest.mark.parametrize("raw", RAWS, ids=name_of)
def test_a_known_line_is_read_as_a_new_one(raw: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    command, text = command_of(raw), raw.read_text(encoding="utf-8")
    first = parse.parse(command, text)
    known = dict(line_claims._templates[str(DECLARED[command].template)].known)
    # Every second line is new again, so that it is read among others than before.
    some = dict(list(known.items())[::2])
    monkeypatch.setattr(line_claims._templates[str(DECLARED[command].template)], "known", some)
    assert parse.parse(command, text) == first
    assert line_claims._templates[str(DECLARED[command].template)].known == known


@pytest.mark.usefixtures("fresh")
def test_no_line_that_may_hold_a_secret_is_kept_nor_one_that_nobody_understands() -> None:
    lines = ["Enabled : true", "Shared Secret : xyzzy", "Pre-shared key : xyzzy", "???", f"{'Name ' * 50}: xyzzy"]
    records = line_claims.claims("service", "turn", lines)
    assert [line_claims.UNCLAIMED in record for record in records] == [False, False, False, True, False]
    assert list(line_claims._templates["service"].known) == ["Enabled : true"]
    assert line_claims.claims("service", "turn", lines) == records


@pytest.mark.usefixtures("fresh")
def test_known_lines_do_not_pile_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line_claims, "_MOST_LINES", 10)
    for number in range(25):
        line_claims.claims("service", "turn", [f"Name {number} : x", f"Other {number} : x"])
        assert len(line_claims._templates["service"].known) <= 10


@pytest.mark.usefixtures("fresh")
def test_a_missing_template_is_an_error_not_an_empty_result() -> None:
    with pytest.raises(ParseError, match=r"no_such\.ttp"):
        ttp_reader.read_answer("no_such", "pki list", raw_of("pki_list/vendor_note"))


@pytest.mark.usefixtures("fresh")
def test_a_rule_that_swallows_a_line_is_found_out() -> None:
    line_claims._templates["careless"] = line_claims._Template(ttp(template=CARELESS))
    with pytest.raises(ParseError, match="2 lines, of which TTP returned"):
        ttp_reader.read_answer("careless", "pki list", "one\ntwo")


@pytest.mark.usefixtures("fresh")
def test_the_cache_of_ttp_is_private_and_the_environment_is_left_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TTPCACHEFOLDER", "/nowhere")
    PKI_LIST.read(raw_of("pki_list/vendor_note"))
    folder = Path(line_claims._cache[0].name)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert [file.name for file in folder.iterdir()] == ["ttp_dict_cache.pickle"]
    assert os.environ["TTPCACHEFOLDER"] == "/nowhere"


@pytest.mark.usefixtures("fresh")
def test_without_a_temporary_folder_parsing_goes_on(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "gone"))
    monkeypatch.delenv("TTPCACHEFOLDER", raising=False)
    assert PKI_LIST.read(raw_of("pki_list/vendor_note")).files
    assert line_claims._cache == []
    assert "TTPCACHEFOLDER" not in os.environ


@pytest.mark.usefixtures("fresh")
def test_one_parser_for_all_readers_and_it_keeps_nothing_of_what_it_read(monkeypatch: pytest.MonkeyPatch) -> None:
    # Nothing is known from one answer to the next: each needs the parser.
    monkeypatch.setattr(line_claims, "_LONGEST_LINE", -1)
    texts = {raw: raw.read_text(encoding="utf-8") for raw in RAWS}
    expected = {raw: parse.parse(command_of(raw), text) for raw, text in texts.items()}
    parsers = {name: used.parser for name, used in line_claims._templates.items()}
    together = threading.Barrier(4)
    before = sys.getswitchinterval()

    def read_all(turn: int) -> bool:
        together.wait(timeout=PATIENCE_SECONDS)
        order = RAWS[turn * 7 :] + RAWS[: turn * 7]
        return all(parse.parse(command_of(raw), texts[raw]) == expected[raw] for raw in order)

    sys.setswitchinterval(1e-5)
    try:
        with ThreadPoolExecutor(max_workers=4) as pool:
            assert all(pool.map(read_all, range(4)))
    finally:
        sys.setswitchinterval(before)
    for name, used in line_claims._templates.items():
        assert used.parser is parsers[name]
        parser = parser_of(name)
        assert parser.result() == [[]]
        assert not parser._templates[0].inputs


@pytest.mark.usefixtures("fresh")
def test_a_parser_that_met_an_error_is_not_used_again(monkeypatch: pytest.MonkeyPatch) -> None:
    parser = parser_of("service")

    def failing(*_: object, **__: object) -> None:
        raise RuntimeError

    with monkeypatch.context() as patched:
        patched.setattr(ttp, "parse", failing)
        with pytest.raises(RuntimeError):
            line_claims.claims("service", "turn", ["Enabled : true"])
    assert line_claims._templates["service"].parser is None
    assert line_claims.claims("service", "turn", ["Enabled : true"]) == [{"enabled": "true"}]
    assert parser_of("service") is not parser


def parser_of(template: str) -> ttp:
    line_claims.claims(template, "turn", ["no line of any answer"])
    parser = line_claims._templates[template].parser
    assert parser is not None
    return parser
