"""The page of the table of faults, made from its cases."""

from __future__ import annotations

import os
from collections.abc import Iterable

from tests.faults.case import FOLDER, GROUPS, ROOT, Case

PAGE = ROOT / "docs" / "faults.md"
COMMAND = "python -m tests.faults"

_TITLES = {
    "line": "The line",
    "node": "The node",
    "text": "The device's texts",
    "access": "Access",
    "people": "Other people",
    "here": "This machine",
    "hostile": "Hostile contents",
}
_HEAD = f"""# The table of faults

What goes wrong, what `mmpctl` makes of it, and the test that shows it. Each row is a case against the simulated fleet,
over real SSH and SFTP: the test asserts the exit code, what the devices were told, the rows of every database, and the
text that the user sees. In every case it also asserts that at most one initialize was accepted, that no command was
accepted twice, that question and intent were in the journal before the answer went out, that no secret is in any
output or file of the run, and that the keeper's rows are all there.

Exit codes: 0 done · 5 refused, nothing changed · 6 stopped, safe, `resume` goes on · 7 stopped, a person must look ·
8 finished, but the check afterwards failed · 10 nodes or clusters with different outcomes. "6, then 0" is a run that
stopped, and what its resumption came to once the fault was gone.

Made from `tests/faults/` by `{COMMAND}`; do not edit.
"""


def page(cases: Iterable[Case]) -> str:
    """The page.

    Args:
        cases: in the order of the groups.
    """
    parts = [_HEAD]
    by_group = {group: [case for case in cases if case.group == group] for group in GROUPS}
    for group, rows in by_group.items():
        if rows:
            parts.append(f"\n## {_TITLES[group]}\n\n| fault | what happens | exit code | test |\n|---|---|---|---|\n")
            parts += [_row(case) for case in sorted(rows, key=lambda case: case.what.casefold())]
    return "".join(parts)


def _row(case: Case) -> str:
    path = f"{FOLDER.relative_to(ROOT)}/{case.id}.yaml"
    name = case.slug
    if case.test is not None:
        path, _, name = case.test.partition("::")
    link = f"[{_cell(name)}]({os.path.relpath(ROOT / path, PAGE.parent)})"
    return f"| {_cell(case.what)} | {_cell(case.therefore)} | {case.code} | {link} |\n"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")
