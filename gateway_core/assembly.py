"""Facts in, snapshot out: joins what every room concludes into the models that front ends read. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from gateway_core.discovery.survey import DiscoveredInstance
from gateway_core.distributions import Distributions, PortRule
from gateway_core.facts import Facts, HttpLook
from gateway_core.health.conclude import conclude
from gateway_core.health.facts import HealthFacts
from gateway_core.host import Host
from gateway_core.occupancy import Occupancy, occupancies, owners
from gateway_core.ports.claims import LOOPBACK, bind_address, claims_of, derived_out_of_range
from gateway_core.ports.conflicts import find_conflicts
from gateway_core.ports.listeners import listeners_of
from gateway_core.ports.tenants import Tenant
from gateway_core.snapshot import (
    Claim,
    ConfigStatus,
    Conflict,
    Grade,
    Instance,
    InstanceParty,
    Listener,
    LockStatus,
    PortValue,
    Problem,
    ProcessSignal,
    ServiceSignal,
    Signals,
    Snapshot,
    SocketSignal,
    Source,
)

_PREVENT_START = (Grade.ACTIVE, Grade.CERTAIN)


@dataclass(frozen=True, slots=True)
class _Scene:
    """What all instances of one snapshot share."""

    host: Host
    facts: Facts
    at: datetime
    monotonic: float
    listeners: Mapping[int, Sequence[Listener]]
    """By port."""
    conflicts: Mapping[str, Sequence[Conflict]]
    """By instance id."""


def assemble(host: Host, distributions: Distributions, facts: Facts) -> Snapshot:
    """The picture of the host that these facts make."""
    occupied = occupancies(facts)
    owner_of = owners(facts, occupied)
    listeners = listeners_of(facts.sockets, facts.processes, owner_of)
    claims = {item.discovered.id: _claims(item) for item in occupied}
    tenants = [_tenant(item, claims[item.discovered.id], owner_of) for item in occupied]
    conflicts = find_conflicts(tenants, listeners, facts.limits)
    scene = _Scene(host, facts, host.clock.now(), host.clock.monotonic(), _by_port(listeners), _by_instance(conflicts))
    return Snapshot(
        taken_at=scene.at,
        host=host.name,
        instances=tuple(_instance(item, claims[item.discovered.id], scene) for item in occupied),
        listeners=listeners,
        conflicts=conflicts,
        problems=(*distributions.problems, *facts.disk.problems, *_socket_problems(facts)),
        support_dirs=facts.disk.support_dirs,
    )


def _socket_problems(facts: Facts) -> tuple[Problem, ...]:
    return tuple(Problem(where="socket table", message=message) for message in facts.sockets.problems)


def _claims(item: Occupancy) -> tuple[Claim, ...]:
    """What it holds now while it runs, as its ports follow the one it was started with; else what it would take."""
    base = item.base_port
    if item.live_port is not None and item.live_port != base.value:
        base = PortValue(value=item.live_port, source=Source.LISTENER)
    discovered = item.discovered
    if not discovered.config.exists and item.process is None and not discovered.installation.services:
        return ()
    return claims_of(discovered.installation.distribution, discovered.version, discovered.config.settings, base)


def _tenant(item: Occupancy, claims: tuple[Claim, ...], owner_of: Mapping[int, str]) -> Tenant:
    discovered = item.discovered
    base = item.live_port or item.base_port.value
    rules = derived_out_of_range(discovered.installation.distribution, discovered.version, base)
    return Tenant(
        id=discovered.id,
        base=base if claims else None,
        claims=claims,
        live=item.live_port is not None,
        pids=frozenset(pid for pid, owner in owner_of.items() if owner == discovered.id),
        out_of_range=tuple(_beyond(rule, item, base) for rule in rules) if claims else (),
    )


def _beyond(rule: PortRule, item: Occupancy, base: int) -> Claim:
    """The claim that this rule would make if ports did not end where they do."""
    return Claim(
        role=rule.role,
        start=base + rule.first,
        end=base + (rule.first if rule.last is None else rule.last),
        binding=rule.binding,
        source=Source.DERIVED,
        address=LOOPBACK if rule.loopback else bind_address(item.discovered.config.settings),
    )


def _by_port(listeners: Sequence[Listener]) -> dict[int, list[Listener]]:
    found: dict[int, list[Listener]] = {}
    for listener in listeners:
        found.setdefault(listener.port, []).append(listener)
    return found


def _by_instance(conflicts: Sequence[Conflict]) -> dict[str, list[Conflict]]:
    found: dict[str, list[Conflict]] = {}
    for conflict in conflicts:
        for party in conflict.parties:
            if isinstance(party, InstanceParty):
                found.setdefault(party.instance, []).append(conflict)
    return found


def _instance(item: Occupancy, claims: tuple[Claim, ...], scene: _Scene) -> Instance:
    discovered, installation = item.discovered, item.discovered.installation
    look = _look(item, scene.facts)
    version = (look.signal.version if look else None) or discovered.version
    signals = _signals(item, look, scene)
    locks = _locks(discovered, scene.facts)
    state, reason = conclude(_health_facts(item, signals, locks, look, scene))
    port = item.live_port or item.base_port.value
    return Instance(
        id=discovered.id,
        distribution=installation.distribution.name,
        profile=installation.profile,
        version=version,
        state_dir=_text(installation.state_dir),
        config_path=_text(installation.config_path),
        workspace=_workspace(discovered, scene.host),
        config=_config_status(discovered),
        base_port=item.base_port,
        configured_port=item.configured_port,
        live_port=item.live_port,
        claims=claims,
        state=state,
        reason=reason,
        signals=signals,
        conflicts=tuple(conflict.id for conflict in scene.conflicts.get(discovered.id, ())),
        log_file=_log_file(discovered, version, scene),
        control_url=_control_url(discovered, port),
        command=scene.facts.commands.get(installation.distribution.name),
        found_by=tuple(installation.witnesses),
        locks=locks,
    )


def _look(item: Occupancy, facts: Facts) -> HttpLook | None:
    """The last answer, if it came from this very process on this very port."""
    look = facts.http.get(item.discovered.id)
    identity = item.process.info.identity if item.process else None
    if look is None or look.identity != identity or look.port != (item.live_port or item.base_port.value):
        return None
    return look


def _signals(item: Occupancy, look: HttpLook | None, scene: _Scene) -> Signals:
    services = sorted(
        _service_signals(item.discovered, scene.facts), key=lambda signal: (signal.active != "active", signal.name)
    )
    return Signals(
        service=services[0] if services else None,
        other_services=tuple(services[1:]),
        process=_process_signal(item, look, scene.facts),
        socket=_socket_signal(item),
        http=look.signal if look else None,
    )


def _service_signals(discovered: DiscoveredInstance, facts: Facts) -> list[ServiceSignal]:
    signals = []
    for service in discovered.installation.services:
        state = facts.services.get((service.manager, service.name))
        signals.append(
            ServiceSignal(
                manager=service.manager,
                name=service.name,
                active=state.active if state else None,
                enabled=state.enabled if state else None,
                restarts=state.restarts if state else None,
                path=str(service.path),
                port=service.port,
                main_pid=state.main_pid if state else None,
            )
        )
    return signals


def _process_signal(item: Occupancy, look: HttpLook | None, facts: Facts) -> ProcessSignal | None:
    if item.process is None:
        return None
    info = item.process.info
    usage = facts.usages.get(info.pid)
    return ProcessSignal(
        pid=info.pid,
        started_at=info.started_at,
        rss_bytes=usage.rss_bytes if usage else None,
        cpu_percent=usage.cpu_percent if usage else None,
        proof=None if look and look.challenged is False else item.proof,
    )


def _socket_signal(item: Occupancy) -> SocketSignal:
    """The port's listener; of several owners the instance's own process comes first."""
    own = item.process.info.pid if item.process else None
    pids = sorted({socket.pid for socket in item.sockets if socket.pid is not None}, key=lambda pid: (pid != own, pid))
    owner = pids[0] if pids else None
    return SocketSignal(
        bound=bool(item.sockets),
        addresses=tuple(dict.fromkeys(socket.address for socket in item.sockets if socket.pid == owner)),
        owner_pid=owner,
    )


def _locks(discovered: DiscoveredInstance, facts: Facts) -> tuple[LockStatus, ...]:
    locks = {lock.path: lock for lock in discovered.installation.locks}.values()
    return tuple(
        LockStatus(path=str(lock.path), pid=lock.pid, stale=lock.is_stale(facts.processes.get(lock.pid)))
        for lock in locks
    )


def _health_facts(
    item: Occupancy, signals: Signals, locks: tuple[LockStatus, ...], look: HttpLook | None, scene: _Scene
) -> HealthFacts:
    discovered, distribution = item.discovered, item.discovered.installation.distribution
    process = item.process.info if item.process else None
    service = signals.service
    return HealthFacts(
        title=distribution.title,
        command=distribution.command,
        command_installed=scene.facts.commands.get(distribution.name) is not None,
        start_budget_s=distribution.start_budget_s,
        config=_config_status(discovered),
        gateway_mode=discovered.config.settings.mode,
        state_dir_exists=discovered.state_dir_exists,
        base_port=item.base_port.value,
        live_port=item.live_port,
        signals=signals,
        process_age_s=(scene.at - process.started_at).total_seconds() if process else None,
        locks=locks,
        holder=_holder(item, scene),
        http_asked=look is not None,
        challenged=look.challenged if look else None,
        port_lost_s=_port_lost_s(item, scene),
        recent_restarts=scene.facts.recent_restarts.get((service.manager, service.name), 0) if service else 0,
        conflict=_preventing_conflict(discovered, scene),
        processes_unseen=scene.facts.processes_unseen,
        sockets_unseen=scene.facts.sockets.failure,
    )


def _holder(item: Occupancy, scene: _Scene) -> Listener | None:
    if item.live_port is not None:
        return None
    others = scene.listeners.get(item.base_port.value, ())
    return next((listener for listener in others if listener.instance != item.discovered.id), None)


def _port_lost_s(item: Occupancy, scene: _Scene) -> float | None:
    lost_at = scene.facts.ports_lost_at.get(item.process.info.identity) if item.process else None
    return None if lost_at is None else scene.monotonic - lost_at


def _preventing_conflict(discovered: DiscoveredInstance, scene: _Scene) -> str | None:
    mine = scene.conflicts.get(discovered.id, ())
    return next((conflict.why for conflict in mine if conflict.grade in _PREVENT_START), None)


def _config_status(discovered: DiscoveredInstance) -> ConfigStatus:
    config = discovered.config
    return ConfigStatus(exists=config.exists, valid=config.valid, issues=config.issues)


def _workspace(discovered: DiscoveredInstance, host: Host) -> str | None:
    installation, configured = discovered.installation, discovered.config.settings.default_workspace
    if configured is not None:
        return str(host.home / configured[2:]) if configured.startswith("~/") else configured
    if installation.state_dir is None or not discovered.config.exists:
        return None
    return _text(
        installation.distribution.default_workspace(
            host.home, installation.state_dir, installation.profile, discovered.version
        )
    )


def _log_file(discovered: DiscoveredInstance, version: str | None, scene: _Scene) -> str | None:
    configured = discovered.config.settings.log_file
    if configured is not None:
        return str(scene.host.home / configured[2:]) if configured.startswith("~/") else configured
    if not discovered.config.exists:
        return None
    installation = discovered.installation
    today = scene.at.astimezone().date().isoformat()
    return _text(installation.distribution.log_file(scene.host.root, installation.profile, version, today))


def _control_url(discovered: DiscoveredInstance, port: int) -> str | None:
    if not discovered.config.exists and not discovered.installation.processes:
        return None
    settings = discovered.config.settings
    path = "/" + settings.control_ui_path.strip("/")
    return f"{'https' if settings.tls else 'http'}://127.0.0.1:{port}{path if path == '/' else path + '/'}"


def _text(path: object) -> str | None:
    return None if path is None else str(path)
