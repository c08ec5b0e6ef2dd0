"""Raw bytes of extensions without a name, in the text of `pki inspect`: whatever they look like, no fact changes."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmpctl.device.answers.pki_extensions import without_raw_extensions
from mmpctl.device.commands.pki_inspect import PKI_INSPECT
from mmpctl.errors import ParseError
from tests.support.gate import examples

CASE = Path(__file__).parent / "parse" / "pki_inspect" / "template_with_line_feed.raw"
LINES = CASE.read_text(encoding="utf-8").split("\n")
RAW = next(at for at, line in enumerate(LINES) if line.startswith("...j"))
FACTS = PKI_INSPECT.read("\n".join(LINES)).certificates
LOOK_ALIKES = [
    "Certificate:",
    "        Subject: CN = evil",
    "            Not After : Jan  2 16:58:43 2099 GMT",
    "    Signature Algorithm: md5WithRSAEncryption",
    "    Signature Algorithm: sha256WithRSAEncryption",
    "        14:17:05",
    "        X509v3 extensions:",
    "Serial Number: 1 (0x1)",
    "ERROR: not found",
    "Checking user configured certificates and keys...not found",
    "cms2> x",
    "",
]
# What OpenSSL's ASN1_STRING_print leaves of any bytes: printable ASCII, line feeds and carriage returns.
printed = st.text(st.sampled_from([chr(code) for code in range(32, 127)] + ["\n", "\r"]), max_size=60)
HEADINGS = [
    "1.3.6.1.4.1.311.21.10: ",
    "1.2.3.4: critical",
    "S/MIME Capabilities: ",
    "qcStatements: ",
    "Microsoft certificate template: ",
    "X509v3 Subject Alternative Name: critical",
    "Netscape Comment: ",
]
raw = st.lists(st.one_of(printed, st.sampled_from(LOOK_ALIKES)), max_size=6).map("\n".join)


@examples(300)
@given(raw, st.sampled_from(HEADINGS))
def test_no_bytes_of_an_extension_change_a_fact(text: str, heading: str) -> None:
    lines = [*LINES[: RAW - 2], " " * 12 + heading, LINES[RAW - 1], *text.split("\n"), *LINES[RAW:]]
    # What looks like a second whole certificate cannot be told from one; what the first one states stands.
    try:
        found = PKI_INSPECT.read("\n".join(lines)).certificates
    except ParseError:
        assert "Certificate:" in text
        return
    assert found[0] == FACTS[0]
    assert len(found) == 1 or "Certificate:" in text


@pytest.mark.parametrize("line", LOOK_ALIKES)
def test_each_look_alike_is_passed_over(line: str) -> None:
    lines = [*LINES[:RAW], line, *LINES[RAW:]]
    assert PKI_INSPECT.read("\n".join(lines)).certificates == FACTS


@examples(200)
@given(raw, st.sampled_from(HEADINGS))
def test_no_bytes_change_a_fact_where_no_signature_is_shown(text: str, heading: str) -> None:
    lines = [*LINES[: RAW - 2], " " * 12 + heading, LINES[RAW - 1], *text.split("\n")]
    # What looks like the beginning of something else cannot be told from it.
    try:
        found = PKI_INSPECT.read("\n".join(lines)).certificates
    except ParseError:
        assert any(word in text for word in ("Certificate:", "Checking ", "Signature Algorithm: "))
        return
    assert found[0] == FACTS[0]


@pytest.mark.parametrize("key", ["File contains a PEM encoded private key", "Private-Key: (2048 bit, 2 primes)"])
@pytest.mark.parametrize("signature", [True, False])
def test_a_key_behind_raw_bytes_stays_a_key(key: str, signature: bool) -> None:
    end = len(LINES) if signature else RAW + 1
    assert PKI_INSPECT.read("\n".join([*(line for line in LINES[:end] if line), key])).is_key


def test_the_next_certificate_is_read() -> None:
    text = "\n".join([*(line for line in LINES if line), *LINES[2:]])
    assert PKI_INSPECT.read(text).certificates == FACTS * 2


def test_below_a_named_extension_a_strange_line_is_told() -> None:
    named = next(at for at, line in enumerate(LINES) if "X509v3 Key Usage" in line)
    with pytest.raises(ParseError, match=f"line {named + 2} "):
        PKI_INSPECT.read("\n".join([*LINES[: named + 1], "strange", *LINES[named + 1 :]]))


def test_behind_the_signature_a_strange_line_is_told() -> None:
    with pytest.raises(ParseError):
        PKI_INSPECT.read("\n".join([*LINES, "strange", "20:20"]))


def test_lines_keep_their_numbers_and_other_texts_stay() -> None:
    assert len(without_raw_extensions("\n".join(LINES)).split("\n")) == len(LINES)
    assert without_raw_extensions("a\r\n    1.2.3: \r\nb") == "a\n    1.2.3: \nb"
