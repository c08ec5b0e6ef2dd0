"""What stands beside the code is true: licence, metadata, links and the places that the papers name."""

from __future__ import annotations

import hashlib
import re
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hatchling.builders.sdist import SdistBuilder
from ruamel.yaml import YAML

from mmpctl import tasks

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).parents[2]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
PAPERS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("monitoring/*.md")])
# Of the text at apache.org, with its line ends.
APACHE_2 = "cfc7749b96f63bd31c3c42b5c471bf756814053e847c10f3eb003417bc523d30"


def links(text: str) -> Iterator[tuple[str, str]]:
    """The file and the heading of every link of a page that leads into the repository."""
    for target in re.findall(r"\]\(([^)\s]+)\)", re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)):
        if "://" not in target and not target.startswith("mailto:"):
            file, _, heading = target.partition("#")
            yield file, heading


def anchors(text: str) -> set[str]:
    """The anchors of a page's headings, as renderers of Markdown make them."""
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    plain = [re.sub(r"[^\w\s-]", "", re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", one)).strip().lower() for one in headings]
    return {one.replace(" ", "-") for one in plain} | set(re.findall(r'<a id="([^"]+)">', text))


def places(text: str) -> Iterator[str]:
    """Every file or folder of the repository that a page names in code letters."""
    yield from re.findall(
        r"`((?:mmpctl|docs|examples|tests|monitoring|benchmarks|inventory|runbooks|tasks|templates)/[\w./-]*)`", text
    )


def test_the_licence_is_the_one_that_the_metadata_name() -> None:
    assert hashlib.sha256((ROOT / "LICENSE").read_bytes()).hexdigest() == APACHE_2
    assert PROJECT["license"] == "Apache-2.0" and PROJECT["license-files"] == ["LICENSE"]
    assert PROJECT["authors"] == [{"name": "the mmpctl authors"}]


def test_the_metadata_name_every_interpreter_that_the_matrix_runs() -> None:
    told = re.findall(r"^Programming Language :: Python :: (3\.\d+)$", "\n".join(PROJECT["classifiers"]), re.MULTILINE)
    run = re.search(r"^MATRIX \?= (.+)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert run is not None and run[1].split() == told


def test_the_source_distribution_has_the_papers(tmp_path: Path) -> None:
    (sdist,) = SdistBuilder(str(ROOT)).build(directory=str(tmp_path), versions=["standard"])
    with tarfile.open(sdist) as archive:
        packed = {name.partition("/")[2] for name in archive.getnames()}
    assert {"LICENSE", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "README.md", "docs/house.md"} <= packed
    assert not any("/.venv/" in name for name in packed)


def test_hooks_use_the_tools_of_the_checkout_and_fetch_nothing() -> None:
    hooks = YAML(typ="safe").load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))["repos"]
    assert [one["repo"] for one in hooks] == ["local"]
    entries = [hook["entry"].split()[0] for hook in hooks[0]["hooks"]]
    assert entries and all(one.startswith(".venv/bin/") for one in entries)


@pytest.mark.parametrize("paper", PAPERS, ids=lambda file: str(file.relative_to(ROOT)))
def test_links_lead_somewhere(paper: Path) -> None:
    text = paper.read_text(encoding="utf-8")
    for file, heading in links(text):
        target = (paper.parent / file).resolve() if file else paper
        assert target.exists(), f"{file} does not exist"
        assert not heading or heading in anchors(target.read_text(encoding="utf-8")), f"{file} has no {heading}"


# What changed names places as they were then.
@pytest.mark.parametrize("paper", [one for one in PAPERS if one.name != "CHANGELOG.md"], ids=lambda file: file.name)
def test_the_places_that_papers_name_are_there(paper: Path) -> None:
    # A word in capitals, such as NAME, stands for any.
    named = {one: re.sub(r"\b[A-Z]+\b", "*", one) for one in places(paper.read_text(encoding="utf-8"))}
    assert [one for one, pattern in named.items() if not any(ROOT.glob(pattern))] == []


def test_the_picture_has_every_room() -> None:
    picture = (ROOT / "docs" / "architecture.svg").read_text(encoding="utf-8")
    rooms = {one.name for one in (ROOT / "mmpctl").iterdir() if (one / "__init__.py").is_file()}
    assert {"cli", "cluster", "tasks"} <= rooms
    assert {room for room in rooms if f">{room}</text>" not in picture} == set()


def test_the_page_for_scripts_has_every_task() -> None:
    page = (ROOT / "docs" / "runbooks.md").read_text(encoding="utf-8")
    assert re.findall(r"^::: mmpctl\.tasks\.\S+\.(\w+)$", page, re.MULTILINE) == tasks.__all__


def test_the_site_has_every_page() -> None:
    listed = re.findall(r": (\w+\.md)$", (ROOT / "mkdocs.yml").read_text(encoding="utf-8"), re.MULTILINE)
    assert len(listed) == len(set(listed))
    assert {one.name for one in ROOT.glob("docs/*.md")} <= set(listed)


def test_every_room_has_its_row_in_the_guide() -> None:
    guide = (ROOT / "docs" / "house.md").read_text(encoding="utf-8")
    rooms = {
        f"mmpctl/{one.name}/" if not one.is_symlink() else f"{one.name}/"
        for one in (ROOT / "mmpctl").iterdir()
        if one.is_dir() and one.name != "__pycache__"
    }
    assert {room for room in rooms if f"`{room}" not in guide} == set()
