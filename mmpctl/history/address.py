"""Where a history is kept: a file of SQLite, or any database that SQLAlchemy has a driver for."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, quote_plus

from sqlalchemy import Connection, Engine, NullPool, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError, NoSuchModuleError, SQLAlchemyError

from mmpctl.history.error import HistoryError

# The option of a connection that is going to write.
WRITING = "mmpctl_writing"

# How long another run may hold the file, seconds.
_BUSY_SECONDS = 30.0
_SECRETS = ("pass", "pwd", "secret", "token", "odbc_connect")


@dataclass(frozen=True, slots=True)
class Address:
    """A database.

    Args:
        url: of SQLAlchemy; it may hold a password.
        file: the file of SQLite; None for another database.
    """

    url: URL
    file: Path | None

    @property
    def shown(self) -> str:
        """What may be shown of it: the file, or the URL without user, password and options."""
        if self.file is not None:
            return str(self.file)
        port = f":{self.url.port}" if self.url.port else ""
        return f"{self.url.drivername}://{self.url.host or ''}{port}/{self.url.database or ''}"

    def told(self, error: Exception) -> str:
        """The first line of what a database says of its trouble, with the secrets of the URL blotted out.

        Args:
            error: of SQLAlchemy or a driver.
        """
        cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
        text = (str(cause).strip() or type(cause).__name__).splitlines()[0]
        for secret in sorted(self._secrets(), key=len, reverse=True):
            text = text.replace(secret, "***")
        return text

    def _secrets(self) -> Iterator[str]:
        values = [str(self.url.password or "")]
        for name, given in self.url.query.items():
            if any(word in name.lower() for word in _SECRETS):
                values += [given] if isinstance(given, str) else given
        for value in filter(None, values):
            yield from (value, quote(value, safe=""), quote_plus(value))


def address_of(place: str | Path) -> Address:
    """Read what was typed.

    Args:
        place: a path, or a URL of SQLAlchemy: what has `://` in it.

    Raises:
        HistoryError: it is no URL, or one that cannot hold a history.
    """
    text = str(place)
    if isinstance(place, Path) or "://" not in text:
        return Address(URL.create("sqlite", database=text), Path(text))
    scheme = text.partition("://")[0]
    try:
        url = make_url(text)
    except (SQLAlchemyError, ValueError):
        raise _no_url(scheme) from None  # the other error may repeat the URL, with its password
    if url.get_backend_name() != "sqlite":
        # A password with such a letter in it is cut there: the rest of it would pass for a host and be shown.
        if "@" in f"{url.host}{url.database}":
            raise _no_url(scheme)
        return Address(url, None)
    if url.drivername not in ("sqlite", "sqlite+pysqlite") or url.query or url.host or not url.database:
        raise HistoryError(f"{scheme}://…: a history in SQLite is a file", advice="give its path, without a URL")
    return Address(url, Path(url.database))


def _no_url(scheme: str) -> HistoryError:
    return HistoryError(
        f"{scheme}://…: this is not the URL of a database",
        advice="write it as DIALECT://USER@HOST/DATABASE; an @, : or / in a password as %40, %3A, %2F",
    )


def engine_of(address: Address, *, make: bool) -> Engine:
    """A database to talk to; nothing is opened yet.

    Args:
        address: of the database.
        make: a file that is not there may be made.

    Raises:
        HistoryError: its driver is not there.
    """
    if address.file is not None:
        return _sqlite(address.file, make=make)
    try:
        return create_engine(address.url, poolclass=NullPool)
    except NoSuchModuleError:
        why, advice = (
            f"no driver for {address.url.drivername} is known",
            "see the dialects of SQLAlchemy, or give a file",
        )
    except ImportError as error:
        why, advice = f"its driver is missing ({address.told(error)})", "install it beside mmpctl, e.g. with pip"
    except (SQLAlchemyError, TypeError, ValueError) as error:
        why, advice = address.told(error), "correct the URL"
    raise HistoryError(f"{address.shown}: {why}", advice=advice)


def _sqlite(file: Path, *, make: bool) -> Engine:
    target = f"{file.absolute().as_uri()}?mode={'rwc' if make else 'rw'}"
    engine = create_engine(
        "sqlite://",
        # Without an isolation level the driver begins no transaction of its own: those below hold for CREATE as well.
        creator=lambda: sqlite3.connect(target, uri=True, timeout=_BUSY_SECONDS, isolation_level=None),
        poolclass=NullPool,
    )

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # Two writers that both began by reading could not both go on: a writer takes the file at once.
        writing = connection.get_execution_options().get(WRITING)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")

    return engine
