"""The locks hold what pyproject.toml asks for, with hashes, and name no place to fetch from."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).parents[2]
USERS, DEVELOPERS, TESTS, LOWEST, NEIGHBOURS, DOCS, RELEASE = (
    "requirements.txt",
    "requirements-dev.txt",
    "requirements-test.txt",
    "requirements-lowest.txt",
    "requirements-neighbours.txt",
    "requirements-docs.txt",
    "requirements-release.txt",
)
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def pins(lock: str) -> Iterator[tuple[Requirement, frozenset[str]]]:
    """Each pinned package of a lock, with its hashes."""
    text = re.sub(r"\\\n", " ", (ROOT / lock).read_text(encoding="utf-8"))
    for line in text.splitlines():
        if line.strip() and not line.lstrip().startswith("#"):
            words, *hashes = line.split("--hash=")
            yield Requirement(words), frozenset(one.strip() for one in hashes)


def versions(lock: str) -> dict[str, set[str]]:
    """The versions of each package; several where they depend on Python's."""
    found: dict[str, set[str]] = {}
    for pin, _ in pins(lock):
        found.setdefault(canonicalize_name(pin.name), set()).add(str(pin.specifier).removeprefix("=="))
    return found


def asked(*extras: str) -> list[Requirement]:
    """The direct dependencies of the project."""
    project = PROJECT["project"]
    texts = [*project["dependencies"], *(text for name in extras for text in project["optional-dependencies"][name])]
    return [Requirement(text) for text in texts]


@pytest.mark.parametrize("lock", [USERS, DEVELOPERS, TESTS, LOWEST, NEIGHBOURS, DOCS, RELEASE])
def test_every_package_of_a_lock_is_pinned_with_its_hashes(lock: str) -> None:
    for pin, hashes in pins(lock):
        assert str(pin.specifier).startswith("=="), pin
        assert hashes and all(one.startswith("sha256:") for one in hashes), pin
    text = (ROOT / lock).read_text(encoding="utf-8")
    assert "://" not in text and not re.search(r"^\s*-(?!-hash=)", text, re.MULTILINE)


@pytest.mark.parametrize("lock", [USERS, TESTS])
def test_users_and_other_interpreters_get_what_the_tests_ran_with(lock: str) -> None:
    tested = {(pin.name, str(pin.specifier)): hashes for pin, hashes in pins(DEVELOPERS)}
    assert [str(pin) for pin, hashes in pins(lock) if tested.get((pin.name, str(pin.specifier))) != hashes] == []


def test_plugins_of_others_meet_what_the_tests_ran_with() -> None:
    developers, neighbours = versions(DEVELOPERS), versions(NEIGHBOURS)
    shared = developers.keys() & neighbours.keys()
    assert {"nornir", "netmiko", "paramiko"} <= shared
    assert {name for name in shared if not neighbours[name] <= developers[name]} == set()
    assert "pandas" not in developers, "Nornir would import it in every process"


@pytest.mark.parametrize("package", ["asyncssh", "celery"])
def test_users_of_real_servers_get_no_ssh_server_and_no_broker(package: str) -> None:
    assert package not in versions(USERS)
    assert package in versions(DEVELOPERS)


@pytest.mark.parametrize(
    ("lock", "extras"),
    [
        (USERS, ("history",)),
        (DEVELOPERS, ("history", "lab", "reach")),
        (TESTS, ("history", "lab", "reach")),
        (LOWEST, ("history", "lab", "reach")),
        (NEIGHBOURS, ("history", "lab", "reach")),
    ],
)
def test_a_lock_has_what_the_project_asks_for(lock: str, extras: tuple[str, ...]) -> None:
    locked = versions(lock)
    for wanted in asked(*extras):
        assert all(version in wanted.specifier for version in locked[canonicalize_name(wanted.name)]), wanted


def test_the_lower_bounds_are_those_that_are_tested() -> None:
    locked = versions(LOWEST)
    for wanted in asked("history", "lab", "reach"):
        (bound,) = wanted.specifier
        assert bound.operator == ">=", f"{wanted}: no lower bound"
        assert set(map(Version, locked[canonicalize_name(wanted.name)])) == {Version(bound.version)}, wanted
