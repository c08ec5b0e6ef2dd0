"""The commands of the services: the bare word, `certs`, `trust`, `enable`, `disable`, `restart`."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from mmpctl.lab.node import CERTIFICATE_FILE, Node
from mmpctl.lab.reply import Reply, error, usage

from .service import Service

_VERBS = ("enable", "disable", "restart")


async def run_service(node: Node, command: Sequence[str]) -> Reply:
    """Run a command of a service that the node's release knows.

    Args:
        node: where.
        command: its words, the service's first.
    """
    service, arguments = node.services[command[0]], list(command[1:])
    if not arguments:
        return _while_restarting(node, service) if node.restarting else Reply(service.text(node.address))
    if len(arguments) == 1 and arguments[0] in _VERBS and _knows(node, service, arguments[0]):
        return await _turn(node, service, arguments[0])
    for words, slots in service.form.setters().items():
        files = arguments[len(words) :]
        if tuple(arguments[: len(words)]) == words and _fit(slots, files):
            return _set(node, service, slots, files)
    return _usage(node, service)


def _knows(node: Node, service: Service, verb: str) -> bool:
    if verb == "restart":
        return service.form.word not in node.switches.no_restart
    return service.form.can_stop or (verb == "enable" and node.switches.callbridge_enable)


def _fit(slots: Sequence[str], files: Sequence[str]) -> bool:
    """Whether so many files may follow: all, all but the bundle, or the one word `none`."""
    optional = slots[-1].endswith("bundle")
    return len(slots) - optional <= len(files) <= len(slots) or list(files) == ["none"]


async def _turn(node: Node, service: Service, verb: str) -> Reply:
    fault = node.fault("service", f"{service.form.word} {verb}")
    kind = fault.kind if fault is not None else ""
    switches = node.switches
    # What cannot be switched on in another way must start again like this.
    if verb == "restart" and service.form.can_stop and not service.enabled and not switches.restart_enables:
        return error(f"{service.form.title} is not enabled")
    if verb == "enable" and service.enabled and switches.enable_when_enabled == "nothing":
        return Reply()
    lines: list[str] = []
    if verb == "disable":
        service.stop()
    else:
        lines = service.start(fails=fault.text if fault is not None and kind == "fail" else "", keeps=kind == "ignore")
        if node.listen is not None:
            await node.listen(service)
    node.tell("service", f"{service.form.word} {'on' if service.enabled else 'off'}")
    await asyncio.sleep(switches.service_busy_seconds)
    quiet = kind == "silent" or service.form.word in switches.silent
    return Reply("" if quiet else "\n".join(lines))


def _set(node: Node, service: Service, slots: Sequence[str], files: Sequence[str]) -> Reply:
    switches = node.switches
    if service.enabled and service.form.word in switches.refuses_certs:
        return error("Cannot change certificates while the service is enabled.\n  Disable it first")
    given = [] if list(files) == ["none"] else list(files)
    if not given and not switches.certs_take_none:
        return _usage(node, service)
    for file in given:
        if not CERTIFICATE_FILE.fullmatch(file) or (switches.certs_want_files and not (node.files / file).is_file()):
            return error(f"File {file} not found")
    if node.fault("certs", " ".join(files)) is None:
        service.set_files(slots, given)
    return Reply("Certificates updated" if switches.certs_say == "updated" else "")


def _usage(node: Node, service: Service) -> Reply:
    word = service.form.word
    lines = [word, *(f"{word} {verb}" for verb in _VERBS if _knows(node, service, verb))]
    for words, slots in service.form.setters().items():
        named = " ".join(f"[<{slot}>]" if slot.endswith("bundle") else f"<{slot}>" for slot in slots)
        lines.append(f"{word} {' '.join(words)} {named}")
    return usage(*lines)


def _while_restarting(node: Node, service: Service) -> Reply:
    """What `webadmin` or `callbridge` answers while the service is down for a moment."""
    text = service.text(node.address)
    if service.form.word == "webadmin":
        return Reply(text.replace("webadmin running", "webadmin stopped"))
    return error("The service is restarting") if service.form.word == "callbridge" else Reply(text)
