"""Strays: gateways of which only the process is known, and the instances that they are, or that they could be.

A cold start may take minutes in which nothing names its instance: its title has dropped its arguments, and its lock is
taken just before it binds its port (seen in openclaw 2026.1.30, 2026.3.13 and 2026.4.15).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from gateway_core.assembly.facts import HostFacts
from gateway_core.discovery.installations import FoundBy
from gateway_core.discovery.instances import DiscoveredInstance
from gateway_core.discovery.naming import profile_of
from gateway_core.discovery.processes import Age, GatewayProcess
from gateway_core.host import Identity, ListeningSocket
from gateway_core.ports.addresses import bind_address, collide, needed_places
from gateway_core.ports.listeners import sockets_places
from gateway_core.processes.ancestry import ancestors, launching_line
from gateway_core.snapshot import Proof


@dataclass(frozen=True, slots=True)
class Placement:
    """The instances, with each stray that could be placed."""

    instances: tuple[DiscoveredInstance, ...]
    could_be: Mapping[str, tuple[GatewayProcess, ...]]  # by instance id: starting, and nothing tells yet whose they are


Ties = Mapping[int, Collection[str]]
"""The pids of gateways, and those above them, each with the ids of the instances that they are tied to."""


@dataclass(frozen=True, slots=True)
class StrayFacts:
    """The facts that strays are placed by."""

    facts: HostFacts
    base_ports: Mapping[str, int]  # by instance id, without those that are only a guess
    gateways: Collection[int]  # the pids of `sure_gateways`
    sockets: Mapping[int, Sequence[ListeningSocket]]  # by pid
    tied: Ties

    def ports_of(self, process: GatewayProcess) -> frozenset[int]:
        return frozenset(socket.port for socket in self.sockets.get(process.info.pid, ()))

    def holds_address(self, process: GatewayProcess, item: DiscoveredInstance) -> bool:
        """Whether the process holds the base port of the instance at the address that this one binds."""
        port = self.base_ports[item.id]
        own = [socket for socket in self.sockets.get(process.info.pid, ()) if socket.port == port]
        return collide(needed_places(bind_address(item.start_settings)), sockets_places(own))


def place_strays(known: StrayFacts) -> Placement:
    """Give every stray to the instance that it is, and name those that could be several."""
    placed = {item.id: item for item in known.facts.instances}
    rows = {process.info.pid: item.id for item in placed.values() if _is_row(item) for process in _processes(item)}
    tied = {process.info.pid for item in placed.values() if not _is_row(item) for process in _processes(item)}
    could_be: defaultdict[str, list[GatewayProcess]] = defaultdict(list)
    for process in known.facts.gateways:
        if process.info.pid in tied:
            continue
        instances = [item for item in placed.values() if not _is_row(item)]
        owner = _owner(process, instances, known)
        if owner is not None:
            placed[owner.id] = owner
        candidates = [] if owner is not None else [item.id for item in instances if _could_be(item, process, known)]
        for name in candidates:
            could_be[name].append(process)
        if owner is not None or _is_left_out(process, candidates, known):
            placed.pop(rows.get(process.info.pid, ""), None)
    return Placement(tuple(placed.values()), {name: tuple(found) for name, found in could_be.items()})


def sure_gateways(facts: HostFacts) -> frozenset[int]:
    """The pids of the gateways that are no launchers: they run commands, and gateways of others, as they like."""
    locked = {lock.pid for item in facts.instances for lock in item.installation.locks}
    return frozenset(
        gateway.info.pid
        for gateway in facts.gateways
        if gateway.titled and (not gateway.by_name_only or gateway.lock_paths or gateway.info.pid in locked)
    )


def _is_row(item: DiscoveredInstance) -> bool:
    """Whether it is shown only because of a process that nothing places."""
    installation = item.installation
    return bool(installation.processes) and installation.config_path is None and installation.state_dir is None


def _processes(item: DiscoveredInstance) -> tuple[GatewayProcess, ...]:
    return item.installation.processes


def _owner(
    process: GatewayProcess, instances: Collection[DiscoveredInstance], known: StrayFacts
) -> DiscoveredInstance | None:
    """The instance that the stray is, run by it; `None` if there is none for sure."""
    same_product = [item for item in instances if item.installation.distribution.name == process.distribution]
    line = launching_line(process.info.pid, known.facts.processes, known.gateways)
    by_launch = [item for item in same_product if _is_launched_for(item, line, known)]
    if by_launch:
        return _run_by(by_launch[0], process) if len(by_launch) == 1 else None
    ports, down = known.ports_of(process), [item for item in same_product if _is_down(item)]
    by_port = [item for item in down if known.base_ports.get(item.id) in ports]
    if len(by_port) > 1:  # one port on several addresses
        by_port = [item for item in by_port if known.holds_address(process, item)]
    if len(by_port) == 1:
        return _run_by(by_port[0], process)
    by_place = [item for item in down if not ports and _works_in(process, item)]
    return _run_by(by_place[0], replace(process, placed_by=Proof.WORKING_PLACE)) if len(by_place) == 1 else None


def _is_launched_for(item: DiscoveredInstance, line: Collection[Identity], known: StrayFacts) -> bool:
    mains = main_pids(item, known.facts, known.tied)
    return item.last_requests.launched in line or any(identity.pid in mains for identity in line)


def _is_down(item: DiscoveredInstance) -> bool:
    return item.installation.config_path is not None and not item.installation.processes


def _works_in(process: GatewayProcess, item: DiscoveredInstance) -> bool:
    """Whether the process works in the state dir, or holds a file there open."""
    real = item.real_state_dir
    if real is None or process.by_name_only:
        return False
    works_there = process.working_dir is not None and str(process.working_dir) == real
    return works_there or any(Path(name).is_relative_to(real) for name in process.files)


def _is_left_out(process: GatewayProcess, candidates: Collection[str], known: StrayFacts) -> bool:
    """Whether the process gets no row of its own, because it will soon be somebody's."""
    if known.ports_of(process):
        return False
    return process.age is Age.FRESH or (process.age is Age.STARTING and len(candidates) > 0)


def _could_be(item: DiscoveredInstance, process: GatewayProcess, known: StrayFacts) -> bool:
    """Whether the process may be on its way to be that instance: it starts, and has taken neither lock nor port yet.

    It names no place in its environment, so it is a profile of its own home.
    """
    installation, home = item.installation, process.home
    if process.by_name_only or process.age is Age.GROWN or known.ports_of(process):
        return False
    if installation.distribution.name != process.distribution or not _is_down(item) or not item.config.exists:
        return False
    if home is None or installation.state_dir is None:
        return False
    return profile_of(installation.distribution, home, installation.state_dir) is not None


def _run_by(item: DiscoveredInstance, process: GatewayProcess) -> DiscoveredInstance:
    installation = item.installation
    found_by = tuple(dict.fromkeys((*installation.found_by, FoundBy.PROCESS)))
    processes = (*installation.processes, process)
    return replace(item, installation=replace(installation, processes=processes, found_by=found_by))


def ties(facts: HostFacts) -> Ties:
    """What ties each gateway and those above it to instances, besides the services of these."""
    found: dict[int, set[str]] = {}
    for item in facts.instances:
        for process in () if _is_row(item) else _processes(item):
            for pid in (process.info.pid, *ancestors(process.info.pid, facts.processes)):
                found.setdefault(pid, set()).add(item.id)
    return found


def main_pids(item: DiscoveredInstance, facts: HostFacts, tied: Ties) -> frozenset[int]:
    """The main processes of the services of the instance, but for those of others: a service may have been edited."""
    states = (facts.services.get((service.manager, service.name)) for service in item.installation.services)
    pids = (state.main_pid for state in states if state is not None and state.main_pid)
    return frozenset(pid for pid in pids if item.id in tied.get(pid, (item.id,)))
