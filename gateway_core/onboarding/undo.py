"""The undo of an onboarding: exactly what it created is listed, stopped, and moved into a trash folder."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from gateway_core.dirs import trash_dir
from gateway_core.discovery.planned import RunOutcome
from gateway_core.files import real_path
from gateway_core.host import Host
from gateway_core.lifecycle.locking import holding_instance
from gateway_core.lifecycle.operate import operate
from gateway_core.lifecycle.threads import finish_in_thread
from gateway_core.monitor.monitor import take_snapshot
from gateway_core.onboarding.inventory import Root, RootKind, as_text, created_in, holds_only
from gateway_core.onboarding.journal import (
    Journal,
    JournalFile,
    journal_lock,
    read_journal,
    unfinished_journals,
)
from gateway_core.onboarding.onboard import end_leftover
from gateway_core.onboarding.plan import InstancePlaces
from gateway_core.onboarding.trash import Trash, reason_of, size_of
from gateway_core.onboarding.verify import find_instance, found_nothing
from gateway_core.operations import (
    ErrorCode,
    Failure,
    Operation,
    OperationFailedError,
    Report,
    Step,
    StepLog,
    internal_failure,
    unheard,
)
from gateway_core.shell_commands import own_command
from gateway_core.snapshot import Model, Snapshot

_NAMED = 5  # so many of the moved paths are named in the step; all are in the result
_IN_USE = "this onboarding made it, but something in it came later"
"""A directory is not torn apart: were it a repository or a store of sessions, neither half would be of use."""


class UndoItem(Model):
    """A path that the run created, to be moved to the trash."""

    path: str
    files: int
    bytes: int


class LeftAlone(Model):
    """A path that stays, and why."""

    path: str
    why: str


class UndoPlan(Model):
    """The plan of an undo. Nothing is touched for it."""

    journal: str
    instance: str
    stops: bool  # the gateway that the run started runs, and is stopped first
    removes_service: bool
    moves: tuple[UndoItem, ...]
    empties: tuple[str, ...]  # directories of the run that are removed if they are empty by then
    leaves: tuple[LeftAlone, ...]


def plan_undo(host: Host, snapshot: Snapshot, journal: Journal) -> UndoPlan:
    """Return what there is to undo now. Blocks: it looks at the disk."""
    others = [*_other_instances(host, snapshot, journal)]
    added = None if journal.added is None else frozenset(journal.added)
    moves: list[UndoItem] = []
    leaves = list(_changed(journal))
    later: list[Path] = []
    taken: set[Path] = set()
    for root, path in _created(journal):
        known = added if root.existed else None
        reason = _reason_to_leave(path, root, journal, others)
        if reason is not None:
            leaves.append(LeftAlone(path=str(path), why=reason))
        elif known is not None and as_text(path) not in known:
            later.append(path)
        elif known is not None and not holds_only(path, known):
            leaves.append(LeftAlone(path=str(path), why=_IN_USE))
        elif not any(path.is_relative_to(other) for other in taken):
            taken.add(path)
            match planned_move(path):
                case UndoItem() as item:
                    moves.append(item)
                case LeftAlone() as left:
                    leaves.append(left)
    instance = find_instance(snapshot, journal.plan)
    return UndoPlan(
        journal=journal.id,
        instance=journal.plan.instance,
        stops=instance is not None and instance.signals.process is not None,
        removes_service=instance is not None and instance.signals.service is not None and _installed(journal),
        moves=tuple(moves),
        empties=tuple(_missing_parents(journal)),
        leaves=(*leaves, *_added_later(later), *_too_full(journal)),
    )


def planned_move(path: Path) -> UndoItem | LeftAlone:
    """Return the move of that path; what cannot be looked at could not be counted, nor compared with a copy."""
    try:
        files, size = size_of(path)
    except OSError as error:
        return LeftAlone(path=str(path), why=f"{error.filename} cannot be looked at: {reason_of(error)}")
    return UndoItem(path=str(path), files=files, bytes=size)


def _roots(journal: Journal) -> Sequence[Root]:
    return journal.before if journal.begun("onboard") else ()


def _created(journal: Journal) -> Iterator[tuple[Root, Path]]:
    """Yield what was not there before the run, with the root that it is in."""
    for root in _roots(journal):
        yield from ((root, path) for path in created_in(root))


def _added_later(paths: Sequence[Path]) -> Iterator[LeftAlone]:
    """Yield what others put into a root that was there before; many in one directory are told as one."""
    by_directory: dict[Path, list[Path]] = {}
    for path in paths:
        by_directory.setdefault(path.parent, []).append(path)
    for directory, inside in by_directory.items():
        if len(inside) == 1:
            yield LeftAlone(path=str(inside[0]), why="it came after this onboarding")
        else:
            yield LeftAlone(path=str(directory), why=f"{len(inside)} things in it came after this onboarding")


def _too_full(journal: Journal) -> Iterator[LeftAlone]:
    for root in _roots(journal):
        if root.entries is None:
            yield LeftAlone(
                path=root.path, why="not all that was in it before could be listed, so what is new cannot be told"
            )


def _other_instances(host: Host, snapshot: Snapshot, journal: Journal) -> Iterator[InstancePlaces]:
    """Return the places of every other instance, those included that are still being made."""
    own = find_instance(snapshot, journal.plan)
    yield from (InstancePlaces.of(item) for item in snapshot.instances if own is None or item.id != own.id)
    yield from (InstancePlaces.planned(other.plan) for other in unfinished_journals(host) if other.id != journal.id)


def _changed(journal: Journal) -> Iterator[LeftAlone]:
    if journal.plan.existing and journal.begun("onboard"):
        why = "it was there before and was changed; what it was is in its .bak beside it"
        yield LeftAlone(path=journal.plan.config_path, why=why)


def _reason_to_leave(path: Path, root: Root, journal: Journal, others: Sequence[InstancePlaces]) -> str | None:
    real = Path(real_path(path))
    if journal.plan.existing and path.name.startswith(f"{Path(journal.plan.config_path).name}.bak"):
        return "it is the copy of the config from before"
    for other in others:
        places = (other.state_dir, other.config_path, other.workspace)
        if any(_real(place).is_relative_to(real) for place in places if place is not None):
            return f"{other.id} lives in it"
        if other.workspace is not None and real.is_relative_to(_real(other.workspace)):
            return f"it is in the workspace of {other.id}"
        if root.kind is RootKind.SHARED and other.distribution == journal.plan.distribution:
            return f"{other.id} may use it as well"
        if root.existed and other.state_dir is not None and real.is_relative_to(_real(other.state_dir)):
            return f"it is in the state dir of {other.id}"
    return None


def _missing_parents(journal: Journal) -> Iterator[str]:
    parents = dict.fromkeys(parent for root in _roots(journal) for parent in root.missing_parents)
    yield from sorted((parent for parent in parents if os.path.lexists(parent)), key=len, reverse=True)


def _installed(journal: Journal) -> bool:
    """Whether the service came with the run."""
    definitions = [root for root in journal.before if root.path.endswith((".service", ".plist"))]
    return journal.begun("install-service") and not any(root.existed for root in definitions)


def _real(path: Path) -> Path:
    return Path(real_path(path))


class UndoResult(Model):
    """The result of an undo: what was undone, and what was not."""

    instance: str
    ok: bool
    moved: tuple[str, ...] = ()  # the paths before they were moved
    trash: str | None = None
    """The folder that holds them now, with a manifest, and what an earlier undo moved; claw-tui never deletes it."""
    leaves: tuple[LeftAlone, ...] = ()
    error: Failure | None = None
    steps: tuple[Step, ...] = ()


async def preview_undo(host: Host, journal: str) -> UndoPlan | Failure:
    """Return what `undo` would do now. Touches nothing. Never raises, unless it is cancelled."""
    try:
        found = await _read(host, journal)
        return await asyncio.to_thread(plan_undo, host, await take_snapshot(host), found)
    except OperationFailedError as error:
        return error.failure
    except Exception as error:  # noqa: BLE001 - the boundary: whatever it is, the user sees it
        return internal_failure("What there is to undo could not be found out", error)


async def undo(host: Host, journal: str, report: Report = unheard) -> UndoResult | Failure:
    """Undo what that run did. Never raises, unless it is cancelled; interrupted, a repeated call finishes it."""
    try:
        found = await _read(host, journal)
    except OperationFailedError as error:
        return error.failure
    return await _UndoRun(host, found, report).result()


class _UndoRun:
    """An undo, from the first look at the host to the last."""

    def __init__(self, host: Host, journal: Journal, report: Report) -> None:
        self._host = host
        self._journal = journal
        self._file = JournalFile(host, journal)
        self._steps = StepLog(journal.plan.instance, Operation.UNDO, host.clock, report)
        self._moved: list[str] = []
        self._leaves: tuple[LeftAlone, ...] = ()

    async def result(self) -> UndoResult:
        failure = await self._perform()
        return UndoResult(
            instance=self._journal.plan.instance,
            ok=failure is None,
            moved=tuple(self._moved),
            trash=self._journal.trash,
            leaves=self._leaves,
            error=failure,
            steps=tuple(self._steps.steps),
        )

    async def _perform(self) -> Failure | None:
        try:
            async with journal_lock(self._host, self._journal.id):
                self._journal = await _read(self._host, self._journal.id)  # somebody may have been at work until now
                await self._undo()
        except OperationFailedError as error:
            return error.failure
        except Exception as error:  # noqa: BLE001 - the boundary: whatever it is, the user sees it
            return internal_failure("This undo stopped on an error of claw-tui", error)
        return None

    async def _undo(self) -> None:
        with self._steps.step("look") as note:
            await end_leftover(self._host, self._journal)
            plan = await self._plan()
            self._require_ours(plan)
            note.detail = f"{len(plan.moves)} to move, {len(plan.leaves)} to leave alone"
        if plan.stops or self._has_started():
            await self._operate(Operation.STOP, "stop")
        if plan.removes_service:
            await self._operate(Operation.UNINSTALL_SERVICE, "uninstall-service")
        # No claw-tui starts the gateway while its files are moved.
        made = self._journal.plan
        with self._steps.step("move") as note:
            async with holding_instance(self._host, made.config_path, made.instance, state_dir=made.state_dir):
                plan = await self._plan()
                _require_stopped(plan)
                await self._move(plan)
            note.detail = moved_text(self._moved, self._journal.trash)
        self._leaves = plan.leaves
        await self._note(outcome=RunOutcome.UNDONE)

    async def _plan(self) -> UndoPlan:
        snapshot = await take_snapshot(self._host)
        return await asyncio.to_thread(plan_undo, self._host, snapshot, self._journal)

    def _require_ours(self, plan: UndoPlan) -> None:
        """Refuse to end a gateway that this run did not start: it is the user's own doing."""
        if plan.stops and not self._has_started():
            message = f"{plan.instance} runs, and this onboarding did not start it."
            raise OperationFailedError(
                ErrorCode.STILL_RUNNING, message, f"Stop it first: {own_command('stop', plan.instance)}"
            )

    def _has_started(self) -> bool:
        """Whether the run may have started the gateway, unseen so far. A service's install starts it, too."""
        return self._journal.begun("start") or self._journal.begun("install-service")

    async def _operate(self, operation: Operation, name: str) -> None:
        with self._steps.step(name):
            result = await operate(self._host, self._journal.plan.instance, operation, report=self._steps.report)
            unsure = operation is Operation.STOP and found_nothing(result)
            if result.error is not None and not unsure and result.error.code is not ErrorCode.NO_SUCH_INSTANCE:
                raise OperationFailedError(ErrorCode.STILL_RUNNING, result.error.message, result.error.hint)

    async def _move(self, plan: UndoPlan) -> None:
        if plan.moves:
            await self._note(trash=self._journal.trash or str(self._new_folder()))
        for item in plan.moves:
            try:
                await finish_in_thread(self._take, Path(item.path))
            except OSError as error:
                message = f"{item.path} could not be moved to {self._journal.trash}: {reason_of(error)}."
                hint = "What was moved already is listed in the manifest there; undo again to go on."
                raise OperationFailedError(ErrorCode.NOT_MOVED, message, hint) from error
            self._moved.append(item.path)
        await finish_in_thread(_remove_empty, plan.empties)

    def _take(self, path: Path) -> None:
        folder = Path(self._journal.trash or "")
        Trash(folder, self._journal.plan.instance, self._host.clock.now()).take(path)

    def _new_folder(self) -> Path:
        """Return a name that sorts by time; the instance's id holds no character that a file's name could not have."""
        stamp = self._host.clock.now().strftime("%Y%m%dT%H%M%S.%fZ")
        return trash_dir(self._host) / f"{stamp}-{self._journal.plan.instance.replace(':', '-')}"

    async def _note(self, **changes: object) -> None:
        self._journal = self._journal.model_copy(update=changes)
        await finish_in_thread(self._file.write, self._journal)


def moved_text(moved: Sequence[str], trash: str | None) -> str:
    """Say which paths an undo has moved, and where they are now."""
    if not moved or trash is None:
        return "nothing was left to move"
    more = f" and {len(moved) - _NAMED} more" if len(moved) > _NAMED else ""
    return f"now in {trash}: {', '.join(moved[:_NAMED])}{more}"


def _require_stopped(plan: UndoPlan) -> None:
    """Refuse to move the files of a gateway that somebody has started again since it was stopped."""
    if plan.stops:
        message = f"{plan.instance} was started again meanwhile; nothing more was moved."
        raise OperationFailedError(
            ErrorCode.STILL_RUNNING, message, f"Stop it, then undo again: {own_command('stop', plan.instance)}"
        )


def _remove_empty(directories: tuple[str, ...]) -> None:
    for directory in directories:
        with suppress(OSError):  # somebody uses it by now
            Path(directory).rmdir()


async def _read(host: Host, journal: str) -> Journal:
    """Return the journal as it is now. Raises `OperationFailedError` if there is nothing to undo."""
    found = await asyncio.to_thread(read_journal, host, journal)
    if found is None or found.outcome is RunOutcome.UNDONE:
        message = "There is no onboarding of that name which could be undone."
        raise OperationFailedError(ErrorCode.NO_JOURNAL, message, "See: claw-tui ls")
    return found
