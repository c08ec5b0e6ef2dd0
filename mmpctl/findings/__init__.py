"""Everything that can be found: one entry for each id, with severities, message, cure and why it matters."""

from __future__ import annotations

from mmpctl.findings.certificate_rules import CERTIFICATE_RULES
from mmpctl.findings.content_rules import CONTENT_RULES
from mmpctl.findings.file_rules import FILE_RULES
from mmpctl.findings.fleet_rules import FLEET_RULES
from mmpctl.findings.in_use_rules import IN_USE_RULES
from mmpctl.findings.peer_rules import PEER_RULES
from mmpctl.findings.replacement_rules import REPLACEMENT_RULES
from mmpctl.findings.request_rules import REQUEST_RULES
from mmpctl.findings.rule import Rule
from mmpctl.findings.service_rules import SERVICE_RULES

__all__ = ["FLEET_RULES", "RULES", "Rule"]

# Of certificates, keys and their files, in the order of the documentation.
RULES: dict[str, Rule] = {
    **FILE_RULES,
    **CONTENT_RULES,
    **CERTIFICATE_RULES,
    **IN_USE_RULES,
    **REQUEST_RULES,
    **SERVICE_RULES,
    **PEER_RULES,
    **REPLACEMENT_RULES,
}
