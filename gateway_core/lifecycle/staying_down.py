"""The last part of a stop: whether the gateway stays down, or somebody starts it again.

A stop is followed by a watch: for as long as a unit beside it waits before it restarts, longer while what launched the
gateway still runs, else for some seconds, and tells for how long it was. A service manager restarts nothing by itself
that it was told to stop, but timers, units that uphold it and scripts have it start again. The watch is left out where
claw-tui launched the gateway, and nobody else stands above it.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterable
from dataclasses import dataclass

from gateway_core.decoding import span_s
from gateway_core.distributions.model import Distribution
from gateway_core.host import Host, ProcessInfo
from gateway_core.lifecycle.backend import OperationContext
from gateway_core.lifecycle.runner import ON_ITS_WAY, runner_of, service_command_by_hand
from gateway_core.lifecycle.target import Target, look
from gateway_core.operations import ErrorCode, Operation, OperationFailedError
from gateway_core.processes.ancestry import ancestors, starters
from gateway_core.processes.boot import boot_id
from gateway_core.processes.command_line import find_call
from gateway_core.processes.handle import is_alive
from gateway_core.processes.scripts import display_name
from gateway_core.processes.supervisors import is_prompt
from gateway_core.redaction.commands import redact_command
from gateway_core.shell_commands import own_command
from gateway_core.snapshot import ServiceSignal

WATCH_S = 4.0  # where nothing is known that would start it again: most of what does so unseen looks every few seconds
UNIT_WATCH_S = 2.0  # after a service manager has stopped it, and knows of nothing that would have it started again
RESTARTER_WATCH_S = 5.0  # where what launched it still runs: such loops pause for some seconds at most
_BEYOND_DELAY_S = 1.5  # the time from the end of a unit's restart delay until its process can be seen
_LONGEST_WATCH_S = 60.0
_LONGEST_PAUSE_S = 30.0  # a script that pauses longer is named, and not waited for
_LOOK_EVERY_S = 0.25
_KEEPERS = frozenset({"systemd", "init", "launchd", "login", "sshd", "tmux: server", "screen", "cron", "crond", "su"})
"""Short names of processes that gateways descend from, but that start nothing again."""
_SLEEP_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_SHELLS = frozenset({"sh", "bash", "dash", "zsh", "fish", "ksh", "ash", "busybox"})


@dataclass(frozen=True, slots=True)
class Restarters:
    """The processes above a gateway that may start it again, the nearest first, as they were before its stop."""

    host: Host
    processes: tuple[ProcessInfo, ...] = ()

    @property
    def living(self) -> tuple[ProcessInfo, ...]:
        return tuple(info for info in self.processes if is_alive(self.host.processes, info.identity))

    def above(self, pids: Iterable[int]) -> ProcessInfo | None:
        """The nearest that is among these pids."""
        wanted = set(pids)
        return next((info for info in self.processes if info.pid in wanted), None)


def restarters_of(context: OperationContext, target: Target) -> Restarters:
    """What launched the gateway and may do so again: up to a shell's prompt, a session, a manager, or claw-tui.

    What claw-tui itself runs in waits for it, and starts nothing meanwhile. Early versions are two processes, of which
    the upper one ends with the lower one. The first process of a container may be a script that does so in a loop.
    """
    process, known = target.instance.signals.process, target.facts.processes
    if process is None or _is_launched_by_claw_tui(context, target):
        return Restarters(context.host)
    top = known.get(process.lineage[-1])
    own = {os.getpid(), *ancestors(os.getpid(), known)}
    found: list[ProcessInfo] = []
    for pid in starters(process.pid, known):
        info = known.get(pid)
        if info is None or pid in own or info.name in _KEEPERS:
            break
        if pid == 1 and (not _is_script(info) or top is None or top.session != info.session):
            break  # it adopts what others have put into a session of its own
        if not _is_upper_half(info, target.distribution):
            found.append(info)
        if is_prompt(info):
            break
    return Restarters(context.host, tuple(found))


def _is_launched_by_claw_tui(context: OperationContext, target: Target) -> bool:
    """Whether the gateway, or what is above it, is the very process that an operation of claw-tui has started."""
    launched, process = context.lock.record.launched, target.instance.signals.process
    info = target.facts.processes.get(launched.pid) if launched is not None else None
    if launched is None or process is None or info is None:
        return False
    identity = launched.identity_in(boot_id(context.host), context.host.processes)
    return info.identity == identity and launched.pid in process.lineage


def services_beside(target: Target) -> tuple[ServiceSignal, ...]:
    """The services that run something of the instance, or are about to, beside the one that runs its gateway."""
    runner = runner_of(target.instance)
    return tuple(service for service in target.services if service is not runner and service.active in ON_ITS_WAY)


def has_silent_service(target: Target) -> bool:
    """Whether the manager of one of its services did not answer: it may be about to start it."""
    return any(service.active is None for service in target.services)


@dataclass(frozen=True, slots=True)
class Return:
    """A gateway that runs again, and who started it as far as that is known."""

    target: Target
    pid: int | None
    service: ServiceSignal | None
    restarter: ProcessInfo | None
    stopped: ServiceSignal | None = None  # the service that ran it, and was stopped

    @property
    def starter(self) -> str:
        if self.service is not None and self.service.triggered_by:
            return f"{' or '.join(self.service.triggered_by)} ({self.service.manager})"
        if self.service is not None and self._is_stopped(self.service):
            return f"somebody who has {self.service.manager} start {self.service.name} again"
        if self.service is not None:
            return f"{self.service.name} ({self.service.manager})"
        if self.restarter is not None:
            return f"{display_name(self.restarter)} (pid {self.restarter.pid})"
        return "somebody who could not be seen"

    def failure(self, uid: int) -> OperationFailedError:
        """The failure of a stop that did not last."""
        came_back = f"came back as pid {self.pid}" if self.pid is not None else "is being started again"
        message = f"{self.target.id} ended, but {came_back}, started by {self.starter}."
        return OperationFailedError(ErrorCode.CAME_BACK, message, self._hint(uid))

    def _is_stopped(self, service: ServiceSignal) -> bool:
        return self.stopped is not None and (service.manager, service.name) == (self.stopped.manager, self.stopped.name)

    def _hint(self, uid: int) -> str:
        if self.service is not None and self.service.triggered_by:
            triggers = (self.service.model_copy(update={"name": name}) for name in self.service.triggered_by)
            commands = (str(service_command_by_hand(Operation.STOP, trigger, uid)) for trigger in triggers)
            return f"Stop that first: {', '.join(commands)}"
        if self.service is not None and not self._is_stopped(self.service):
            return f"Stop its service: {service_command_by_hand(Operation.STOP, self.service, uid)}"
        if self.restarter is not None:
            return f"End {self.starter} first. Its command line: {redact_command(self.restarter.argv) or 'not known'}"
        return f"Find out what starts it: {own_command('show', self.target.id)}"


async def require_stays_down(
    context: OperationContext, before: Target, after: Target | None, restarters: Restarters
) -> Target | None:
    """Watch whether somebody starts the gateway again. Raises `OperationFailedError`, which names who does."""
    if _return(context, before, after, restarters) is None and _is_proven(context, before, after, restarters):
        return after
    with context.steps.step("stays down") as note:
        began = context.host.clock.monotonic()
        seen, back = await watch(context, before, after, restarters)
        if back is not None:
            raise back.failure(context.host.uid)
        note.detail = _note(context, before, restarters, context.host.clock.monotonic() - began)
        return seen


async def watch(
    context: OperationContext, before: Target, after: Target | None, restarters: Restarters
) -> tuple[Target | None, Return | None]:
    """Look again and again until the time is over; the last look, and who came back, if anybody did."""
    clock = context.host.clock
    least, began = _least_s(before, after), clock.monotonic()
    longest = max(least, RESTARTER_WATCH_S)
    seen, back = after, _return(context, before, after, restarters)
    while back is None:
        so_far = clock.monotonic() - began
        if so_far < RESTARTER_WATCH_S:  # a script that is still about other things does not pause to start it again
            pauses = (one.left_s + _BEYOND_DELAY_S for one in _pauses(context, restarters) if one.is_short)
            longest = max(longest, so_far + max(pauses, default=0))
        if so_far >= (longest if restarters.living else least):
            break
        await asyncio.sleep(_LOOK_EVERY_S)
        seen = await look(context.observer, before, ask=False)
        back = _return(context, before, seen, restarters)
    return seen, back


def _is_proven(context: OperationContext, before: Target, after: Target | None, restarters: Restarters) -> bool:
    """Whether it is known without a watch that nobody starts it again."""
    if after is not None and _may_be_started(after):
        return False
    if runner_of(before.instance) is not None:
        return False
    process = before.instance.signals.process
    if process is None:
        return True
    by_claw_tui = _is_launched_by_claw_tui(context, before) or os.getpid() in process.ancestors
    return by_claw_tui and not restarters.living


def _may_be_started(after: Target) -> bool:
    return bool(services_beside(after)) or has_silent_service(after)


@dataclass(frozen=True, slots=True)
class _Pause:
    """A `sleep` of what launched the gateway."""

    seconds: float
    left_s: float

    @property
    def is_short(self) -> bool:
        return self.seconds <= _LONGEST_PAUSE_S


def _pauses(context: OperationContext, restarters: Restarters) -> list[_Pause]:
    """The pauses that what launched the gateway makes now."""
    above, now = {info.pid for info in restarters.living}, context.host.clock.now()
    sleeps = (
        (seconds, info.started_at)
        for info in context.observer.facts.processes.values()
        if info.parent in above and info.name == "sleep" and len(info.argv) == 2
        if (seconds := _seconds(info.argv[1])) is not None
    )
    return [_Pause(seconds, max(0, seconds - (now - begun).total_seconds())) for seconds, begun in sleeps]


def _seconds(text: str) -> float | None:
    """What `sleep` takes, such as `6` or `1m`; `None` for what never ends."""
    number, unit = (text[:-1], text[-1]) if text[-1:] in _SLEEP_UNITS else (text, "s")
    try:
        return span_s(float(number), _SLEEP_UNITS[unit])
    except ValueError:
        return 0


def _least_s(before: Target, after: Target | None) -> float:
    runner = runner_of(before.instance)
    if runner is not None and not runner.triggered_by and not (after and _may_be_started(after)):
        return UNIT_WATCH_S
    delays = [service.restart_delay_s for service in after.services if service.restart_delay_s] if after else []
    waiting = after is not None and bool(services_beside(after))
    return min(max(WATCH_S, *delays, 0) + _BEYOND_DELAY_S, _LONGEST_WATCH_S) if waiting and delays else WATCH_S


def _return(context: OperationContext, before: Target, seen: Target | None, restarters: Restarters) -> Return | None:
    """The gateway that runs for the instance now, or one that nothing ties to it yet below a restarter."""
    if seen is None:
        return None
    service = runner_of(seen.instance, given_up=False)
    process = seen.instance.signals.process
    if process is not None:
        restarter = restarters.above(starters(process.pid, seen.facts.processes)) or _parent(seen, process.ancestors)
        return Return(seen, process.pid, service, restarter, runner_of(before.instance))
    earlier = {gateway.info.identity for gateway in before.facts.gateways}
    others = {one.signals.process.pid for one in seen.snapshot.instances if one.signals.process is not None}
    for gateway in context.observer.facts.gateways:
        if gateway.info.identity in earlier or gateway.info.pid in others:
            continue
        above = restarters.above(ancestors(gateway.info.pid, context.observer.facts.processes))
        if above is not None and gateway.distribution == before.distribution.name:
            return Return(seen, gateway.info.pid, None, above)
    return Return(seen, service.main_pid, service, None, runner_of(before.instance)) if service is not None else None


def _parent(seen: Target, above: Iterable[int]) -> ProcessInfo | None:
    parent = next(iter(above), None)
    info = seen.facts.processes.get(parent) if parent is not None else None
    return None if info is None or info.pid == 1 or info.name in _KEEPERS else info


def _is_upper_half(info: ProcessInfo, distribution: Distribution) -> bool:
    """Whether it is the gateway's own command, which runs the gateway in a child."""
    if not info.argv or info.name in _SHELLS:
        return False
    own = (distribution.command, distribution.process_title)
    return info.argv[0] in own or find_call(info.argv[:2], [distribution]) is not None


def _is_script(info: ProcessInfo) -> bool:
    """Whether it is a shell that runs a script, under whose name it may go."""
    return bool(info.argv) and info.argv[0].rpartition("/")[2] in _SHELLS and not is_prompt(info)


def _note(context: OperationContext, before: Target, restarters: Restarters, seconds: float) -> str:
    runner = runner_of(before.instance)
    if runner is not None and runner.triggered_by:
        return f"not back after {seconds:.0f} s, but {' or '.join(runner.triggered_by)} may start it again"
    scripts = [info for info in restarters.living if not is_prompt(info)]
    if not scripts:
        return f"not back after {seconds:.0f} s"
    name = f"{display_name(scripts[0])} (pid {scripts[0].pid})"
    pause = max((one.seconds for one in _pauses(context, restarters)), default=0)
    pausing = f" and pauses for {pause:.0f} s" if pause > seconds else ""
    return f"not back after {seconds:.0f} s, but {name}, which started it, still runs{pausing}: it may start it again"
