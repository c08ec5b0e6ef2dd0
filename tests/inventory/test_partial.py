"""An inventory is read once: what is made of it is what Nornir's own plugin makes of the same files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from nornir.core.inventory import Host
from nornir.core.plugins.inventory import TransformFunctionRegister
from nornir.plugins.inventory import SimpleInventory
from ruamel.yaml import YAML

from mmpctl.inventory.documents import Kind, Sources, read
from mmpctl.inventory.load import load
from mmpctl.inventory.mistakes import FaultyInventoryError
from mmpctl.inventory.partial import readable
from mmpctl.inventory.schema import problems_of_form
from tests.support.inventories import Write

_WORDS = st.sampled_from(["oslo", "007", "1:30", "yes", "null", "2026-11-29", "0x1f", "æ", "", "a: b", "# c"])
_VALUES = st.recursive(
    _WORDS | st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(_WORDS, inner, max_size=2),
    max_leaves=4,
)
_DATA = st.none() | st.dictionaries(_WORDS, _VALUES, max_size=3)
_OPTIONS: dict[str, Any] = {
    "hostname": st.none() | _WORDS,
    "port": st.none() | st.integers(1, 65535),
    "username": st.none() | _WORDS,
    "password": st.none() | _WORDS,
    "platform": st.none() | _WORDS,
}
_CONNECTIONS = st.dictionaries(
    st.sampled_from(["netmiko", "mmp_sftp"]),
    st.fixed_dictionaries({}, optional={**_OPTIONS, "extras": _DATA}),
    max_size=2,
)
_DEFAULTS = st.fixed_dictionaries({}, optional={**_OPTIONS, "data": _DATA, "connection_options": _CONNECTIONS})
_GROUPS = ("cms", "site", "edge")


def _element(*groups: str) -> st.SearchStrategy[dict[str, Any]]:
    names = st.lists(st.sampled_from(groups), unique=True) if groups else st.just([])
    own = {**_OPTIONS, "data": _DATA, "connection_options": _CONNECTIONS, "groups": st.none() | names}
    return st.fixed_dictionaries({}, optional=own)


def _both(folder: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    kinds: tuple[Kind, ...] = ("hosts", "groups", "defaults")
    sources = Sources(folder, {kind: read(folder / f"{kind}.yaml") for kind in kinds})
    assert problems_of_form(sources) == ()
    files = (str(folder / f"{kind}.yaml") for kind in kinds)
    return readable(sources).inventory.dict(), SimpleInventory(*files).load().dict()


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    hosts=st.dictionaries(st.sampled_from(["a-1", "a-2", "7b"]), _element(*_GROUPS), max_size=3),
    # Each has those after it above it, so that there is no circle.
    groups=st.fixed_dictionaries({name: _element(*_GROUPS[place + 1 :]) for place, name in enumerate(_GROUPS)}),
    defaults=_DEFAULTS,
)
def test_it_is_what_nornir_reads(
    tmp_path: Path, hosts: dict[str, Any], groups: dict[str, Any], defaults: dict[str, Any]
) -> None:
    written = YAML(typ="safe", pure=True)
    # Within braces, the parser of the oldest release does not read `1:30`.
    written.default_flow_style = False
    for kind, content in (("hosts", hosts), ("groups", groups), ("defaults", defaults)):
        with (tmp_path / f"{kind}.yaml").open("w", encoding="utf-8") as file:
            written.dump(content, file)
    ours, theirs = _both(tmp_path)
    assert ours == theirs
    assert repr(ours) == repr(theirs)


def test_blocks_that_are_repeated_are_what_nornir_reads(tmp_path: Path) -> None:
    texts = {
        "hosts": "a-1: &one\n  hostname: x\n  data: &data {site: oslo, list: [1, 0o17, 1_000, 1e3, 2026-11-29]}\n"
        "a-2:\n  <<: *one\n  data: {<<: *data, role: master, set: !!set {x, y}}\na-3: *one\n",
        "groups": "# none\n",
        "defaults": "",
    }
    for kind, text in texts.items():
        (tmp_path / f"{kind}.yaml").write_text(text, encoding="utf-8")
    ours, theirs = _both(tmp_path)
    assert ours == theirs and repr(ours) == repr(theirs)


def test_a_transform_function_is_called_as_by_nornir(write: Write, tmp_path: Path) -> None:
    def add(host: Host, **options: Any) -> None:
        host.data.update(options)

    TransformFunctionRegister.register("test-add-owner", add)
    folder = write()
    config = tmp_path / "config.yaml"
    files = {f"{kind}_file": str(folder / f"{name}.yaml") for kind, name in _NAMES}
    section = {
        "plugin": "SimpleInventory",
        "options": files,
        "transform_function": "test-add-owner",
        "transform_function_options": {"owner": "me"},
    }
    with config.open("w", encoding="utf-8") as file:
        YAML(typ="safe", pure=True).dump({"inventory": section}, file)
    try:
        assert {host["owner"] for host in load(config).inventory.hosts.values()} == {"me"}
    finally:
        TransformFunctionRegister.deregister("test-add-owner")


def test_a_tag_that_nobody_knows_is_told_with_its_line(write: Write) -> None:
    with pytest.raises(FaultyInventoryError) as caught:
        load(write(hosts="x:\n  hostname: 127.70.1.1\n  data: {site: !secret oslo}\n"))
    [problem] = caught.value.problems
    assert problem.place.line == 3 and "!secret" in problem.what


_NAMES = (("host", "hosts"), ("group", "groups"), ("defaults", "defaults"))
