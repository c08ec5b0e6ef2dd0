"""Where an audit goes: what is wrong there is found before any node is asked, and one failure loses nothing else."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mmpctl.cli import options
from mmpctl.cli.extras import require
from mmpctl.cli.result import AUDIT_FORMS, check_form, emit, emit_text, tell_written
from mmpctl.documents.audit import KeptAuditDocument
from mmpctl.documents.history import KeptCounts
from mmpctl.errors import MmpError, UsageError
from mmpctl.fleet.run_on import as_mmp_error
from mmpctl.history.place import warn_of_password
from mmpctl.history.sites_seen import tell_last_seen
from mmpctl.reports import tables
from mmpctl.reports.audit.csv_rows import audit_csv
from mmpctl.reports.audit.nagios import audit_nagios, nagios_failure
from mmpctl.reports.audit.page import audit_page_pieces
from mmpctl.reports.audit.prometheus import audit_prometheus
from mmpctl.reports.audit.site_pages import site_pages
from mmpctl.reports.output import json_text, render
from mmpctl.reports.result_files import check_file, check_folder, make_folder, write_file
from mmpctl.reports.streams import is_terminal, send
from mmpctl.runbooks.runs import begun

Document = KeptAuditDocument
Trend = Sequence[KeptCounts]

_TEXTS: Mapping[str, Callable[[Document], str]] = {
    "csv": audit_csv,
    "prometheus": audit_prometheus,
    "json": json_text,
}


@dataclass(frozen=True, slots=True)
class Delivery:
    """The forms of an audit and their places.

    Args:
        forms: as given; none for a table.
        file: where the only form goes, in place of standard output.
        folder: where all forms go.
        history: where audits are kept.
        nagios: standard output gets a plugin's answer.
        everything: the table shows what is in order too.
        page_by_site: each site has a page of its own, and the page of all leads to them.
        failures: what went wrong on the way; the rest was done.
    """

    forms: tuple[str, ...]
    file: Path | None = None
    folder: Path | None = None
    history: str | None = None
    nagios: bool = False
    everything: bool = False
    page_by_site: bool = False
    failures: list[MmpError] = field(default_factory=list)

    def check(self) -> None:
        """Refuse what contradicts itself or cannot be written, before any node is asked.

        Raises:
            UsageError: with the option that is wrong.
        """
        for form in self.forms:
            check_form(form, tuple(AUDIT_FORMS))
        self._check_options()
        if self.folder is not None:
            make_folder(self.folder, "--output-dir", self.folder)
            check_folder(self.folder, "--output-dir", self.folder)
        if self.file is not None:
            check_file(self.file)
        if self.history is not None:
            warn_of_password(self.history)
            _history(self.history).prepare()

    def _check_options(self) -> None:
        if self.folder is None and len(self.forms) > 1:
            raise UsageError("several formats need a folder", advice="Add --output-dir DIR, or ask for one format.")
        if self.folder is not None and self.file is not None and not self.nagios:
            raise UsageError("--output-dir and --output-file cannot be combined", advice="Leave out one of the two.")
        if self.nagios and self.forms and self.folder is None:
            raise UsageError(
                "--nagios cannot be combined with -o",
                advice="Leave out -o, or add --output-dir DIR for the other formats.",
            )
        if self.page_by_site and ("html" not in self.forms or self.folder is None):
            raise UsageError("--page-by-site needs a folder for its pages", advice="Add -o html --output-dir DIR.")
        if self.forms == ("html",) and self.folder is None and self.file is None and is_terminal(sys.stdout):
            raise UsageError("-o html: a page cannot be shown on the terminal", advice="Add --output-file audit.html.")

    def deliver(self, document: Document) -> int | None:
        """Keep the audit and write all its forms; what fails is noted, and keeps nothing else from being done.

        Args:
            document: of `mmpctl audit`.

        Returns:
            The exit code of a plugin; None if there was none to answer.
        """
        trend: Trend = []
        if self.history is not None:
            with self._noted():
                kept = _history(self.history)
                tell_last_seen(document.get("sites", ()), document["at"], kept.back(before=document["at"]))
                kept.keep(document)
                trend = kept.counts(selection=document.get("selection"))
        forms = self.forms or ("table",)
        if self.folder is not None:
            for form in forms:
                with self._noted():
                    self._write(self.folder, form, document, trend)
        if self.nagios:
            return self._answer(document)
        if self.folder is None:
            with self._noted():
                if forms[0] in ("table", "json"):
                    shown = tables.audit(document, self.everything, begun(options.RUNS))
                    emit(document, shown, forms[0], self.file)
                else:
                    emit_text(self._text(forms[0], document, trend), self.file)
        return None

    def _write(self, folder: Path, form: str, document: Document, trend: Trend) -> None:
        path = folder / f"audit.{AUDIT_FORMS[form]}"
        if form == "html" and self.page_by_site:
            for name, page in site_pages(document, trend):
                # The index comes last: it leads to no page that could not be written.
                write_file(folder / name, page, "--output-dir")
        else:
            write_file(path, self._text(form, document, trend), "--output-dir")
        # A job that runs every night mails what is told here: it knows where its reports are.
        if is_terminal(sys.stderr):
            tell_written(path)

    def _text(self, form: str, document: Document, trend: Trend) -> str | Iterable[str]:
        if form == "html":
            return audit_page_pieces(document, trend)
        if form == "table":
            return render(tables.audit(document, self.everything))
        return _TEXTS[form](document)

    def _answer(self, document: Document) -> int:
        line, code = audit_nagios(document)
        if self.failures and code != 2:
            # A critical state is told in any case: a full disk must not hide it.
            line, code = nagios_failure(self.failures[0])
        try:
            emit_text(line, self.file)
        except MmpError as error:
            self.failures.append(error)
            line, code = nagios_failure(error) if code != 2 else (line, code)
            send(line, sys.stdout)
        return code

    @contextmanager
    def _noted(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            self.failures.append(as_mmp_error(error))


def _history(place: str) -> Any:
    require("history", "--history")
    # SQLAlchemy takes a while to load, and not every audit is kept.
    from mmpctl.history.store import History

    return History(place)
