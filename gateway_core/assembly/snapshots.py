"""The snapshot, made of facts: every instance with its state, every listener and every conflict.

In this order: who runs which instance on which port (`occupancy`), each instance by itself (`instances`), the conflicts
among all of them (`ports`), and at last the states (`health`), for which a conflict or a stranger on a port counts.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import chain
from pathlib import Path

from gateway_core.assembly.commands import remedy_commands
from gateway_core.assembly.elsewhere import gateways_elsewhere, user_elsewhere
from gateway_core.assembly.facts import HostFacts
from gateway_core.assembly.instances import current_look, described
from gateway_core.assembly.left_locks import left_locks
from gateway_core.assembly.occupancy import Occupancy, occupancies, outlived_browsers, owners
from gateway_core.discovery.planned import not_there_yet
from gateway_core.distributions.loader import Distributions
from gateway_core.health.facts import InstanceFacts
from gateway_core.health.obstacles import run_instead, start_hazard
from gateway_core.health.state import conclude
from gateway_core.health.wording import spoken_run_instead
from gateway_core.host import Host, Identity
from gateway_core.ports.addresses import collide, needed_places
from gateway_core.ports.claimants import HostPorts, unknown_ports
from gateway_core.ports.conflicts import Diagnosis, diagnose
from gateway_core.ports.listeners import listeners_of, places_of
from gateway_core.services.specifiers import UnitName
from gateway_core.shell_commands import own_command
from gateway_core.snapshot import Conflict, Instance, InstanceParty, Listener, Problem, Snapshot, SupportDir

_MOST_LEFT_LOCKS = 10  # of one directory are told one by one


def assemble(host: Host, distributions: Distributions, facts: HostFacts) -> Snapshot:
    """Return the picture of the host that these facts make."""
    occupied = [_as_running(item, facts) for item in occupancies(facts)]
    at = host.clock.now()
    instances = tuple(described(item, facts, host, at) for item in occupied)
    seen = Snapshot(
        taken_at=at,
        host=host.name,
        instances=instances,
        listeners=listeners_of(
            facts.sockets,
            facts.processes,
            owners(facts, occupied),
            facts.placements,
            outlived=outlived_browsers(facts, occupied, {socket.pid for socket in facts.sockets.sockets if socket.pid}),
        ),
        listeners_unseen=facts.sockets.failure,
        problems=(*distributions.problems, *facts.disk.problems),
        support_dirs=tuple(_support_dirs(facts)),
        elsewhere=gateways_elsewhere(facts, occupied),
        planned=not_there_yet(facts.disk.planned, instances),
        port_limits=facts.limits,
    )
    problems = (
        *seen.problems,
        *facts.problems,
        *_unseen(facts, seen),
        *_unknown_ports(seen),
        *_unsure_ports(occupied),
        *_shown_twice(occupied),
        *_aliases(occupied),
        *_left_locks(facts),
        *_gatewayless(facts),
        *_unwritten(facts),
    )
    seen = seen.model_copy(update={"problems": problems})
    seen = seen.model_copy(update={"conflicts": _with_commands(diagnose(HostPorts.of(seen)), occupied)})
    surroundings = _Surroundings(facts, seen, host.clock.monotonic())
    concluded = map(surroundings.concluded, occupied, instances)
    return seen.model_copy(update={"instances": tuple(concluded)})


def _unwritten(facts: HostFacts) -> Iterator[Problem]:
    """Yield what claw-tui will have forgotten when it runs next; one problem for files that have the same."""
    by_reason: dict[tuple[Path, str], list[str]] = {}
    for path, reason in sorted(facts.unwritten.items()):
        by_reason.setdefault((path.parent, reason), []).append(path.name)
    for (directory, reason), names in by_reason.items():
        message = f"{' and '.join(names)} could not be written, so what was found out is not remembered: {reason}."
        yield Problem(where=str(directory), message=message)


def _support_dirs(facts: HostFacts) -> Iterator[SupportDir]:
    """The directories that are no instances; what was taken for one is left out."""
    used = {str(item.installation.state_dir) for item in facts.instances}
    return (item for item in facts.disk.support_dirs if item.path not in used)


def _as_running(item: Occupancy, facts: HostFacts) -> Occupancy:
    """Give the instance the version that runs, where it says so: after an update the config still has the old one."""
    look = current_look(item, facts)
    version = look.signal.version if look else None
    return replace(item, discovered=replace(item.discovered, version=version)) if version else item


def _with_commands(diagnoses: Iterable[Diagnosis], occupied: Iterable[Occupancy]) -> tuple[Conflict, ...]:
    by_id = {item.id: item for item in occupied}
    return tuple(
        found.conflict.model_copy(update={"commands": remedy_commands(found.remedies, by_id)}) for found in diagnoses
    )


def _unseen(facts: HostFacts, seen: Snapshot) -> Iterator[Problem]:
    """Yield what was not seen of the kernel's tables; a hidden owner is a problem where somebody claims its port."""
    if facts.processes_unseen is not None:
        message = f"The processes could not be listed: {facts.processes_unseen}"
        yield Problem(where="process table", message=message, unseen=True)
    if facts.sockets.failure is not None:
        yield Problem(where="socket table", message=facts.sockets.failure, unseen=True)
    hidden = [listener.port for listener in seen.listeners if listener.pid is None]
    claims = chain.from_iterable(instance.claims for instance in seen.instances)
    if any(claim.start <= port <= claim.end for claim in claims for port in hidden):
        yield from (Problem(where="socket table", message=message) for message in facts.sockets.problems)


def _unknown_ports(seen: Snapshot) -> Iterator[Problem]:
    for name, why in unknown_ports(seen).items():
        yield Problem(where=name, message=f"Which ports it would take could not be told: {why}.")


def _unsure_ports(occupied: Iterable[Occupancy]) -> Iterator[Problem]:
    """Yield services whose port counts only if their version takes it, which is not known, while nothing runs."""
    for item in occupied:
        version, distribution = item.discovered.version, item.installation.distribution
        for service in item.installation.services:
            if service.run_port and item.live_port is None and distribution.takes_run_port(version) is None:
                told = f"whether {distribution.title} {version or ''}".rstrip()
                message = (
                    f"Could not tell {told} takes the port of `gateway run --port {service.port}`, or the config's."
                )
                yield Problem(where=service.name, message=message)


def _shown_twice(occupied: Iterable[Occupancy]) -> Iterator[Problem]:
    """A process can be the gateway of one instance only."""
    shown: dict[Identity, list[str]] = {}
    for item in occupied:
        if item.process is not None:
            shown.setdefault(item.process.info.identity, []).append(item.id)
    for (pid, _), ids in shown.items():
        if len(ids) > 1:
            message = f"It is shown for {' and '.join(ids)}, but can be the gateway of one of them only."
            yield Problem(where=f"pid {pid}", message=message)


def _aliases(occupied: Iterable[Occupancy]) -> Iterator[Problem]:
    """A second profile with a link to a config is no gateway of its own: commands for it act on the first."""
    for item in occupied:
        for path in item.installation.aliases:
            message = f"It leads to the config of {item.id}: that profile is the same gateway, and not listed."
            yield Problem(where=str(path), message=message)


def _gatewayless(facts: HostFacts) -> Iterator[Problem]:
    """A service that is called like a gateway's and starts none, unless one runs in it, by a script for example."""
    running = {(manager, known) for manager, name in facts.units.values() for known in (name, UnitName(name).template)}
    return (item.problem for item in facts.disk.gatewayless if (item.manager, item.name) not in running)


def _left_locks(facts: HostFacts) -> Iterator[Problem]:
    """A lock that no instance has tells of a gateway that nothing else on this host does."""
    counts: Counter[Path] = Counter()
    for left in left_locks(facts):
        counts[left.lock.path.parent] += 1
        if counts[left.lock.path.parent] <= _MOST_LEFT_LOCKS:
            message = f"This lock file is {left.what}, so no instance is listed for it. Remedy: {left.remedy}"
            yield Problem(where=str(left.lock.path), message=message)
    for directory, count in counts.items():
        if count > _MOST_LEFT_LOCKS:
            more = f"{count - _MOST_LEFT_LOCKS} more lock files in it are for configs without an instance"
            yield Problem(where=str(directory), message=f"{more}. All of them: {own_command('audit')}")


class _Surroundings:
    """The facts that the state of each instance is concluded from besides the instance itself."""

    def __init__(self, facts: HostFacts, seen: Snapshot, monotonic: float) -> None:
        """`seen` is all but the states, `monotonic` the seconds of now."""
        self._facts, self._seen, self._monotonic = facts, seen, monotonic
        self._listeners: defaultdict[int, list[Listener]] = defaultdict(list)
        for listener in seen.listeners:
            self._listeners[listener.port].append(listener)
        self._conflicts: defaultdict[str, list[Conflict]] = defaultdict(list)
        for conflict in seen.conflicts:
            for party in conflict.parties:
                if isinstance(party, InstanceParty):
                    self._conflicts[party.instance].append(conflict)

    def concluded(self, item: Occupancy, instance: Instance) -> Instance:
        """Return the instance with its state and its conflicts."""
        state, reason = conclude(self._instance_facts(item, instance))
        conflicts = tuple(conflict.id for conflict in self._conflicts[instance.id])
        return instance.model_copy(update={"state": state, "reason": reason, "conflicts": conflicts})

    def _instance_facts(self, item: Occupancy, instance: Instance) -> InstanceFacts:
        discovered, distribution = item.discovered, item.installation.distribution
        process = item.process.info if item.process else None
        facts, look, service = self._facts, current_look(item, self._facts), instance.signals.service
        instead = run_instead(instance, self._seen.instances)
        return InstanceFacts(
            title=distribution.title,
            command=distribution.command,
            command_installed=instance.command is not None,
            start_budget_s=distribution.start_budget_s,
            config=instance.config,
            unconfigured=discovered.starts_unconfigured,
            gateway_mode=discovered.config.settings.mode,
            state_dir_exists=discovered.state_dir_exists,
            base_port=item.base_port.value,
            live_port=item.live_port,
            signals=instance.signals,
            unit=facts.units.get(process.pid) if process else None,
            asked_to_stop=process is not None and process.identity == discovered.last_requests.asked_to_stop,
            could_be=tuple(process.info.pid for process in item.could_be),
            process_age_s=(self._seen.taken_at - process.started_at).total_seconds() if process else None,
            work=usage.work if process and (usage := facts.usages.get(process.pid)) else None,
            locks=instance.locks,
            holder=self._holder(item),
            http_asked=look is not None,
            challenged=look.challenged if look else None,
            own_network=item.has_own_network,
            port_lost_s=self._port_lost_s(process.identity) if process else None,
            recent_restarts=facts.recent_restarts.get((service.manager, service.name), 0) if service else 0,
            hazard=self._hazard(item),
            conflict=self._preventing_conflict(item.id),
            run_instead=spoken_run_instead(*instead) if instead else None,
            used_elsewhere=user_elsewhere(item, facts),
            processes_unseen=facts.processes_unseen,
            sockets_unseen=facts.sockets.failure,
        )

    def _hazard(self, item: Occupancy) -> str | None:
        distribution, version, port = item.installation.distribution, item.discovered.version, item.base_port.value
        seen = () if item.has_own_network else self._seen.listeners
        return start_hazard(distribution, version, port, seen, item.id)

    def _holder(self, item: Occupancy) -> Listener | None:
        if item.live_port is not None or item.has_own_network:
            return None
        needed = needed_places(item.address)
        visible = (listener for listener in self._listeners[item.base_port.value] if listener.pid is not None)
        others = (listener for listener in visible if listener.instance != item.id)
        return next((listener for listener in others if collide(needed, places_of(listener))), None)

    def _port_lost_s(self, identity: Identity) -> float | None:
        lost_at = self._facts.ports_lost_at.get(identity)
        return None if lost_at is None else self._monotonic - lost_at

    def _preventing_conflict(self, instance_id: str) -> str | None:
        own = self._conflicts[instance_id]
        return next((conflict.why for conflict in own if instance_id in conflict.prevents), None)
