"""The page of all findings, made from the tables; `python -m tests.findings.page` writes it."""

from __future__ import annotations

import re
from pathlib import Path

from mmpctl.findings import FLEET_RULES, RULES, Rule

PAGE = Path(__file__).parents[2] / "docs" / "findings.md"
_HEAD = """# Findings

What `mmpctl audit`, and the checks before a renewal, may find: the stable id, the severity in an audit (and before a
renewal, if it is different there), what it means, why it matters, and the cure. `note` raises nothing: neither a row's
state nor an exit code.

Made from the tables in `mmpctl/findings/` by `python -m tests.findings.page`; do not edit.
"""


def page() -> str:
    """The page."""
    parts = [_HEAD, _table("Certificates, keys and their files", RULES), _table("Nodes and clusters", FLEET_RULES)]
    return "\n".join(parts)


def _table(title: str, rules: dict[str, Rule]) -> str:
    rows = [f"\n## {title}\n", "| id | severity | what | why | cure |", "|---|---|---|---|---|"]
    for name, rule in rules.items():
        severity = rule.deployed or rule.severity
        before = f" ({rule.severity})" if rule.deployed else ""
        cells = (f"`{name}`", f"{severity}{before}", rule.message, rule.why, rule.cure)
        rows.append(f"| {' | '.join(_cell(cell) for cell in cells)} |")
    return "\n".join(rows) + "\n"


def _cell(text: str) -> str:
    return re.sub(r"\{(\w+)\}", r"*\1*", text).replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
