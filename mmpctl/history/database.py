"""The database of a history: a SQLite file, or whatever SQLAlchemy reaches; how it is opened, and given back space."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from sqlalchemy import create_engine
from sqlalchemy.engine import URL, Connection, Engine, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from mmpctl.errors import UsageError
from mmpctl.history.place import password, place_of

# Another process may be at the same file; one that makes it smaller copies all that stays, which takes a while.
_WAIT_SECONDS: Final = 60
# Where the package to install is called otherwise than the module that is missing.
_DRIVERS = {"psycopg": "'psycopg[binary]'", "psycopg2": "psycopg2-binary", "MySQLdb": "mysqlclient"}


class Database:
    """Where audits are kept.

    Args:
        given: path of a SQLite file, a URL of SQLAlchemy's, or `@FILE` for what stands in a file.

    Raises:
        UsageError: the URL is none, or the file cannot be relied on.
    """

    def __init__(self, given: str) -> None:
        place = place_of(given)
        self.file = None if "://" in place else Path(place)
        """The SQLite file that was named; None for a URL."""
        try:
            self._url = make_url(place) if self.file is None else URL.create("sqlite", database=place)
        except ArgumentError as error:
            raise UsageError("--history: this is not a database URL", code="history") from error
        if self._url.host and self._url.password is None:
            self._url = self._url.set(password=password())

    @property
    def told(self) -> str:
        """How it is named to people: without a password."""
        return str(self.file) if self.file is not None else self._url.render_as_string(hide_password=True)

    def make_folder(self) -> None:
        """Make the folder of the file, if there is none.

        Raises:
            UsageError: it cannot be made.
        """
        if self.file is None:
            return
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UsageError(
                f"--history {self.file}: {error.strerror}", code="history", advice="Name a file in another folder."
            ) from error

    @contextmanager
    def connected(self) -> Iterator[Connection]:
        """Open it for the block: all that is done there, or nothing of it.

        Raises:
            UsageError: it cannot be used.
        """
        with self._engine() as engine, engine.begin() as connection:
            yield connection

    def give_back(self) -> int | None:
        """Make the file as small as what is in it; a database of another kind sees to that itself.

        The file is copied for that: for a while, the disk holds twice what is in it.

        Returns:
            The size of the file now, bytes; None for a database of another kind.

        Raises:
            UsageError: it is not possible now: another process is at it, or the disk is full. Nothing is lost.
        """
        if self._url.get_backend_name() != "sqlite":
            return None
        with self._engine() as engine, engine.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT")
            if _number(connection, "freelist_count"):
                connection.exec_driver_sql("VACUUM")
            return _number(connection, "page_count") * _number(connection, "page_size")

    @contextmanager
    def _engine(self) -> Iterator[Engine]:
        engine: Engine | None = None
        try:
            wait = {"timeout": _WAIT_SECONDS} if self._url.drivername in ("sqlite", "sqlite+pysqlite") else {}
            engine = create_engine(self._url, connect_args=wait)
            yield engine
        except ModuleNotFoundError as error:
            package = _DRIVERS.get(error.name or "", error.name)
            raise UsageError(
                f"{self.told}: the driver {error.name} is not installed",
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
            raise UsageError(f"{self.told}: {why}", code="history", advice=advice) from None
        finally:
            if engine is not None:
                engine.dispose()


def _number(connection: Connection, name: str) -> int:
    return int(connection.exec_driver_sql(f"PRAGMA {name}").scalar_one())
