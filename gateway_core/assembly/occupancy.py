"""Who runs which instance on which port: joins gateway processes, sockets and services to discovered instances."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from gateway_core.assembly.facts import HostFacts
from gateway_core.discovery.installations import FoundBy
from gateway_core.discovery.instances import DiscoveredInstance
from gateway_core.discovery.processes import GatewayProcess
from gateway_core.health.proof import prove
from gateway_core.host import ListeningSocket
from gateway_core.ports.claimants import claims_at_next_start
from gateway_core.ports.claims import UNSTATED, claims_of, configured_base_port
from gateway_core.ports.listeners import chrome_owner
from gateway_core.processes.ancestry import ancestors
from gateway_core.snapshot import Claim, PortValue, Proof, Source


@dataclass(frozen=True, slots=True)
class Occupancy:
    """One instance with its ports and the process that runs it."""

    discovered: DiscoveredInstance
    configured_port: PortValue
    base_port: PortValue
    process: GatewayProcess | None = None
    proof: Proof | None = None
    live_port: int | None = None
    sockets: tuple[ListeningSocket, ...] = ()
    """What listens on the live port if the instance runs, else on its base port."""


def occupancies(facts: HostFacts) -> tuple[Occupancy, ...]:
    """Every instance with its process; a gateway that nothing else places is placed by the base port it listens on."""
    by_pid: dict[int, list[ListeningSocket]] = defaultdict(list)
    by_port: dict[int, list[ListeningSocket]] = defaultdict(list)
    for socket in facts.sockets.sockets:
        by_port[socket.port].append(socket)
        if socket.pid is not None:
            by_pid[socket.pid].append(socket)
    bare = [_with_ports(discovered) for discovered in facts.instances]
    placed = _placed_by_port(bare, by_pid)
    return tuple(_occupied(item, facts, by_pid, by_port) for item in placed)


def owners(facts: HostFacts, occupied: Iterable[Occupancy]) -> dict[int, str]:
    """Which instance each listening process belongs to: the gateway itself, what it started, or its Chrome."""
    roots: dict[int, str] = {}
    state_dirs = {}
    for item in occupied:
        for process in item.discovered.installation.processes:
            roots[process.info.pid] = item.discovered.id
        if item.process is not None:
            roots[item.process.info.pid] = item.discovered.id
        if item.discovered.installation.state_dir is not None:
            state_dirs[item.discovered.installation.state_dir] = item.discovered.id
    found: dict[int, str] = dict(roots)
    for pid in {socket.pid for socket in facts.sockets.sockets if socket.pid is not None} - roots.keys():
        process_info = facts.processes.get(pid)
        owner = (process_info and chrome_owner(process_info, state_dirs)) or _ancestor(pid, facts, roots)
        if owner is not None:
            found[pid] = owner
    return found


def _with_ports(discovered: DiscoveredInstance) -> Occupancy:
    installation = discovered.installation
    configured = configured_base_port(
        installation.distribution, installation.profile, discovered.version, discovered.config.settings
    )
    passed = next((service.port for service in installation.services if service.port is not None), None)
    base = configured if passed is None else PortValue(value=passed, source=Source.SERVICE)
    return Occupancy(discovered, configured, base)


def _placed_by_port(items: Sequence[Occupancy], by_pid: Mapping[int, Sequence[ListeningSocket]]) -> list[Occupancy]:
    """Merge a gateway of which only the process is known into the stopped instance whose base port it holds.

    One that has only just begun is left out while nothing tells yet whose it is: its lock will, in a moment.
    """
    placed = {item.discovered.id: item for item in items}
    for stray in items:
        installation = stray.discovered.installation
        if installation.config_path is not None or installation.state_dir is not None:
            continue
        held = {socket.port for process in installation.processes for socket in by_pid[process.info.pid]}
        if not held and installation.processes and all(process.fresh for process in installation.processes):
            del placed[stray.discovered.id]
            continue
        hosts = [
            item
            for item in placed.values()
            if item.base_port.value in held
            and item.discovered.installation.config_path is not None
            and item.discovered.installation.distribution == installation.distribution
            and not item.discovered.installation.processes
        ]
        if len(hosts) == 1:
            del placed[stray.discovered.id]
            placed[hosts[0].discovered.id] = _adopting(hosts[0], installation.processes)
    return list(placed.values())


def _adopting(item: Occupancy, processes: tuple[GatewayProcess, ...]) -> Occupancy:
    installation = replace(
        item.discovered.installation,
        processes=processes,
        found_by=(*item.discovered.installation.found_by, FoundBy.PROCESS),
    )
    return replace(item, discovered=replace(item.discovered, installation=installation))


def _occupied(
    item: Occupancy,
    facts: HostFacts,
    by_pid: Mapping[int, Sequence[ListeningSocket]],
    by_port: Mapping[int, Sequence[ListeningSocket]],
) -> Occupancy:
    candidates = [(process, _proof(process, item, facts, by_pid)) for process in item.discovered.installation.processes]
    candidates.extend(_service_process(item, facts))
    candidates.extend(_lock_owner(item, facts))
    if not candidates:
        return replace(item, sockets=tuple(by_port[item.base_port.value]))
    process, proof = min(candidates, key=lambda candidate: _strength(candidate, by_pid))
    live = _live_port(process, item, by_pid[process.info.pid])
    sockets = by_port[live if live is not None else item.base_port.value]
    return replace(item, process=process, proof=proof, live_port=live, sockets=tuple(sockets))


def _service_process(item: Occupancy, facts: HostFacts) -> list[tuple[GatewayProcess, Proof | None]]:
    """The service's main process, where its title gives nothing away."""
    known = {process.info.pid for process in item.discovered.installation.processes}
    found: list[tuple[GatewayProcess, Proof | None]] = []
    for pid in _main_pids(item, facts) - known:
        info = facts.processes.get(pid)
        if info is not None:
            distribution = item.discovered.installation.distribution.name
            found.append((GatewayProcess(info, distribution, titled=False), Proof.SERVICE))
    return found


def _lock_owner(item: Occupancy, facts: HostFacts) -> list[tuple[GatewayProcess, Proof | None]]:
    """The living process that took the instance's lock before it set its title, as a starting gateway does."""
    known = {process.info.pid for process in item.discovered.installation.processes}
    distribution = item.discovered.installation.distribution.name
    named = ((lock, facts.processes.get(lock.pid)) for lock in item.discovered.installation.locks)
    return [
        (GatewayProcess(info, distribution, titled=False), Proof.LOCK)
        for lock, info in named
        if info is not None and info.pid not in known and lock.proves(info)
    ]


def _main_pids(item: Occupancy, facts: HostFacts) -> set[int]:
    states = (facts.services.get((service.manager, service.name)) for service in item.discovered.installation.services)
    return {state.main_pid for state in states if state is not None and state.main_pid}


def _proof(
    process: GatewayProcess, item: Occupancy, facts: HostFacts, by_pid: Mapping[int, Sequence[ListeningSocket]]
) -> Proof | None:
    return prove(
        process,
        locks=item.discovered.installation.locks,
        main_pids=_main_pids(item, facts),
        ports={socket.port for socket in by_pid[process.info.pid]},
        base_port=item.base_port.value,
    )


def _strength(
    candidate: tuple[GatewayProcess, Proof | None], by_pid: Mapping[int, Sequence[ListeningSocket]]
) -> tuple[bool, bool, int]:
    process, proof = candidate
    return (proof is None, not by_pid[process.info.pid], process.info.pid)


def _live_port(process: GatewayProcess, item: Occupancy, sockets: Sequence[ListeningSocket]) -> int | None:
    """The port that the gateway serves: the expected one if it holds it, else the lowest it holds.

    The gateway's own port is the lowest of all that it binds by itself, in every product and version.
    """
    held = {socket.port for socket in sockets}
    locked = (lock.port for lock in item.discovered.installation.locks if lock.pid == process.info.pid)
    expected = (*locked, process.port, item.base_port.value, item.configured_port.value)
    return next((port for port in expected if port in held), min(held, default=None))


def _ancestor(pid: int, facts: HostFacts, roots: Mapping[int, str]) -> str | None:
    return next((roots[parent] for parent in ancestors(pid, facts.processes) if parent in roots), None)


def instance_claims(item: Occupancy) -> tuple[Claim, ...]:
    """What it holds now while it runs, as its ports follow the one it was started with, and what it would take.

    A port that nobody has set is no reason to expect that the next start leaves the one that was given to this one.
    """
    base, discovered = item.base_port, item.discovered
    if item.live_port is None:
        return _claims_with(base, discovered) if is_configured(discovered) else ()
    if item.live_port == base.value:
        return _claims_with(base, discovered)
    held = _claims_with(PortValue(value=item.live_port, source=Source.LISTENER), discovered)
    return held if base.source in UNSTATED else (*held, *claims_at_next_start(_claims_with(base, discovered)))


def _claims_with(base: PortValue, discovered: DiscoveredInstance) -> tuple[Claim, ...]:
    installation, settings = discovered.installation, discovered.config.settings
    switched_on = settings.switched_on.union(*(service.switched_on for service in installation.services))
    settings = replace(settings, switched_on=switched_on)
    return claims_of(installation.distribution, discovered.version, settings, base)


def is_configured(discovered: DiscoveredInstance) -> bool:
    """Whether anything says which ports it would take; a mere default of what may not even be there is no claim."""
    return discovered.config.exists or bool(discovered.installation.services)
