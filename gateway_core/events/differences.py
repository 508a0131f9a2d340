"""The differences of two snapshots as events. Of a changed config they name the keys, and never the values."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby

from gateway_core.events.model import Event, Kind, Plain
from gateway_core.snapshot import (
    Conflict,
    Instance,
    InstanceParty,
    KernelParty,
    ProcessParty,
    Role,
    ServiceSignal,
    Snapshot,
    State,
)

THE_FILE = "the file itself"
_MOST_SIBLINGS = 3  # if more of an object or a list have changed, it is named instead of them
_STEP = re.compile(r"\[\d+\]|[^.\[]+")


def differences(before: Snapshot, after: Snapshot) -> tuple[Event, ...]:
    """The events between two looks, instance by instance; each is as old as the second look."""
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
    # By grade too: a conflict that gets worse ends, and another begins.
    earlier = {(conflict.id, conflict.grade): conflict for conflict in before.conflicts}
    later = {(conflict.id, conflict.grade): conflict for conflict in after.conflicts}
    for key, conflict in earlier.items():
        if key not in later:
            yield _of_conflict(conflict, Kind.CONFLICT_ENDED, after.taken_at)
    for key, conflict in later.items():
        if key not in earlier:
            yield _of_conflict(conflict, Kind.CONFLICT_BEGAN, after.taken_at)


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
    """Services installed, removed, enabled, disabled or restarted by their manager, and ends of their processes."""
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
    """The end of the old process in words, if a service ran it and its manager knows of the end already."""
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


def changed_keys(old: Instance, new: Instance) -> tuple[str, ...]:
    """The keys whose values differ in the file; if there are none, those whose meaning differs."""
    file = [THE_FILE] if old.config.exists != new.config.exists else []
    validity = ["validity"] if old.config.valid != new.config.valid else []
    return tuple(dict.fromkeys((*file, *validity, *(_written(old, new) or _meant(old, new)))))


def _written(old: Instance, new: Instance) -> list[str]:
    before, after = old.config.keys, new.config.keys
    if before is None or after is None or before is after:
        return []
    changed = {path for path, _ in before.digests.items() ^ after.digests.items()}
    return list(_named("", sorted(tuple(_STEP.findall(path)) for path in changed)))


def _named(parent: str, paths: Iterable[Sequence[str]]) -> Iterator[str]:
    """Names for these sorted paths, which lead on from a parent: their own, or that of the parent if they are many."""
    branches = {step: [path[1:] for path in those] for step, those in groupby(paths, lambda path: next(iter(path), ""))}
    if "" in branches or (parent and len(branches) > _MOST_SIBLINGS):
        yield parent or THE_FILE
        return
    for step, rest in branches.items():
        yield from _named(f"{parent}.{step}" if parent and not step.startswith("[") else f"{parent}{step}", rest)


def _meant(old: Instance, new: Instance) -> Iterator[str]:
    """The keys that mean something else in the same file, because of `.env`, a service or another version."""
    if not (old.config.valid and new.config.valid):
        return  # the settings of one that cannot be read would be a guess
    if old.configured_port != new.configured_port:
        yield "gateway.port"
    if old.workspace != new.workspace:
        yield "agents.defaults.workspace"
    if _addresses(old) != _addresses(new):
        yield "gateway.bind"
    yield from sorted(path for path, _ in _pins(old) ^ _pins(new))


def _addresses(instance: Instance) -> frozenset[str]:
    return frozenset(claim.address for claim in instance.claims if claim.role is Role.GATEWAY)


def _pins(instance: Instance) -> frozenset[tuple[str, int]]:
    return frozenset((claim.pinned_by, claim.start) for claim in instance.claims if claim.pinned_by)
