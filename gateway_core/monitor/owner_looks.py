"""What would start each gateway again, as a look at the processes finds it: supervisors, loops, and services."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace

from gateway_core.assembly.facts import HostFacts
from gateway_core.assembly.occupancy import occupancies
from gateway_core.assembly.owners import is_run_below, undefined_units
from gateway_core.discovery.seen_units import SeenUnits, Unit
from gateway_core.host import Host, ProcessInfo, ServiceState
from gateway_core.processes.ancestry import ancestors
from gateway_core.processes.supervisors import supervision_of
from gateway_core.services.control_groups import is_within, unit_of


def with_owners(host: Host, seen: HostFacts) -> HostFacts:
    """Add what is above each gateway and would start it again. A unit that claw-tui itself is in runs none of them."""
    supervisions, units = {}, {}
    own = seen.processes.get(os.getpid())
    around = host.processes.placement(own) if own is not None else None
    apart = (one.process for one in seen.elsewhere if one.process.set_apart)
    for gateway in (*seen.gateways, *apart):
        pid = gateway.info.pid
        supervision = supervision_of(host, gateway.info, seen.processes)
        if supervision is not None:
            supervisions[pid] = supervision
        placement = gateway.placement or seen.placements.get(pid)
        unit = unit_of(placement, _above(pid, seen))
        if unit is not None and placement is not None and (around is None or placement.cgroups != around.cgroups):
            units[pid] = unit
    return replace(seen, supervisions=supervisions, units=units)


def unit_members(host: Host, seen: HostFacts) -> Mapping[Unit, frozenset[int]]:
    """All processes of each service with a gateway that is not below the main process, or that has lost its gateway.

    Where there is none, as on most hosts, nothing is looked at. Blocks.
    """
    units = {unit: seen.placements[pid].cgroups[0] for pid, unit in seen.units.items() if _is_detached(pid, unit, seen)}
    units |= _without_gateway(host, seen)
    found: defaultdict[Unit, set[int]] = defaultdict(set)
    for info in seen.processes.values() if units else ():
        placement = host.processes.placement(info)
        for unit, group in units.items():
            if placement is not None and is_within(placement, unit[1], group):
                found[unit].add(info.pid)
    return {unit: frozenset(pids) for unit, pids in found.items()}


def _without_gateway(host: Host, seen: HostFacts) -> dict[Unit, str]:
    """The services that are up, were seen to run a gateway, and now run none; each with a control group of it."""
    known = {item.seen_unit for item in seen.instances if item.seen_unit is not None} - set(seen.units.values())
    wanted = {unit for unit in known if _is_up(seen.services.get(unit))}
    groups: dict[Unit, str] = {}
    for info in seen.processes.values() if wanted else ():
        placement = host.processes.placement(info)
        unit = unit_of(placement, _above(info.pid, seen))
        if unit in wanted and placement is not None:
            groups.setdefault(unit, placement.cgroups[0])
    return groups


def remember_units(memory: SeenUnits, seen: HostFacts) -> None:
    """Remember the services that run instances, and whose text does not tell. Blocks; mostly there are none."""
    defined = {(one.manager, one.name) for item in seen.instances for one in item.installation.services}
    around = {pid: unit for pid, unit in seen.units.items() if unit not in defined}
    for item in occupancies(seen) if around else ():
        unit = around.get(item.process.info.pid) if item.process is not None else None
        config_path = item.installation.config_path
        if unit is None or config_path is None:
            continue
        for service in undefined_units(item, seen):
            if unit == (service.manager, service.name) and not seen.services[unit].transient:
                memory.add(config_path, unit, service.path)


def _is_detached(pid: int, unit: Unit, seen: HostFacts) -> bool:
    """Whether the service is up, but its main process does not simply run the gateway in its control group."""
    state = seen.services.get(unit)
    if state is None or not _is_up(state):
        return False
    return pid in seen.placements and not is_run_below(pid, state.main_pid or 0, seen)


def _is_up(state: ServiceState | None) -> bool:
    return state is not None and state.active in ("active", "activating", "reloading", "deactivating")


def _above(pid: int, seen: HostFacts) -> Iterator[ProcessInfo]:
    return (seen.processes[one] for one in ancestors(pid, seen.processes) if one in seen.processes)
