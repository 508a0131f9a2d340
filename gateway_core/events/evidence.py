"""Asks what ended gateways while nobody looked: records of claw-tui, systemd and its journal, the last line of a log.

Whatever does not answer in time stays unknown, and nothing is ever guessed.
"""

from __future__ import annotations

import asyncio
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

from gateway_core.discovery.operation_records import last_record
from gateway_core.events.absence import NO_EVIDENCE, Evidence
from gateway_core.events.last_seen import LastSeen, SeenGateway
from gateway_core.events.model import Event, Kind, Plain
from gateway_core.host import Host
from gateway_core.logs.sources import choose_logs, logs_of
from gateway_core.logs.view import LogView
from gateway_core.operations import Operation
from gateway_core.processes.boot import boot_id
from gateway_core.processes.run import NoReplyError, run
from gateway_core.services.manager import Command
from gateway_core.services.managers import manager_environment, manager_named
from gateway_core.services.unit_history import (
    ONE_ZONE,
    begin_command,
    exits_command,
    marked_by_exits,
    parse_begin,
    parse_past,
    parse_timing,
    past_command,
    timing_command,
)
from gateway_core.snapshot import Instance, Snapshot

DEADLINE_S = 5.0  # for all questions together: somebody waits for the answer
_ANSWER_S = 3.0  # for one of them
_AT_ONCE = 4
_MOST_ASKED = 200  # instances; what ended others is not asked
_LONGEST_LINE = 300
_MOST_LINES = 20  # of a log; to shut down, a gateway takes fewer
_TOLD_TO_STOP = re.compile(r"(?:\[[\w/-]+\] )?received (SIGTERM|SIGINT)\b")
"""How the line begins that every version of the family logs before it shuts down; others may quote it."""
_BEGINS = re.compile(r"\blistening (?:on |\()|^log file: ")
"""What they log when they have started: what was said before was said by an earlier process."""
_SLACK = timedelta(minutes=1)  # for the clock of whoever wrote it down
_SYSTEMD = ("systemd-user", "systemd-system")
_ENDING_IT = (Operation.STOP, Operation.RESTART, Operation.KILL)
_PIDS = ("pid_before", "asked_to_stop")  # the details of an operation that name a process which it ended


async def evidence_of(
    host: Host, events: Iterable[Event], record: LastSeen, snapshot: Snapshot, recorded: Sequence[Event]
) -> Mapping[str, Evidence]:
    """What is told of each instance that ended, by its id. `recorded`: the newest events that were written down."""
    changes = tuple(events)
    wanted = {event.instance for event in changes if event.kind == Kind.DIED}
    gateways = [one for one in record.gateways if one.id in wanted]
    found = await asyncio.to_thread(_told_by_claw_tui, host, gateways, record.seen_at, snapshot, recorded)
    turns, silent = asyncio.Semaphore(_AT_ONCE), set[str]()

    async def look(seen: SeenGateway) -> None:
        async with turns:
            done = found[seen.id]
            told = await _endings(host, seen, record, silent)
            found[seen.id] = told = replace(told, operation=done.operation, left_running=done.left_running)
            if done.operation is None and all(ending.at is None for ending in told.endings):
                with suppress(OSError):
                    since = max(record.seen_at, done.left_running or record.seen_at)
                    lines = await _last_lines(host, snapshot.instance(seen.id), snapshot, since)
                    found[seen.id] = _with_log(told, lines)

    with suppress(TimeoutError):
        async with asyncio.timeout(DEADLINE_S):
            await asyncio.gather(*map(look, gateways[:_MOST_ASKED]))
    return found | {
        event.instance: replace(found.get(event.instance, NO_EVIDENCE), start=start)
        for event in changes
        if event.instance is not None and (start := _start(event, recorded)) is not None
    }


def _told_by_claw_tui(
    host: Host, gateways: Iterable[SeenGateway], since: datetime, snapshot: Snapshot, recorded: Sequence[Event]
) -> dict[str, Evidence]:
    """What the records of claw-tui tell of each, by its id; nobody else was asked yet. Blocks."""
    about: dict[str | None, list[Event]] = defaultdict(list)
    for event in recorded:
        about[event.instance].append(event)
    runs = {one.id for one in snapshot.instances if one.signals.process is not None}
    told = ((seen.id, _by_claw_tui(host, seen, seen.id in runs, since, about[seen.id])) for seen in gateways)
    return {name: replace(one, unasked=True) for name, one in told}


def _start(event: Event, recorded: Sequence[Event]) -> Operation | None:
    """The operation of some claw-tui that started the process which that event is about."""
    pid = event.detail.get("pid")
    if event.kind != Kind.STARTED or pid is None:
        return None
    about = (one for one in reversed(recorded) if one.kind == Kind.OPERATION and one.instance == event.instance)
    named = (one.detail.get("operation") for one in about if one.detail.get("pid_after") == pid)
    return next((Operation.named(str(name)) for name in named), None)


def _by_claw_tui(host: Host, seen: SeenGateway, runs: bool, since: datetime, recorded: Sequence[Event]) -> Evidence:
    """The last operation of some claw-tui that ended the gateway; or when one left it running that does not run now.

    Blocks.
    """
    if seen.process is None:
        return NO_EVIDENCE
    pid: Plain = seen.process.pid
    ended: tuple[Operation, datetime] | None = None
    left_running: datetime | None = None
    for event, operation in _operations(seen.id, since, recorded):
        after = event.detail.get("pid_after")
        if operation in _ENDING_IT and after != pid and any(event.detail.get(name) == pid for name in _PIDS):
            ended = (operation, event.at)
        pid, left_running = (after, event.at) if after else (pid, None)
    if left_running is not None and not runs:
        return Evidence(left_running=left_running)
    found = ended or _by_its_record(host, seen, since)
    if found is not None and found[0] is Operation.RESTART and not runs:
        return Evidence(left_running=found[1])
    return Evidence(operation=found)


def _operations(instance: str, since: datetime, recorded: Sequence[Event]) -> Iterator[tuple[Event, Operation]]:
    for event in recorded:
        if event.kind == Kind.OPERATION and event.instance == instance and event.at >= since - _SLACK:
            operation = Operation.named(str(event.detail.get("operation")))
            if operation is not None:
                yield event, operation


def _by_its_record(host: Host, seen: SeenGateway, since: datetime) -> tuple[Operation, datetime] | None:
    """The operation that ended the process by the record that it leaves for the next one, and when. Blocks."""
    process, written = seen.process, last_record(host, seen.config_path or seen.id)
    asked, operation = written.asked_to_stop, Operation.named(written.to_end_it)
    if process is None or asked is None or asked.at is None or operation is None or asked.at < since - _SLACK:
        return None
    return (operation, asked.at) if (asked.pid, asked.start) == (process.pid, process.start) else None


async def _endings(host: Host, seen: SeenGateway, record: LastSeen, silent: set[str]) -> Evidence:
    """The ends of the service that ran it, as its journal tells them; else its last one."""
    since = record.seen_at
    units = [one for one in seen.units if one.manager in _SYSTEMD and (one.ran_it or seen.process is None)]
    same_boot = record.boot == await asyncio.to_thread(boot_id, host)
    for unit in units:
        manager = manager_named(unit.manager, host.uid)
        endings = parse_past(await _ask(host, silent, past_command(manager, unit.name, since)) or "")
        if any(ending.asked for ending in endings):
            endings = marked_by_exits(endings, await _ask(host, silent, exits_command(manager, since)) or "")
        last = parse_timing(await _ask(host, silent, timing_command(manager, unit.name)) or "") if not endings else None
        if last is not None and last.at is None and same_boot:
            began = parse_begin(await _ask(host, silent, begin_command(manager)) or "")
            endings = (last,) if began is None or began < since else ()
        elif last is not None and last.at is not None and last.at >= since - _SLACK:
            endings = (last,)
        if endings:
            return Evidence(endings, unit.name)
    return NO_EVIDENCE


async def _ask(host: Host, silent: set[str], command: Command | None) -> str | None:
    """The answer. What is `silent` once is not asked again: all others would wait behind it."""
    if command is None or command[0] in silent:
        return None
    environment = {**manager_environment(host.home, host.uid, host.environment), **ONE_ZONE}
    try:
        reply = await run(command, environment, deadline=_ANSWER_S)
    except NoReplyError:
        silent.add(command[0])
        return None
    return reply.output if reply.status == 0 else None


async def _last_lines(
    host: Host, instance: Instance | None, snapshot: Snapshot, since: datetime
) -> Sequence[tuple[datetime, str]]:
    """The last lines that a gateway wrote to its log before it ended, those since then; the newest is last."""
    if instance is None:
        return ()
    process = instance.signals.process
    logs = await choose_logs(logs_of(instance, snapshot, host))
    until = process.started_at if process is not None else None
    async with LogView(logs.shown, host, (instance.id,), until=until, growing=False) as view:
        lines = [line for line in await view.older(_MOST_LINES) if line.instance == instance.id and line.certain]
    return [(line.at, line.message) for line in lines if line.at is not None and line.at >= since]


def _with_log(told: Evidence, lines: Sequence[tuple[datetime, str]]) -> Evidence:
    """The evidence with what the log tells: its last word, and whether the gateway heard a signal to stop."""
    if not lines:
        return told
    at, message = lines[-1]
    heard: tuple[str, datetime] | None = None
    for when, said in lines:
        if (name := _TOLD_TO_STOP.match(said)) is not None:
            heard = heard or (name[1], when)
        elif _BEGINS.search(said):
            heard = None
    return replace(told, last_word=at, last_line=message.partition("\n")[0][:_LONGEST_LINE], heard=heard)
