"""Occupancies: each discovered instance with its process, its ports and the sockets on them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from gateway_core.assembly.facts import HostFacts
from gateway_core.assembly.strays import StrayFacts, Ties, main_pids, place_strays, sure_gateways, ties
from gateway_core.discovery.installations import Installation
from gateway_core.discovery.instances import DiscoveredInstance
from gateway_core.discovery.processes import GatewayProcess
from gateway_core.discovery.wrapper_arguments import is_about_to_run
from gateway_core.health.proof import proofs
from gateway_core.host import ListeningSocket
from gateway_core.ports.addresses import bind_address, collide, needed_places
from gateway_core.ports.claimants import claims_at_next_start
from gateway_core.ports.claims import UNSTATED, claims_of, configured_base_port
from gateway_core.ports.listeners import chrome_owner, sockets_places
from gateway_core.processes.ancestry import ancestors, launching_line
from gateway_core.processes.command_line import is_silent_runtime
from gateway_core.processes.containers import is_elsewhere, is_in_own_network
from gateway_core.services.definitions import ServiceDefinition
from gateway_core.snapshot import Claim, PortValue, Proof, Source

Candidate = tuple[GatewayProcess, Proof | None]
"""A process that may be the gateway of an instance, and what ties it to that."""


@dataclass(frozen=True, slots=True)
class Occupancy:
    """An instance with its ports and the process that runs it."""

    discovered: DiscoveredInstance
    configured_port: PortValue
    base_port: PortValue
    process: GatewayProcess | None = None
    proof: Proof | None = None
    live_port: int | None = None
    could_be: tuple[GatewayProcess, ...] = ()  # without a process: those that start, and may be its own
    sockets: tuple[ListeningSocket, ...] = ()
    """Of the live port if it runs, else of its base port: its own, and those that keep it from listening there."""

    @property
    def id(self) -> str:
        return self.discovered.id

    @property
    def installation(self) -> Installation:
        return self.discovered.installation

    @property
    def address(self) -> str:
        """The bind address of the next start."""
        return bind_address(self.discovered.start_settings)

    @property
    def own_sockets(self) -> tuple[ListeningSocket, ...]:
        """Those of its own process; all, where there is none of it."""
        own = self.process and tuple(socket for socket in self.sockets if socket.pid == self.process.info.pid)
        return own or self.sockets

    @property
    def has_own_network(self) -> bool:
        """Whether its service runs it in a network namespace of its own: none of its ports is one of this host."""
        services = self.installation.services
        placement = self.process.placement if self.process is not None else None
        if placement is not None and placement.own_network is not None:
            return is_in_own_network(placement)
        return bool(services) and all(service.own_network for service in services)

    @property
    def port(self) -> int:
        """The live port, else the one of the next start."""
        return self.base_port.value if self.live_port is None else self.live_port


@dataclass(frozen=True, slots=True)
class _Tables:
    """The content of the process and socket tables, sorted to be looked up."""

    facts: HostFacts
    gateways: frozenset[int]  # the pids of `sure_gateways`
    by_pid: Mapping[int, Sequence[ListeningSocket]]
    by_port: Mapping[int, Sequence[ListeningSocket]]
    tied: Ties

    def ports_of(self, process: GatewayProcess) -> set[int]:
        return {socket.port for socket in self.by_pid[process.info.pid]}

    def in_the_way(self, address: str, port: int) -> tuple[ListeningSocket, ...]:
        """The sockets on that port beside which no gateway of that bind address can start."""
        needed = needed_places(address)
        return tuple(socket for socket in self.by_port[port] if collide(needed, sockets_places((socket,))))


def occupancies(facts: HostFacts) -> tuple[Occupancy, ...]:
    """Return every instance with its process; what nothing else places is placed by the base port that it holds.

    What the user ignores keeps its own process until then: that must not become the gateway of another instance.
    """
    by_pid: dict[int, list[ListeningSocket]] = defaultdict(list)
    by_port: dict[int, list[ListeningSocket]] = defaultdict(list)
    for socket in facts.sockets.sockets:
        by_port[socket.port].append(socket)
        if socket.pid is not None:
            by_pid[socket.pid].append(socket)
    gateways = sure_gateways(facts)
    with_ports = {item.id: _with_ports(item) for item in facts.instances}
    base_ports = {name: item.base_port.value for name, item in with_ports.items() if not base_is_only_usual(item)}
    tied = ties(facts)
    placement = place_strays(StrayFacts(facts, base_ports, gateways, by_pid, tied))
    tables = _Tables(facts, gateways, by_pid, by_port, tied)
    placed = (_placed(with_ports[discovered.id], discovered) for discovered in placement.instances)
    occupied = (_occupied(item, tables) for item in placed if not item.discovered.ignored)
    return tuple(_with_doubt(item, placement.could_be.get(item.id, ())) for item in occupied)


def _placed(item: Occupancy, discovered: DiscoveredInstance) -> Occupancy:
    return item if item.discovered is discovered else replace(item, discovered=discovered)


def outlived_browsers(facts: HostFacts, occupied: Iterable[Occupancy], among: Collection[int]) -> dict[int, str]:
    """Return the browsers among these pids whose gateway is gone, each with the id of the instance that is at rest.

    Of where they run, only that of those which listen is known here.
    """
    if facts.processes_unseen is not None:
        return {}
    at_rest = [item for item in occupied if not (item.process or item.installation.processes or item.could_be)]
    state_dirs = {item.installation.state_dir: item.id for item in at_rest if item.installation.state_dir is not None}
    known = ((pid, facts.processes[pid]) for pid in among if pid in facts.processes)
    here = ((pid, info) for pid, info in known if not is_elsewhere(facts.placements.get(pid)))
    found = ((pid, chrome_owner(info, state_dirs)) for pid, info in here) if state_dirs else ()
    return {pid: owner for pid, owner in found if owner is not None}


def owners(facts: HostFacts, occupied: Iterable[Occupancy]) -> dict[int, str]:
    """Return the instance of each listening process: the gateway itself, what it started, or its Chrome."""
    roots: dict[int, str] = {}
    state_dirs = {}
    for item in occupied:
        for process in (*item.installation.processes, *((item.process,) if item.process else ())):
            roots[process.info.pid] = item.id
        if item.installation.state_dir is not None:
            state_dirs[item.installation.state_dir] = item.id
    found: dict[int, str] = dict(roots)
    for pid in {socket.pid for socket in facts.sockets.sockets if socket.pid is not None} - roots.keys():
        info = facts.processes.get(pid)
        started_by = next((roots[parent] for parent in ancestors(pid, facts.processes) if parent in roots), None)
        here = info if not is_elsewhere(facts.placements.get(pid)) else None
        owner = (here and chrome_owner(here, state_dirs)) or started_by
        if owner is not None:
            found[pid] = owner
    return found


def _with_ports(discovered: DiscoveredInstance) -> Occupancy:
    installation = discovered.installation
    configured = configured_base_port(
        installation.distribution, installation.profile, discovered.version, discovered.config.settings
    )
    passed = (_passed_port(service) for service in installation.services)
    base = next((port for port in passed if port is not None), configured)
    return Occupancy(discovered, configured, base)


def base_is_only_usual(item: Occupancy) -> bool:
    """Whether the base port is only what is usual, beside a config that is not there or was not read in full."""
    return item.base_port.source in UNSTATED and not item.discovered.config.valid


def _passed_port(service: ServiceDefinition) -> PortValue | None:
    if service.port is None:
        return None
    file = service.decided_in.get("port")
    return PortValue(value=service.port, source=Source.SERVICE, file=str(file) if file is not None else None)


def _with_doubt(item: Occupancy, could_be: tuple[GatewayProcess, ...]) -> Occupancy:
    """Note which processes could be the instance, unless it is known to run."""
    return item if item.process is not None or not could_be else replace(item, could_be=could_be)


def _occupied(item: Occupancy, tables: _Tables) -> Occupancy:
    candidates = list(_candidates(item, tables))
    if not candidates:
        there = () if item.has_own_network else tables.in_the_way(item.address, item.base_port.value)
        return replace(item, sockets=there)

    launchers = {pid for process, _ in candidates for pid in ancestors(process.info.pid, tables.facts.processes)}

    def weakness(candidate: Candidate) -> tuple[bool, bool, bool, int]:
        process, proof = candidate
        pid = process.info.pid
        return proof is None, not tables.by_pid[pid], pid in launchers, pid

    process, proof = min(candidates, key=weakness)
    running = replace(item, process=process, proof=proof, live_port=_live_port(process, item, tables))
    return running if running.has_own_network else replace(running, sockets=_sockets_around(running, process, tables))


def _sockets_around(item: Occupancy, process: GatewayProcess, tables: _Tables) -> tuple[ListeningSocket, ...]:
    """The sockets of its process on its port, whatever address, and those in its way.

    Where there are none, those whose owner cannot be seen: it may listen elsewhere than its config says.
    """
    there = tables.by_port[item.port]
    if there and all(socket.pid == process.info.pid for socket in there):
        return tuple(there)
    in_the_way = tables.in_the_way(item.address, item.port)
    found = tuple(socket for socket in there if socket.pid == process.info.pid or socket in in_the_way)
    return found or tuple(socket for socket in there if socket.pid is None)


def _candidates(item: Occupancy, tables: _Tables) -> Iterator[Candidate]:
    """Every process that may be the gateway of the instance, also one whose title gives nothing away.

    That is the main process of its service, if that is there to run it or does not show what it runs; the one that
    claw-tui has started; or the one that took its lock before it set its title, as a starting gateway does.
    """
    installation, facts, launched = item.installation, tables.facts, item.discovered.last_requests.launched
    known = {process.info.pid for process in installation.processes}
    mains = main_pids(item.discovered, facts, tables.tied)
    for process in installation.processes:
        found = proofs(
            process,
            locks=installation.locks,
            main_pids=mains,
            launched=launched,
            line=launching_line(process.info.pid, facts.processes, tables.gateways) if mains or launched else (),
            ports=tables.ports_of(process),
            base_port=item.base_port.value,
        )
        yield process, next(found, None)
    yield from ((process, Proof.SERVICE) for process in _set_apart(installation, mains, facts))
    foreign = {path for gateway in facts.elsewhere for path in gateway.locks}
    begun = (info for pid in mains if (info := facts.processes.get(pid)) is not None)
    untitled = [
        (info, Proof.SERVICE)
        for info in begun
        if is_about_to_run(info, installation.distribution, installation.services) or is_silent_runtime(info.argv)
    ]
    if launched is not None and (info := facts.processes.get(launched.pid)) and info.identity == launched:
        untitled.append((info, Proof.LAUNCH))
    named = [(facts.processes.get(lock.pid), lock) for lock in installation.locks if lock.path not in foreign]
    untitled += [(info, Proof.LOCK) for info, lock in named if info is not None and lock.proves(info)]
    known |= {gateway.process.info.pid for gateway in facts.elsewhere}
    for info, proof in untitled:
        if info is not None and info.pid not in known and not is_elsewhere(facts.placements.get(info.pid)):
            yield GatewayProcess(info, installation.distribution.name, titled=False), proof


def _set_apart(installation: Installation, mains: Collection[int], facts: HostFacts) -> Iterator[GatewayProcess]:
    """Yield the gateways that have only a network or files of their own, if their manager tells whose they are.

    Where the text of the service does not say what it runs, that must be in the very state dir of the instance.
    """
    for one in facts.elsewhere:
        line = {identity.pid for identity in launching_line(one.process.info.pid, facts.processes)}
        unit = facts.units.get(one.process.info.pid)
        state = facts.services.get(unit) if unit is not None else None
        undefined = state is not None and state.main_pid in line and installation.state_dir in one.state_dirs
        if one.process.set_apart and (undefined or not line.isdisjoint(mains)):
            yield one.process


def _live_port(process: GatewayProcess, item: Occupancy, tables: _Tables) -> int | None:
    """Return the port that the gateway serves: the expected one if it holds it, else the lowest it holds.

    The gateway's own port is the lowest of all that it binds by itself, in every product and version, but for those
    that its channels, hooks and plugins open.
    """
    held = tables.ports_of(process)
    locked = (lock.port for lock in item.installation.locks if lock.pid == process.info.pid)
    expected = (*locked, process.port, item.base_port.value, item.configured_port.value)
    opened = {opened.port for opened in item.discovered.config.settings.opened_ports}
    return next((port for port in expected if port in held), min(held - opened or held, default=None))


def instance_claims(item: Occupancy) -> tuple[Claim, ...]:
    """Return what the instance holds while it runs, as its ports follow the live one, and what it would take.

    Without a config no gateway starts, whatever port its service passes to it, unless that service allows it. With one
    for the use of a gateway elsewhere (`gateway.mode` is `remote`) none does either: its port may be that of a tunnel.
    A port that nobody has set is no reason to expect that the next start leaves the one that was given to this one.
    """
    base, discovered = item.base_port, item.discovered
    configured = discovered.config.exists and discovered.config.settings.mode in (None, "local")
    can_start = configured or discovered.starts_unconfigured
    if item.has_own_network or (item.live_port is None and not can_start):
        return ()
    if item.live_port in (None, base.value):
        return _claims_with(base, discovered)
    held = _claims_with(PortValue(value=item.live_port, source=Source.LISTENER), discovered)
    return held if base.source in UNSTATED else (*held, *claims_at_next_start(_claims_with(base, discovered)))


def _claims_with(base: PortValue, discovered: DiscoveredInstance) -> tuple[Claim, ...]:
    return claims_of(discovered.installation.distribution, discovered.version, discovered.start_settings, base)


def is_configured(discovered: DiscoveredInstance) -> bool:
    """Whether anything says which ports it would take; a mere default of what may not even be there is no claim."""
    return discovered.config.exists or bool(discovered.installation.services)
