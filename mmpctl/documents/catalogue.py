"""Every document that the program prints or writes, by the name of its JSON Schema in `schemas/`."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from mmpctl.documents.audit import KeptAuditDocument
from mmpctl.documents.backup import BackupDocument, BackupRecordDocument
from mmpctl.documents.history import ForgottenDocument, HistoryDocument
from mmpctl.documents.init import InitDocument
from mmpctl.documents.inventory_check import InventoryCheckDocument
from mmpctl.documents.issuing.ca import CaDocument
from mmpctl.documents.issuing.check import CheckDocument
from mmpctl.documents.issuing.cleanup import CleanupDocument
from mmpctl.documents.issuing.csr import CsrDocument, NodeRequestDocument
from mmpctl.documents.issuing.rotate import RotationDocument
from mmpctl.documents.issuing.sign import SignDocument
from mmpctl.documents.issuing.stage import StageDocument
from mmpctl.documents.journal import JournalLine
from mmpctl.documents.lab import LabDocument
from mmpctl.documents.plan import PlanDocument
from mmpctl.documents.renewal import RenewalDocument, WaitingDocument
from mmpctl.documents.report import ReportDocument
from mmpctl.documents.request import RequestDocument
from mmpctl.documents.runs import BackupsOfRunsDocument, ProofDocument, RunDocument, RunsDocument
from mmpctl.documents.services.service_request import ServicesRequestDocument
from mmpctl.documents.sites.definitions import EngineDefinitionsDocument
from mmpctl.documents.sites.engine_check import EngineCheckDocument
from mmpctl.documents.sites.split import SplitDocument
from mmpctl.documents.status import StatusDocument
from mmpctl.documents.trust import TrustDocument

# What the commands print, but for `parse`: its documents are the facts of the commands that are declared.
PRINTED: Final[Mapping[str, type]] = MappingProxyType(
    {
        "audit": KeptAuditDocument,
        "status": StatusDocument,
        "plan": PlanDocument,
        "renew": RenewalDocument,
        "resume": RenewalDocument,
        "resume-waiting": WaitingDocument,
        "runs": RunsDocument,
        "runs-one": RunDocument,
        "runs-backups": BackupsOfRunsDocument,
        "runs-proof": ProofDocument,
        "backup": BackupDocument,
        "trust": TrustDocument,
        "inventory-check": InventoryCheckDocument,
        "history": HistoryDocument,
        "history-forgotten": ForgottenDocument,
        "init": InitDocument,
        "ca": CaDocument,
        "csr": CsrDocument,
        "sign": SignDocument,
        "check": CheckDocument,
        "rotate": RotationDocument,
        "cleanup": CleanupDocument,
        "stage": StageDocument,
        "engine-check": EngineCheckDocument,
        "engine-definitions": EngineDefinitionsDocument,
        "inventory-split": SplitDocument,
        "lab": LabDocument,
    }
)
# What lies in a run's folder, beside a backup, and beside the requests of a node.
WRITTEN: Final[Mapping[str, type]] = MappingProxyType(
    {
        "file-report": ReportDocument,
        "file-request": RequestDocument,
        "file-services-request": ServicesRequestDocument,
        "file-journal-line": JournalLine,
        "file-backup": BackupRecordDocument,
        "file-node-request": NodeRequestDocument,
    }
)
DOCUMENTS: Final[Mapping[str, type]] = MappingProxyType({**PRINTED, **WRITTEN})
