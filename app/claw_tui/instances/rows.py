"""The rows of the table of instances: what each cell says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from claw_tui.operations.record_text import UNDER_WAY, CurrentStep
from claw_tui.text.cells import Cell, Tone, by_number, by_text
from claw_tui.text.states import GRADE_STYLES, STATE_STYLES, grade_rank, most_urgent, state_rank
from claw_tui.text.values import ABSENT, clean, duration, memory, percent, port_range
from gateway_core.distributions.model import DEFAULT_PROFILE
from gateway_core.lifecycle.runner import ON_ITS_WAY, runner_of
from gateway_core.natural_order import natural_key
from gateway_core.ports.claimants import base_is_guess, moves_with_base
from gateway_core.services.managers import SHORT_NAMES
from gateway_core.snapshot import Grade, Instance, Role, ServiceSignal, Snapshot, State

if TYPE_CHECKING:
    from claw_tui.instances.graphs import UsageTrend
    from claw_tui.onboarding.text import UnfinishedNote

ABSENT_CELL = Cell(ABSENT, Tone.MUTED)
_ANSWERED_WITHIN = timedelta(seconds=10)  # so old may the answers of a manager be
_EMPTY_CELL = Cell("", Tone.MUTED)
_NOT_UP = (State.INCOMPLETE, State.STOPPED)


@dataclass(frozen=True, slots=True)
class InstanceRow:
    """An instance at one moment, with all that its cells are made of."""

    instance: Instance
    grade: Grade | None  # the grade of the worst conflict
    now: datetime
    selected: bool = False
    current_step: CurrentStep | None = None  # the operation under way on the instance
    unfinished: UnfinishedNote | None = None  # of the instance's onboarding
    fails_audit: bool = False  # the instance is not isolated, or its secrets are open to others
    usage: UsageTrend | None = None  # over the last minutes

    @property
    def key(self) -> str:
        return self.instance.id


def rows_of(snapshot: Snapshot, now: datetime) -> Iterator[InstanceRow]:
    conflicts = {conflict.id: conflict for conflict in snapshot.conflicts}
    for instance in snapshot.instances:
        own = [conflicts[name] for name in instance.conflicts if name in conflicts]
        yield InstanceRow(instance, most_urgent(own), now)


def state(row: InstanceRow) -> Cell:
    """Symbol and word of the state, or the operation under way, at the same place in the order.

    Of what is not there yet, or does not run, it is how its onboarding ended: at 80 columns no other one tells.
    """
    style = STATE_STYLES[row.instance.state]
    rank = state_rank(row.instance.state)
    if row.current_step is not None:
        return by_number(f"{UNDER_WAY} {row.current_step.short}", rank, Tone.NOTICE)
    if row.unfinished is not None and row.instance.state in _NOT_UP:
        look = STATE_STYLES[State.INCOMPLETE]
        return by_number(f"{look.symbol} {row.unfinished.short}", rank, look.tone)
    return by_number(style.text, rank, style.tone)


def mark(row: InstanceRow) -> Cell:
    return by_number("✓", 0, Tone.NOTICE) if row.selected else _EMPTY_CELL


def conflict(row: InstanceRow) -> Cell:
    """The symbol of the worst conflict; a harmless one has none."""
    if row.grade is None or row.grade is Grade.RESERVED:
        return _EMPTY_CELL
    style = GRADE_STYLES[row.grade]
    return by_number(style.symbol, grade_rank(row.grade), style.tone)


def audit(row: InstanceRow) -> Cell:
    return by_number("§", 0, Tone.BAD) if row.fails_audit else _EMPTY_CELL


def name(row: InstanceRow) -> Cell:
    """The instance id; a distribution's default profile sorts before its other profiles."""
    instance = row.instance
    first = 0 if instance.profile == DEFAULT_PROFILE else 1
    return by_text(clean(instance.id), f"{instance.distribution}\0{first}{natural_key(instance.id)}", Tone.STRONG)


def account(row: InstanceRow) -> Cell:
    """The user that it runs as, if that is another one."""
    return by_text(clean(row.instance.account)) if row.instance.account else _EMPTY_CELL


def home(row: InstanceRow) -> Cell:
    """Whose it is, if it is neither of the caller's home nor registered."""
    if row.instance.demo:
        return by_text("demo", tone=Tone.MUTED)
    return _EMPTY_CELL if row.instance.own else by_text("other", tone=Tone.MUTED)


def version(row: InstanceRow) -> Cell:
    """The version, which sorts by its numbers."""
    text = row.instance.version
    if text is None:
        return ABSENT_CELL
    numbers = "".join(f"{part:0>6}" for part in text.replace("-", ".").split("."))
    return by_text(clean(text), numbers)


def base(row: InstanceRow) -> Cell:
    port = row.instance.base_port
    if port is not None and base_is_guess(row.instance):
        return by_number("?", port.value, Tone.WARNING)
    return _port(port.value if port else None)


def live(row: InstanceRow) -> Cell:
    """The port of the running gateway, if that is not the base port."""
    port, planned = row.instance.live_port, row.instance.base_port
    if port is None or (planned is not None and planned.value == port):
        return _EMPTY_CELL
    return by_number(str(port), port, Tone.WARNING)


def cdp(row: InstanceRow) -> Cell:
    """The range from which browsers take their debugging ports."""
    ranges = [claim for claim in row.instance.claims if claim.role is Role.CDP and not claim.at_next_start]
    if not ranges:
        return ABSENT_CELL
    widest = max(ranges, key=lambda claim: claim.end - claim.start)
    if base_is_guess(row.instance) and moves_with_base(widest):
        return by_number("?", widest.start, Tone.WARNING)
    return by_number(port_range(widest.start, widest.end), widest.start)


def pid(row: InstanceRow) -> Cell:
    process = row.instance.signals.process
    return by_number(str(process.pid), process.pid) if process else ABSENT_CELL


def up(row: InstanceRow) -> Cell:
    process = row.instance.signals.process
    if process is None:
        return ABSENT_CELL
    age = row.now - process.started_at
    return by_number(duration(age), age.total_seconds())


def cpu(row: InstanceRow) -> Cell:
    process = row.instance.signals.process
    if process is None or process.cpu_percent is None:
        return ABSENT_CELL
    return by_number(percent(process.cpu_percent), process.cpu_percent)


def mem(row: InstanceRow) -> Cell:
    process = row.instance.signals.process
    if process is None or process.rss_bytes is None:
        return ABSENT_CELL
    return by_number(memory(process.rss_bytes), process.rss_bytes)


def cpu_graph(row: InstanceRow) -> Cell:
    return row.usage.cpu() if row.usage else _EMPTY_CELL


def mem_graph(row: InstanceRow) -> Cell:
    return row.usage.memory() if row.usage else _EMPTY_CELL


def service(row: InstanceRow) -> Cell:
    """What runs it: a service manager, a supervisor or a script, or `direct` if none does; muted while nothing runs."""
    signals, owner = row.instance.signals, row.instance.owner
    if owner is not None and owner.kind != "unit":
        return by_text(clean(owner.name))
    definition = runner_of(row.instance) or _unseen_runner(row)
    if definition is not None:
        return by_text(SHORT_NAMES[definition.manager], tone=Tone.NORMAL if signals.process else Tone.MUTED)
    if owner is not None and owner.manager is not None:
        return by_text(f"{SHORT_NAMES[owner.manager]}?", tone=Tone.WARNING)  # it is in the group of one of its services
    return by_text("direct") if signals.process else ABSENT_CELL


def _unseen_runner(row: InstanceRow) -> ServiceSignal | None:
    """The service of what does not run, or of a process that may be younger than the last answer of its manager."""
    service, process = row.instance.signals.service, row.instance.signals.process
    if service is None or process is None:
        return service
    is_young = row.now - process.started_at < _ANSWERED_WITHIN
    return service if is_young and not service.main_pid and service.active in ON_ITS_WAY else None


def why(row: InstanceRow) -> Cell:
    if row.current_step is not None:
        return by_text(row.current_step.sentence, tone=Tone.NOTICE)
    if row.unfinished:
        return by_text(row.unfinished.sentence, tone=Tone.WARNING)
    calm = row.instance.state in (State.RUNNING, State.STOPPED)
    return by_text(clean(row.instance.reason), tone=Tone.MUTED if calm else Tone.NORMAL)


def _port(number: int | None) -> Cell:
    return ABSENT_CELL if number is None else by_number(str(number), number)
