"""`database cluster status`: what the node shows of its cluster."""

from __future__ import annotations

import re
from collections.abc import Mapping

from mmpctl.cluster.status import DISABLED, CertificateFiles, DatabaseStatus, Member
from mmpctl.cluster.step_kinds import STATUS_COMMAND
from mmpctl.device.answers.names import set_or_none
from mmpctl.device.answers.read_command import ReadCommand
from mmpctl.device.answers.ttp_reader import Answer, Line
from mmpctl.device.answers.vocabulary import vocabulary

_FILES = ("server_key", "server_certificate", "client_key", "client_certificate", "ca_certificate")
_SPAN = re.compile(r"(?<![0-9.])([0-9.]+)\s+(day|hour|minute|second)")
_SECONDS = {"day": 86400, "hour": 3600, "minute": 60, "second": 1}
# Also `(Expired on Mar  9 2017)`.
_EXPIRED = re.compile(r"\s*\(\s*expired\b", re.IGNORECASE)
_SECTIONS = ("nodes", "certificates")
_EVERY_NODE_HAS = ("client_key", "client_certificate", "ca_certificate")


def status_of(answer: Answer) -> DatabaseStatus:
    """Build the status from an answer whose lines are all claimed.

    Args:
        answer: of `database cluster status`, by its template.

    Raises:
        ParseError: a line stands twice or in a wrong section, or something is missing.
    """
    facts: dict[str, str] = {}
    members: list[Member] = []
    expired: list[str] = []
    unknown = list(answer.unknown)
    section = ""
    for line in answer.lines:
        if "address" in line.fields:
            if section != "nodes" and answer.lenient:
                # A label of one word looks like an address.
                unknown.append(line)
                continue
            if section != "nodes":
                raise answer.error("names a node outside the list of nodes", line)
            members.append(_member(answer, line, members))
            continue
        slot = next((name for name in _FILES if name in line.fields), None)
        if slot and section != "certificates":
            raise answer.error("names a file outside the list of certificates", line)
        if slot and _EXPIRED.match(line.fields["mark"]) and set_or_none(line.fields[slot]):
            expired.append(line.fields[slot])
        section = section if slot else next((name for name in _SECTIONS if name in line.fields), "")
        # Several errors are one; a line that is printed again is no answer.
        if "error" in line.fields and line.fields["error"] not in facts.get("error", line.fields["error"]).split("; "):
            facts["error"] += f"; {line.fields['error']}"
            continue
        for name in line.fields:
            if name in facts and name != "mark":
                raise answer.error("repeats an earlier line", line)
        facts.update(line.fields)
    _require_whole(answer, facts, has_members=bool(members))
    return DatabaseStatus(
        status=facts["status"],
        started_seconds=_started(answer, facts),
        error=facts.get("error"),
        nodes=tuple(members),
        node_in_use=set_or_none(facts.get("node_in_use", "none").strip("[]")),
        interface=set_or_none(facts.get("interface", "none")),
        certificates=CertificateFiles(**{name: set_or_none(facts.get(name, "none")) for name in _FILES}),
        expired=tuple(expired),
        last_command=set_or_none(facts.get("last_command", "none")),
        last_result=facts.get("last_result"),
        unknown=tuple(line.text.strip() for line in sorted(unknown, key=_number)),
        alarming=tuple(line.text.strip() for line in sorted(unknown, key=_number) if is_alarming(line.text)),
    )


def _require_whole(answer: Answer, facts: Mapping[str, str], *, has_members: bool) -> None:
    """Refuse a text that was cut, or lacks what every status has."""
    answer.require(facts, ("status",))
    # A node that was never in a cluster has no files; anywhere else an empty list is a text that was cut.
    if facts["status"] != DISABLED or "nodes" in facts:
        answer.require(facts, ("certificates",))
    if facts["status"] != DISABLED or has_members or any(name in facts for name in _FILES):
        answer.require(facts, _EVERY_NODE_HAS)
    last = answer.lines[-1]
    # A device that has files does not leave the last one empty: there, the text was cut.
    if last.fields.get("ca_certificate") == "" and any(facts.get(name) for name in _FILES):
        raise answer.error("is cut before the name of the file", last)
    if ("server_key" in facts) != ("server_certificate" in facts):
        raise answer.error("names only one file of the server's pair")


def is_alarming(line: str) -> bool:
    """Tell whether a line that nobody knows reports an error, or may contradict what is known.

    Args:
        line: of a status, as printed.
    """
    words = vocabulary()
    # A question, a prompt, or what cannot be printed may be of another command's output.
    strange = words.question.search(line) or words.prompt_like.match(line) or not line.isprintable()
    return bool(words.alarm.search(line) or strange) or speaks_of_a_fact(line)


def speaks_of_a_fact(line: str) -> bool:
    """Tell whether a line bears the label of a known fact, or is cut off within one.

    Args:
        line: of a status, as printed.
    """
    label = " ".join(line.partition(":")[0].split()).casefold()
    labels = vocabulary().status_labels
    return label in labels or (":" not in line and any(known.startswith(label) for known in labels))


def _number(line: Line) -> int:
    return line.number


def _member(answer: Answer, line: Line, before: list[Member]) -> Member:
    member = Member(address=line.fields["address"].strip("[]"), me="me" in line.fields, state=line.fields["state"])
    for other in before:
        if other.address == member.address or (other.me and member.me):
            raise answer.error("names a node a second time", line)
    return member


def _started(answer: Answer, facts: dict[str, str]) -> int | None:
    if "started" not in facts:
        return None
    try:
        return int(sum(float(number) * _SECONDS[unit] for number, unit in _SPAN.findall(facts["started"])))
    except (ValueError, OverflowError):
        raise answer.error("contains a time that does not exist") from None


DATABASE_CLUSTER_STATUS = ReadCommand(
    STATUS_COMMAND, "database_cluster_status", status_of, while_reading=True, offline=True
)
COMMANDS = (DATABASE_CLUSTER_STATUS,)
