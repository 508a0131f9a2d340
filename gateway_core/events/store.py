"""The database of events: SQLite, one file per user, used by every claw-tui of that user at once.

Each call opens it anew, so any thread may call, and a file that was replaced meanwhile is noticed. In WAL mode a
transaction is there as a whole or not at all, whenever its writer is killed.
"""

from __future__ import annotations

import errno
import json
import os
import sqlite3
import stat
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TypeVar

from gateway_core.decoding import parse_json
from gateway_core.events.model import Event, Kind, Plain
from gateway_core.events.operation_events import explained
from gateway_core.events.sightings import SAME_WITHIN, Sightings
from gateway_core.file_locks import locked
from gateway_core.files import FileIdentity, identify, path_status
from gateway_core.own_files import UntrustedPlaceError, open_private

_LOCK_TIMEOUT_S = 3.0  # how long to wait while another claw-tui creates or replaces the file
_COMPANIONS = ("-wal", "-shm")
"""Files that SQLite keeps beside a database in WAL mode, and that mean nothing to another one."""
_PARTS = ("", *_COMPANIONS, "-journal")  # all that SQLite opens, and would wait for if it were a pipe
_LARGEST = 256 << 20  # far beyond all that is ever kept
_LONGEST_DETAIL = 1 << 20  # characters
KEPT = 20_000  # so many events are kept; then the oldest go. About 5 MB
_SCHEMA = 1
_TRANSACTION_TIMEOUT_S = 3.0  # how long to wait for transactions of others, which take milliseconds
_PER_TRANSACTION = 1_000
_CONTEXT = 50  # so many more are read, because they may explain those that are asked for
_CREATE = (
    "CREATE TABLE events (number INTEGER PRIMARY KEY, at TEXT NOT NULL, instance TEXT, kind TEXT NOT NULL,"
    " cause TEXT, detail TEXT NOT NULL)"
)
_INSERT = "INSERT INTO events (at, instance, kind, cause, detail) VALUES (?, ?, ?, ?, ?)"
_RECENT = 10_000  # so many of the newest numbers are looked through for what another has just written down
_LATELY = (
    "SELECT number, at, instance, kind, cause, detail FROM events"
    " WHERE number IN (SELECT value FROM json_each(?)) AND at BETWEEN ? AND ? ORDER BY number"
)
_EXPLAIN = "UPDATE events SET cause = ? WHERE number = ?"
_SPAN = "SELECT (SELECT max(number) FROM events), (SELECT min(number) FROM events)"
_FOREIGN = "SELECT 1 FROM sqlite_master WHERE type IN ('view', 'trigger')"
_NUMBER_KEPT = "SELECT number FROM events ORDER BY number DESC LIMIT 1 OFFSET ?"
_PRUNE = "DELETE FROM events WHERE number < ?"
_WANTED = "WITH wanted AS (SELECT value FROM json_each(?))"  # a condition for each has its limits
_CONCERNS = (
    "instance IN wanted OR CASE WHEN json_valid(detail) THEN"
    " EXISTS (SELECT 1 FROM json_each(detail, '$.parties') WHERE value IN wanted) END"
)
_ALL = -1  # no limit
_NOTHING_THERE = ((errno.ENOENT,), (errno.ENOTDIR,))
_DAMAGE = (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT)
Outcome = TypeVar("Outcome")
Work = Callable[[sqlite3.Connection], Outcome]


class EventStoreError(Exception):
    """Events could not be written or read; the message is for people."""


class _DamagedError(Exception):
    """The file is no database of ours, or a broken one."""


class EventStore:
    """The events of this and of earlier runs, the newest `kept` of them. Blocks: for threads."""

    def __init__(self, path: Path, tell: Callable[[str], None], kept: int = KEPT) -> None:
        """`tell` is told, on the calling thread, that a damaged file was set aside."""
        self.path = path
        self._tell = tell
        self._told = False  # that there are rows that cannot be understood
        self._kept = kept
        self._own: frozenset[int] = frozenset()
        """The numbers of the newest rows that hold what this store was given, whoever wrote them."""

    def append(self, events: Iterable[Event]) -> None:
        """Write events down in this order, but what another has just written down; forget the oldest.

        Raises `EventStoreError`.
        """
        rest = iter(events)
        while batch := tuple(islice(rest, _PER_TRANSACTION)):
            self._do(partial(self._write, events=batch))

    def newest(self, count: int, instances: Sequence[str] = ()) -> tuple[Event, ...]:
        """The newest events by time, explained, oldest first; of the instances alone, if any are named.

        Makes no database where there is none, and reads from a full disk too. Raises `EventStoreError`.
        """
        events = explained(self._newest(count + _CONTEXT, instances))
        return events[len(events) - count :] if len(events) > count else events

    def mark(self) -> tuple[FileIdentity, ...]:
        """The identities of the database's files, which differ once anybody has written. Never fails."""
        return tuple(identify(Path(f"{self.path}{part}")) for part in ("", "-wal"))

    def _newest(self, count: int, instances: Sequence[str]) -> tuple[Event, ...]:
        seen = identify(self.path)
        if seen in _NOTHING_THERE:
            return ()
        self._require_files()
        if seen[2:3] == (0,):
            return ()
        try:
            return self._do(lambda database: self._read(database, count, instances))
        except EventStoreError as error:
            if isinstance(error.__cause__, UntrustedPlaceError):
                raise
            try:
                # On a full disk, or one that may not be written, SQLite has no room for its own files.
                read_only = f"{self.path.as_uri()}?mode=ro&immutable=1"
                with closing(sqlite3.connect(read_only, uri=True)) as database:
                    _require_our_schema(database)
                    return self._read(database, count, instances)
            except (sqlite3.Error, UnicodeDecodeError, _DamagedError):
                pass  # then the first reason is the one to tell
            raise

    def _do(self, work: Work[Outcome]) -> Outcome:
        """Work with the database open; once more with a new one if it turns out to be damaged."""
        self._require_files()
        seen = identify(self.path)
        try:
            try:
                return self._attempt(work)
            except _DamagedError as damage:
                aside = set_aside(self.path, seen)
                if aside is not None:
                    self._tell(f"{self.path} was damaged ({damage}). It is now {aside}, and a new one was begun.")
                return self._attempt(work)
        except (sqlite3.Error, OSError, _DamagedError, DatabaseBusyError) as error:
            reason = error.strerror if isinstance(error, OSError) else error
            raise EventStoreError(f"{_cannot(self.path)}: {reason}.") from error

    def _attempt(self, work: Work[Outcome]) -> Outcome:
        try:
            with self._opened() as database:
                return work(database)
        except sqlite3.DatabaseError as error:
            if getattr(error, "sqlite_errorcode", 0) & 0xFF in _DAMAGE:
                raise _DamagedError(str(error)) from error
            raise
        except UnicodeDecodeError as error:  # of the names in the file, which SQLite's own message quotes
            raise _DamagedError("a name in it is no text") from error

    def _require_files(self) -> None:
        """Raise `EventStoreError` where SQLite must not open its files: it waits for pipes, and reads devices."""
        for path in (Path(f"{self.path}{part}") for part in _PARTS):
            status = path_status(path)
            if status.fault is not None:
                raise EventStoreError(f"{_cannot(self.path)}: {path}: {status.fault}. Move it away.")
            if status.mode is not None and not stat.S_ISREG(status.mode):
                raise EventStoreError(f"{_cannot(self.path)}: {path} is not a regular file. Move it away.")

    def _write(self, database: sqlite3.Connection, events: Sequence[Event]) -> None:
        database.execute("BEGIN IMMEDIATE")
        before = _newest_number(database)
        others = set(range(before - _RECENT + 1, before + 1)) - self._own
        sightings = Sightings(_written_lately(database, events, others))
        own = set()
        for event in events:
            known = sightings.take(event)
            if known is None:
                own.add(database.execute(_INSERT, _row(event)).lastrowid or 0)
                continue
            own.add(known[0])
            if event.cause and not known[1].cause:
                database.execute(_EXPLAIN, (_encodable(event.cause), known[0]))
        _prune(database, self._kept)
        database.execute("COMMIT")
        self._own = frozenset(number for number in {*self._own, *own} if number > before - _RECENT)

    def _read(self, database: sqlite3.Connection, count: int, instances: Sequence[str]) -> tuple[Event, ...]:
        """The newest events, oldest first. A row that makes no sense is left out, which is told once."""
        rows = _rows(database, count, instances)
        events = list(map(_event, rows))
        if None in events:
            events = list(map(_event, _rows(database, _ALL, instances)))
            self._tell_of_nonsense(events.count(None))
        return tuple(event for event in events if event is not None)[:count][::-1]

    def _tell_of_nonsense(self, count: int) -> None:
        if not self._told:
            self._told = True
            self._tell(
                f"{self.path} holds events that make no sense ({count}). They are left out; all others are there."
            )

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        os.close(open_private(self.path, os.O_RDWR))
        if path_status(self.path).size > _LARGEST:
            raise _DamagedError(f"it is larger than {_LARGEST >> 20} MiB")
        with closing(sqlite3.connect(self.path, timeout=_TRANSACTION_TIMEOUT_S, isolation_level=None)) as database:
            if _schema(database) == 0:
                with exclusively(self.path):
                    _create(database)
            _require_our_schema(database)
            database.execute("PRAGMA synchronous = NORMAL")
            yield database


def _cannot(path: Path) -> str:
    return f"Events cannot be kept in {path}"


def _create(database: sqlite3.Connection) -> None:
    """Make the table, unless another claw-tui has just made it."""
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("BEGIN IMMEDIATE")
    if _schema(database) == 0:
        database.execute(_CREATE)
        database.execute(f"PRAGMA user_version = {_SCHEMA}")
    database.execute("COMMIT")


def _require_our_schema(database: sqlite3.Connection) -> None:
    if (schema := _schema(database)) != _SCHEMA:
        raise sqlite3.OperationalError(f"another version of claw-tui keeps them there (schema {schema})")
    if database.execute(_FOREIGN).fetchone() is not None:
        raise _DamagedError("it holds a view or a trigger, which no claw-tui makes and which may never end")


def _schema(database: sqlite3.Connection) -> int:
    version: int = database.execute("PRAGMA user_version").fetchone()[0]
    return version


def _newest_number(database: sqlite3.Connection) -> int:
    number: int = database.execute("SELECT coalesce(max(number), 0) FROM events").fetchone()[0]
    return number


def _written_lately(
    database: sqlite3.Connection, events: Sequence[Event], numbers: Collection[int]
) -> Iterator[tuple[int, Event]]:
    """The rows with these numbers that are of about the time of the events."""
    times = [event.at for event in events if event.kind != Kind.OPERATION]
    if not times or not numbers:
        return
    span = (min(times) - SAME_WITHIN, max(times) + SAME_WITHIN)
    wanted = (json.dumps(sorted(numbers)), *(at.astimezone(UTC).isoformat() for at in span))
    database.text_factory = _text
    for number, *row in database.execute(_LATELY, wanted).fetchall():
        event = _event(tuple(row))
        if event is not None:
            yield number, event


def _prune(database: sqlite3.Connection, kept: int) -> None:
    newest, oldest = database.execute(_SPAN).fetchone()
    first = max(newest - kept + 1, oldest)  # never below what SQLite has as a number
    if newest - oldest > 2 * kept:  # numbers that are not in a row; counting takes longer
        (first,) = database.execute(_NUMBER_KEPT, (kept - 1,)).fetchone() or (oldest,)
    database.execute(_PRUNE, (first,))


def _row(event: Event) -> tuple[str | None, ...]:
    """The columns of an event. Times as text sort as times do only if all are of one zone."""
    at = event.at.astimezone(UTC).isoformat()
    texts = (_encodable(text) for text in (event.instance, event.kind, event.cause))
    return (at, *texts, json.dumps(dict(event.detail)))


def _encodable(text: str | None) -> str | None:
    """The text with escapes for what UTF-8 cannot say, as in a name that is no UTF-8: SQLite refuses it."""
    return text and text.encode("utf-8", "backslashreplace").decode("utf-8")


def _rows(database: sqlite3.Connection, count: int, instances: Sequence[str]) -> list[tuple[object, ...]]:
    """The newest rows, the newest first."""
    database.text_factory = _text
    wanted, where = (_WANTED, f"WHERE {_CONCERNS}") if instances else ("", "")
    newest = "ORDER BY at DESC, number DESC LIMIT ?"  # several write, and each writes what it saw a little later
    query = f"{wanted} SELECT at, instance, kind, cause, detail FROM events {where} {newest}"  # noqa: S608
    names = [json.dumps([_encodable(name) for name in instances])] if instances else []
    return database.execute(query, (*names, count)).fetchall()


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def _event(row: tuple[object, ...]) -> Event | None:
    """The event in a row; `None` if no claw-tui can have written it."""
    at, instance, kind, cause, detail = row
    if not isinstance(detail, str) or len(detail) > _LONGEST_DETAIL:
        return None
    columns = {"at": at, "instance": instance, "kind": kind, "cause": cause}
    try:
        return _redacted(Event.model_validate(columns | {"detail": parse_json(detail)}))
    except ValueError:
        return None


def _redacted(event: Event) -> Event:
    """The event without what is known as a secret by now: an older claw-tui may have kept it."""
    from gateway_core.redaction.text import redact  # to write events, which most processes only do, needs none of it

    def shown(value: Plain) -> Plain:
        return (
            redact(value)
            if isinstance(value, str)
            else tuple(map(redact, value))
            if isinstance(value, tuple)
            else value
        )

    detail = {name: shown(value) for name, value in event.detail.items()}
    return event.model_copy(update={"cause": shown(event.cause), "detail": detail})


class DatabaseBusyError(Exception):
    """Another claw-tui is replacing the file, and does not come to an end."""


def set_aside(path: Path, seen: FileIdentity) -> Path | None:
    """Rename the damaged file that was `seen`; `None` if another is there by now. What was set aside before is lost.

    Raises `OSError` and `DatabaseBusyError`.
    """
    with exclusively(path):
        if identify(path)[:2] != seen[:2]:
            return None
        aside = path.with_name(f"{path.stem}.damaged{path.suffix}")
        for companion in _COMPANIONS:
            Path(f"{path}{companion}").unlink(missing_ok=True)
        path.replace(aside)
        return aside


@contextmanager
def exclusively(path: Path) -> Iterator[None]:
    """Hold the lock without which no claw-tui creates or replaces the file. It is freed when its holder ends."""
    with locked(open_private(path.with_suffix(".lock"), os.O_RDWR), _LOCK_TIMEOUT_S) as held:
        if not held:
            raise DatabaseBusyError("another claw-tui has been replacing it for too long")
        yield
