"""The JSON Schemas of all documents, made from their types: `python -m tests.documents.schemas` writes them."""

from __future__ import annotations

import dataclasses
import inspect
import json
import types
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import mmpctl
from mmpctl.device.answers.parse import WHERE_ANY
from mmpctl.device.commands import DECLARED
from mmpctl.documents import catalogue
from mmpctl.documents.answers import AnswerDocument
from mmpctl.documents.forms import Day, OneOf, Pattern, Time

FOLDER = Path(mmpctl.__file__).parent / "documents" / "schemas"

# What `mmpctl parse` prints: the facts of each command that it reads; those of all services are alike.
ANSWERS: Mapping[str, type] = MappingProxyType(
    {
        f"parse-{command.template.replace('_', '-')}": get_type_hints(command.build)["return"]
        for command in DECLARED.values()
        if command.offline and command.template
    }
)
DOCUMENTS: Mapping[str, type] = MappingProxyType({**catalogue.DOCUMENTS, **ANSWERS})

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_PLAIN = {bool: "boolean", int: "integer", float: "number", str: "string", type(None): "null"}


def schema(name: str) -> dict[str, Any]:
    """Return the JSON Schema of a document; keys that it does not name are allowed, since documents grow.

    Args:
        name: of the catalogue.
    """
    parts: dict[str, Any] = {}
    whole = _object(DOCUMENTS[name], parts)
    if name in ANSWERS:
        head = _object(AnswerDocument, parts)
        whole["properties"] = {**head["properties"], **whole["properties"]}
        whole["required"] = sorted({*head["required"], *whole["required"]})
    return {
        "$schema": _DIALECT,
        "$id": f"urn:mmpctl:document:1:{name}",
        "title": f"mmpctl: {name}",
        **whole,
        "$defs": dict(sorted(parts.items())),
    }


def text(name: str) -> str:
    """Return the same as the file has it.

    Args:
        name: of the catalogue.
    """
    return json.dumps(schema(name), indent=2) + "\n"


def _object(kind: type, parts: dict[str, Any]) -> dict[str, Any]:
    hints = get_type_hints(kind, include_extras=True)
    if dataclasses.is_dataclass(kind):
        told = [field.name for field in dataclasses.fields(kind) if field.metadata.get("json", True)]
        hints = {name: hints[name] for name in told}
        required = frozenset(told) - {*WHERE_ANY}
    else:
        required = getattr(kind, "__required_keys__")  # noqa: B009 - mypy does not see that it is there
    return {
        "description": (inspect.getdoc(kind) or "").split("\n\nArgs:")[0],
        "type": "object",
        "properties": {name: _value(hint, parts) for name, hint in hints.items()},
        "required": sorted(required),
    }


def _value(hint: Any, parts: dict[str, Any]) -> dict[str, Any]:
    origin, inner = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return _formed(inner[0], inner[1:])
    if origin is Literal:
        return {"enum": list(inner)} if len(inner) > 1 else {"const": inner[0]}
    if origin in (Union, types.UnionType):
        return _union([_value(one, parts) for one in inner])
    if origin in (list, tuple, dict):
        return _many(origin, inner, parts)
    return _one(hint, parts)


def _many(origin: type, inner: tuple[Any, ...], parts: dict[str, Any]) -> dict[str, Any]:
    if origin is not dict:
        return {"type": "array", "items": _value(inner[0], parts)}
    rest = {} if inner[1] is Any else {"additionalProperties": _value(inner[1], parts)}
    return {"type": "object", **rest}


def _one(hint: Any, parts: dict[str, Any]) -> dict[str, Any]:
    if hint in _PLAIN:
        return {"type": _PLAIN[hint]}
    if hint in (datetime, date):
        return _value(Time if hint is datetime else Day, parts)
    if hasattr(hint, "__required_keys__") or dataclasses.is_dataclass(hint):
        name = hint.__name__
        if name not in parts:
            # Noted before it is made: a type may hold itself.
            parts[name] = {}
            parts[name] = _object(hint, parts)
        return {"$ref": f"#/$defs/{name}"}
    raise TypeError(f"{hint!r} has no form in JSON Schema")


def _formed(plain: type, forms: tuple[object, ...]) -> dict[str, Any]:
    made: dict[str, Any] = {"type": _PLAIN[plain]}
    for form in forms:
        if isinstance(form, Pattern):
            made["pattern"] = form.regex
        elif isinstance(form, OneOf):
            made["enum"] = [str(word) for word in form.words]
    return made


def _union(sides: list[dict[str, Any]]) -> dict[str, Any]:
    if all(set(side) == {"type"} for side in sides):
        return {"type": [side["type"] for side in sides]}
    return {"anyOf": sides}


def main() -> None:
    """Write the schemas, and delete those of documents that are no more."""
    for stale in FOLDER.glob("*.json"):
        stale.unlink()
    FOLDER.mkdir(exist_ok=True)
    for name in DOCUMENTS:
        (FOLDER / f"{name}.json").write_text(text(name), encoding="utf-8")


if __name__ == "__main__":
    main()
