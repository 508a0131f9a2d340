"""What runs each gateway, and would start it again: a supervisor or script above it, or the service it is part of."""

from __future__ import annotations

from collections.abc import Iterator

from gateway_core.assembly.facts import HostFacts
from gateway_core.assembly.occupancy import Occupancy
from gateway_core.host import ManagerName, ProcessInfo, ServiceState
from gateway_core.processes.ancestry import ancestors, launching_line, starters
from gateway_core.processes.command_line import WRAPPERS
from gateway_core.processes.scripts import is_shell_script, script_of
from gateway_core.processes.supervisors import is_users_own
from gateway_core.snapshot import Owner, ServiceSignal

_Unit = tuple[ManagerName, str]


def owner_of(item: Occupancy, facts: HostFacts) -> Owner | None:
    """The nearest of both: a supervisor may itself be run by a service, and the other way round."""
    if item.process is None:
        return None
    pid = item.process.info.pid
    line = [pid, *starters(pid, facts.processes)]
    supervision = facts.supervisions.get(pid)
    service = next((one for one in _services(item, facts) if one[2] in line), None)
    launched = item.discovered.last_requests.launched
    adopted = supervision is not None and supervision.pid == 1 and launched is not None and launched.pid in line
    above = supervision if supervision is not None and supervision.pid in line and not adopted else None
    nearer = above is not None and (service is None or line.index(service[2]) >= line.index(above.pid))
    if above is not None and nearer and not above.by_script:
        return Owner(kind="supervisor", name=above.name, pid=above.pid, stop=above.stop)
    unit = service[:2] if service is not None else _unit_left(item, facts)
    if unit is not None:
        return Owner(kind="unit", name=unit[1], manager=unit[0])
    return None if above is None else Owner(kind="script", name=above.name, pid=above.pid)


def undefined_units(item: Occupancy, facts: HostFacts) -> Iterator[ServiceSignal]:
    """Yield the services that run the gateway, or did so last, whose definition does not tell: of a script, mostly."""
    defined = {(service.manager, service.name) for service in item.installation.services}
    around = facts.units.get(item.process.info.pid) if item.process is not None else None
    if around is not None and around not in defined and not _is_supervised(item, facts):
        state, detached = facts.services.get(around), detached_pid(item, facts, around)
        if state is not None and (detached or _is_run_below_main(item, state, facts)):
            defined.add(around)
            yield _signal(around, state, detached)
    last = item.discovered.seen_unit
    state = facts.services.get(last) if last is not None else None
    if last is not None and last not in defined and state is not None and state.path is not None:
        yield _signal(last, state)


def _is_supervised(item: Occupancy, facts: HostFacts) -> bool:
    """Whether a supervisor runs the gateway: the service that it is part of then runs that, and all that it runs."""
    supervision = facts.supervisions.get(item.process.info.pid) if item.process is not None else None
    return supervision is not None and not supervision.by_script


def other_things(service: ServiceSignal, facts: HostFacts) -> list[ProcessInfo]:
    """The processes of a service without its gateway that are more than the pause of a script that may run it."""
    members = (pids for unit, pids in facts.unit_members.items() if unit == (service.manager, service.name))
    infos = (facts.processes.get(pid) for pids in members for pid in sorted(pids))
    return [info for info in infos if info is not None and not is_pause(info)]


def detached_pid(item: Occupancy, facts: HostFacts, unit: tuple[str, str]) -> int | None:
    """The gateway, if that service has started and detached it, and runs nothing else."""
    if item.process is None or unit not in facts.unit_members or _unit_left(item, facts) != unit:
        return None
    return item.process.info.pid if _is_all(item.process.info.pid, facts) else None


def _signal(unit: _Unit, state: ServiceState, detached: int | None = None) -> ServiceSignal:
    return ServiceSignal(
        manager=unit[0],
        name=unit[1],
        active=state.active,
        enabled=state.enabled,
        restarts=state.restarts,
        path=state.path or "",
        main_pid=state.main_pid,
        detached_pid=detached,
        last_end=state.last_end,
        result=state.result,
        needs_reload=state.needs_reload,
        restart_delay_s=state.restart_delay_s,
        triggered_by=state.triggered_by,
    )


def _unit_left(item: Occupancy, facts: HostFacts) -> _Unit | None:
    """The service in whose control group the gateway is, although its main process does not simply run just that.

    What a user has started there does not count, by hand as in the terminal of an editor that is a service, or by
    claw-tui.
    """
    pid = item.process.info.pid if item.process is not None else 0
    unit = facts.units.get(pid)
    if unit is None:
        return None
    line, main_pid = launching_line(pid, facts.processes), _main_pid(unit, facts)
    members = facts.unit_members.get(unit, frozenset())
    if is_run_below(pid, main_pid, facts):
        left = _is_shared(pid, facts)
    else:  # below the main process of something like an editor it was started by a user
        left = pid in members and (all(one.pid != main_pid for one in line) or _is_all(pid, facts))
    inside = [one for one in line if one.pid in members or facts.units.get(one.pid) == unit]
    by_hand = any(is_users_own(facts.processes[one.pid]) for one in inside)
    return unit if left and not by_hand and item.discovered.last_requests.launched not in inside else None


def _is_all(pid: int, facts: HostFacts) -> bool:
    """Whether its service consists of nothing but the gateway, what that has started, and scripts.

    What has launched it is its own, too; below the main process only the upper half of a gateway of two processes is.
    """
    members, main_pid = facts.unit_members[facts.units[pid]], _main_pid(facts.units[pid], facts)
    line = {one.pid for one in launching_line(pid, facts.processes)}
    own = members & (line if main_pid not in line else line & {gateway.info.pid for gateway in facts.gateways})
    others = (one for one in members | {main_pid} if not own & {one, *ancestors(one, facts.processes)})
    infos = (facts.processes.get(one) for one in others)
    return all(
        info is None or is_pause(info) or (info.pid == main_pid and script_of(info) is not None) for info in infos
    )


def is_pause(info: ProcessInfo) -> bool:
    """Whether it is a script that may run a gateway, or the pause that one makes until it does so again."""
    return info.name in ("sleep", *WRAPPERS) or is_shell_script(info)


def _main_pid(unit: _Unit, facts: HostFacts) -> int:
    state = facts.services.get(unit)
    return (state.main_pid if state is not None else None) or 0


def _is_run_below_main(item: Occupancy, state: ServiceState, facts: HostFacts) -> bool:
    """Whether the main process of the service in whose control group the gateway is runs it, and no other gateway."""
    if item.process is None or state.main_pid is None:
        return False
    pid = item.process.info.pid
    return is_run_below(pid, state.main_pid, facts) and not _is_shared(pid, facts)


def is_run_below(pid: int, main_pid: int, facts: HostFacts) -> bool:
    """Whether the main process of a service is the gateway, or a wrapper of it: one of those that launched it.

    A terminal or an editor that is a service gives each thing that is run in it a session of its own.
    """
    main, own = facts.processes.get(main_pid), facts.processes.get(pid)
    if main is None or own is None or main_pid not in [one.pid for one in launching_line(pid, facts.processes)]:
        return False
    return main_pid == pid or (main.session is not None and main.session == own.session)


def _is_shared(pid: int, facts: HostFacts) -> bool:
    """Whether its service runs another gateway or server, too: one that is neither above nor below this one."""
    line = {one.pid for one in launching_line(pid, facts.processes)}
    unit, servers = facts.units[pid], {socket.pid for socket in facts.sockets.sockets if socket.pid is not None}
    main_pid = _main_pid(unit, facts)
    others = {one for one, around in facts.units.items() if around == unit}
    others |= {one for one in servers if main_pid in ancestors(one, facts.processes)}
    return any(pid not in {one.pid for one in launching_line(other, facts.processes)} for other in others - line)


def _services(item: Occupancy, facts: HostFacts) -> Iterator[tuple[str, str, int]]:
    names: list[tuple[str, str]] = [(service.manager, service.name) for service in item.installation.services]
    names += [(one.manager, one.name) for one in undefined_units(item, facts)]
    for manager, name in names:
        state = facts.services.get((manager, name))
        pid = detached_pid(item, facts, (manager, name)) or (state.main_pid if state is not None else None)
        if pid:
            yield manager, name, pid
