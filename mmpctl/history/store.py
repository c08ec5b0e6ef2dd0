"""Where audits are kept: a SQLite file, or any database that SQLAlchemy reaches."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import TypeVar

from sqlalchemy import Column, Integer, MetaData, String, Table, Text, delete, func, insert, select
from sqlalchemy.engine import Connection

from mmpctl.documents.audit import KeptAuditDocument
from mmpctl.documents.checked import checked
from mmpctl.documents.history import KeptCounts
from mmpctl.documents.kept import KeptAudit, KeptNumbers
from mmpctl.errors import UsageError
from mmpctl.history.database import Database
from mmpctl.history.forgetting import KeptRow
from mmpctl.history.packed import packed, unpacked
from mmpctl.history.severity_counts import severity_counts
from mmpctl.times import iso

# 1: documents as they are; 2: packed.
SCHEMA = 2
_T = TypeVar("_T")

# A part of the inventory, by the options that chose it.
Selection = Mapping[str, Sequence[str]]

_metadata = MetaData()
_audits = Table(
    "mmpctl_audits",
    _metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("schema", Integer, nullable=False),
    # ISO 8601, UTC: sorts by time.
    Column("at", String(20), nullable=False, index=True),
    Column("counts", Text, nullable=False),
    Column("document", Text, nullable=False),
)


class _UndoneError(Exception):
    """What was written to see whether it can be is taken back."""


class History:
    """Audits over time.

    Args:
        given: path of a SQLite file, made when something is kept; or a URL of SQLAlchemy's; or `@FILE` for what stands
            in a file. A URL without a password takes it from MMP_HISTORY_PASSWORD.

    Raises:
        UsageError: the URL is none, or the file cannot be relied on.
    """

    def __init__(self, given: str) -> None:
        self._database = Database(given)

    def keep(self, document: KeptAuditDocument) -> None:
        """Keep an audit, all of it or nothing.

        Args:
            document: of `mmpctl audit`.

        Raises:
            UsageError: the database cannot be used.
        """
        with self._database.connected() as connection:
            _metadata.create_all(connection)
            self._check(connection)
            connection.execute(
                insert(_audits).values(
                    schema=SCHEMA,
                    at=document["at"],
                    counts=json.dumps({**document["summary"], "selection": document.get("selection", {})}),
                    document=packed(json.dumps(document)),
                )
            )

    def prepare(self) -> None:
        """Find out whether an audit could be kept: it is created if there is none, and a write is rolled back.

        Raises:
            UsageError: the database cannot be used.
        """
        self._database.make_folder()
        with self._database.connected() as connection:
            _metadata.create_all(connection)
            self._check(connection)
        with suppress(_UndoneError), self._database.connected() as connection:
            connection.execute(insert(_audits).values(schema=SCHEMA, at="", counts="", document=""))
            raise _UndoneError

    def last(
        self, until: datetime | None = None, before: str | None = None, selection: Selection | None = None
    ) -> KeptAudit | None:
        """Return the last audit, as its document; None if there is none.

        Args:
            until: only those at this time or earlier, aware, UTC.
            before: only those earlier than this time of an audit.
            selection: only those of this part of the inventory; None for any.

        Raises:
            UsageError: the database cannot be used.
        """
        return next(self.back(until, before, selection), None)

    def back(
        self, until: datetime | None = None, before: str | None = None, selection: Selection | None = None
    ) -> Iterator[KeptAudit]:
        """Yield the audits as their documents, one at a time, the last first; see `last`.

        Args:
            until: only those at this time or earlier, aware, UTC.
            before: only those earlier than this time of an audit.
            selection: only those of this part of the inventory; None for any.

        Raises:
            DocumentError: one of them is not as it was kept; names the audit and the key.
            UsageError: the database cannot be used.
        """
        # Documents are big: the counts say which of them are wanted.
        listed = select(_audits.c.number, _audits.c.at, _audits.c.counts)
        wanted = listed.order_by(_audits.c.at.desc(), _audits.c.number.desc())
        if until is not None:
            wanted = wanted.where(_audits.c.at <= iso(until))
        if before is not None:
            wanted = wanted.where(_audits.c.at < before)
        with self._reading() as connection:
            rows = connection.execute(wanted).all()
            for row in rows:
                if not _is_of(self._numbers(row.at, row.counts), selection):
                    continue
                one = select(_audits.c.document).where(_audits.c.number == row.number)
                where = f"{self._database.told}: the audit of {row.at}"
                kept = connection.execute(one).scalar_one_or_none()
                # Another process may have deleted it meanwhile.
                if kept is not None:
                    yield _checked(kept, KeptAudit, where)

    def counts(self, most: int = 30, selection: Selection | None = None) -> list[KeptCounts]:
        """Return the counts by severity of the last audits, the oldest first.

        Args:
            most: how many.
            selection: only those of this part of the inventory; None for any.

        Raises:
            UsageError: the database cannot be used.
        """
        wanted = select(_audits.c.at, _audits.c.counts).order_by(_audits.c.at.desc(), _audits.c.number.desc())
        with self._reading() as connection:
            rows = [(row.at, self._numbers(row.at, row.counts)) for row in connection.execute(wanted)]
        last = [one for one in rows if _is_of(one[1], selection)][:most]
        return [{"at": at, "counts": severity_counts(numbers)} for at, numbers in reversed(last)]

    def kept(self) -> list[KeptRow]:
        """Return which audits there are, the oldest first.

        Raises:
            DocumentError: the counts of one of them are not as they were kept.
            UsageError: the database cannot be used.
        """
        listed = select(_audits.c.number, _audits.c.at, _audits.c.counts).order_by(_audits.c.at, _audits.c.number)
        with self._reading() as connection:
            rows = connection.execute(listed).all()
        return [KeptRow(row.number, row.at, self._numbers(row.at, row.counts).get("selection", {})) for row in rows]

    def forget(self, rows: Sequence[KeptRow]) -> None:
        """Delete some audits, all of them or none.

        Args:
            rows: of `kept`; one that another process has deleted meanwhile is passed over.

        Raises:
            UsageError: the database cannot be used.
        """
        with self._reading() as connection:
            for row in rows:
                # Its time as well: the number of an audit that was deleted may be another one's by now.
                connection.execute(delete(_audits).where(_audits.c.number == row.number, _audits.c.at == row.at))

    def give_back(self) -> int | None:
        """Give the space of what was deleted back to the disk; see `Database.give_back`.

        Returns:
            The size of the file, bytes; None for a database that is no file.

        Raises:
            UsageError: it is not possible now; nothing is lost.
        """
        return self._database.give_back()

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        if self._database.file is not None and not self._database.file.is_file():
            raise UsageError(
                f"{self._database.file}: there is no such file",
                code="history",
                advice="Make it with `mmpctl audit --history FILE`.",
            )
        with self._database.connected() as connection:
            self._check(connection)
            yield connection

    def _check(self, connection: Connection) -> None:
        newest = connection.execute(select(func.max(_audits.c.schema))).scalar()
        if newest is not None and newest > SCHEMA:
            raise UsageError(
                f"{self._database.told}: was written by a newer mmpctl",
                code="history",
                advice="Use that release, or another file.",
            )

    def _numbers(self, at: str, counts: str) -> KeptNumbers:
        return _checked(counts, KeptNumbers, f"{self._database.told}: the count of the audit of {at}")


def _checked(text: str, form: type[_T], where: str) -> _T:
    try:
        document = json.loads(unpacked(text))
    except ValueError:
        document = None
    return checked(document, form, where)


def _is_of(numbers: KeptNumbers, selection: Selection | None) -> bool:
    return selection is None or numbers.get("selection", {}) == selection
