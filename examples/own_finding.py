"""Your own runbook: an audit with a rule of your house. Here: whatever is in use was issued by your own CA.

    python own_finding.py INVENTORY "CN=Our Root"

Takes MMP_USERNAME, MMP_PASSWORD and MMP_KNOWN_HOSTS from the environment, as `mmpctl` does. It ends with the exit
code of `mmpctl audit`, your findings included.
"""

import sys
from dataclasses import replace

from mmpctl.inventory.load import load
from mmpctl.inventory.sign_in import sign_in
from mmpctl.runbooks import CertificateRow, ClusterAudit, Finding, Severity, audit

nr = load(sys.argv[1])
sign_in(nr)
ours = sys.argv[2]


def checked(row: CertificateRow) -> CertificateRow:
    """A certificate with the finding of your own, if it has it."""
    if row.facts is None or ours in row.facts.issuer:
        return row
    message = f"{row.file} was issued by {row.facts.issuer}, not by {ours}"
    found = Finding("our-ca", Severity.DUE, row.file, message, "Have it issued by our own CA.")
    return replace(row, findings=(*row.findings, found))


def with_our_rule(cluster: ClusterAudit) -> ClusterAudit:
    """A cluster with the certificates of all its nodes checked."""
    nodes = [replace(node, certificates=tuple(map(checked, node.certificates))) for node in cluster.nodes]
    return replace(cluster, nodes=tuple(nodes))


report = audit.run(nr)
report = replace(report, clusters=tuple(map(with_our_rule, report.clusters)))
for cluster in report.clusters:
    for node in cluster.nodes:
        for row in node.certificates:
            for one in row.findings:
                print(f"{node.node.name}: {row.use}: {one.severity}: {one.id}: {one.message}. {one.cure}")
sys.exit(report.code)
