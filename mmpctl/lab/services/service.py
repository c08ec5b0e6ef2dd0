"""One service of a node: what was set, what it runs on, and what goes on in it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from mmpctl.lab.switches import Switches

from .form import Form
from .layouts import layout
from .pair_checks import check_files


class Service:
    """A service, from the node's start on; changed on the lab's own thread only, readable from any.

    Args:
        form: what it is.
        files: the node's folder.
        names: the files that are set, by slot (`https key`).
        enabled: it is on.
        switches: the node's switches of the moment.
        tell: takes an event (kind, text).
    """

    def __init__(
        self,
        form: Form,
        files: Path,
        names: Mapping[str, str],
        *,
        enabled: bool,
        switches: Callable[[], Switches],
        tell: Callable[[str, str], None],
    ) -> None:
        self.form = form
        self.names = dict(names)
        self.enabled = enabled
        self.busy = 0
        self.lost = 0
        self.ports: dict[str, int] = {pair.name: pair.port for pair in form.pairs if pair.port is not None}
        self.printed: str | None = None
        self._files = files
        self._switches = switches
        self._tell = tell
        self._copies = self._read()
        self._ran: dict[str, bytes] = {}
        self._running: dict[str, bytes] | None = None
        self._away_until = float("-inf")
        self.wake()

    @property
    def running(self) -> Mapping[str, bytes] | None:
        """The files that it runs on, by slot; None while it is off or away."""
        return self._running if time.monotonic() >= self._away_until else None

    def text(self, address: str) -> str:
        """What its bare word prints.

        Args:
            address: of the node.
        """
        if self.printed is not None:
            return self.printed
        facts = {slot.replace(" ", "_"): "none" for slots in self.form.setters().values() for slot in slots}
        facts |= {slot.replace(" ", "_"): file for slot, file in self.names.items()}
        facts |= {f"{pair}_port".lstrip("_"): str(port) for pair, port in self.ports.items()}
        facts["enabled"] = str(self.enabled).lower()
        facts["state"] = "running" if self.running is not None else "stopped"
        facts["address"] = address
        return layout(self.form, self._switches().unseen_labels, facts)

    def set_files(self, slots: Sequence[str], files: Sequence[str]) -> None:
        """Set some files; they count from the next start on.

        Args:
            slots: what is set; those without a file, at the end, are set to none.
            files: their names.
        """
        for slot in slots:
            self.names.pop(slot, None)
            self._copies.pop(slot, None)
        self.names |= dict(zip(slots, files, strict=False))
        self._copies |= {slot: content for slot, content in self._read().items() if slot in slots}

    def start(self, *, fails: str = "", keeps: bool = False) -> list[str]:
        """Start with the files that are set; what went on before is lost.

        Args:
            fails: a check that is not passed, whatever the files are.
            keeps: it goes on with what it ran on, and says that all is well.

        Returns:
            A line for each check.
        """
        switches = self._switches()
        self._interrupt()
        contents = self._ran if keeps else self._to_run_on()
        checks = [*check_files(self.form, contents, switches), *([(False, fails)] if fails else [])]
        if all(passed for passed, _ in checks):
            self._run(contents)
            checks.append((True, f"{self.form.title} {'enabled' if self.form.can_stop else 'activated'}"))
        elif switches.after_failure == "old" and self._ran:
            self._run(self._ran)
        else:
            self.enabled, self._running = False, None
        self._away_until = time.monotonic() + switches.service_away_seconds
        return [f"{'SUCCESS' if passed else 'FAILURE'}: {text}" for passed, text in self._worded(checks)]

    def stop(self) -> None:
        """Be off until the next start."""
        self._interrupt()
        self.enabled, self._running = False, None

    def halt(self) -> None:
        """Be down with the node; what is set stays."""
        self._interrupt()
        self._running = None

    def wake(self) -> None:
        """Begin with the node: start without a word if it is on; files that do not fit any more keep it down."""
        self.halt()
        contents = self._to_run_on()
        if self.enabled and all(passed for passed, _ in check_files(self.form, contents, self._switches())):
            self._run(contents)

    def _run(self, contents: Mapping[str, bytes]) -> None:
        self.enabled, self._running, self._ran = True, dict(contents), dict(contents)

    def _interrupt(self) -> None:
        if self.busy:
            self._tell("lost", f"{self.busy} of {self.form.word}")
        self.lost, self.busy = self.lost + self.busy, 0

    def _to_run_on(self) -> dict[str, bytes]:
        return dict(self._copies) if self._switches().service_files == "copied" else self._read()

    def _read(self) -> dict[str, bytes]:
        paths = {slot: self._files / name for slot, name in self.names.items()}
        return {slot: path.read_bytes() for slot, path in paths.items() if path.is_file()}

    def _worded(self, checks: Sequence[tuple[bool, str]]) -> Sequence[tuple[bool, str]]:
        if self._switches().service_words == "usual":
            return checks
        return [(passed, "this step is done" if passed else "this step is not done") for passed, _ in checks]
