"""The journal's file: append-only, whole records or none, on SQLite with a write-ahead log."""

import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

from attrs import define

APPLICATION_ID = 0x504F4C59
"""Marks the file as ours ("POLY"), in SQLite's own field for it."""

SCHEMA_VERSION = 1

_PAGE = 1_000

_TABLE = """
CREATE TABLE records (
    seq INTEGER PRIMARY KEY,
    at_ns INTEGER NOT NULL,
    kind TEXT NOT NULL,
    correlation TEXT NOT NULL,
    payload TEXT NOT NULL
)
"""


class Row(NamedTuple):
    """A record before it has its number. `payload` is JSON, `kind` the class of the message in it."""

    at_ns: int
    kind: str
    correlation: str
    payload: str


class Record(NamedTuple):
    """A row of the journal. `seq` counts from 1 without gaps."""

    seq: int
    at_ns: int
    kind: str
    correlation: str
    payload: str


class JournalError(Exception):
    """The journal cannot be opened, read or written; the message names the file and the reason."""


class NotAJournal(JournalError):
    """The file is something else, or damaged beyond its header; it was not touched."""


class NewerJournal(JournalError):
    """The file was written by a later version of this program; it was not touched."""


@define
class JournalStore:
    """One writer. May be used from any thread, but by one at a time.

    What `append` returned for is safe from the end of the process; a failure of the machine may lose the newest records
    since the last checkpoint, never an older one before a newer.
    """

    path: Path
    last_seq: int
    _connection: sqlite3.Connection

    @classmethod
    def open(cls, path: Path) -> Self:
        """The journal in `path`, made with its folder if it is not there, up to its last whole record.

        Raises `NotAJournal`, `NewerJournal`, and `JournalError` for what the file system refuses.
        """
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        except (OSError, sqlite3.Error) as error:
            raise JournalError(f"{path}: {error}") from error
        try:
            _admit(path, connection)
            return cls(path, _last_seq(connection), connection)
        except BaseException as error:
            connection.close()
            if isinstance(error, sqlite3.OperationalError):
                raise JournalError(f"{path}: {error}") from error
            if isinstance(error, sqlite3.DatabaseError):
                raise NotAJournal(f"{path} is no journal: {error}") from error
            raise

    def append(self, rows: Iterable[Row]) -> int:
        """Write all rows in one transaction, or none of them; the number of the last record afterwards.

        Raises `JournalError`, for instance when the disk is full; nothing was written then.
        """
        records = [(seq, *row) for seq, row in enumerate(rows, self.last_seq + 1)]
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                self._connection.executemany("INSERT INTO records VALUES (?, ?, ?, ?, ?)", records)
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise
        except sqlite3.Error as error:
            raise JournalError(f"{self.path}: {error}") from error
        self.last_seq += len(records)
        return self.last_seq

    def read(self, after_seq: int = 0) -> Iterator[Record]:
        """The records after `after_seq` in order, in pages: what is appended meanwhile is read too.

        Raises `JournalError`.
        """
        while page := self._page(after_seq):
            yield from page
            after_seq = page[-1].seq

    def read_kind(self, kind: str) -> list[Record]:
        """The records of one kind, in order. Raises `JournalError`."""
        query = "SELECT seq, at_ns, kind, correlation, payload FROM records WHERE kind = ? ORDER BY seq"
        try:
            return [Record(*row) for row in self._connection.execute(query, (kind,))]
        except sqlite3.Error as error:
            raise JournalError(f"{self.path}: {error}") from error

    def count(self, kind: str) -> int:
        """How many records of a kind there are. Raises `JournalError`."""
        try:
            found = self._connection.execute("SELECT count(*) FROM records WHERE kind = ?", (kind,)).fetchone()
        except sqlite3.Error as error:
            raise JournalError(f"{self.path}: {error}") from error
        return int(found[0])

    def checkpoint(self) -> None:
        """Move the write-ahead log into the file, as far as no reader is in the way: to be called when idle.

        Raises `JournalError`.
        """
        try:
            self._connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
        except sqlite3.Error as error:
            raise JournalError(f"{self.path}: {error}") from error

    def close(self) -> None:
        """Checkpoint and close; a second time does nothing."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def _page(self, after_seq: int) -> list[Record]:
        query = "SELECT seq, at_ns, kind, correlation, payload FROM records WHERE seq > ? ORDER BY seq LIMIT ?"
        try:
            return [Record(*row) for row in self._connection.execute(query, (after_seq, _PAGE))]
        except sqlite3.Error as error:
            raise JournalError(f"{self.path}: {error}") from error


def _admit(path: Path, connection: sqlite3.Connection) -> None:
    """Let in our journals and blank files, which are made into one; before that, nothing is written."""
    application, version = _number(connection, "application_id"), _number(connection, "user_version")
    tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    blank = not application and not version and not tables
    if not blank and application != APPLICATION_ID:
        raise NotAJournal(f"{path} is a database of another program")
    if version > SCHEMA_VERSION:
        raise NewerJournal(f"{path} has version {version} of the journal, this program knows {SCHEMA_VERSION}")
    if not blank and (version != SCHEMA_VERSION or not tables):
        raise NotAJournal(f"{path} has version {version} of the journal and {tables} tables")
    connection.execute("PRAGMA journal_mode = WAL").fetchall()
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA wal_autocheckpoint = 0").fetchall()
    if blank:
        _make(connection)


def _make(connection: sqlite3.Connection) -> None:
    connection.execute("BEGIN IMMEDIATE")
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
    connection.execute(_TABLE)
    connection.execute("COMMIT")
    # From here on the file itself is a journal, whatever happens to its log.
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def _number(connection: sqlite3.Connection, pragma: str) -> int:
    return int(connection.execute(f"PRAGMA {pragma}").fetchone()[0])


def _last_seq(connection: sqlite3.Connection) -> int:
    return int(connection.execute("SELECT coalesce(max(seq), 0) FROM records").fetchone()[0])
