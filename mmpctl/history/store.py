"""Where audits are kept: a SQLite file, or any database that SQLAlchemy reaches."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Column, Integer, MetaData, String, Table, Text, create_engine, func, insert, select
from sqlalchemy.engine import URL, Connection, Engine, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from mmpctl.documents.audit import KeptAuditDocument
from mmpctl.documents.checked import checked
from mmpctl.documents.history import KeptCounts
from mmpctl.documents.kept import KeptAudit, KeptNumbers
from mmpctl.errors import UsageError
from mmpctl.history.place import password, place_of
from mmpctl.history.severity_counts import severity_counts
from mmpctl.times import iso

SCHEMA = 1
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

# Where the package to install is called otherwise than the module that is missing.
_DRIVERS = {"psycopg": "'psycopg[binary]'", "psycopg2": "psycopg2-binary", "MySQLdb": "mysqlclient"}


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
        place = place_of(given)
        self._file = None if "://" in place else Path(place)
        try:
            self._url = make_url(place) if self._file is None else URL.create("sqlite", database=place)
        except ArgumentError as error:
            raise UsageError("--history: this is not a database URL", code="history") from error
        if self._url.host and self._url.password is None:
            self._url = self._url.set(password=password())

    def keep(self, document: KeptAuditDocument) -> None:
        """Keep an audit, all of it or nothing.

        Args:
            document: of `mmpctl audit`.

        Raises:
            UsageError: the database cannot be used.
        """
        with self._connected() as connection:
            _metadata.create_all(connection)
            self._check(connection)
            connection.execute(
                insert(_audits).values(
                    schema=SCHEMA,
                    at=document["at"],
                    counts=json.dumps({**document["summary"], "selection": document.get("selection", {})}),
                    document=json.dumps(document),
                )
            )

    def prepare(self) -> None:
        """Find out whether an audit could be kept: it is created if there is none, and a write is rolled back.

        Raises:
            UsageError: the database cannot be used.
        """
        if self._file is not None:
            try:
                self._file.parent.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise UsageError(
                    f"--history {self._file}: {error.strerror}", code="history", advice="Name a file in another folder."
                ) from error
        with self._connected() as connection:
            _metadata.create_all(connection)
            self._check(connection)
        with suppress(_UndoneError), self._connected() as connection:
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
                where = f"{self._told}: the audit of {row.at}"
                yield _checked(connection.execute(one).scalar_one(), KeptAudit, where)

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

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        if self._file is not None and not self._file.is_file():
            raise UsageError(
                f"{self._file}: there is no such file",
                code="history",
                advice="Make it with `mmpctl audit --history FILE`.",
            )
        with self._connected() as connection:
            self._check(connection)
            yield connection

    def _check(self, connection: Connection) -> None:
        newest = connection.execute(select(func.max(_audits.c.schema))).scalar()
        if newest is not None and newest > SCHEMA:
            raise UsageError(
                f"{self._told}: was written by a newer mmpctl",
                code="history",
                advice="Use that release, or another file.",
            )

    @contextmanager
    def _connected(self) -> Iterator[Connection]:
        engine: Engine | None = None
        try:
            engine = create_engine(self._url)
            with engine.begin() as connection:
                yield connection
        except ModuleNotFoundError as error:
            package = _DRIVERS.get(error.name or "", error.name)
            raise UsageError(
                f"{self._told}: the driver {error.name} is not installed",
                code="history",
                advice=f"Install it into mmpctl's environment: pip install {package} (or pipx inject mmpctl "
                f"{package}).",
            ) from None
        except (SQLAlchemyError, ImportError) as error:
            # The library's own words may hold the password of the URL.
            why = str(getattr(error, "orig", None) or type(error).__name__)
            advice = "Name a SQLite file that mmpctl has written, or a database URL."
            if isinstance(error, NoSuchModuleError):
                kind = self._url.drivername
                why = f"SQLAlchemy knows no {kind}"
                advice = f"{advice} A rarer database needs its package to be installed."
            raise UsageError(f"{self._told}: {why}", code="history", advice=advice) from None
        finally:
            if engine is not None:
                engine.dispose()

    def _numbers(self, at: str, counts: str) -> KeptNumbers:
        return _checked(counts, KeptNumbers, f"{self._told}: the count of the audit of {at}")

    @property
    def _told(self) -> str:
        return str(self._file) if self._file is not None else self._url.render_as_string(hide_password=True)


def _checked(text: str, form: type[_T], where: str) -> _T:
    try:
        document = json.loads(text)
    except ValueError:
        document = None
    return checked(document, form, where)


def _is_of(numbers: KeptNumbers, selection: Selection | None) -> bool:
    return selection is None or numbers.get("selection", {}) == selection
