"""The manual procedure as plain text for paper and change tickets: 80 columns, but for lines that are typed whole."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import PurePath
from textwrap import wrap

from rich.text import Text

from mmpctl.cluster.database_words import about_cluster, words_of
from mmpctl.documents.procedure import FileToSend, ProcedureDocument, ProcedureStep, QuestionDocument
from mmpctl.documents.request import WordsDocument
from mmpctl.reports.sanitize import harmless

WIDTH = 78
_RULE = "=" * WIDTH
_TYPED = " " * 8
_ON = {"mmp": "on the command line of {node}", "sftp": "in sftp to {node}", "here": "on your own machine"}


def by_hand(document: ProcedureDocument) -> Text:
    """Return the procedure for a screen: lines that are to be typed are not broken.

    Args:
        document: of `mmpctl.procedure.by_hand.document`.
    """
    return Text(text(document).rstrip("\n"), no_wrap=True, overflow="ignore")


def text(document: ProcedureDocument) -> str:
    """Return the procedure as text.

    Args:
        document: of `mmpctl.procedure.by_hand.document`.
    """
    lines = (
        *_head(document),
        *_steps(document),
        "",
        _RULE,
        f"The end. The {_words(document)['work']} is done if you saw at every step what must be seen.",
    )
    return "".join(f"{line}\n" for line in lines)


def _head(document: ProcedureDocument) -> Iterator[str]:
    words, steps = _words(document), document["steps"]
    seen = _plain(document["seen_at"]).replace("T", " ").replace("Z", " UTC")
    yield f"BY HAND: the {words['work']} of {_plain(document['cluster'])}, from the state of {seen}"
    yield _RULE
    first, *more = _about(document) or ("",)
    yield from _folded(f"{len(steps)} steps to the end, about {document['expected']}. {first}".rstrip())
    for sentence in more:
        yield from _folded(sentence)
    yield from ("", "Log in on each node, once for its command line and once for sftp:")
    for node in document["nodes"]:
        prompt = f", prompt {_plain(node['prompt'])}>" if node["prompt"] else ""
        leads = words["lead"] and node["name"] == document["keeper"]
        mark = f" (THE {_plain(words['lead']).upper()})" if leads else ""
        yield f"    {_plain(node['name'])}{mark}{prompt}"
        if node["host_key"]:
            yield f"        (its host key: {_plain(node['host_key'])})"
        yield f"{_TYPED}{_plain(node['ssh'])}"
        yield f"{_TYPED}{_plain(node['sftp'])}"
    yield from ("", "Rules:")
    for number, rule in enumerate(document["rules"], 1):
        yield from _folded(rule, f"{number:2}. ", "    ")


def _words(document: ProcedureDocument) -> WordsDocument:
    words = words_of(document)
    return {**words, "work": _plain(words["work"]), "touched": _plain(words["touched"])}


def _about(document: ProcedureDocument) -> list[str]:
    about = document.get("about")
    if about is None:
        # The document of an earlier release, which knew of one job only.
        about = about_cluster(document["keeper"] or "", document["keeper_address"] or "", document["left_out"])
    return [_plain(sentence) for sentence in about]


def _steps(document: ProcedureDocument) -> Iterator[str]:
    words = _words(document)
    total, touched = len(document["steps"]), words["touched"]
    # Where a node leads, what all wait for is safe on it. Where none does, what was begun is off.
    pause = "You may pause here, but the procedure must be finished" if words["lead"] else "Do not stop here"
    for wave, steps in groupby(document["steps"], key=lambda step: step["wave"]):
        yield from ("", _RULE)
        several = list(steps)
        actions = "; ".join(dict.fromkeys(f"{step['action']}" for step in several))
        yield from _folded(f"WAVE {wave}: {actions} on {_plain(', '.join(step['node'] for step in several))}")
        for step in several:
            yield from ("", *_step(step, total, touched))
        yield ""
        stop = "Safe to stop here" if several[0]["safe_to_stop"] == "yes" else pause
        yield from _folded(f"{stop}: {_plain(several[0]['if_stopped'])}.")


def _step(step: ProcedureStep, total: int, touched: str) -> Iterator[str]:
    node = _plain(step["node"])
    yield from _folded(
        f"[ ] Step {step['number']} of {total}, {node}: {step['action']}. About {step['expected']}.", "", "    "
    )
    yield f"    Its {touched}: {_plain(step['effect'])}"
    if step["warning"]:
        yield from _folded(f"!!! {_plain(step['warning'])}", "    ", "        ")
    if step["begun_before"]:
        saw = step["run_saw"]
        end = f"and saw: {_plain(saw)}" if saw else "and did not see how it ended"
        yield from _folded(
            f"!!! The run has started this step already, {end}. The state may have changed since: look first, "
            "for at least a minute.",
            "    ",
            "        ",
        )
    for look in step["look_first"]:
        yield from ("", f"    Look first, on the command line of {_plain(look['node'])}:")
        yield f"{_TYPED}{_plain(look['line'])}"
        yield "    Go on only if you see:"
        yield from _points(look["must_see"])
    yield from _files(step["files"])
    question = step["question"]
    for where, typed in groupby(step["type"], key=lambda one: one["where"]):
        yield from ("", f"    Type {_ON[where].format(node=node)}:")
        for one in typed:
            yield f"{_TYPED}{_plain(one['line'])}"
            if question is not None:
                yield from _question(question)
                yield "    Then, again and again:"
                question = None
    yield from ("", "    You must see:", *_points(step["must_see"]), "    If not:", *_points(step["if_not"]))


def _question(question: QuestionDocument) -> Iterator[str]:
    if question["texts"]:
        yield "    It asks:"
    for number, asked in enumerate(question["texts"]):
        if number:
            yield "    or:"
        for line in str(asked).splitlines():
            yield from _folded(line, f"{_TYPED}| ", f"{_TYPED}| ")
    if question["note"]:
        yield from _folded(question["note"], "    ", "    ")
    asked = "exactly this question" if question["texts"] else "it"
    yield f"    Answer {asked} with capital {question['answer']}, then Enter."


def _files(files: Iterable[FileToSend]) -> Iterator[str]:
    for folder, several in groupby(files, key=lambda file: str(PurePath(file["source"]).parent)):
        yield from ("", "    The files to send; check them with sha256sum. They are in", f"    {_plain(folder)}")
        for file in several:
            yield f"{_TYPED}{_plain(PurePath(file['source']).name)} -> {_plain(file['name'])}, {file['bytes']} bytes"
            yield f"{_TYPED}SHA-256 {file['sha256']}"


def _points(sentences: Iterable[str]) -> Iterator[str]:
    for sentence in sentences:
        yield from _folded(_plain(sentence), "      - ", "        ")


def _folded(sentence: str, first: str = "", more: str = "") -> list[str]:
    # A command or a file name in a sentence is not broken at its hyphens.
    return wrap(
        sentence,
        WIDTH,
        initial_indent=first,
        subsequent_indent=more,
        break_on_hyphens=False,
        break_long_words=False,
    )


def _plain(value: object) -> str:
    return harmless(value)
