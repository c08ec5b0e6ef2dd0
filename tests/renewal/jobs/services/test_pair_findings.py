"""What is found of many files alike is told once, with the names of the files."""

from __future__ import annotations

from mmpctl.findings.finding import finding
from mmpctl.renewal.jobs.services.wanted_pairs import PairFindings


def test_one_kind_of_finding_is_told_once() -> None:
    dates = {"date": "2026-12-20", "present": "2027-01-01"}
    found = PairFindings(findings=[finding("ends-sooner", f"{name}.cer", **dates) for name in "abbcdef"])
    found.findings.append(finding("bundle-unused", "b.cer"))
    first, second = found.noted()
    assert first == (
        "a.cer expires on 2026-12-20, no later than the certificate in use (2027-01-01). Make sure that a.cer is the "
        "right file. If your CA issues for a shorter time now, nothing has to be done. The same goes for b.cer, c.cer, "
        "d.cer and 2 more."
    )
    assert second.startswith("bundle.cer beside b.cer is not sent") and "The same goes" not in second
