"""A task and its hosts on their way to another process.

What both sides have is not sent but named: groups, defaults and recorders. A host is sent without its open connections.
"""

from __future__ import annotations

import copy
import io
import pickle
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from nornir.core.configuration import Config
from nornir.core.inventory import Defaults, Group, Groups, Host
from nornir.core.plugins.connections import ConnectionPluginRegister
from nornir.core.task import Task

RECORDER: Final = "recorder"
_GROUP, _DEFAULTS = "group", "defaults"
# Functions of the script itself cannot be found from another process: to import it would run it a second time.
_SCRIPT: Final = "__main__"


class NotSent(Exception):
    """Something cannot be sent to another process; the text says why, without a full stop."""


@dataclass(frozen=True, slots=True)
class Job:
    """A task and its surroundings.

    Args:
        task: the function.
        name: of the task.
        severity: of its results.
        dry_run: nothing is to be changed.
        params: its arguments.
        config: of the Nornir object.
        groups: of the inventory.
        defaults: of the inventory.
        plugins: the kinds of connections that are registered, by name.
    """

    task: Callable[..., Any]
    name: str
    severity: int
    dry_run: bool
    params: Mapping[str, Any]
    config: Config
    groups: Groups
    defaults: Defaults
    plugins: Mapping[str, Any]

    @classmethod
    def of(cls, task: Task) -> Job:
        """Return what a task of a Nornir object needs in another process.

        Args:
            task: as a runner gets it.
        """
        inventory = task.nornir.inventory
        return cls(
            task.task,
            task.name,
            task.severity_level,
            task.global_dry_run,
            dict(task.params),
            task.nornir.config,
            inventory.groups,
            inventory.defaults,
            # Nornir keeps plugins of all kinds in one table; a script's own inventory has no way to another process.
            {
                name: plugin
                for name, plugin in ConnectionPluginRegister.available.items()
                if callable(getattr(plugin, "open", None)) and callable(getattr(plugin, "close", None))
            },
        )


def pickled_job(job: Job) -> bytes:
    """Return a job as bytes.

    Args:
        job: what to send.

    Raises:
        NotSent: a part of it exists in this process only.
    """
    return dumped(_JobPickler, job)


class _JobPickler(pickle.Pickler):
    def persistent_id(self, obj: Any) -> None:
        if callable(obj) and getattr(obj, "__module__", None) == _SCRIPT:
            raise NotSent(f"{getattr(obj, '__name__', obj)} is defined in the script that was started, not in a module")


def pickled_host(host: Host, defaults: Defaults) -> bytes:
    """Return a host as bytes, without its open connections.

    Args:
        host: of the inventory.
        defaults: of the inventory.

    Raises:
        NotSent: something in it exists in this process only.
    """
    sent = copy.copy(host)
    sent.connections = {}
    recorders = {
        id(options.extras[RECORDER]): name
        for name, options in host.connection_options.items()
        if options.extras and options.extras.get(RECORDER) is not None
    }

    class HostPickler(pickle.Pickler):
        def persistent_id(self, obj: Any) -> Any:
            if isinstance(obj, Group):
                return _GROUP, obj.name
            if obj is defaults:
                return (_DEFAULTS,)
            return (RECORDER, recorders[id(obj)]) if id(obj) in recorders else None

    return dumped(HostPickler, sent)


def unpickled_host(sent: bytes, groups: Groups, defaults: Defaults, recorder: Callable[[str], Any]) -> Host:
    """Return a host that was sent.

    Args:
        sent: by `pickled_host`.
        groups: of the inventory.
        defaults: of the inventory.
        recorder: makes the recorder of a connection of that name.
    """

    class HostUnpickler(pickle.Unpickler):
        def persistent_load(self, pid: Any) -> Any:
            kind, *rest = pid
            if kind == _GROUP:
                return groups[rest[0]]
            return defaults if kind == _DEFAULTS else recorder(rest[0])

    host: Host = HostUnpickler(io.BytesIO(sent)).load()
    return host


def dumped(pickler: type[pickle.Pickler], value: Any) -> bytes:
    """Return a value as bytes.

    Args:
        pickler: how.
        value: to be sent.

    Raises:
        NotSent: it cannot be.
    """
    buffer = io.BytesIO()
    try:
        pickler(buffer, pickle.HIGHEST_PROTOCOL).dump(value)
    except NotSent:
        raise
    except Exception as error:  # objects of others fail in any way
        raise NotSent(f"{type(error).__name__}: {error}") from error
    return buffer.getvalue()
