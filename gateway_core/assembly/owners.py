"""What runs each gateway, and would start it again: a supervisor above it, or the service that it is the process of."""

from __future__ import annotations

from collections.abc import Iterator

from gateway_core.assembly.facts import HostFacts
from gateway_core.assembly.occupancy import Occupancy
from gateway_core.processes.ancestry import launching_line, starters
from gateway_core.snapshot import Owner, ServiceSignal


def owner_of(item: Occupancy, facts: HostFacts) -> Owner | None:
    """The nearest of both: a supervisor may itself be run by a service, and the other way round."""
    if item.process is None:
        return None
    pid = item.process.info.pid
    line = [pid, *starters(pid, facts.processes)]
    supervision = facts.supervisions.get(pid)
    service = next((one for one in _services(item, facts) if one[2] in line), None)
    launched = item.discovered.own_deeds.launched
    adopted = supervision is not None and supervision.pid == 1 and launched is not None and launched.pid in line
    if supervision is not None and supervision.pid in line and not adopted:
        above = line.index(supervision.pid)
        if service is None and supervision.by_script:
            return Owner(kind="script", name=supervision.name, pid=supervision.pid)
        if service is None or (line.index(service[2]) >= above and not supervision.by_script):
            return Owner(kind="supervisor", name=supervision.name, pid=supervision.pid, stop=supervision.stop)
    return None if service is None else Owner(kind="unit", name=service[1], manager=service[0])


def unit_around(item: Occupancy, facts: HostFacts) -> Iterator[ServiceSignal]:
    """Yield the service that the gateway is the main process of, if no definition of it was found: a transient one."""
    if item.process is None or item.process.info.pid not in facts.units:
        return
    pid = item.process.info.pid
    manager, name = facts.units[pid]
    state = facts.services.get((manager, name))
    known = any((one.manager, one.name) == (manager, name) for one in item.installation.services)
    if known or state is None or state.main_pid is None:
        return
    if _is_run_below(pid, state.main_pid, facts) and not _is_shared(pid, facts):
        yield ServiceSignal(
            manager=manager,
            name=name,
            active=state.active,
            enabled=state.enabled,
            restarts=state.restarts,
            path=state.path or "",
            main_pid=state.main_pid,
            last_end=state.last_end,
            result=state.result,
            needs_reload=state.needs_reload,
            restart_delay_s=state.restart_delay_s,
        )


def _is_run_below(pid: int, main_pid: int, facts: HostFacts) -> bool:
    """Whether the main process of a service is the gateway, or a wrapper of it: one of those that launched it.

    A terminal or an editor that is a service gives each thing that is run in it a session of its own.
    """
    main, own = facts.processes.get(main_pid), facts.processes.get(pid)
    if main is None or own is None or main_pid not in [one.pid for one in launching_line(pid, facts.processes)]:
        return False
    return main_pid == pid or (main.session is not None and main.session == own.session)


def _is_shared(pid: int, facts: HostFacts) -> bool:
    """Whether another gateway is in the same control group, one that is neither above nor below this one."""
    line = {one.pid for one in launching_line(pid, facts.processes)}
    others = [one for one, unit in facts.units.items() if unit == facts.units[pid] and one not in line]
    return any(pid not in {one.pid for one in launching_line(other, facts.processes)} for other in others)


def _services(item: Occupancy, facts: HostFacts) -> Iterator[tuple[str, str, int]]:
    names: list[tuple[str, str]] = [(service.manager, service.name) for service in item.installation.services]
    names += [(one.manager, one.name) for one in unit_around(item, facts)]
    for manager, name in names:
        state = facts.services.get((manager, name))
        if state is not None and state.main_pid:
            yield manager, name, state.main_pid
