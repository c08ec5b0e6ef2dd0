"""Your own runbook: one audit of the whole fleet, as one CSV file for each site.

    python report_by_site.py INVENTORY FOLDER

Takes MMP_USERNAME, MMP_PASSWORD and MMP_KNOWN_HOSTS from the environment, as `mmpctl` does.
"""

import csv
import sys
from collections import defaultdict
from pathlib import Path

from mmpctl.inventory.load import load
from mmpctl.inventory.sign_in import sign_in
from mmpctl.runbooks import audit

HEAD = ("cluster", "node", "use", "file", "severity", "expires", "days left", "subject", "findings")


def harmless(value: object) -> object:
    """Keep a spreadsheet from taking text of a node for a formula."""
    return f"'{value}" if str(value).startswith(("=", "+", "-", "@")) and not isinstance(value, int) else value


nr = load(sys.argv[1])
sign_in(nr)
report = audit.run(nr)

sites: dict[str, list[tuple[object, ...]]] = defaultdict(list)
for cluster in report.clusters:
    for node in cluster.nodes:
        rows = sites[node.node.site or "no site"]
        name = node.node.name
        for finding in node.findings:
            rows.append((cluster.name, name, "node", "", finding.severity, "", "", "", finding.message))
        for one in node.certificates:
            told = "; ".join(finding.message for finding in one.findings)
            expires, subject = (f"{one.facts.not_after:%Y-%m-%d}", one.facts.subject) if one.facts else ("", "")
            left = "" if one.days_left is None else one.days_left
            rows.append((cluster.name, name, one.use, one.file, one.severity, expires, left, subject, told))

folder = Path(sys.argv[2])
folder.mkdir(parents=True, exist_ok=True)
for site, rows in sorted(sites.items()):
    # Excel reads UTF-8 only with a byte-order mark.
    with (folder / f"{site}.csv").open("w", encoding="utf-8-sig", newline="") as file:
        table = csv.writer(file)
        table.writerow(HEAD)
        table.writerows([harmless(value) for value in row] for row in rows)
    print(f"{site}: {len(rows)} rows")
sys.exit(report.code)
