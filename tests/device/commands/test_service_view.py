"""All that a service says of itself by its bare name, and how much of it one that is off may leave out."""

from __future__ import annotations

import pytest

from mmpctl.device.commands.service import view_command
from mmpctl.errors import ParseError
from tests.support.answers import CASES


@pytest.mark.parametrize(
    ("case", "enabled", "ports"),
    [
        ("webadmin/vendor_note", True, {"TLS listening port": (443,)}),
        (
            "webbridge3/vendor_note",
            True,
            {"HTTPS listening ports and interfaces": (445,), "C2W listening ports and interfaces": (6000,)},
        ),
        ("turn/vendor_note", True, {"TLS port": (447,)}),
        ("recorder/release_3", True, {"SIP interfaces": (6000,)}),
        ("recorder/release_2", True, {"Interface whitelist": (8443,)}),
        ("callbridge/vendor_note", None, {}),
        ("webadmin/off", False, {}),
    ],
)
def test_ports_are_taken_by_their_labels(case: str, enabled: bool | None, ports: dict[str, tuple[int, ...]]) -> None:
    service = case.partition("/")[0]
    view = view_command(service).read((CASES / f"{case}.raw").read_text(encoding="utf-8"))
    assert (view.enabled, view.ports) == (enabled, ports)
    assert bool(view.files) == (case != "webadmin/off")


def test_several_ports_of_one_label_are_taken_and_names_of_interfaces_are_not() -> None:
    text = "Enabled : true\nSIP listening interfaces : a:6000 , b2:6001\nSIP key file : a.key\nPort : x443 44x"
    view = view_command("recorder").read(text)
    assert (view.ports, view.files) == ({"SIP listening interfaces": (6000, 6001)}, {"SIP key file": "a.key"})


def test_one_that_is_on_may_name_no_file_and_nothing_twice() -> None:
    assert view_command("turn").read("Enabled : true").files == {}
    for twice in ("TLS key : a.key\nTLS key : b.key", "TLS port : 1\nTLS port : 2", "Enabled : true\nEnabled : false"):
        with pytest.raises(ParseError):
            view_command("turn").read(twice)
