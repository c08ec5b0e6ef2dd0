"""What an audit has seen of a node's certificates."""

from __future__ import annotations

from datetime import datetime, timezone

from mmpctl.cluster.certificate_facts import CertificateFacts
from mmpctl.cluster.in_use import InUse, NodeInUse

NOW = datetime(2026, 5, 4, tzinfo=timezone.utc)


def test_names_that_an_audit_does_not_tell_are_not_known_and_nothing_was_wrong() -> None:
    facts = CertificateFacts("CN=a", "CN=ca", "1f", NOW, NOW, "", "", None)
    seen = NodeInUse(NOW, {"database server": InUse("a.cer", facts)})
    assert (seen.certificates["database server"].names, seen.certificates["database server"].in_order) == (None, True)
