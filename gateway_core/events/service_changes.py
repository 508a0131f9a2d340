"""What two looks say about the services of an instance, and what a service says about its process."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from gateway_core.events.model import Event, Kind
from gateway_core.snapshot import Instance, ServiceSignal


def service_changes(old: Instance, new: Instance, at: datetime) -> Iterator[Event]:
    """Services installed or removed, enabled or disabled, restarted by their manager, and how what they ran ended."""
    earlier, later = _services(old), _services(new)
    for key, service in earlier.items():
        if key not in later:
            yield _event(new, service, "removed", at)
    for key, service in later.items():
        for change in _changes(earlier.get(key), service):
            yield _event(new, service, change, at)
    for key, service in later.items():
        before = earlier.get(key)
        if before is not None and _has_ended(before, service) and _runs(old) != before.main_pid:
            yield _event(new, service, "ended", at, service.last_end)


def _runs(instance: Instance) -> int | None:
    """The pid of its process, whose end is an event of its own."""
    return instance.signals.process.pid if instance.signals.process else None


def who_runs_it(instance: Instance) -> str | None:
    """The service that started its process, if one did."""
    process = instance.signals.process
    for service in _services(instance).values():
        if process is not None and service.main_pid == process.pid:
            return f"started by {_spoken(service)}"
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
    found = (instance.signals.service, *instance.signals.other_services)
    return {(service.manager, service.name): service for service in found if service is not None}


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


def _spoken(service: ServiceSignal) -> str:
    return f"{service.name} ({service.manager})"
