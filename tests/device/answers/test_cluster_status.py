"""Statuses built from the device's grammar come out exactly; mutilated ones are refused."""

from __future__ import annotations

import ipaddress
import string
from dataclasses import dataclass

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from mmpctl.cluster.status import CertificateFiles, DatabaseStatus, Member
from mmpctl.device.answers.parse import commands, parse
from mmpctl.device.commands.database_cluster_status import DATABASE_CLUSTER_STATUS
from mmpctl.errors import ParseError
from tests.support.gate import examples

STATES = (
    "Connected Master",
    "Connected Slave ( In Sync )",
    "Connected Primary",
    "Connected Replica ( In Sync )",
    "Connected Slave",
    "Connected Replica",
    "Disconnected",
)
LABELS = {
    "server_key": "Server Key",
    "server_certificate": "Server Certificate",
    "client_key": "Client Key",
    "client_certificate": "Client Certificate",
    "ca_certificate": "CA Certificate",
}

word = st.text(string.ascii_letters, min_size=1, max_size=10)
words = st.lists(word, min_size=1, max_size=3).map(" ".join)
host = st.from_regex(r"[a-z][a-z0-9-]{0,10}[a-z0-9](\.[a-z]{2,8}){0,2}", fullmatch=True)
ipv6 = st.ip_addresses(v=6).map(str).filter(lambda a: a[-1] != ":")
address = st.one_of(st.ip_addresses(v=4).map(str), ipv6, st.just("fd00::1"), host)
file = st.from_regex(
    r"[A-Za-z0-9_-]{1,40}\.(key|cer|crt|pem|csr)", fullmatch=True, alphabet=st.characters(codec="ascii")
)
nothing = st.sampled_from(["None", "none"])
blanks = st.sampled_from(["", " ", "   ", "\t"])


@dataclass(frozen=True)
class Written:
    """A status, and the lines that a device might print for it."""

    status: DatabaseStatus
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        return "\n".join(self.lines)


@st.composite
def written(draw: st.DrawFn) -> Written:
    lines: list[str] = []
    columns = draw(st.sampled_from([(0, 0), (21, 25)]))
    indent = " " * draw(st.sampled_from([0, 2, 4]))

    def put(label: str, value: str, before: str = "") -> None:
        width = draw(st.integers(*columns)) - len(before)
        lines.append(f"{before}{label.ljust(max(width, len(label)))} : {value}{draw(blanks)}")
        if draw(st.booleans()):
            lines.append(draw(st.sampled_from(["", "  ", "\t"])))

    state_word = draw(st.one_of(st.sampled_from(["Disabled", "Enabled", "Error"]), words))
    age = draw(st.none() | st.integers(0, 10**6))
    error = draw(words) if state_word == "Error" and draw(st.booleans()) else None
    if error:
        lines.append(draw(st.sampled_from(["ERROR : ", "ERROR                 : "])) + error)
    put("Status", state_word if age is None else f"{state_word} (Started {age} seconds ago)")

    addresses = draw(st.lists(address, max_size=5, unique=True))
    me = draw(st.none() | st.integers(0, 4))
    members = tuple(
        Member(name, number == me, draw(st.one_of(st.sampled_from(STATES), words)))
        for number, name in enumerate(addresses)
    )
    # A heading without members, too.
    headed = bool(members) or draw(st.booleans())
    if headed:
        lines.append("Nodes:")
    for member in members:
        put(member.address + (" (me)" if member.me else ""), member.state, indent)
    in_use = draw(st.none() | address)
    put("Node in use", in_use or draw(nothing))
    interface = draw(st.none() | st.sampled_from("abcd"))
    put("Interface", interface or draw(nothing))

    lines.append("Certificates")
    client_node = draw(st.booleans())
    given_files: dict[str, str | None] = {}
    expired: list[str] = []
    for name, label in LABELS.items():
        if client_node and name.startswith("server"):
            continue
        given_files[name] = draw(st.none() | file)
        marked = given_files[name] is not None and draw(st.booleans())
        put(label, (given_files[name] or draw(nothing)) + (" (expired)" if marked else ""), indent)
        if marked:
            expired.append(given_files[name] or "")
    command = draw(st.none() | st.sampled_from(["remove", "initialize", "join 10.0.0.1", "connect fd00::1"]))
    result = draw(st.sampled_from(["Success", "Failed"])) if command else None
    if command:
        put("Last command", f"'database cluster {command}' ({result})")
    status = DatabaseStatus(
        status=state_word,
        started_seconds=age,
        error=error,
        nodes=members,
        node_in_use=in_use,
        interface=interface,
        certificates=CertificateFiles(**given_files),
        expired=tuple(expired),
        last_command=f"database cluster {command}" if command else None,
        last_result=result,
    )
    return Written(status, tuple(lines))


@examples(80)
@given(written())
def test_what_was_written_is_read(sample: Written) -> None:
    assert DATABASE_CLUSTER_STATUS.read(sample.text) == sample.status
    assert DATABASE_CLUSTER_STATUS.read(sample.text.replace("\n", "\r\n")) == sample.status


@examples(80)
@given(written(), st.data())
def test_a_line_that_is_doubled_is_refused(sample: Written, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(sample.lines) - 1))
    assume(sample.lines[at].strip())
    with pytest.raises(ParseError):
        DATABASE_CLUSTER_STATUS.read("\n".join([*sample.lines[: at + 1], *sample.lines[at:]]))


@examples(80)
@given(written(), st.data(), st.text(max_size=60))
def test_a_foreign_line_is_refused(sample: Written, data: st.DataObject, foreign: str) -> None:
    # Without a colon nothing can be taken for a node, and a heading that stands already is seen twice.
    assume(
        foreign.strip(" \t\r\n") and ":" not in foreign and foreign.strip(" \t\r\n") not in ("Nodes", "Certificates")
    )
    at = data.draw(st.integers(0, len(sample.lines)))
    assume(not at or len(sample.lines[at - 1]) != 79)
    with pytest.raises(ParseError):
        DATABASE_CLUSTER_STATUS.read("\n".join([*sample.lines[:at], foreign, *sample.lines[at:]]))


@examples(80)
@given(written(), st.data())
def test_a_cut_text_is_refused_or_loses_only_its_last_command(sample: Written, data: st.DataObject) -> None:
    text = sample.text.rstrip()
    cut = data.draw(st.integers(0, len(text)))
    try:
        status = DATABASE_CLUSTER_STATUS.read(text[:cut])
    except ParseError:
        return
    # All but what follows the CA certificate's name is there; of that name, the suffix may be short.
    # "Disabled" alone is whole: of such a node, what follows may be cut unseen.
    assert status.nodes == sample.status.nodes or (status.nodes == () and status.status == "Disabled")
    assert status.status == sample.status.status
    kept, whole = status.certificates.names(), sample.status.certificates.names()
    # A node in no cluster may have no files at all: there, a list of them that is cut whole cannot be seen.
    assert kept[:-1] == whole[: len(kept) - 1] or (kept == () and status.status == "Disabled")


@examples(80)
@given(written(), st.data())
def test_two_lines_that_changed_places_give_the_same_or_an_error(sample: Written, data: st.DataObject) -> None:
    lines = [line for line in sample.lines if line.strip()]
    first, second = data.draw(st.tuples(*[st.integers(0, len(lines) - 1)] * 2))
    lines[first], lines[second] = lines[second], lines[first]
    try:
        status = DATABASE_CLUSTER_STATUS.read("\n".join(lines))
    except ParseError:
        return
    assert sorted(status.nodes, key=repr) == sorted(sample.status.nodes, key=repr)
    assert status.certificates == sample.status.certificates
    assert status.last_command == sample.status.last_command


@examples(80)
@given(st.sampled_from(commands()), st.text(max_size=300) | st.binary(max_size=300).map(lambda b: b.decode("latin-1")))
def test_junk_is_refused(command: str, junk: str) -> None:
    assume("backup" not in junk.lower())
    with pytest.raises(ParseError):
        parse(command, junk)


def wrapped(text: str) -> str:
    return "\n".join(line[at : at + 79] for line in text.split("\n") for at in range(0, max(len(line), 1), 79))


@examples(80)
@given(st.lists(st.from_regex(r"[A-Za-z0-9_-]{30,120}", fullmatch=True), min_size=5, max_size=5))
def test_a_wrapped_status_is_read_whole_or_refused(bases: list[str]) -> None:
    names = [base.replace("\n", "") + ".cer" for base in bases]
    lines = ["Status : Disabled", "Node in use : None", "Interface : a", "Certificates"]
    lines += [f"  {label} : {name}" for label, name in zip(LABELS.values(), names, strict=True)]
    lines.append(f"Last command : 'database cluster certs {' '.join(names)}' (Success)")
    try:
        status = DATABASE_CLUSTER_STATUS.read(wrapped("\n".join(lines)))
    except ParseError:
        return
    assert status.certificates.names() == tuple(names)
    assert status.last_command == f"database cluster certs {' '.join(names)}"


def test_an_address_with_colons_is_not_torn() -> None:
    for name in ("fd00::1:75", "2001:db8::ab", "::1", str(ipaddress.ip_address("2001:db8::c0de:75"))):
        for line in (f"{name} (me) : Disconnected", f"{name} (me): Disconnected", f"{name} : x", f"{name}: x"):
            text = f"Status : Enabled\nNodes:\n{line}\nNode in use : {name}\nInterface : a\nCertificates\n"
            text += "Client Key : c.key\nClient Certificate : c.cer\nCA Certificate : ca.cer"
            status = DATABASE_CLUSTER_STATUS.read(text)
            assert (status.nodes[0].address, status.nodes[0].me) == (name, "(me)" in line)
            assert status.node_in_use == name
