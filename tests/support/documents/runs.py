"""Past runs as documents.

They are literal: what makes them reads the folders of runs, and a run of each kind costs a renewal. Their types are the
documents' own, so that they cannot drift.
"""

from __future__ import annotations

from typing import Any

from mmpctl.documents.runs import RunDocument, RunsDocument
from mmpctl.runs.record import Event, Record, StepResult
from tests.support.documents.renewals import RUN


def runs() -> Any:
    """Two runs: one has finished, the other is unfinished."""
    found: RunsDocument = {
        "schema": 1,
        "command": "runs",
        "runs": [
            {
                "run": "20261122-101500-aaaa",
                "at": "2026-11-22T10:15:00Z",
                "state": "finished",
                "clusters": [{"name": "lab", "outcome": "renewed", "keeper": "lab-1"}],
            },
            {
                "run": RUN,
                "at": "2026-11-23T20:31:07Z",
                "state": "unfinished",
                "clusters": [
                    {"name": "lon-prod", "outcome": "stopped", "keeper": "lon-1"},
                    {"name": "nyc-prod", "outcome": None, "keeper": "nyc-1"},
                ],
            },
        ],
    }
    return found


def run() -> Any:
    """The second of them, with its journal."""
    lon, step, remove = "lon-prod", "remove:lon-2", "database cluster remove"
    question = {"question": "WARNING!!!\nAre you sure?"}
    failed = {"code": "x", "message": "the node fell silent"}
    records = (
        Record(1, _at(1), Event.KEEPER, lon, "lon-1"),
        Record(2, _at(2), Event.INTENT, lon, "lon-2", step, remove),
        Record(3, _at(3), Event.QUESTION, lon, "lon-2", step, detail=question),
        Record(4, _at(4), Event.OUTCOME, lon, "lon-2", step, result=StepResult.FAILED, detail=failed),
        Record(5, _at(5), Event.END, lon, result="stopped", detail={"code": 7, "reason": "why"}),
    )
    summary = runs()["runs"][1]
    found: RunDocument = {
        "schema": 1,
        "command": "runs",
        "run": summary["run"],
        "at": summary["at"],
        "state": summary["state"],
        "clusters": summary["clusters"],
        "request": {
            "inventory": "/srv/cms/inventory",
            "certs": "/srv/cms/certs-2027",
            "names": "versioned",
            "leave_out": ["lon-9"],
        },
        "by_hand": [f"runs/{RUN}/by-hand-lon-prod.txt"],
        "records": [record.document() for record in records],
    }
    return found


def _at(second: int) -> str:
    return f"2026-11-23T20:31:0{second}.123456Z"
