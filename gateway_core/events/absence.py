"""What happened between two dashboards: what was last seen is compared with what is seen now, as events.

Each says in its detail when the host was last seen before (`seen_before`), and when it happened, as far as that is
known: `happened_at`; of several ends their `count`, and when the first was, as `first_at`; else the bounds `after` and
`before`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from gateway_core.events.differences import THE_FILE, differences
from gateway_core.events.last_seen import LastSeen, SeenGateway, SeenProcess, SeenUnit, config_written, hides_gateways
from gateway_core.events.model import Event, Kind, Plain, moment
from gateway_core.events.operation_events import caused
from gateway_core.files import identify
from gateway_core.operations import Operation
from gateway_core.services.unit_history import Ending
from gateway_core.snapshot import (
    ConfigStatus,
    Instance,
    PortValue,
    ProcessSignal,
    ServiceSignal,
    Signals,
    Snapshot,
    Source,
    State,
)
from gateway_core.timestamps import timestamp_at

HOST_RESTARTED = "this host was restarted"
MANAGER_ENDED = "systemd ended with the last session of its user"
TOLD_TO_STOP = "systemd was told to stop"
_UNSETTLED = (State.UNKNOWN, State.STARTING, State.STOPPING)
_ROUNDING = timedelta(seconds=2)  # Linux tells its boot, from which starts are counted, in whole seconds


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is told of the end of a gateway that nobody has seen."""

    endings: tuple[Ending, ...] = ()  # of the service that ran it, the oldest first
    unit: str | None = None  # the name of that service
    operation: tuple[Operation, datetime] | None = None  # by which some claw-tui ended it, and when
    left_running: datetime | None = None  # when some claw-tui last left one running that does not run any more
    start: Operation | None = None  # by which some claw-tui started the process that it has now
    last_word: datetime | None = None  # the time of the last line in its log
    last_line: str | None = None
    unasked: bool = False  # whether only claw-tui's own records were looked at: there was no time for more
    heard: tuple[str, datetime] | None = None  # the signal to stop that its log tells of, and when it came


NO_EVIDENCE = Evidence()


class _Looks:
    """What was last seen and what is seen now, both also by the ids of the gateways: a host may have a thousand."""

    def __init__(self, record: LastSeen, now: Snapshot) -> None:
        self.record = record
        self.now = now
        self.seen = {one.id: one for one in record.gateways}
        self.current = {one.id: one for one in now.instances}


def changes_since(record: LastSeen, snapshot: Snapshot, boot: str) -> tuple[Event, ...]:
    """What is another than it was last seen, each event as old as the snapshot. Blocks: it looks at config files.

    `boot`: the boot that the host is in now.
    """
    now = snapshot.model_copy(
        update={"conflicts": (), "instances": tuple(one for one in snapshot.instances if not one.demo)}
    )
    looks = _Looks(record, now)
    before = now.model_copy(update={"instances": tuple(_earlier(looks, same_boot=record.boot == boot))})
    changes = (*differences(before, now), *_ran_meanwhile(looks), *_rewritten(looks))
    return tuple(_dated(event, looks) for event in changes if _is_news(event, looks))


def _earlier(looks: _Looks, *, same_boot: bool) -> Iterator[Instance]:
    """The instances as they were, in what the record tells of them; in all else as they are."""
    hidden = hides_gateways(looks.now)
    for seen in looks.record.gateways:
        current = looks.current.get(seen.id)
        if current is not None:
            yield _as_it_was(seen, current, same_boot=same_boot)
        elif not hidden:
            yield _as_it_was(seen, _bare(seen), same_boot=same_boot)


def _bare(seen: SeenGateway) -> Instance:
    return Instance(
        id=seen.id,
        distribution=seen.distribution,
        profile=seen.profile,
        version=seen.version,
        state_dir=seen.state_dir,
        config_path=seen.config_path,
        workspace=None,
        config=ConfigStatus(exists=seen.config_exists, valid=seen.config_valid),
        base_port=None,
        configured_port=None,
        live_port=None,
        claims=(),
        state=seen.state,
        reason=seen.reason,
        signals=Signals(),
    )


def _as_it_was(seen: SeenGateway, now: Instance, *, same_boot: bool) -> Instance:
    port = now.configured_port
    if seen.port is not None and (port is None or port.value != seen.port):
        port = PortValue(value=seen.port, source=Source.CONFIG)
    process = None if seen.process is None else _process(seen.process, now.signals.process, same_boot=same_boot)
    services = tuple(_service(unit, same_boot=same_boot) for unit in seen.units)
    earlier: Mapping[str, object] = {
        "state": seen.state,
        "reason": seen.reason,
        "version": seen.version,
        "config": ConfigStatus(exists=seen.config_exists, valid=seen.config_valid),
        "configured_port": port,
        "signals": Signals(process=process, other_services=services),
    }
    return now.model_copy(update=earlier)


def _process(seen: SeenProcess, now: ProcessSignal | None, *, same_boot: bool) -> ProcessSignal:
    """The process as it is now, if it is the same one."""
    if now is not None and same_boot and now.pid == seen.pid and _began_together(seen, now):
        return now
    return ProcessSignal(
        pid=seen.pid, start=seen.start, started_at=seen.started_at, rss_bytes=None, cpu_percent=None, proof=None
    )


def _began_together(seen: SeenProcess, now: ProcessSignal) -> bool:
    if seen.start is not None and now.start is not None:
        return seen.start == now.start
    return abs(seen.started_at - now.started_at) <= _ROUNDING


def _service(seen: SeenUnit, *, same_boot: bool) -> ServiceSignal:
    return ServiceSignal(
        manager=seen.manager,
        name=seen.name,
        active=None,
        enabled=seen.enabled,
        restarts=seen.restarts if same_boot else None,
        path=seen.path,
        main_pid=seen.main_pid if same_boot else None,
    )


def _ran_meanwhile(looks: _Looks) -> Iterator[Event]:
    """The start and the end of gateways that ran in neither look, and left a lock between them."""
    record, now = looks.record, looks.now
    for current in now.instances:
        seen = looks.seen.get(current.id)
        if current.signals.process is not None or (seen is not None and seen.process is not None):
            continue
        for lock, taken in [(lock, _written_at(lock.path)) for lock in current.locks if lock.stale and not lock.place]:
            if taken is not None and record.seen_at < taken < now.taken_at:
                detail: Mapping[str, Plain] = {"pid": lock.pid, "happened_at": _iso(taken)}
                yield Event(at=now.taken_at, instance=current.id, kind=Kind.STARTED, detail=detail)
                yield Event(
                    at=now.taken_at, instance=current.id, kind=Kind.DIED, detail={"pid": lock.pid, "after": _iso(taken)}
                )
                break  # a gateway has one process, whatever locks it takes


def _written_at(path: str) -> datetime | None:
    """The time at which a file was last written; `None` where it is not there. Blocks."""
    found = identify(Path(path))
    return timestamp_at(found[3] / 1e9) if len(found) > 3 else None


def _rewritten(looks: _Looks) -> Iterator[Event]:
    """Configs that were written meanwhile, and mean the same ports as before."""
    for seen in looks.record.gateways:
        current = looks.current.get(seen.id)
        if current is None or not (seen.config_written and current.config.exists) or _means_another(seen, current):
            continue
        written = config_written(current.config_path)
        if written and written != seen.config_written:
            detail: Mapping[str, Plain] = {"keys": (THE_FILE,)}
            yield Event(at=looks.now.taken_at, instance=seen.id, kind=Kind.CONFIG_CHANGED, detail=detail)


def _means_another(seen: SeenGateway, now: Instance) -> bool:
    port = now.configured_port.value if now.configured_port is not None else None
    return seen.port != port or (seen.config_exists, seen.config_valid) != (now.config.exists, now.config.valid)


def _is_news(event: Event, looks: _Looks) -> bool:
    if event.kind != Kind.STATE_CHANGED:
        return True
    states = (event.detail.get("from"), event.detail.get("to"))
    return not any(state == one for state in states for one in _UNSETTLED) and event.instance in looks.current


def _dated(event: Event, looks: _Looks) -> Event:
    """The event with when the host was last seen before, and when it happened, where the host tells that by itself."""
    record, now = looks.record, looks.now
    seen, current = looks.seen.get(event.instance or ""), looks.current.get(event.instance or "")
    known: dict[str, Plain] = {"seen_before": _iso(record.seen_at)}
    process = current.signals.process if current is not None else None
    if event.kind == Kind.STARTED and process is not None and process.pid == event.detail.get("pid"):
        known["happened_at"] = _iso(process.started_at)
    if event.kind == Kind.CONFIG_CHANGED and current is not None:
        written = config_written(current.config_path)
        at = timestamp_at(written[1] / 1e9) if len(written) == 2 else None
        is_new = at is not None and record.seen_at <= at <= now.taken_at  # and not that of another file, put there
        if at is not None and is_new and seen is not None and written != seen.config_written:
            known["happened_at"] = _iso(at)
        if seen is not None and current.configured_port is not None and seen.port != current.configured_port.value:
            known |= {"from": seen.port, "to": current.configured_port.value}
    return event.model_copy(update={"detail": {**event.detail, **known}})


def explained_by(
    events: Sequence[Event], evidence: Mapping[str, Evidence], record: LastSeen, snapshot: Snapshot, boot: str
) -> tuple[Event, ...]:
    """The events with what the evidence tells of those that are about an end; restarts are told there, too."""
    if record.boot != boot:
        record = _without_counts(record)
    looks = _Looks(record, snapshot)
    ended = {event.instance for event in events if event.kind == Kind.DIED}
    told = [event for event in events if not (event.instance in ended and _is_restart(event))]
    explained: list[Event] = []
    for event in told:
        found = evidence.get(event.instance or "")
        explained.append(_explained(event, found, looks, boot))
        if event.kind == Kind.DIED and found is not None:
            explained.extend(_stopped_after_all(event, found))
    causes: dict[str | None, list[Event]] = defaultdict(list)
    for event in explained:
        if event.kind in (Kind.DIED, Kind.STARTED):
            causes[event.instance].append(event)
    return tuple(_with_its_cause(event, causes[event.instance]) for event in explained)


def _without_counts(record: LastSeen) -> LastSeen:
    """The record without how often services were started again: after a restart of the host that begins anew."""
    gateways = [
        one.model_copy(update={"units": tuple(unit.model_copy(update={"restarts": None}) for unit in one.units)})
        for one in record.gateways
    ]
    return record.model_copy(update={"gateways": tuple(gateways)})


def _with_its_cause(event: Event, causes: Sequence[Event]) -> Event:
    """A change of the state with the time of the end or start that it came of."""
    if event.kind != Kind.STATE_CHANGED:
        return event
    moments = [when for other in causes if (when := other.detail.get("happened_at")) is not None]
    if not moments or len(moments) < len(causes):
        return event
    return event.model_copy(update={"detail": {**event.detail, "happened_at": moments[-1]}})


def _explained(event: Event, found: Evidence | None, looks: _Looks, boot: str) -> Event:
    if event.kind == Kind.DIED:
        return _ended(event, found or NO_EVIDENCE, looks, boot)
    if event.kind == Kind.STARTED and found is not None and found.start is not None:
        cause = caused(Kind.STARTED, found.start) or event.cause
        return event.model_copy(update={"cause": cause, "detail": {**event.detail, "asked_by": "claw-tui"}})
    return event


def _stopped_after_all(event: Event, found: Evidence) -> Iterator[Event]:
    """The stop that somebody asked for after a service had crashed, and was started again."""
    last = next(reversed(found.endings), None)
    if last is None or not _is_by_hand(last) or all(ending.asked for ending in found.endings):
        return
    known = {"seen_before": event.detail.get("seen_before"), "ended": last.how}
    detail = {**{name: value for name, value in known.items() if value is not None}, **_by_hand(last)}
    yield event.model_copy(update={"cause": f"{TOLD_TO_STOP} {found.unit}", "detail": detail})


def _is_by_hand(ending: Ending) -> bool:
    return ending.asked and not ending.with_manager


def _by_hand(ending: Ending) -> dict[str, Plain]:
    return {**_at(ending), "asked_by": "systemctl"}


def _is_restart(event: Event) -> bool:
    return event.kind == Kind.SERVICE_CHANGED and event.detail.get("change") in ("restarted", "ended")


def _ended(event: Event, found: Evidence, looks: _Looks, boot: str) -> Event:
    """The event of an end with its cause, its time and who asked for it."""
    record, current = looks.record, looks.current.get(event.instance or "")
    restarts = _restarts(looks, current)
    crashes = [ending for ending in found.endings if not ending.asked]
    last = next(reversed(crashes or list(found.endings)), None)
    how = last.how if last is not None else event.cause
    rebooted = bool(record.boot and boot) and record.boot != boot
    asked = _asked(found, last, current, restarts, rebooted=rebooted) if not crashes else None
    if asked is not None:
        cause, told = asked
    elif rebooted and (last is None or last.asked):
        cause, told = HOST_RESTARTED, _at(last)
    elif last is not None and last.with_manager:
        cause, told = MANAGER_ENDED, _at(last)
    else:
        cause, told = how, _times(crashes, restarts)
    told = {"ended": how, **told}
    if told.get("happened_at") is None:
        told |= _bounds(event, found, record, current, restarts)
    if asked is None:
        told |= {"last_line": found.last_line, "unasked": found.unasked or None}
    known = {name: value for name, value in told.items() if value is not None}
    return event.model_copy(update={"cause": cause, "detail": {**event.detail, **known}})


def _at(ending: Ending | None) -> dict[str, Plain]:
    return {"happened_at": _iso(ending.at)} if ending is not None and ending.at is not None else {}


def _asked(
    found: Evidence, last: Ending | None, current: Instance | None, restarts: int, *, rebooted: bool
) -> tuple[str | None, dict[str, Plain]] | None:
    """The cause of an end that somebody asked for, with who did and when; `None` where nothing tells of that."""
    runs = current is not None and current.signals.process is not None
    if found.operation is not None:
        operation, at = found.operation
        return caused(Kind.DIED, operation), {"happened_at": _iso(at), "asked_by": "claw-tui"}
    if rebooted and runs:
        return HOST_RESTARTED, {"asked_by": "a restart of this host"}
    if last is not None:
        return (f"{TOLD_TO_STOP} {found.unit}", _by_hand(last)) if _is_by_hand(last) else None
    if found.heard is not None and not rebooted and restarts <= 1:
        name, at = found.heard
        return f"told to stop by {name}", {"happened_at": _iso(at), "asked_by": name}
    return None


def _times(crashes: Sequence[Ending], restarts: int) -> dict[str, Plain]:
    """How often it ended, by what the journal tells of each end, or by how often its manager started it again.

    If that was more often, the journal has not all of them any more, and does not tell when the first was.
    """
    moments = [crash.at for crash in crashes if crash.at is not None]
    times = max(len(crashes), restarts, 1)
    told: dict[str, Plain] = {"happened_at": _iso(moments[-1])} if moments else {}
    if times > 1:
        told["count"] = times
        if len(moments) == times:
            told["first_at"] = _iso(moments[0])
    return told


def _restarts(looks: _Looks, current: Instance | None) -> int:
    """How often managers have started a gateway again since it was last seen."""
    seen = looks.seen.get(current.id) if current is not None else None
    if current is None or seen is None:
        return 0
    earlier = {(unit.manager, unit.name): unit.restarts for unit in seen.units}
    counted = [(one.restarts, earlier.get((one.manager, one.name))) for one in current.signals.services]
    return max((now - before for now, before in counted if now is not None and before is not None), default=0)


def _bounds(
    event: Event, found: Evidence, record: LastSeen, current: Instance | None, restarts: int
) -> Mapping[str, Plain]:
    """The moments between which a gateway ended, each time if it did so several times."""
    if record.seen_at >= event.at:
        return {}  # the clock was put back meanwhile, or others look at the same time
    alone = len(found.endings) <= 1 and restarts <= 1
    lived = [record.seen_at, moment(event, "after"), found.left_running, found.last_word if alone else None]
    after = max(known for known in lived if known is not None)
    process = current.signals.process if current is not None else None
    before = min(event.at, process.started_at) if process is not None else event.at
    return {"after": _iso(min(after, before)), "before": _iso(before)}


def _iso(moment: datetime) -> str:
    return moment.isoformat()
