"""Nodes that take the call and say nothing: they are waited for, once, and hold up no others."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from nornir.core import Nornir
from nornir.plugins.runners import SerialRunner, ThreadedRunner

from mmpctl.audit import look as audit_of_a_node
from mmpctl.audit.model import NodeAudit
from mmpctl.inventory.read_only_sessions import reading
from mmpctl.lab.scenario import sample
from mmpctl.runbooks import audit, status
from tests.support.fleet import nornir
from tests.support.lab import Lab
from tests.support.lab_client import until

SILENT = ("lon-1", "lon-2", "lon-3")


class Silence:
    """A port that takes calls, says nothing until it is told to hang up, and counts."""

    def __init__(self) -> None:
        self.hang_up = threading.Event()
        self.calls = 0
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = self._server.getsockname()[1]
        self._thread = threading.Thread(target=self._listen)

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Take calls for the time of the block."""
        self._thread.start()
        try:
            yield
        finally:
            self._server.shutdown(socket.SHUT_RDWR)
            self._server.close()
            self._thread.join()

    def _listen(self) -> None:
        taken = []
        while True:
            try:
                call, _ = self._server.accept()
            except OSError:
                break
            self.calls += 1
            taken.append(call)
            if len(taken) == len(SILENT):
                self.hang_up.wait(30)
                for each in taken:
                    each.close()
                taken = []


@contextmanager
def fallen_silent(nr: Nornir) -> Iterator[Silence]:
    """The first three nodes of the inventory take calls and say nothing."""
    silence = Silence()
    with silence.listening():
        for name in SILENT:
            nr.inventory.hosts[name].port = silence.port
        yield silence


def ours() -> list[threading.Thread]:
    """The threads of sessions and workers; those of the lab have names."""
    return [each for each in threading.enumerate() if each.name.startswith(("Thread-", "ThreadPoolExecutor"))]


def workers(count: int, nr: Nornir) -> Nornir:
    return nr.with_runner(ThreadedRunner(num_workers=count))


def test_silent_nodes_hold_up_no_others(lab: Lab) -> None:
    nr = workers(1, nornir(lab(sample())))
    others = set(nr.inventory.hosts) - set(SILENT)
    order: list[str] = []
    with fallen_silent(nr) as silence:

        def seen(found: NodeAudit) -> None:
            order.append(found.node.name)
            if others <= set(order):
                silence.hang_up.set()

        report = audit.run(nr, seen=seen)
        assert silence.calls == len(SILENT), "one attempt for each node"
    assert set(order[-3:]) == set(SILENT), "they took the others' turn"
    errors = {node.node.name for cluster in report.clusters for node in cluster.nodes if node.error}
    assert errors == set(SILENT)
    until(lambda: not ours(), "the end of all threads")


@pytest.mark.parametrize("runner", [SerialRunner(), ThreadedRunner(num_workers=2)])
def test_a_status_comes_whatever_the_runner(runner: SerialRunner | ThreadedRunner, lab: Lab) -> None:
    nr = nornir(lab("healthy")).with_runner(runner)
    report = status.run(nr)
    assert [cluster.healthy for cluster in report.clusters] == [True]
    assert nr.runner is runner


def test_no_more_nodes_have_their_turn_than_there_are_workers(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    at_work, most = 0, 0
    lock = threading.Lock()
    examine: Callable[..., object] = vars(audit_of_a_node)["examine"]

    def watched(*arguments: object, **options: object) -> object:
        nonlocal at_work, most
        with lock:
            at_work += 1
            most = max(most, at_work)
        try:
            return examine(*arguments, **options)
        finally:
            with lock:
                at_work -= 1

    # A turn is lent while a call is made, and only then: the sessions stand when the counting begins.
    monkeypatch.setattr(audit_of_a_node, "examine", watched)
    nr = workers(2, nornir(lab(sample())))
    with reading(nr):
        for name in nr.inventory.hosts:
            nr.inventory.hosts[name].get_connection("netmiko", nr.config)
            nr.inventory.hosts[name].get_connection("mmp_sftp", nr.config)
    audit.run(nr)
    assert most == 2
