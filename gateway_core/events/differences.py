"""What happened between two looks at the host. Pure: it knows nothing but the two snapshots."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from gateway_core.events.config_changes import changed_keys
from gateway_core.events.model import Event, Kind, Plain
from gateway_core.snapshot import (
    Conflict,
    Instance,
    InstanceParty,
    KernelParty,
    ProcessParty,
    ServiceSignal,
    Snapshot,
    State,
)


def differences(before: Snapshot, after: Snapshot) -> tuple[Event, ...]:
    """What happened between these two looks, instance by instance; an event is as old as the second look."""
    return (*_of_instances(before, after), *_of_conflicts(before, after))


def _of_instances(before: Snapshot, after: Snapshot) -> Iterator[Event]:
    earlier = {instance.id: instance for instance in before.instances}
    later = {instance.id: instance for instance in after.instances}
    for name, old in earlier.items():
        if name not in later:
            yield from _ended(old, None, after.taken_at)
            yield Event(at=after.taken_at, instance=name, kind=Kind.VANISHED, detail=_presence(old))
    for name, new in later.items():
        if name not in earlier:
            yield Event(at=after.taken_at, instance=name, kind=Kind.APPEARED, detail=_presence(new))
            yield from _began(None, new, after.taken_at)
        else:
            yield from _of_instance(earlier[name], new, after.taken_at)


def _of_instance(old: Instance, new: Instance, at: datetime) -> Iterator[Event]:
    if old == new:
        return
    yield from _ended(old, new, at)
    yield from _began(old, new, at)
    if old.state is not new.state:
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
    """Whether no process could be seen, so that nothing ended, and nothing began after."""
    return instance.signals.process is None and instance.state is State.UNKNOWN


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
    """What makes a conflict the same; one that gets worse ends, and another begins."""
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


def _presence(instance: Instance) -> Mapping[str, Plain]:
    return {"state": instance.state.value, "state_dir": instance.state_dir}


def service_changes(old: Instance, new: Instance, at: datetime) -> Iterator[Event]:
    """Services installed or removed, enabled or disabled, restarted by their manager, and how what they ran ended."""
    earlier, later = _services(old), _services(new)
    pid = old.signals.process.pid if old.signals.process else None  # its end is an event of its own
    for key, service in earlier.items():
        if key not in later:
            yield _event(new, service, "removed", at)
    for key, service in later.items():
        for change in _changes(earlier.get(key), service):
            yield _event(new, service, change, at)
    for key, service in later.items():
        before = earlier.get(key)
        if before is not None and _has_ended(before, service) and pid != before.main_pid:
            yield _event(new, service, "ended", at, service.last_end)


def who_runs_it(instance: Instance) -> str | None:
    """The service that started the process, if one did, in words."""
    process = instance.signals.process
    for service in _services(instance).values():
        if process is not None and service.main_pid == process.pid:
            return f"started by {service.name} ({service.manager})"
    return None


def how_it_ended(old: Instance, new: Instance) -> str | None:
    """How the old process ended, if a service ran it and its manager knows of its end already."""
    process, later = old.signals.process, _services(new)
    for key, service in _services(old).items():
        now = later.get(key)
        if process is not None and service.main_pid == process.pid and now is not None and _has_ended(service, now):
            return now.last_end
    return None


def _services(instance: Instance) -> dict[tuple[str, str], ServiceSignal]:
    return {(service.manager, service.name): service for service in instance.signals.services}


def _changes(old: ServiceSignal | None, new: ServiceSignal) -> Iterator[str]:
    if old is None:
        yield "installed"
        return
    if old.enabled is not new.enabled and None not in (old.enabled, new.enabled):
        yield "enabled" if new.enabled else "disabled"
    if old.restarts is not None and new.restarts is not None and new.restarts > old.restarts:
        yield "restarted"


def _has_ended(old: ServiceSignal, new: ServiceSignal) -> bool:
    """Whether the main process is another one now, or gone, and the manager says how it ended."""
    return old.main_pid is not None and new.main_pid != old.main_pid and new.last_end is not None


def _event(instance: Instance, service: ServiceSignal, change: str, at: datetime, cause: str | None = None) -> Event:
    detail = {"service": service.name, "manager": service.manager, "change": change}
    return Event(at=at, instance=instance.id, kind=Kind.SERVICE_CHANGED, cause=cause, detail=detail)
