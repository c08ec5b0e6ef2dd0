"""What `--timing` shows: one line for each phase."""

from __future__ import annotations

from mmpctl.documents.report import PhaseDocument, TimingDocument


def timing_text(document: TimingDocument) -> str:
    """Return the time that was spent, by phase, as lines.

    Args:
        document: of the command.
    """
    head = f"{'phase':<10}{'count':>8}{'all nodes':>12}{'median node':>13}{'slowest node':>14}"
    lines = [f"Time spent: {document['seconds']:.2f} s in all. Nodes are worked on at the same time.", head]
    return "\n".join((*lines, *map(_line, document["phases"]))) + "\n"


def _line(phase: PhaseDocument) -> str:
    name = "SFTP" if phase["phase"] == "sftp" else phase["phase"]
    each = (phase["node_median"], phase["node_most"])
    median, most = ("-" if seconds is None else f"{seconds:.3f} s" for seconds in each)
    return f"{name:<10}{phase['count']:>8}{phase['seconds']:>10.3f} s{median:>13}{most:>14}"
