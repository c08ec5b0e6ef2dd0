"""Results as plain data, for processors and serializers that know nothing of ours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from enum import Enum
from typing import Any

from nornir.core.inventory import Host
from nornir.core.task import AggregatedResult, MultiResult, Task

from mmpctl.times import iso_exact


class PlainResults:
    """A Nornir processor that turns typed results into dictionaries and lists, as JSON has them.

    It goes before those that want plain data, e.g. those of nornir-salt:
    `nr.with_processors([PlainResults(), ToFileProcessor(…)])`. Within a task of one's own, results stay typed.
    """

    def task_started(self, task: Task) -> None:
        """Nothing."""

    def task_completed(self, task: Task, result: AggregatedResult) -> None:
        """Nothing."""

    def task_instance_started(self, task: Task, host: Host) -> None:
        """Nothing."""

    def task_instance_completed(self, task: Task, host: Host, result: MultiResult) -> None:
        """Make the results of a host plain, those of subtasks too.

        Args:
            task: that has ended.
            host: on which.
            result: all of its results.
        """
        for one in result:
            if isinstance(one, MultiResult):
                self.task_instance_completed(task, host, one)
            else:
                one.result = plain(one.result)

    def subtask_instance_started(self, task: Task, host: Host) -> None:
        """Nothing."""

    def subtask_instance_completed(self, task: Task, host: Host, result: MultiResult) -> None:
        """Nothing: the task that has called it may want it typed."""


def plain(value: object) -> Any:
    """Return a result in its JSON form: times in ISO 8601, UTC, with `Z`; values without a JSON form as text.

    Args:
        value: a result, or a part of one.
    """
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {_name(name): plain(item) for name, item in value.items()}
    if isinstance(value, (set, frozenset)):
        return sorted((plain(item) for item in value), key=str)
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return _one(value)


def _one(value: object) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return iso_exact(value)
    if isinstance(value, date):
        return value.isoformat()
    return value if value is None or isinstance(value, (bool, int, float, str)) else str(value)


def _name(key: object) -> str:
    return " ".join(map(str, key)) if isinstance(key, tuple) else str(key)
