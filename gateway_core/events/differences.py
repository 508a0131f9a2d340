"""What happened between two looks at the host. Pure: it knows nothing but the two snapshots."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime

from gateway_core.events.config_changes import changed_keys
from gateway_core.events.model import Event, Kind, Plain
from gateway_core.events.service_changes import how_it_ended, service_changes, who_runs_it
from gateway_core.snapshot import (
    Conflict,
    Instance,
    InstanceParty,
    KernelParty,
    ProcessParty,
    Snapshot,
    State,
)


def differences(before: Snapshot, after: Snapshot, never_asked: Collection[str] = frozenset()) -> tuple[Event, ...]:
    """What happened between these two looks, instance by instance; an event is as old as the second look.

    `never_asked` are the ids of those that were `unasked` at each look so far.
    """
    return (*_of_instances(before, after, never_asked), *_of_conflicts(before, after))


def unasked(snapshot: Snapshot) -> frozenset[str]:
    """Who is up and has not been asked how it is yet."""
    return frozenset(instance.id for instance in snapshot.instances if _is_unasked(instance))


def _of_instances(before: Snapshot, after: Snapshot, never_asked: Collection[str]) -> Iterator[Event]:
    earlier = {instance.id: instance for instance in before.instances}
    later = {instance.id: instance for instance in after.instances}
    for name, old in earlier.items():
        if name not in later:
            yield from _ended(old, None, after.taken_at)
            yield Event(at=after.taken_at, instance=name, kind=Kind.VANISHED, detail=_place(old))
    for name, new in later.items():
        if name not in earlier:
            yield Event(at=after.taken_at, instance=name, kind=Kind.APPEARED, detail=_place(new))
            yield from _began(None, new, after.taken_at)
        else:
            yield from _of_instance(earlier[name], new, name in never_asked, after.taken_at)


def _of_instance(old: Instance, new: Instance, never_asked: bool, at: datetime) -> Iterator[Event]:
    if old == new:
        return
    yield from _ended(old, new, at)
    yield from _began(old, new, at)
    if old.state is not new.state and not _is_first_answer(old, never_asked):
        detail: Mapping[str, Plain] = {"from": old.state.value, "to": new.state.value, "reason": new.reason}
        yield Event(at=at, instance=new.id, kind=Kind.STATE_CHANGED, detail=detail)
    if keys := changed_keys(old, new):
        yield Event(at=at, instance=new.id, kind=Kind.CONFIG_CHANGED, detail={"keys": keys})
    if old.version != new.version and old.version and new.version:
        detail = {"from": old.version, "to": new.version}
        yield Event(at=at, instance=new.id, kind=Kind.VERSION_CHANGED, detail=detail)
    yield from service_changes(old, new, at)


def _ended(old: Instance, new: Instance | None, at: datetime) -> Iterator[Event]:
    process = old.signals.process
    if process is None or (new is not None and (_identity(new) == _identity(old) or _is_unseen(new))):
        return
    cause = how_it_ended(old, new) if new is not None else None
    yield Event(at=at, instance=old.id, kind=Kind.DIED, cause=cause, detail={"pid": process.pid})


def _began(old: Instance | None, new: Instance, at: datetime) -> Iterator[Event]:
    process = new.signals.process
    if process is None or (old is not None and (_identity(new) == _identity(old) or _is_unseen(old))):
        return
    detail: Mapping[str, Plain] = {"pid": process.pid, "port": new.live_port}
    yield Event(at=at, instance=new.id, kind=Kind.STARTED, cause=who_runs_it(new), detail=detail)


def _identity(instance: Instance) -> tuple[int, datetime] | None:
    process = instance.signals.process
    return (process.pid, process.started_at) if process is not None else None


def _is_unseen(instance: Instance) -> bool:
    """Whether it has no process only because none could be seen: then nothing ended, and nothing began after."""
    return instance.signals.process is None and instance.state is State.UNKNOWN


def _is_first_answer(old: Instance, never_asked: bool) -> bool:
    """Whether nobody knew what it was before: it had not been asked, and was not seen to start."""
    return _is_unasked(old) and (never_asked or old.state is State.UNKNOWN)


def _is_unasked(instance: Instance) -> bool:
    return instance.signals.process is not None and instance.signals.http is None


def _of_conflicts(before: Snapshot, after: Snapshot) -> Iterator[Event]:
    earlier = {_conflict_key(conflict): conflict for conflict in before.conflicts}
    later = {_conflict_key(conflict): conflict for conflict in after.conflicts}
    for key, conflict in earlier.items():
        if key not in later:
            yield _of_conflict(conflict, Kind.CONFLICT_ENDED, after.taken_at)
    for key, conflict in later.items():
        if key not in earlier:
            yield _of_conflict(conflict, Kind.CONFLICT_BEGAN, after.taken_at)


def _conflict_key(conflict: Conflict) -> tuple[str, str]:
    """One that gets worse ends, and another begins."""
    return (conflict.id, conflict.grade)


def _of_conflict(conflict: Conflict, kind: Kind, at: datetime) -> Event:
    instances = tuple(party.instance for party in conflict.parties if isinstance(party, InstanceParty))
    detail: Mapping[str, Plain] = {
        "grade": conflict.grade.value,
        "start": conflict.ports.start,
        "end": conflict.ports.end,
        "parties": tuple(map(_party, conflict.parties)),
        "why": conflict.why,
    }
    return Event(at=at, instance=next(iter(instances), None), kind=kind, detail=detail)


def _party(party: InstanceParty | ProcessParty | KernelParty) -> str:
    if isinstance(party, InstanceParty):
        return party.instance
    if isinstance(party, KernelParty):
        return party.kernel
    owner = party.process
    name = owner.instance or owner.name or "a process"
    return f"{name} (pid {owner.pid})" if owner.pid is not None else name


def _place(instance: Instance) -> Mapping[str, Plain]:
    return {"state": instance.state.value, "state_dir": instance.state_dir}
