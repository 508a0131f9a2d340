"""The collectors: each look refreshes one part of what is known of a host, and none waits for another."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

from gateway_core.assembly.facts import HostFacts, HttpLook, Usage
from gateway_core.assembly.occupancy import Occupancy, occupancies
from gateway_core.assembly.snapshots import assemble
from gateway_core.dirs import journals_dir, operations_dir
from gateway_core.discovery.elsewhere import find_elsewhere, known_elsewhere
from gateway_core.discovery.installations import DiskFacts
from gateway_core.discovery.instances import DiscoveredInstance, InstanceFinder
from gateway_core.discovery.locks import lock_dirs
from gateway_core.discovery.processes import GatewayProcess, GatewayProcesses
from gateway_core.discovery.seen_units import SeenUnits
from gateway_core.distributions.homes import caller_homes
from gateway_core.distributions.loader import Distributions, load_distributions
from gateway_core.health.challenge import ChallengeMemory, IdentityChallenges
from gateway_core.health.probes import probe_address, probe_http
from gateway_core.health.restarts import RestartHistory
from gateway_core.health.work import Work
from gateway_core.host import Host, Identity, Placement, ProcessInfo, ProcessUsage, SocketScan
from gateway_core.monitor.file_watch import WatchedPlaces
from gateway_core.monitor.owner_looks import remember_units, unit_members, with_owners
from gateway_core.own_files import WriteFaults
from gateway_core.processes.ancestry import ancestors
from gateway_core.processes.handle import is_alive
from gateway_core.redaction.errors import error_in_words
from gateway_core.services.definitions import unread_by_managers
from gateway_core.services.reader import service_dirs
from gateway_core.services.specifiers import every_instance
from gateway_core.snapshot import Problem, Proof, Snapshot

HTTP_DEADLINE_S = 2.0
_SHORTEST_CPU_LOOK_S = 0.5
"""The kernel counts in hundredths of a second: the share of a shorter time would be noise."""
_WEAK_PROOFS = (None, Proof.SOCKET, Proof.ENVIRONMENT)


@dataclass(frozen=True, slots=True)
class HttpTarget:
    """A port on which an instance, or someone unseen in its place, can be asked."""

    occupancy: Occupancy
    port: int

    @property
    def id(self) -> str:
        return self.occupancy.id

    @property
    def address(self) -> str:
        """Loopback if that reaches the gateway."""
        return probe_address(socket.address for socket in self.occupancy.own_sockets)

    @property
    def key(self) -> tuple[Identity | None, int]:
        """The key of a remembered answer: a new process or another port has to be asked anew."""
        return (self.identity, self.port)

    @property
    def identity(self) -> Identity | None:
        """The process that will answer, if it can be seen."""
        return self.occupancy.process.info.identity if self.occupancy.process else None


@dataclass(frozen=True, slots=True)
class _CpuLook:
    """The CPU time of a process at one moment, and the shares of a core that followed from it. Durations in seconds."""

    at: float
    seconds: float
    percent: float | None
    waiting: float
    below: float  # the CPU time of what it has launched
    work: Work


class Observer:
    """Looks at one host, and keeps what is known of it. Runs on the event loop; whatever blocks runs in threads."""

    def __init__(self, host: Host) -> None:
        """Read the distributions and memories of that host. Blocks: on an event loop, `on` is the way."""
        self.host = host
        self.distributions: Distributions = load_distributions(host.config_dir)
        self._write_faults = WriteFaults()
        self._finder = InstanceFinder(host, self.distributions, self._write_faults)
        self._recogniser = GatewayProcesses(host, self.distributions)
        self._challenges = IdentityChallenges(ChallengeMemory(host, self._write_faults))
        self._restarts = RestartHistory()
        self._seen_units = SeenUnits(host, self._write_faults)
        self._looking = asyncio.Lock()
        self._awake: frozenset[tuple[str, str]] = frozenset()
        self._cpu_looks: dict[Identity, _CpuLook] = {}
        self.facts = HostFacts(limits=host.sockets.limits())
        self.revision = 0
        """Grows whenever there is something new to show, but not for a longer uptime alone."""

    @classmethod
    async def on(cls, host: Host) -> Self:
        """An observer of that host, which has not looked yet."""
        return await asyncio.to_thread(cls, host)

    def snapshot(self) -> Snapshot:
        return assemble(self.host, self.distributions, self.facts)

    async def look_at_system(self) -> None:
        """Look at files, processes, sockets and services: all that answers at once."""
        async with self._looking:
            await self._join(await asyncio.to_thread(self._with_tables, self.facts))
        await self.look_at_services()

    async def look_at_disk(self) -> None:
        """Look at state dirs, services, locks, registrations and configs."""
        async with self._looking:
            await self._join(self.facts)

    async def look_at_processes(self) -> None:
        """Look at the process table; with new or ended gateways also at everything that is joined with it."""
        async with self._looking:
            seen = await asyncio.to_thread(self._with_processes, self.facts)
            if _gateways_of(seen) != _gateways_of(self.facts):
                await self._look_at_tables()
            else:
                self._take(seen)

    async def look_at_sockets(self) -> None:
        """Look at the socket table; with new or ended listeners also at processes, and join new gateways."""
        async with self._looking:
            if await asyncio.to_thread(self._scan_sockets) != self.facts.sockets:
                await self._look_at_tables()

    async def look_at_services(self) -> None:
        """Ask each manager once about all services of gateways, and about what it runs of their templates."""
        names: dict[str, list[str]] = {}
        for discovered in self.facts.instances:
            for service in discovered.installation.services:
                names.setdefault(service.manager, []).append(service.name)
        remembered = {item.seen_unit for item in self.facts.instances if item.seen_unit is not None}
        for manager, name in {*self.facts.units.values(), *remembered}:
            if name not in names.setdefault(manager, []):
                names[manager].append(name)
        for manager, template in sorted(self.facts.disk.templates):
            names.setdefault(manager, []).append(every_instance(template))
        answers = await asyncio.gather(*(self.host.services.states(*wanted) for wanted in names.items()))
        pairs = zip(names, answers, strict=True)
        services = {(manager, name): state for manager, states in pairs for name, state in states.items()}
        services |= unread_by_managers(
            (service for item in self.facts.instances for service in item.installation.services), services
        )
        now = self.host.clock.monotonic()
        recent = {key: self._restarts.recent(*key, state.restarts, now) for key, state in services.items()}
        self._restarts.keep(set(services))
        if (services, recent) != (self.facts.services, self.facts.recent_restarts):
            self._learn(replace(self.facts, services=services, recent_restarts=recent))
        members = await asyncio.to_thread(unit_members, self.host, self.facts)
        if members != self.facts.unit_members:
            self._learn(replace(self.facts, unit_members=members))
        await asyncio.to_thread(remember_units, self._seen_units, self.facts)
        if self._write_faults.by_file != self.facts.unwritten:
            self._learn(self.facts)
        awake = self._awake_instances()
        if awake != self._awake:
            self._awake = awake
            await self.look_at_disk()

    def _awake_instances(self) -> frozenset[tuple[str, str]]:
        """The instances of templates that the managers run, each as manager and name."""
        if not self.facts.disk.templates:
            return frozenset()
        running = ((key, state.active) for key, state in self.facts.services.items())
        return frozenset(key for key, active in running if active not in (None, "inactive") and "@" in key[1])

    def http_targets(self) -> list[HttpTarget]:
        """The ports at which gateways can be asked; a port that something else holds is left alone."""
        return [
            HttpTarget(item, item.port)
            for item in occupancies(self.facts)
            if item.live_port is not None or (item.sockets and all(socket.pid is None for socket in item.sockets))
        ]

    async def look_at_gateways(self) -> None:
        """Ask all gateways. Raises as `look_at_http` does."""
        await self.look_at_http(self.http_targets())

    async def look_at_http(self, targets: Iterable[HttpTarget]) -> None:
        """Ask all targets at the same time; each has its own deadline. Raises `OSError` once all answers are in."""
        asked = await asyncio.gather(*map(self._ask, targets), return_exceptions=True)
        failures = [answer for answer in asked if isinstance(answer, BaseException)]
        looks = dict(answer for answer in asked if not isinstance(answer, BaseException))
        before = self.facts.http
        only_older = all(name in before and look.is_same_but_older(before[name]) for name, look in looks.items())
        self._learn(replace(self.facts, http={**before, **looks}), visible=not only_older)
        if failures:
            raise failures[0]

    def forget_answers(self, targets: Sequence[HttpTarget]) -> None:
        """Keep only the answers of these targets: the others have ended or moved."""
        wanted = {target.id: target.key for target in targets}
        kept = {name: look for name, look in self.facts.http.items() if wanted.get(name) == (look.identity, look.port)}
        if len(kept) != len(self.facts.http):
            self._learn(replace(self.facts, http=kept))

    def is_settled(self, target: HttpTarget) -> bool:
        """Whether the answer is unlikely to change soon: the gateway is up, or has had its time to come up."""
        look = self.facts.http.get(target.id)
        if look is not None and look.signal.live and look.signal.ready is not False:
            return True
        process = target.occupancy.process
        if process is None:
            return look is not None
        age = self.host.clock.now() - process.info.started_at
        return age.total_seconds() > target.occupancy.installation.distribution.start_budget_s

    def watched_places(self) -> WatchedPlaces:
        """The places whose changes are news. Blocks: it looks for directories of locks."""
        installations = [discovered.installation for discovered in self.facts.instances]
        state_dirs = {item.state_dir for item in installations if item.state_dir}
        stems = {stem for item in self.distributions for stem in (item.state_dir_stem, *item.legacy_state_dir_stems)}
        temporary = {path for item in installations for path in item.temporary_dirs}
        locks = {path for _, path in lock_dirs(self.host, self.distributions, state_dirs, temporary).dirs}
        files = {path for item in self.facts.instances for path in (*item.config.files, *_service_files(item))}
        homes = caller_homes(self.host, self.distributions)[1:]
        own = {self.host.config_dir, journals_dir(self.host), operations_dir(self.host), *homes}
        return WatchedPlaces(
            home=self.host.home,
            stems=tuple(stems),
            dirs=frozenset(state_dirs | locks | own | set(service_dirs(self.host))),
            files=frozenset(files),
        )

    def note_unseen(self, where: str, error: Exception) -> None:
        """Tell in each snapshot from now on that a look has failed."""
        message = f"Could not be read: {error_in_words(error)}"
        problem = Problem(where=where, message=message, unseen=True)
        self._learn(replace(self.facts, problems=(*self.facts.problems, problem)))

    async def aclose(self) -> None:
        """End what the looks have begun. The host stays open: others may be asking through it."""
        await self._challenges.aclose()

    async def _look_at_tables(self) -> None:
        seen = await asyncio.to_thread(self._with_tables, self.facts)
        if _gateways_of(seen) != _gateways_of(self.facts):
            await self._join(seen)
        else:
            self._take(seen)

    async def _join(self, seen: HostFacts) -> None:
        """Read the files and join them with the processes seen; what belongs together is shown together."""
        disk, unknown_pids = await asyncio.to_thread(self._look_at_files, seen)
        if unknown_pids:
            seen = await asyncio.to_thread(self._with_tables, seen)
        commands = await asyncio.to_thread(self._find_commands)
        processes = [item.process for item in seen.elsewhere]
        instances = await asyncio.to_thread(self._finder.instances, disk, seen.gateways, processes)
        if await asyncio.to_thread(self._misses_launched, instances, seen):
            seen = await asyncio.to_thread(self._with_tables, seen)
            processes = [item.process for item in seen.elsewhere]
            instances = await asyncio.to_thread(self._finder.instances, disk, seen.gateways, processes)
        installations = [discovered.installation for discovered in instances]
        locks = [item.lock for item in disk.evidence if item.lock is not None]
        elsewhere = await asyncio.to_thread(
            find_elsewhere, self.host, self.distributions, processes, installations, locks
        )
        seen = replace(seen, disk=disk, commands=commands, instances=instances, elsewhere=elsewhere)
        # Only now it is known which locks name which processes.
        self._take(replace(seen, placements=await asyncio.to_thread(self._placements, seen)))

    def _take(self, seen: HostFacts) -> None:
        """Learn what was seen but keep services and HTTP answers, which have looks of their own and may be newer."""
        now = self.facts
        seen = replace(seen, services=now.services, unit_members=now.unit_members, recent_restarts=now.recent_restarts)
        self._learn(replace(seen, http=now.http))

    def _learn(self, facts: HostFacts, *, visible: bool = True) -> None:
        unwritten = self._write_faults.by_file
        self.facts = facts if facts.unwritten == unwritten else replace(facts, unwritten=unwritten)
        self.revision += visible

    def _look_at_files(self, seen: HostFacts) -> tuple[DiskFacts, bool]:
        """Read the files, and tell whether a lock names a process that was no gateway yet when it was looked at."""
        disk = self._finder.look_at_files(seen.gateways, self._awake)
        gateways = {gateway.info.pid for gateway in seen.gateways}
        locks = (item.lock for item in disk.evidence if item.lock is not None and item.lock.pid not in gateways)
        return disk, any(lock.is_stale(self.host.processes.find(lock.pid)) is not True for lock in locks)

    def _misses_launched(self, instances: Iterable[DiscoveredInstance], seen: HostFacts) -> bool:
        """Whether claw-tui has started a process for one of them since the processes were looked at."""
        launched = [item.last_requests.launched for item in instances]
        missing = [identity for identity in launched if identity is not None and identity.pid not in seen.processes]
        return any(is_alive(self.host.processes, identity) for identity in missing)

    def _with_tables(self, seen: HostFacts) -> HostFacts:
        """Scan listeners first, then processes: so the owners are known, or have ended and listen no more."""
        sockets, seen = self._scan_sockets(), self._with_processes(seen)
        if seen.processes_unseen is None:
            alive = {None, *seen.processes}
            sockets = replace(sockets, sockets=tuple(socket for socket in sockets.sockets if socket.pid in alive))
        seen = replace(seen, sockets=sockets, ports_lost_at=self._ports_lost_at(sockets))
        return with_owners(self.host, replace(seen, placements=self._placements(seen)))

    def _scan_sockets(self) -> SocketScan:
        try:
            return self.host.sockets.scan()
        except OSError as error:
            return SocketScan((), failure=str(error))

    def _with_processes(self, seen: HostFacts) -> HostFacts:
        try:
            processes = {info.pid: info for info in self.host.processes.scan()}
        except OSError as error:
            return replace(seen, processes_unseen=str(error))
        recognised = self._recogniser.among(processes.values())
        gateways = tuple(gateway for gateway in recognised if not gateway.elsewhere)
        return replace(
            seen,
            processes=processes,
            processes_unseen=None,
            gateways=gateways,
            elsewhere=known_elsewhere(seen.elsewhere, recognised),
            usages=self._usages((one for one in recognised if not one.elsewhere or one.set_apart), processes),
        )

    def _placements(self, seen: HostFacts) -> dict[int, Placement]:
        """Where gateways, what is above them, holders of ports and owners of locks are."""
        pids = {socket.pid for socket in seen.sockets.sockets if socket.pid is not None}
        for gateway in seen.gateways:
            pids |= {gateway.info.pid, *ancestors(gateway.info.pid, seen.processes)}
        pids |= {item.lock.pid for item in seen.disk.evidence if item.lock is not None}
        infos = (seen.processes[pid] for pid in pids if pid in seen.processes)
        found = {info.pid: self.host.processes.placement(info) for info in infos}
        found |= {item.process.info.pid: item.process.placement for item in seen.elsewhere}
        return {pid: placement for pid, placement in found.items() if placement is not None}

    def _usages(self, gateways: Iterable[GatewayProcess], processes: Mapping[int, ProcessInfo]) -> dict[int, Usage]:
        """The usage of each gateway, and of what claw-tui launched; without a port yet, what is below it counts too."""
        infos = {gateway.info.pid: gateway.info for gateway in gateways}
        for launched in (discovered.last_requests.launched for discovered in self.facts.instances):
            info = processes.get(launched.pid) if launched is not None else None
            if info is not None and info.identity == launched:
                infos[info.pid] = info
        bound = {socket.pid for socket in self.facts.sockets.sockets}
        below = _descendants(infos.keys() - bound, processes)
        used = {info.pid: self._usage(info, below.get(info.pid, ())) for info in infos.values()}
        alive = {info.identity for info in infos.values()}
        self._cpu_looks = {identity: look for identity, look in self._cpu_looks.items() if identity in alive}
        return used

    def _usage(self, info: ProcessInfo, below: Iterable[int]) -> Usage:
        used = self.host.processes.usage(info.pid)
        if used is None:
            return Usage()
        now = self.host.clock.monotonic()
        before = self._cpu_looks.get(info.identity)
        if before is not None and now - before.at < _SHORTEST_CPU_LOOK_S:
            return Usage(rss_bytes=used.rss_bytes, cpu_percent=before.percent, work=before.work)
        theirs = sum(usage.cpu_seconds for pid in below if (usage := self.host.processes.usage(pid)) is not None)
        look = self._cpu_look(info, now, used, theirs, before)
        self._cpu_looks[info.identity] = look
        return Usage(rss_bytes=used.rss_bytes, cpu_percent=look.percent, work=look.work)

    def _cpu_look(
        self, info: ProcessInfo, now: float, used: ProcessUsage, theirs: float, before: _CpuLook | None
    ) -> _CpuLook:
        if before is None:
            age = max((self.host.clock.now() - info.started_at).total_seconds(), _SHORTEST_CPU_LOOK_S)
            work = Work((used.cpu_seconds + theirs) / age, used.waiting_seconds / age)
            return _CpuLook(now, used.cpu_seconds, None, used.waiting_seconds, theirs, work)
        seconds, own = now - before.at, used.cpu_seconds - before.seconds
        work = Work(
            (own + max(theirs - before.below, 0)) / seconds, max(used.waiting_seconds - before.waiting, 0) / seconds
        )
        return _CpuLook(now, used.cpu_seconds, round(100 * own / seconds, 1), used.waiting_seconds, theirs, work)

    def _ports_lost_at(self, sockets: SocketScan) -> dict[Identity, float]:
        """Return since when each gateway holds no port any more: it is ending or, after a while, stuck."""
        before = {socket.pid for socket in self.facts.sockets.sockets}
        after = {socket.pid for socket in sockets.sockets}
        now = self.host.clock.monotonic()
        lost = {}
        for gateway in self.facts.gateways:
            identity, pid = gateway.info.identity, gateway.info.pid
            if pid not in after and (pid in before or identity in self.facts.ports_lost_at):
                lost[identity] = self.facts.ports_lost_at.get(identity, now)
        return lost

    def _find_commands(self) -> dict[str, str | None]:
        path = self.host.environment.get("PATH", "")
        return {item.name: shutil.which(item.command, path=path) for item in self.distributions}

    async def _ask(self, target: HttpTarget) -> tuple[str, HttpLook]:
        item = target.occupancy
        settings = item.discovered.config.settings
        before = self.facts.http.get(target.id)
        known = before.signal.version if before and before.identity == target.identity else None
        signal = await probe_http(
            self.host.http,
            item.installation.distribution,
            known,
            target.port,
            tls=settings.tls,
            control_path=settings.control_ui_path,
            deadline=HTTP_DEADLINE_S,
            address=target.address,
            presumed_version=item.discovered.version,
        )
        if known is not None and signal.version is None:
            signal = signal.model_copy(update={"version": known})
        if before is not None and before.identity == target.identity and before.signal.answered and not signal.answered:
            # Most gateways that fall silent are ending: their closed port must be known before the silence is judged.
            await self.look_at_sockets()
        return target.id, HttpLook(target.identity, target.port, signal, await self._challenge(target))

    async def _challenge(self, target: HttpTarget) -> bool | None:
        """Let a process that is only weakly tied to its instance show that it is a gateway at all."""
        if target.identity is None or target.occupancy.proof not in _WEAK_PROOFS:
            return None
        return await self._challenges.answered(
            self.host.http,
            target.identity,
            target.port,
            tls=target.occupancy.discovered.config.settings.tls,
            deadline=HTTP_DEADLINE_S,
            address=target.address,
        )


def _gateways_of(facts: HostFacts) -> tuple[tuple[GatewayProcess, ...], list[GatewayProcess]]:
    return facts.gateways, [item.process for item in facts.elsewhere]


def _descendants(roots: Collection[int], processes: Mapping[int, ProcessInfo]) -> dict[int, list[int]]:
    """The pids below each of these processes."""
    found: dict[int, list[int]] = {root: [] for root in roots}
    for pid in processes if roots else ():
        for above in ancestors(pid, processes):
            if above in found:
                found[above].append(pid)
    return found


def _service_files(discovered: DiscoveredInstance) -> Iterator[Path]:
    return (path for service in discovered.installation.services for path in service.files)
