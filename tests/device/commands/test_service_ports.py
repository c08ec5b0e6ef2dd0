"""Where a service listens, as its bare name shows it."""

from __future__ import annotations

import pytest

from mmpctl.device.commands.service import ports_command
from tests.support.answers import CASES


@pytest.mark.parametrize(
    ("case", "ports"),
    [
        ("webadmin/vendor_note", {"TLS listening port": (443,)}),
        (
            "webbridge3/vendor_note",
            {"HTTPS listening ports and interfaces": (445,), "C2W listening ports and interfaces": (6000,)},
        ),
        ("turn/vendor_note", {"TLS port": (447,)}),
        ("recorder/release_3", {"SIP interfaces": (6000,)}),
        ("recorder/release_2", {"Interface whitelist": (8443,)}),
        ("callbridge/vendor_note", {}),
        ("webadmin/off", {}),
    ],
)
def test_ports_are_taken_by_their_labels(case: str, ports: dict[str, tuple[int, ...]]) -> None:
    service = case.partition("/")[0]
    text = (CASES / f"{case}.raw").read_text(encoding="utf-8")
    assert ports_command(service).read(text).ports == ports


def test_several_ports_of_one_label_are_taken_and_names_of_interfaces_are_not() -> None:
    text = "Enabled : true\nSIP listening interfaces : a:6000 , b2:6001\nSIP key file : a.key\nPort of 443s : x443 44x"
    assert ports_command("recorder").read(text).ports == {"SIP listening interfaces": (6000, 6001)}
