"""The page of all error codes, read from the sources; `python -m tests.distribution.error_codes` writes it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from tests.support.texts import advice, modules, shown

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "errors.md"
_HEAD = """# Error codes

Every error says what happened, on which node or in which file, and what to do. It also has a code: a stable word for
scripts. In Python it is `error.code` of a `mmpctl.errors.MmpError`; in a run it stands beside the message in
`journal.jsonl` and `report.json`. An error of new certificates has the id of its [finding](findings.md) as its code.

Below are, for each code, the kind of error (its class in Python), what that kind means, and the messages that have the
code, with `…` for names and values. The exit codes are in the [reference](reference.md#exit-codes).

Made from the sources by `python -m tests.distribution.error_codes`; do not edit.
"""
_ROOT_CLASS = "MmpError"


@dataclass
class Kind:
    """A class of errors: the class above it, its own code, and the first sentence of its docstring."""

    base: str
    code: str | None
    about: str


@dataclass
class Sources:
    """What all modules say about errors: their classes, texts that have a name, and the calls that make an error."""

    kinds: dict[str, Kind] = field(default_factory=dict)
    constants: dict[str, str] = field(default_factory=dict)
    trees: list[ast.Module] = field(default_factory=list)

    def code_of(self, kind: str) -> str:
        """The code of a class that gives none of its own in a call."""
        known = self.kinds[kind]
        return known.code or self.code_of(known.base)


@dataclass(frozen=True, order=True)
class Entry:
    """One message: its code, the class that has it, what happened, and what to do."""

    code: str
    kind: str
    message: str
    cure: str


@lru_cache
def read() -> Sources:
    """All modules of the package but the lab's, which shares no errors with it."""
    found = Sources(trees=[ast.parse(file.read_text(encoding="utf-8")) for file in modules()])
    classes = {one.name: one for tree in found.trees for one in ast.walk(tree) if isinstance(one, ast.ClassDef)}
    grown = True
    known = {_ROOT_CLASS}
    while grown:
        more = {name for name, one in classes.items() if known & {ast.unparse(base) for base in one.bases}}
        grown, known = not more <= known, known | more
    for name in known:
        one = classes[name]
        base = next((ast.unparse(base) for base in one.bases if ast.unparse(base) in known), _ROOT_CLASS)
        found.kinds[name] = Kind(base, _own_code(one), _first_sentence(one))
    for tree in found.trees:
        for target, value in _assignments(tree.body):
            if isinstance(target, ast.Name) and isinstance(value, ast.Constant) and isinstance(value.value, str):
                found.constants[target.id] = value.value
    return found


def _own_code(one: ast.ClassDef) -> str | None:
    values = [value for target, value in _assignments(one.body) if ast.unparse(target) == "code"]
    return next((str(value.value) for value in values if isinstance(value, ast.Constant)), None)


def _first_sentence(one: ast.ClassDef) -> str:
    return " ".join((ast.get_docstring(one) or "").split("\n\n", maxsplit=1)[0].split())


def _assignments(body: list[ast.stmt]) -> Iterator[tuple[ast.expr, ast.expr]]:
    for one in body:
        if isinstance(one, ast.Assign):
            yield from ((target, one.value) for target in one.targets)
        if isinstance(one, ast.AnnAssign) and one.value is not None:
            yield one.target, one.value


def entries(sources: Sources) -> set[Entry]:
    """Every message that a call gives to an error, and every code that a call or a function names without one."""
    found = set()
    for tree in sources.trees:
        makers = dict(_makers(tree, sources))
        found |= {entry for entries in makers.values() for entry in entries}
        for one in ast.walk(tree):
            if isinstance(one, ast.Call):
                found |= set(_made(one, makers, sources))
            if isinstance(one, ast.If):
                found |= set(_changed(one, sources))
    return found


def _made(call: ast.Call, makers: dict[str, set[Entry]], sources: Sources) -> Iterator[Entry]:
    """What one call makes: of a class of errors, or of a function that makes one."""
    name = ast.unparse(call.func).removeprefix("self.")
    codes = [code for word in call.keywords if word.arg == "code" for code in _words(word.value, sources)]
    cure = next((text for _, text in advice(_just(call))), "")
    texts = [text for text in map(shown, call.args) if text]
    if name in sources.kinds:
        if not any(word.arg == "code" for word in call.keywords):
            codes = [sources.code_of(name)]
        message = (shown(call.args[0]) if call.args else None) or ""
        yield from (Entry(code, name, message, cure) for code in codes)
    elif name in makers:
        kind = next(entry.kind for entry in makers[name])
        codes = codes or [entry.code for entry in makers[name]]
        yield from (Entry(code, kind, text, cure) for code in codes for text in texts or [""])
    else:
        yield from (Entry(code, "", "", cure) for code in codes)


def _changed(one: ast.If, sources: Sources) -> Iterator[Entry]:
    """The codes that errors of a kind get afterwards: `if isinstance(error, Kind): error.code = …`."""
    kinds = [name.id for name in ast.walk(one.test) if isinstance(name, ast.Name) and name.id in sources.kinds]
    for target, value in _assignments(one.body):
        if isinstance(target, ast.Attribute) and target.attr == "code":
            yield from (Entry(code, kind, "", "") for kind in kinds for code in _words(value, sources))


def _makers(tree: ast.Module, sources: Sources) -> Iterator[tuple[str, set[Entry]]]:
    """The functions of a module that make an error with a code that they are given, each with its default."""
    for one in ast.walk(tree):
        if isinstance(one, ast.FunctionDef) and one.name != "__init__" and (codes := set(_defaults(one.args, sources))):
            calls = [ast.unparse(call.func) for call in ast.walk(one) if isinstance(call, ast.Call)]
            kind = next((name for name in calls if name in sources.kinds), "")
            yield one.name, {Entry(code, kind, "", "") for code in codes}


def _just(call: ast.Call) -> ast.Module:
    """The call without those within it, which may make errors of their own."""
    own = [word for word in call.keywords if word.arg == "advice"]
    return ast.Module([ast.Expr(ast.Call(call.func, [], own))], [])


def _words(value: ast.expr, sources: Sources) -> Iterator[str]:
    if isinstance(value, ast.Constant) and isinstance(value.value, str):
        yield value.value
    elif isinstance(value, ast.Name) and value.id in sources.constants:
        yield sources.constants[value.id]
    elif isinstance(value, ast.IfExp):
        yield from _words(value.body, sources)
        yield from _words(value.orelse, sources)


def _defaults(arguments: ast.arguments, sources: Sources) -> Iterator[str]:
    positional = [*arguments.posonlyargs, *arguments.args]
    pairs = [*zip(reversed(positional), reversed(arguments.defaults), strict=False)]
    pairs += [(name, value) for name, value in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True) if value]
    for name, value in pairs:
        if name.arg == "code":
            yield from _words(value, sources)


def page() -> str:
    """The page."""
    sources = read()
    found = entries(sources)
    own = {kind.code: name for name, kind in sources.kinds.items() if kind.code}
    codes = sorted({one.code for one in found} | set(own))
    return _HEAD + "".join(_section(code, {one for one in found if one.code == code}, own, sources) for code in codes)


def _section(code: str, found: set[Entry], own: dict[str, str], sources: Sources) -> str:
    kinds = sorted({one.kind for one in found if one.kind} | ({own[code]} if code in own else set()))
    parts = [f"\n## {code}\n"]
    parts += [f"\n`{kind}`: {_plain(sources.kinds[kind].about, sources)}\n" for kind in kinds]
    rows = sorted({(_plain(one.message, sources), _plain(one.cure, sources)) for one in found if one.message})
    if rows:
        parts.append("\n| what happened | what to do |\n|---|---|\n")
        parts += [f"| {message} | {cure} |\n" for message, cure in rows]
    return "".join(parts)


def _plain(text: str, sources: Sources) -> str:
    """A text with … for each value, safe within a row."""
    return (
        re.sub(r"\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}", "…", " ".join(text.split())).replace("|", "\\|").replace("<", "&lt;")
    )


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
