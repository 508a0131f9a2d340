"""The journal of an onboarding: written before it touches anything, so that it can be finished or undone if killed."""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, ExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from threading import Lock

from gateway_core.decoding import decode_model, encode_model
from gateway_core.dirs import journals_dir
from gateway_core.discovery.operation_records import ProcessMark
from gateway_core.discovery.planned import LARGEST_JOURNAL, RunOutcome
from gateway_core.file_locks import locked
from gateway_core.files import FileIdentity, UnreadableFileError, identify, listing_of, open_regular
from gateway_core.host import Host
from gateway_core.lifecycle.threads import finish_in_thread
from gateway_core.onboarding.inventory import Root
from gateway_core.onboarding.plan import Plan
from gateway_core.operations import ErrorCode, Failure, OperationFailedError
from gateway_core.own_files import open_private, read_own_text, replace_file
from gateway_core.snapshot import Model
from gateway_core.timestamps import Timestamp

_PLANNING_PATIENCE_S = 20.0
_LOCK_PATIENCE_S = 0.3
"""Whoever only looks whether somebody is at work on a journal holds its lock for a moment, too."""
_POLL_S = 0.02

_FileMark = tuple[str, FileIdentity]
"""The name and the identity of a journal's file, by which it is seen that it was written."""


class JournalStep(Model):
    """A step that was begun."""

    name: str
    ended: bool = False  # the step ended well


class Journal(Model):
    """The plan of a run, what was there before, and how far it came. Holds no secret."""

    id: str  # the stem of the names of its files
    began_at: Timestamp
    plan: Plan
    before: tuple[Root, ...]  # every place in which the run may create something, with what was in it
    added: tuple[str, ...] | None = None
    """All that it had added to places that were there before, when it last looked: what is new there besides is not its
    own. `None` if it was killed before it could look."""
    steps: tuple[JournalStep, ...] = ()
    vendor: ProcessMark | None = None  # the product's last command, which may have outlived its claw-tui
    outcome: RunOutcome = RunOutcome.UNFINISHED
    failure: Failure | None = None
    trash: str | None = None  # the folder into which undo moves what the run created

    def begun(self, name: str) -> bool:
        return any(step.name == name for step in self.steps)

    def done(self, name: str) -> bool:
        return any(step.name == name and step.ended for step in self.steps)

    def with_step(self, name: str, *, ended: bool) -> Journal:
        others = tuple(step for step in self.steps if step.name != name)
        return self.model_copy(update={"steps": (*others, JournalStep(name=name, ended=ended))})


class JournalFile:
    """A journal on the disk, while its lock is held."""

    def __init__(self, host: Host, journal: Journal) -> None:
        self.journal = journal
        self._path = _path(host, journal.id)
        self._writing = Lock()
        """A write whose waiter was cancelled goes on in its thread, while the cancellation itself is written down."""

    def write(self, journal: Journal) -> None:
        """Replace the journal, so that it is whole on the disk at any moment. Raises `OperationFailedError`."""
        with self._writing:
            self.journal = journal
            try:
                replace_file(self._path, encode_model(journal, indent=1), durable=True)
            except OSError as error:
                raise _unwritable(self._path, error, begun=bool(journal.steps)) from error

    def update(self, **changes: object) -> None:
        self.write(self.journal.model_copy(update=changes))


def journal_id(config_path: str) -> str:
    """Return the id of the only journal of that place: that of the run that was last there."""
    return hashlib.sha256(config_path.encode("utf-8", "surrogateescape")).hexdigest()[:16]


def journals(host: Host) -> tuple[Journal, ...]:
    """Return all journals that can be read, the newest first. Blocks."""
    read = map(_read, listing_of(journals_dir(host)).paths(".json"))
    found = [journal for journal in read if journal is not None]
    return tuple(sorted(found, key=lambda journal: journal.began_at, reverse=True))


def unfinished_journals(host: Host) -> tuple[Journal, ...]:
    """Return the journals of runs that are under way, were killed, or failed. Blocks."""
    return tuple(journal for journal in journals(host) if journal.outcome is RunOutcome.UNFINISHED)


def read_journal(host: Host, journal_id: str) -> Journal | None:
    """Return the journal as it is on the disk now. Blocks."""
    return _read(_path(host, journal_id))


def is_running(host: Host, journal: Journal) -> bool:
    """Whether some claw-tui is at work on that journal; any number may ask at the same moment. Blocks."""
    try:
        with locked(open_regular(_lock_path(host, journal.id)), shared=True) as free:
            return not free
    except (OSError, UnreadableFileError):
        return False


@asynccontextmanager
async def journal_lock(host: Host, name: str, patience_s: float = _LOCK_PATIENCE_S) -> AsyncIterator[None]:
    """Hold the lock of a journal, there or to be written. Raises `OperationFailedError` if another claw-tui keeps it.

    The kernel lets go of it when its holder ends, however that happens.
    """
    deadline = host.clock.monotonic() + patience_s
    with ExitStack() as stack:
        while not await finish_in_thread(_try_lock, stack, host, name):
            if host.clock.monotonic() > deadline:
                message = "Another claw-tui is at work on this very onboarding."
                raise OperationFailedError(ErrorCode.BUSY, message, "Wait until it is done, then look again.")
            await asyncio.sleep(_POLL_S)
        yield


def planning_lock(host: Host) -> AbstractAsyncContextManager[None]:
    """Hold what every run needs between its last look at the host and its journal. Raises `OperationFailedError`."""
    return journal_lock(host, "planning", _PLANNING_PATIENCE_S)


def _try_lock(stack: ExitStack, host: Host, name: str) -> bool:
    with ExitStack() as attempt:
        try:
            held = attempt.enter_context(locked(open_private(_lock_path(host, name), os.O_RDWR)))
        except OSError as error:
            raise _unwritable(journals_dir(host), error) from error
        if held:
            stack.push(attempt.pop_all())
        return held


def _read(path: Path) -> Journal | None:
    try:
        return decode_model(Journal, read_own_text(path, LARGEST_JOURNAL).text or "")
    except ValueError:
        return None


def _path(host: Host, name: str) -> Path:
    return journals_dir(host) / f"{name}.json"


def _lock_path(host: Host, name: str) -> Path:
    return journals_dir(host) / f"{name}.lock"


def _unwritable(path: Path, error: OSError, *, begun: bool = False) -> OperationFailedError:
    nothing = "nothing more" if begun else "nothing"
    return OperationFailedError(
        ErrorCode.NO_JOURNAL,
        f"{path} could not be written: {error.strerror}. Without it nothing could be undone, so {nothing} was done.",
        f"Make {path.parent} writable, with some room on its disk.",
    )


@dataclass(frozen=True, slots=True)
class UnfinishedRun:
    """A run to be resumed or undone."""

    journal: str
    instance: str
    began_at: datetime
    step: str | None  # the name of the step that was begun last
    failure: Failure | None  # of a run that was stopped, too; `None` if its claw-tui was killed
    under_way: bool  # some claw-tui is at work on it at this moment


class UnfinishedRuns:
    """The unfinished runs of one host. Journals are read again only when one was written."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._journals: tuple[Journal, ...] = ()
        self._read: frozenset[_FileMark] = frozenset()

    def look(self) -> tuple[UnfinishedRun, ...]:
        """Return the unfinished runs as they are now. Blocks."""
        there = frozenset(self._marks())
        if there != self._read:
            self._journals, self._read = unfinished_journals(self._host), there
        return tuple(self._seen(journal) for journal in self._journals)

    def _marks(self) -> Iterator[_FileMark]:
        """The marks of the journals' files. A clock's tick may see two writes; but each of them makes a new file."""
        for path in listing_of(journals_dir(self._host)).paths(".json"):
            yield path.name, identify(path)

    def _seen(self, journal: Journal) -> UnfinishedRun:
        return UnfinishedRun(
            journal=journal.id,
            instance=journal.plan.instance,
            began_at=journal.began_at,
            step=journal.steps[-1].name if journal.steps else None,
            failure=journal.failure,
            under_way=is_running(self._host, journal),
        )
