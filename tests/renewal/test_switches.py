"""One whole renewal with every switch of the lab: whatever nobody has seen for certain must not matter."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mmpctl.lab.scenario import Scenario
from tests.support.fleet import DATABASES, KEEPER, renewed
from tests.support.gate import some
from tests.support.lab import Lab

SWITCHES: dict[str, dict[str, Any]] = {
    "Enter is wanted after Y": {"enter_after_y": True},
    "Enter is wanted after Y, which is not echoed": {"enter_after_y": True, "echo_y": False},
    "Y is not echoed": {"echo_y": False},
    "nothing follows Y": {"after_y": "nothing"},
    "a started line follows Y": {"after_y": "started"},
    "connect asks a shorter question": {"connect_question": "short"},
    "connect asks nothing": {"connect_question": "none"},
    "remove on a client asks a shorter question": {"client_remove_question": "short"},
    "remove on a client asks nothing": {"client_remove_question": "none"},
    "primary and replica": {"vocabulary": "primary"},
    "primary in status, master in questions": {"vocabulary": "primary", "question_vocabulary": "master"},
    "other words while busy": {
        "while_initializing": "Enabling",
        "while_joining": "Syncing",
        "while_connecting": "Attaching",
    },
    "an expired cluster shows Disabled": {"expired_shows": "disabled"},
    "remove is refused where nothing is left to remove": {"remove_when_disabled": "error"},
    "a lone master calls itself master": {"lone_master": "master"},
    "status is stale after Y": {"stale_seconds": 0.4},
    "backup list with sizes": {"backup_list": "sizes"},
    "no live.json": {"live_json": False},
    "line feeds only": {"line_end": "\n"},
    "escape sequences": {"ansi": True},
    "messages wrapped at 79 columns": {"wrap": "always"},
    "messages never wrapped": {"wrap": "never"},
    "a greeting with a look-alike of the prompt": {"greeting": "welcome to\r\ncms9> is not the prompt\r\n"},
    "a banner": {"banner": "authorised users only\r\nlon-1> \r\n"},
    "the prompt is an FQDN": {"domain": ".example.com"},
    "one blank before colons": {"columns": "one blank"},
    "moving colons": {"columns": "moving", "indent": 4},
    "no indent": {"indent": 0},
    "no certificates shown as none": {"unset": "none"},
    "no SFTP beside a shell": {"sftp_beside_shell": False},
    "renaming by SFTP works": {"sftp_rename": True},
    "channels opened fast are refused": {"channel_gap": 0.05},
    "serial numbers below": {"inspect_serial": "below"},
    "pki inspect of keys is an error": {"inspect_other": "error"},
    "an old release": {"unknown": frozenset({"turn", "date", "version", "recorder", "uploader"})},
    "the clock is off": {"date": "iso", "clock_offset": 7200.0},
}


@pytest.mark.parametrize("name", some(SWITCHES, every=12))
def test_renewal_with_switch(lab: Lab, tmp_path: Path, name: str) -> None:
    fleet = lab("expired", **SWITCHES[name])
    rows = fleet.nodes[KEEPER].rows
    report = renewed(fleet, tmp_path)
    assert (report.code, report.clusters[0].outcome) == (0, "renewed"), report
    assert {node: fleet.nodes[node].rows for node in DATABASES} == dict.fromkeys(DATABASES, rows)
    assert fleet.nodes["lon-4"].enabled


@pytest.mark.parametrize(
    ("scenario", "switches"),
    some(
        [
            ("stale", {}),
            ("healthy", {}),
            ("due", {}),
            ("disabled", {}),
            ("disabled", {"remove_when_disabled": "error"}),
        ],
        every=5,
    ),
)
def test_renewal_in_scenario(lab: Lab, tmp_path: Path, scenario: Scenario, switches: dict[str, Any]) -> None:
    fleet = lab(scenario, **switches)
    rows = fleet.nodes[KEEPER].rows
    # A cluster that proves its master needs nobody's word on it.
    keepers: dict[str, str] | None = {} if scenario in ("healthy", "due", "stale") else None
    report = renewed(fleet, tmp_path, **({} if keepers is None else {"keepers": keepers}))
    assert (report.code, report.clusters[0].outcome) == (0, "renewed"), report
    assert {node: fleet.nodes[node].rows for node in DATABASES} == dict.fromkeys(DATABASES, rows)


@pytest.mark.parametrize("overwrites", some([False, True], every=2, ids=["protected", "overwritten"]))
def test_names_in_use_are_replaced_after_they_were_saved(lab: Lab, tmp_path: Path, overwrites: bool) -> None:
    fleet = lab("expired", overwrite_in_use=overwrites)
    before = (fleet.nodes["lon-2"].files / "dbclusterserver.key").read_bytes()
    report = renewed(fleet, tmp_path, names="same")
    assert (report.code, report.clusters[0].outcome) == (0, "renewed"), report
    assert report.folder is not None
    saved = report.folder / "replaced" / "lon-2" / "dbclusterserver.key"
    assert saved.read_bytes() == before
    assert saved.stat().st_mode & 0o777 == 0o600
    assert (fleet.nodes["lon-2"].files / "dbclusterserver.key").read_bytes() != before


def test_slaves_one_at_a_time(lab: Lab, tmp_path: Path) -> None:
    fleet = lab("expired")
    report = renewed(fleet, tmp_path, slaves_at_once=1)
    assert report.code == 0, report
    first_done = fleet.log.select("finished", node="lon-2", text="remove")[0].seq
    assert first_done < fleet.log.select("accepted", node="lon-3", text="remove")[0].seq
