"""Locks that allow one operation per instance at a time, across all processes that can operate on it.

A file of the user's own claw-tui says who is at work; the lock of the state dir reaches those with another home.
"""

from __future__ import annotations

import asyncio
import errno
import os
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from gateway_core.decoding import encode_model
from gateway_core.dirs import APPLICATION, operations_file
from gateway_core.discovery.operation_records import LONGEST_RECORD, LockRecord, ProcessMark, decode_record
from gateway_core.file_locks import locked
from gateway_core.files import real_path
from gateway_core.host import Host
from gateway_core.lifecycle.state_dir_locks import HeldStateDirError, state_dir_lock
from gateway_core.lifecycle.threads import finish_in_thread
from gateway_core.operations import ErrorCode, Operation, RefusedError
from gateway_core.own_files import open_private

_TO_END_IT = (Operation.STOP, Operation.RESTART, Operation.KILL)
_POSSIBLE_WITHOUT = (Operation.STOP, Operation.KILL)
_LOOK_EVERY_S = 0.2
_WAIT_HINT = "Wait until it is done, then look again before you repeat this."
_PATIENCE_S = 120.0  # with others that create a gateway in the same directory: on a slow machine that takes so long
_READABLE_ALL_THE_SAME = (errno.EROFS, errno.EACCES)


Warn = Callable[[str], None]


def unheard_warning(_message: str) -> None:
    """The `Warn` of a caller who has nobody to tell."""


@dataclass(frozen=True, slots=True)
class _Unwritten:
    """A record that could not be written, and what stands in its file instead."""

    record: LockRecord
    on_disk: LockRecord


_unwritten: dict[Path, _Unwritten] = {}
"""Records that could not be written, such as on a full disk: what this process did is known to it all the same."""


class OperationLock:
    """The lock of one instance, while it is held, and its record.

    An operation goes on where that cannot be kept: a full disk is no reason why a gateway could not be stopped.
    """

    def __init__(self, path: Path, descriptor: int | None, warn: Warn, fault: OSError | None = None) -> None:
        """Without a `descriptor` there is no lock file; a `fault` is why it cannot be written."""
        self._path = path
        self._fault = fault
        self._descriptor = descriptor
        self._warn = warn
        on_disk, kept = self._on_disk(), _unwritten.get(path)
        # What another claw-tui has written since then is newer.
        self.record = kept.record if kept is not None and kept.on_disk == on_disk else on_disk

    @property
    def is_kept(self) -> bool:
        """Whether other claw-tuis will know the record."""
        return self._path not in _unwritten

    def note(
        self,
        *,
        launched: ProcessMark | None = None,
        asked_to_stop: ProcessMark | None = None,
        took_s: float | None = None,
    ) -> None:
        """Write down what the next operation has to know, even if this one is killed. Blocks."""
        news = {"launched": launched, "asked_to_stop": asked_to_stop, "took_s": took_s}
        self.write(self.record.model_copy(update={name: item for name, item in news.items() if item is not None}))

    def write(self, record: LockRecord) -> None:
        self.record = record
        fault = self._fault or self._try_to_write(record)
        if fault is None and self._descriptor is not None:
            _unwritten.pop(self._path, None)
            return
        _unwritten[self._path] = _Unwritten(record, self._on_disk())
        if fault is not None and self._descriptor is not None:
            self._warn(
                f"{self._path} could not be written ({fault.strerror}):"
                " other claw-tuis will not know that, and since when, the gateway was started or asked to stop."
            )

    def _try_to_write(self, record: LockRecord) -> OSError | None:
        try:
            if self._descriptor is not None:
                _write(self._descriptor, record)
        except OSError as error:
            return error
        return None

    def _on_disk(self) -> LockRecord:
        return LockRecord() if self._descriptor is None else _read(self._descriptor)


@contextmanager
def operation_lock(
    host: Host,
    key: Path | str,
    instance: str,
    operation: Operation | None = None,
    *,
    state_dir: Path | str | None = None,
    warn: Warn = unheard_warning,
) -> Iterator[OperationLock]:
    """Hold the lock of the instance with that config path, or other key, and that of its state dir. Blocks.

    `operation` is `None` for what is none but must not meet one, such as moving the instance's files away. Raises
    `RefusedError` if somebody else holds one of both. The kernel lets go of them when their holder ends, however that
    happens. `warn` is told what cannot be kept: one of both locks is enough, and a gateway is stopped without any.
    """
    path = operations_file(host, key)
    with ExitStack() as stack:
        descriptor, fault = _locked_file(stack, path, instance)
        held = False
        if state_dir is not None and os.path.isabs(state_dir):  # noqa: PTH117 - a relative one keys nothing
            try:
                follow = operation not in _POSSIBLE_WITHOUT
                held = stack.enter_context(state_dir_lock(host, Path(state_dir), real_path(key), follow=follow))
            except HeldStateDirError as other:
                if other.around is None or operation not in _POSSIBLE_WITHOUT:
                    raise _held_state_dir(other, instance, state_dir) from None
            except OSError as error:  # such as too many open files
                warn(
                    f"{state_dir} could not be locked ({error.strerror}): claw-tuis with another home do not see that."
                )
        if descriptor is None and fault is not None:
            if not held and operation not in _POSSIBLE_WITHOUT:
                raise _no_lock(path, fault) from fault
            warn(f"The lock file {path} could not be used ({fault.strerror}). {_kept_apart_by(held, state_dir)}")
        lock = OperationLock(path, descriptor, warn, fault)
        to_end_it = operation if operation in _TO_END_IT else lock.record.to_end_it
        news = {"holder": os.getpid(), "operation": operation, "to_end_it": to_end_it}
        lock.write(lock.record.model_copy(update=news))
        yield lock


@asynccontextmanager
async def holding_instance(
    host: Host,
    key: Path | str,
    instance: str,
    operation: Operation | None = None,
    *,
    state_dir: Path | str | None = None,
    warn: Warn = unheard_warning,
) -> AsyncIterator[OperationLock]:
    """`operation_lock`, whose work on files does not keep the event loop.

    Who is to create a state dir waits for others that create theirs in the same directory.
    """
    stack, until = ExitStack(), time.monotonic() + _PATIENCE_S
    try:
        while True:
            lock = operation_lock(host, key, instance, operation, state_dir=state_dir, warn=warn)
            try:
                held = await finish_in_thread(stack.enter_context, lock)
                break
            except _OthersBesideError:
                if time.monotonic() >= until:
                    raise
            await asyncio.sleep(_LOOK_EVERY_S)
        yield held
    finally:
        await finish_in_thread(stack.close)


def _locked_file(stack: ExitStack, path: Path, instance: str) -> tuple[int | None, OSError | None]:
    """The lock file, locked, and why there is none or it cannot be written.

    Raises `RefusedError` if somebody else has locked it.
    """
    try:
        descriptor, fault = _opened(path)
        held = stack.enter_context(locked(descriptor))
    except OSError as error:
        return None, error
    if not held:
        raise _busy(_read(descriptor), instance)
    return descriptor, fault


def _kept_apart_by(held: bool, state_dir: Path | str | None) -> str:
    if held:
        return f"The lock of {state_dir} alone keeps other claw-tuis away, and none will know what this one did."
    return "Nothing keeps other claw-tuis away, and none will know what this one did."


def _opened(path: Path) -> tuple[int, OSError | None]:
    """The lock file; for reading alone if it cannot be written, and why: that will do for the lock itself."""
    try:
        return open_private(path, os.O_RDWR), None
    except OSError as error:
        if error.errno in _READABLE_ALL_THE_SAME:
            with suppress(OSError):
                return os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK), error
        raise


def _no_lock(path: Path, error: OSError) -> RefusedError:
    message = f"The lock file {path} could not be used: {error.strerror}."
    hint = f"Make {path.parent} writable: operations need it to keep out of each other's way."
    return RefusedError(ErrorCode.NO_LOCK, message, hint)


def _read(descriptor: int) -> LockRecord:
    try:
        return decode_record(os.pread(descriptor, LONGEST_RECORD, 0))
    except OSError:
        return LockRecord()


def _write(descriptor: int, record: LockRecord) -> None:
    data = encode_model(record).encode()
    if os.pwrite(descriptor, data, 0) < len(data):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))  # the rest found no room
    os.ftruncate(descriptor, len(data))


def _busy(holder: LockRecord, instance: str) -> RefusedError:
    operation = Operation.named(holder.operation)
    doing = operation.verb.doing_to(instance) if operation is not None else f"working on {instance}"
    who = "This claw-tui" if holder.holder == os.getpid() else f"Another claw-tui (pid {holder.holder})"
    message = f"{who} is {doing}."
    return RefusedError(ErrorCode.BUSY, message, _WAIT_HINT)


class _OthersBesideError(RefusedError):
    """Raised when somebody else is about to create something in the directory that the state dir will be in."""


def _held_state_dir(held: HeldStateDirError, instance: str, state_dir: Path | str) -> RefusedError:
    hint = _WAIT_HINT
    if held.pid == os.getpid():
        message = f"This claw-tui is working on {instance}."
    elif held.around is not None:
        who = f"{held.name or 'A process'} (pid {held.pid})" if held.pid else "A process that cannot be seen from here"
        message = f"{who} has locked {held.around}, in which {instance} would be made: it may be making another there."
        return _OthersBesideError(ErrorCode.BUSY, message, hint)
    elif held.pid is None:
        message = f"A process that cannot be seen from here has locked {state_dir}, so {instance} was left alone."
        hint = "Mostly it is a claw-tui in a container, or outside of this one. Wait until it is done."
    elif held.name == APPLICATION:
        message = f"Another claw-tui (pid {held.pid}), with another home or state dir, is working on {instance}."
    else:
        who = f"{held.name} (pid {held.pid})" if held.name else f"pid {held.pid}"
        message = f"{who} has locked {state_dir}, so {instance} was left alone."
    return RefusedError(ErrorCode.BUSY, message, hint)
