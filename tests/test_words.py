"""What users read is plain English, as far as a machine can tell: messages, advice, help, templates and documents."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.support.texts import ROOT, advice, literals, modules

# The help of all commands is in two of them: docs/commands.md and docs/mmpctl.1 are made from it.
DOCUMENTS = (
    "*.md",
    "docs/*.md",
    "docs/*.1",
    "monitoring/*.md",
    "monitoring/prometheus/*.rules.yaml",
    "templates/html/*.j2",
    "templates/html/*.js",
    "templates/init/*",
)

# A node, as messages name it: by its kind, by an example's name, or by what is filled in.
_NODE = r"(?:[Nn]odes?|[Dd]evices?|clock|prompt|lon-\d|cms-?\d|\{(?:node|other|own|me|master|keeper)\.name\})(?:'s|s')?"
RULES = {
    "a condition begins with if": r"[,;:.(] [Ww]here (?!`)|(?:^|[.:;] )(?:Is|Was|Does|Has|Says) [^?.]*[,:]"
    r"|(?<![Ii]f it is )\bdead for good\b",
    "nodes report and show": rf"(?<!\w){_NODE} (?:own )?(?:says?|said|tells?|words?|view|sees?)\b"
    rf"|(?<!\w){_NODE} calls? (?:itself|themselves)\b|(?<!\w){_NODE} names \S+ as\b",
    "no what-clause as the subject": r"(?:^|[.:;] )[Ww]hat [^,.:;?]*? (?:is|are|was|were|goes|lies|stays|counts|comes) "
    r"(?:[^ ]+ )*?(?:is|are|was|were|being|not|all|a|the|no)\b|\bwhat \S+ alone (?:holds|held)\b",
    "name the steps or operations": r"\bunder way\b|\b[Ww]hat (?:is|was) (?:left to do|begun|safe)\b",
    "a run is closed, and a new one started": r"\b(?:end|ended) this run\b",
    "a word that nobody uses": r"\banew\b|\bto the letter\b|\b[Kk]now before\b|\bis for people\b|\b[Ww]ho expires\b"
    r"|\bEnter alone\b|\b(?:at|come|comes|brings|brought) home\b|\bprove themselves\b|\bsaid so\b",
}


def paragraphs(text: str) -> list[str]:
    """The paragraphs, list items and rows of a document, each on one line."""
    return re.sub(r"\n(?!\n|[-|#.])\s*", " ", text).splitlines()


def wrong_words(text: str) -> list[str]:
    """The rules that a text breaks."""
    return [rule for rule, pattern in RULES.items() if re.search(pattern, text)]


def is_sentence(text: str) -> bool:
    """Whether it begins with a capital, a command, an option or a value, and ends as a sentence does."""
    return bool(re.match(r"[A-Z`{-]", text)) and bool(re.search(r"[.?}]$", text))


@pytest.mark.parametrize("file", modules(), ids=lambda file: str(file.relative_to(ROOT)))
def test_messages_are_plain_english(file: Path) -> None:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    assert [(line, rule, text) for line, text in literals(tree) for rule in wrong_words(text)] == []
    assert [(line, text) for line, text in advice(tree) if not is_sentence(text)] == []


@pytest.mark.parametrize("place", DOCUMENTS)
def test_documents_are_plain_english(place: str) -> None:
    files = sorted(ROOT.glob(place))
    assert files, f"no document is {place}: the test would read nothing"
    found = [
        (str(file.relative_to(ROOT)), rule, text)
        for file in files
        for text in paragraphs(file.read_text(encoding="utf-8"))
        for rule in wrong_words(text)
    ]
    assert found == []


def test_the_texts_are_found() -> None:
    trees = [ast.parse(file.read_text(encoding="utf-8")) for file in modules()]
    assert sum(len(list(advice(tree))) for tree in trees) > 200
    assert any("Each node has an address of its own" in text for tree in trees for _, text in literals(tree))


@pytest.mark.parametrize(
    "text",
    [
        "Is it another, or does it say that the node is in a cluster already: press Enter alone",
        "Is it refused because clustering is enabled, the node has not left",
        "Was it finished by hand, and does it work: end it",
        "remove it, where it stays so",
        "bring it back; where it is dead for good, renew",
        "the node's own words did not prove it",
        "the node says Enabled",
        "the device said nothing",
        "{node.name} names lon-2 as master",
        "{node.name}'s clock says noon",
        "two nodes call themselves master",
        "What is due is the audit's to say",
        "lost: what lon-2 alone holds",
        "stopping: what is under way is being finished",
        "then end this run",
        "its backup is not at home",
        "it connects anew",
        "--watch is for people",
        "Know before:",
    ],
)
def test_a_hard_sentence_is_found(text: str) -> None:
    assert wrong_words(text)


@pytest.mark.parametrize(
    "text",
    [
        "If the question is different, press Enter only (nothing changes) and stop",
        "Bring it back. If it is dead for good, renew",
        "Find out what is wrong, and where it was made.",
        "the node reports Enabled, and lon-2 shows slave",
        "Is the node up?",
        "What a renewal does, in this order",
    ],
)
def test_a_plain_sentence_is_left_alone(text: str) -> None:
    assert wrong_words(text) == []


@pytest.mark.parametrize("text", ["look at the node first", "Look at the node first", "look at the node first."])
def test_advice_that_is_no_sentence_is_found(text: str) -> None:
    assert not is_sentence(text)
