"""Every instance with its state, every listener and every conflict, in one snapshot."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain
from pathlib import Path

from gateway_core.assembly.commands import remedy_commands
from gateway_core.assembly.facts import Facts, HttpLook
from gateway_core.assembly.occupancy import Occupancy, occupancies, owners
from gateway_core.assembly.ports import claimant_of, instance_claims, is_configured
from gateway_core.assembly.signals import current_look, instance_signals, lock_statuses
from gateway_core.dirs import expand_home
from gateway_core.discovery.survey import DiscoveredInstance
from gateway_core.distributions import Distributions
from gateway_core.health.facts import HealthFacts
from gateway_core.health.obstacles import start_hazard
from gateway_core.health.state import conclude
from gateway_core.host import Host, Identity
from gateway_core.ports.conflicts import Diagnosis, diagnose
from gateway_core.ports.listeners import listeners_of
from gateway_core.ports.unknown_ports import why_unknown
from gateway_core.snapshot import (
    Claim,
    ConfigStatus,
    Conflict,
    Grade,
    Instance,
    InstanceParty,
    Listener,
    LockStatus,
    Problem,
    Signals,
    Snapshot,
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
    occupied = [_as_running(item, facts) for item in occupancies(facts)]
    owner_of = owners(facts, occupied)
    listeners = listeners_of(facts.sockets, facts.processes, owner_of)
    claims = {item.discovered.id: instance_claims(item) for item in occupied}
    pids = _by_owner(owner_of)
    claimants = [claimant_of(item, claims[item.discovered.id], pids.get(item.discovered.id, ())) for item in occupied]
    unseen = facts.sockets.failure is not None
    conflicts = _with_commands(diagnose(claimants, listeners, facts.limits, listeners_unseen=unseen), occupied)
    scene = _Scene(host, facts, host.clock.now(), host.clock.monotonic(), _by_port(listeners), _by_instance(conflicts))
    return Snapshot(
        taken_at=scene.at,
        host=host.name,
        instances=tuple(_instance(item, claims[item.discovered.id], scene) for item in occupied),
        listeners=listeners,
        listeners_unseen=facts.sockets.failure,
        conflicts=conflicts,
        problems=(
            *distributions.problems,
            *facts.disk.problems,
            *_unseen(facts, listeners, claims.values()),
            *_unknown_ports(occupied),
            *_shown_twice(occupied),
        ),
        support_dirs=facts.disk.support_dirs,
        port_limits=facts.limits,
    )


def _as_running(item: Occupancy, facts: Facts) -> Occupancy:
    """That instance with the version that runs, where it says so: after an update the config still has the old one."""
    look = current_look(item, facts)
    version = look.signal.version if look else None
    return replace(item, discovered=replace(item.discovered, version=version)) if version else item


def _with_commands(diagnoses: Iterable[Diagnosis], occupied: Iterable[Occupancy]) -> tuple[Conflict, ...]:
    by_id = {item.discovered.id: item for item in occupied}
    return tuple(
        found.conflict.model_copy(update={"commands": remedy_commands(found.remedies, by_id)}) for found in diagnoses
    )


def _unseen(facts: Facts, listeners: Iterable[Listener], claims: Iterable[Sequence[Claim]]) -> Iterator[Problem]:
    """What could not be seen of the kernel's tables; a hidden owner is a problem where somebody claims its port."""
    if facts.processes_unseen is not None:
        yield Problem(where="process table", message=f"The processes could not be listed: {facts.processes_unseen}")
    if facts.sockets.failure is not None:
        yield Problem(where="socket table", message=facts.sockets.failure)
    hidden = [listener.port for listener in listeners if listener.pid is None]
    if any(claim.start <= port <= claim.end for mine in claims for claim in mine for port in hidden):
        yield from (Problem(where="socket table", message=message) for message in facts.sockets.problems)


def _unknown_ports(occupied: Iterable[Occupancy]) -> Iterator[Problem]:
    for item in occupied:
        why = why_unknown(item.discovered.config, item.base_port, item.live_port)
        if why is not None:
            message = f"Which ports it would take could not be told: {why}."
            yield Problem(where=item.discovered.id, message=message)


def _shown_twice(occupied: Iterable[Occupancy]) -> Iterator[Problem]:
    """A process can be the gateway of one instance only."""
    shown: dict[Identity, list[str]] = {}
    for item in occupied:
        if item.process is not None:
            shown.setdefault(item.process.info.identity, []).append(item.discovered.id)
    for (pid, _), ids in shown.items():
        if len(ids) > 1:
            message = f"It is shown for {' and '.join(ids)}, but can be the gateway of one of them only."
            yield Problem(where=f"pid {pid}", message=message)


def _by_owner(owner_of: Mapping[int, str]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for pid, owner in owner_of.items():
        found.setdefault(owner, []).append(pid)
    return found


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
    look = current_look(item, scene.facts)
    signals = instance_signals(item, look, scene.facts)
    locks = lock_statuses(discovered, scene.facts)
    state, reason = conclude(_health_facts(item, signals, locks, look, scene))
    port = item.live_port or item.base_port.value
    return Instance(
        id=discovered.id,
        distribution=installation.distribution.name,
        profile=installation.profile,
        version=discovered.version,
        state_dir=_text(installation.state_dir),
        config_path=_text(installation.config_path),
        workspace=_text(workspace_of(discovered, scene.host)),
        config=_config_status(discovered),
        base_port=item.base_port if is_configured(discovered) else None,
        configured_port=item.configured_port if is_configured(discovered) else None,
        live_port=item.live_port,
        claims=claims,
        state=state,
        reason=reason,
        signals=signals,
        conflicts=tuple(conflict.id for conflict in scene.conflicts.get(discovered.id, ())),
        log_file=_text(log_file_of(discovered, scene.host, scene.at)),
        control_url=control_url_of(discovered, port),
        command=scene.facts.commands.get(installation.distribution.name),
        found_by=tuple(installation.witnesses),
        locks=locks,
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
        hazard=_hazard(item, scene),
        conflict=_preventing_conflict(discovered, scene),
        processes_unseen=scene.facts.processes_unseen,
        sockets_unseen=scene.facts.sockets.failure,
    )


def _holder(item: Occupancy, scene: _Scene) -> Listener | None:
    if item.live_port is not None:
        return None
    visible = (listener for listener in scene.listeners.get(item.base_port.value, ()) if listener.pid is not None)
    return next((listener for listener in visible if listener.instance != item.discovered.id), None)


def _port_lost_s(item: Occupancy, scene: _Scene) -> float | None:
    lost_at = scene.facts.ports_lost_at.get(item.process.info.identity) if item.process else None
    return None if lost_at is None else scene.monotonic - lost_at


def _hazard(item: Occupancy, scene: _Scene) -> str | None:
    discovered, listeners = item.discovered, chain.from_iterable(scene.listeners.values())
    distribution = discovered.installation.distribution
    return start_hazard(distribution, discovered.version, item.base_port.value, listeners, discovered.id)


def _preventing_conflict(discovered: DiscoveredInstance, scene: _Scene) -> str | None:
    mine = scene.conflicts.get(discovered.id, ())
    return next((conflict.why for conflict in mine if conflict.grade in _PREVENT_START), None)


def _config_status(discovered: DiscoveredInstance) -> ConfigStatus:
    config = discovered.config
    return ConfigStatus(
        exists=config.exists, valid=config.valid, issues=config.issues, forbidden=config.forbidden, keys=config.keys
    )


def _text(path: Path | None) -> str | None:
    return None if path is None else str(path)


def workspace_of(discovered: DiscoveredInstance, host: Host) -> Path | None:
    """The configured default workspace, else where this version puts it."""
    installation, configured = discovered.installation, discovered.config.settings.default_workspace
    if configured is not None:
        return expand_home(configured, host.home)
    if installation.state_dir is None or not discovered.config.exists:
        return None
    return installation.distribution.default_workspace(
        host.home, installation.state_dir, installation.profile, discovered.version
    )


def log_file_of(discovered: DiscoveredInstance, host: Host, at: datetime) -> Path | None:
    """The configured log file, else the one that this version writes on that day."""
    configured = discovered.config.settings.log_file
    if configured is not None:
        return expand_home(configured, host.home)
    if not discovered.config.exists:
        return None
    installation = discovered.installation
    day = at.astimezone().date().isoformat()
    return installation.distribution.log_file(host.root, installation.profile, discovered.version, day)


def control_url_of(discovered: DiscoveredInstance, port: int) -> str | None:
    """The Control UI's address on this host; no token in it."""
    if not discovered.config.exists and not discovered.installation.processes:
        return None
    settings = discovered.config.settings
    path = "/" + settings.control_ui_path.strip("/")
    return f"{'https' if settings.tls else 'http'}://127.0.0.1:{port}{path if path == '/' else path + '/'}"
