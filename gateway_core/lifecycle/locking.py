"""Locks that allow one operation per instance at a time, across all processes that can operate on it.

A file of the user's own claw-tui says who is at work; the lock of the state dir reaches those with another home.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from datetime import datetime
from pathlib import Path

from pydantic import ValidationError

from gateway_core.dirs import APPLICATION, operations_file
from gateway_core.files import real_path
from gateway_core.host import Clock, Host, Identity
from gateway_core.lifecycle.place_locks import HeldPlaceError, place_lock
from gateway_core.lifecycle.threads import finish_in_thread
from gateway_core.operations import ErrorCode, Operation, RefusedError
from gateway_core.own_files import open_private, read_own_text
from gateway_core.snapshot import Model

_LONGEST_RECORD = 4096
_TO_END_IT = (Operation.STOP, Operation.RESTART, Operation.KILL)


class ProcessMark(Model):
    """A process, and when something was done to it."""

    pid: int
    start: int
    at: datetime | None = None
    monotonic: float | None = None  # the same moment by the monotonic clock, which all processes here share

    @classmethod
    def now(cls, identity: Identity, clock: Clock) -> ProcessMark:
        return cls(pid=identity.pid, start=identity.start, at=clock.now(), monotonic=clock.monotonic())

    @property
    def identity(self) -> Identity:
        return Identity(self.pid, self.start)

    def age_s(self, clock: Clock) -> float | None:
        """Seconds since the mark, whatever was done to the wall clock; `None` if it does not tell."""
        if self.monotonic is None or self.monotonic > clock.monotonic():
            return None  # of another version of claw-tui, or made before the machine was started
        return clock.monotonic() - self.monotonic


class LockRecord(Model):
    """The content of the lock file of an instance, also while nobody holds it."""

    holder: int = 0  # the pid of the claw-tui that holds or held the lock
    operation: Operation | None = None
    launched: ProcessMark | None = (
        None  # the process that claw-tui last started; it may not be recognisable as a gateway yet
    )
    asked_to_stop: ProcessMark | None = None  # the process that was last sent SIGTERM, and when
    took_s: float | None = None  # seconds that its last start took, until it was live
    to_end_it: Operation | None = None  # the last stop, restart or kill: still known when the next one has begun


class OperationLock:
    """The lock of one instance, while it is held."""

    def __init__(self, descriptor: int, record: LockRecord) -> None:
        self._descriptor = descriptor
        self.record = record

    def note(
        self,
        *,
        launched: ProcessMark | None = None,
        asked_to_stop: ProcessMark | None = None,
        took_s: float | None = None,
    ) -> None:
        """Write down what the next operation has to know, even if this one is killed. Blocks."""
        news = {"launched": launched, "asked_to_stop": asked_to_stop, "took_s": took_s}
        self.record = self.record.model_copy(update={name: item for name, item in news.items() if item is not None})
        _write(self._descriptor, self.record)


@contextmanager
def operation_lock(
    host: Host,
    key: Path | str,
    instance: str,
    operation: Operation | None = None,
    *,
    state_dir: Path | str | None = None,
) -> Iterator[OperationLock]:
    """Hold the lock of the instance with that config path, or other key, and that of its state dir. Blocks.

    `operation` is `None` for what is none but must not meet one, such as moving the instance's files away. Raises
    `RefusedError` if somebody else holds one of both. The kernel lets go of them when their holder ends, however that
    happens.
    """
    with ExitStack() as stack:
        descriptor = _open(operations_file(host, key))
        stack.callback(os.close, descriptor)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise _busy(_read(descriptor), instance) from None
        if state_dir is not None and os.path.isabs(state_dir):  # noqa: PTH117 - a relative one keys nothing
            try:
                stack.enter_context(place_lock(host, Path(state_dir), real_path(key)))
            except HeldPlaceError as held:
                raise _held_place(held, instance, state_dir) from None
        record = _read(descriptor)
        to_end_it = operation if operation in _TO_END_IT else record.to_end_it
        news = {"holder": os.getpid(), "operation": operation, "to_end_it": to_end_it}
        lock = OperationLock(descriptor, record.model_copy(update=news))
        _write(descriptor, lock.record)
        yield lock


@asynccontextmanager
async def holding_instance(
    host: Host,
    key: Path | str,
    instance: str,
    operation: Operation | None = None,
    *,
    state_dir: Path | str | None = None,
) -> AsyncIterator[OperationLock]:
    """`operation_lock`, whose work on files does not keep the event loop."""
    stack = ExitStack()
    lock = operation_lock(host, key, instance, operation, state_dir=state_dir)
    try:
        yield await finish_in_thread(stack.enter_context, lock)
    finally:
        await finish_in_thread(stack.close)


def last_record(host: Host, key: Path | str) -> LockRecord:
    """The record of that instance, read without its lock."""
    try:
        return LockRecord.model_validate_json(read_own_text(operations_file(host, key), _LONGEST_RECORD).text or "")
    except ValidationError:
        return LockRecord()


def _open(path: Path) -> int:
    try:
        return open_private(path, os.O_RDWR)
    except OSError as error:
        message = f"The lock file {path} could not be opened: {error.strerror}."
        hint = f"Make {path.parent} writable: operations need it to keep out of each other's way."
        raise RefusedError(ErrorCode.NO_LOCK, message, hint) from error


def _read(descriptor: int) -> LockRecord:
    try:
        return LockRecord.model_validate_json(os.pread(descriptor, _LONGEST_RECORD, 0))
    except ValidationError:
        return LockRecord()  # it is new, or was cut short when its writer was killed


def _write(descriptor: int, record: LockRecord) -> None:
    data = record.model_dump_json().encode()
    os.pwrite(descriptor, data, 0)
    os.ftruncate(descriptor, len(data))


def _busy(holder: LockRecord, instance: str) -> RefusedError:
    doing = holder.operation.verb.doing_to(instance) if holder.operation else f"working on {instance}"
    who = "This claw-tui" if holder.holder == os.getpid() else f"Another claw-tui (pid {holder.holder})"
    message = f"{who} is {doing}."
    return RefusedError(ErrorCode.BUSY, message, "Wait until it is done, then look again before you repeat this.")


def _held_place(held: HeldPlaceError, instance: str, state_dir: Path | str) -> RefusedError:
    hint = "Wait until it is done, then look again before you repeat this."
    if held.pid == os.getpid():
        message = f"This claw-tui is working on {instance}."
    elif held.pid is None:
        message = f"A process that cannot be seen from here has locked {state_dir}, so {instance} was left alone."
        hint = "Mostly it is a claw-tui in a container, or outside of this one. Wait until it is done."
    elif held.name == APPLICATION:
        message = f"Another claw-tui (pid {held.pid}), with another home or state dir, is working on {instance}."
    else:
        who = f"{held.name} (pid {held.pid})" if held.name else f"pid {held.pid}"
        message = f"{who} has locked {state_dir}, so {instance} was left alone."
    return RefusedError(ErrorCode.BUSY, message, hint)
