"""TTP as the parsers use it: every line is claimed once, parsers are re-used, and nothing of theirs leaks."""

from __future__ import annotations

import os
import stat
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from ttp import ttp

from mmpctl.device.answers import parse, ttp_reader
from mmpctl.device.commands import DECLARED
from mmpctl.device.commands.pki_list import PKI_LIST
from mmpctl.errors import ParseError
from tests.support.answers import RAWS, TEMPLATES, command_of, name_of, raw_of
from tests.support.children import PATIENCE_SECONDS


def test_templates_are_data_only() -> None:
    for template in TEMPLATES.iterdir():
        text = template.read_text(encoding="utf-8")
        assert "macro" not in text
        assert '<vars load="json">' in text, "vars without a loader are run as Python"


@pytest.mark.parametrize("raw", RAWS, ids=name_of)
def test_no_line_is_claimed_by_two_rules(raw: Path) -> None:
    # TTP's choice between two rules depends on the position of the line, so there must be none to make.
    command = command_of(raw)
    declared = DECLARED[command]
    assert declared.template is not None
    read = ttp_reader.read_answer(declared.template, command, declared.prepare(raw.read_text(encoding="utf-8")))
    with ttp_reader._parser(declared.template, command) as parser:
        groups = parser._templates[0].groups
    rules = [rule for group in groups for rule in group.start_re]
    assert len(rules) > 2
    for line in read.lines:
        text = "\n\n" + line.text.rstrip() + "\n\n"
        claims = [rule["REGEX"].pattern for rule in rules if not rule["IS_LINE"] and rule["REGEX"].search(text)]
        assert len(claims) == 1, (line.text, claims)


@pytest.fixture
def fresh_parsers(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(ttp_reader, "_idle", {})
    monkeypatch.setattr(ttp_reader, "_cache", [])
    yield


@pytest.mark.usefixtures("fresh_parsers")
def test_a_missing_template_is_an_error_not_an_empty_result() -> None:
    with pytest.raises(ParseError, match=r"no_such\.ttp"):
        ttp_reader.read_answer("no_such", "pki list", raw_of("pki_list/vendor_note"))


@pytest.mark.usefixtures("fresh_parsers")
def test_a_rule_that_swallows_a_line_is_found_out() -> None:
    careless = '<group name="lines*" method="table">\n{{ a | re("[^:]+") }}\n{{ unclaimed | _line_ }}\n</group>'
    ttp_reader._idle["careless"] = [ttp(template=careless)]
    with pytest.raises(ParseError, match="2 lines, of which TTP returned"):
        ttp_reader.read_answer("careless", "pki list", "one\ntwo")


@pytest.mark.usefixtures("fresh_parsers")
def test_the_cache_of_ttp_is_private_and_the_environment_is_left_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TTPCACHEFOLDER", "/nowhere")
    PKI_LIST.read(raw_of("pki_list/vendor_note"))
    folder = Path(ttp_reader._cache[0].name)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert [file.name for file in folder.iterdir()] == ["ttp_dict_cache.pickle"]
    assert os.environ["TTPCACHEFOLDER"] == "/nowhere"


@pytest.mark.usefixtures("fresh_parsers")
def test_without_a_temporary_folder_parsing_goes_on(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "gone"))
    monkeypatch.delenv("TTPCACHEFOLDER", raising=False)
    assert PKI_LIST.read(raw_of("pki_list/vendor_note")).files
    assert ttp_reader._cache == []
    assert "TTPCACHEFOLDER" not in os.environ


@pytest.mark.usefixtures("fresh_parsers")
def test_one_parser_for_each_reader_at_work_and_none_keeps_what_it_read() -> None:
    texts = {raw: raw.read_text(encoding="utf-8") for raw in RAWS}
    expected = {raw: parse.parse(command_of(raw), text) for raw, text in texts.items()}
    gate = threading.Barrier(4)

    def read_all(turn: int) -> bool:
        with ttp_reader._parser("service", "turn"):
            gate.wait(timeout=PATIENCE_SECONDS)
        order = RAWS[turn * 7 :] + RAWS[: turn * 7]
        return all(parse.parse(command_of(raw), texts[raw]) == expected[raw] for raw in order)

    with ThreadPoolExecutor(max_workers=4) as pool:
        assert all(pool.map(read_all, range(4)))
    idle = list(ttp_reader._idle["service"])
    assert len({id(parser) for parser in idle}) == len(idle) == 4
    with ttp_reader._parser("service", "turn") as parser:
        assert parser in idle
        assert parser not in ttp_reader._idle["service"]
        assert parser.result() == [[]]
        assert not parser._templates[0].inputs


@pytest.mark.usefixtures("fresh_parsers")
def test_a_parser_that_met_an_error_is_not_used_again() -> None:
    with pytest.raises(RuntimeError), ttp_reader._parser("service", "turn"):
        raise RuntimeError
    assert ttp_reader._idle["service"] == []
