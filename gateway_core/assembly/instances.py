"""Each instance by itself: its places, ports and four signals, before instances are compared."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from gateway_core.assembly.elsewhere import where_it_runs
from gateway_core.assembly.facts import HostFacts, HttpLook
from gateway_core.assembly.occupancy import Occupancy, base_is_only_usual, instance_claims, is_configured
from gateway_core.assembly.owners import detached_pid, owner_of, undefined_units
from gateway_core.dirs import expand_home
from gateway_core.discovery.installations import Installation
from gateway_core.discovery.instances import DiscoveredInstance
from gateway_core.discovery.locks import LockFile
from gateway_core.distributions.log_files import log_file
from gateway_core.health.probes import bracketed, probe_address
from gateway_core.host import Host, ServiceState
from gateway_core.ports.addresses import reached_at
from gateway_core.processes.ancestry import ancestors
from gateway_core.services.definitions import ServiceDefinition
from gateway_core.snapshot import (
    ConfigStatus,
    Instance,
    LockStatus,
    ProcessSignal,
    ServiceSignal,
    Signals,
    SocketSignal,
    State,
)


def described(item: Occupancy, facts: HostFacts, host: Host, at: datetime) -> Instance:
    """Return the instance without its state and its conflicts, which the other instances have a part in."""
    discovered, installation = item.discovered, item.installation
    configured, config, claims = is_configured(discovered), discovered.config, instance_claims(item)
    return Instance(
        id=discovered.id,
        distribution=installation.distribution.name,
        profile=installation.profile,
        version=discovered.version,
        state_dir=_text(installation.state_dir),
        config_path=_text(installation.config_path),
        workspace=_text(_workspace(discovered)),
        home=str(installation.home),
        account=discovered.account,
        config=ConfigStatus(
            exists=config.exists, valid=config.valid, issues=config.issues, forbidden=config.forbidden, keys=config.keys
        ),
        base_port=item.base_port if configured else None,
        configured_port=item.configured_port if configured else None,
        live_port=item.live_port,
        claims=claims,
        state=State.UNKNOWN,
        reason="",
        signals=_signals(item, current_look(item, facts), facts),
        log_file=_text(_log_file(discovered, host, at)),
        control_url=_control_url(item) if claims else None,
        command=facts.commands.get(installation.distribution.name),
        found_by=tuple(installation.found_by),
        locks=_lock_statuses(item, facts),
        owner=owner_of(item, facts),
        own=discovered.own,
        demo=discovered.demo,
    )


def current_look(item: Occupancy, facts: HostFacts) -> HttpLook | None:
    """Return the last answer, if it came from this very process on this very port."""
    look = facts.http.get(item.id)
    identity = item.process.info.identity if item.process else None
    if look is None or look.identity != identity or look.port != item.port:
        return None
    return look


def _signals(item: Occupancy, look: HttpLook | None, facts: HostFacts) -> Signals:
    """The four signals of an instance. Of several services the active one comes first."""
    services = sorted(
        (*_service_signals(item, facts), *undefined_units(item, facts)),
        key=lambda signal: (signal.active != "active", signal.name),
    )
    return Signals(
        service=services[0] if services else None,
        other_services=tuple(services[1:]),
        process=_process_signal(item, look, facts),
        process_unseen=facts.processes_unseen if item.process is None else None,
        socket=_socket_signal(item, facts),
        http=look.signal if look else None,
    )


def _lock_statuses(item: Occupancy, facts: HostFacts) -> tuple[LockStatus, ...]:
    locks = {lock.path: lock for lock in item.installation.locks}
    others = (one for one in facts.elsewhere if one.process != item.process)
    places = {path: where_it_runs(one.process) for one in others for path in one.locks}
    return tuple(
        LockStatus(
            path=str(path),
            pid=lock.pid,
            stale=False if path in places else _is_stale(lock, facts),
            place=places.get(path),
        )
        for path, lock in locks.items()
    )


def _is_stale(lock: LockFile, facts: HostFacts) -> bool | None:
    owner = facts.processes.get(lock.pid)
    return None if owner is None and facts.processes_unseen is not None else lock.is_stale(owner)


def _service_signals(item: Occupancy, facts: HostFacts) -> list[ServiceSignal]:
    signals = []
    for service in item.installation.services:
        state = facts.services.get((service.manager, service.name))
        signals.append(
            ServiceSignal(
                manager=service.manager,
                name=service.name,
                active=state.active if state else None,
                enabled=state.enabled if state else None,
                restarts=state.restarts if state else None,
                path=_service_path(service, state),
                port=service.port,
                main_pid=state.main_pid if state else None,
                detached_pid=detached_pid(item, facts, (service.manager, service.name)),
                last_end=state.last_end if state else None,
                result=state.result if state else None,
                needs_reload=state.needs_reload if state else False,
                decided_in={what: str(file) for what, file in service.decided_in.items()},
                missing_files=service.missing_files,
                restart_delay_s=state.restart_delay_s if state else None,
                triggered_by=state.triggered_by if state else (),
                unseen=state.error if state and not state.no_manager else None,
            )
        )
    return signals


def _service_path(service: ServiceDefinition, state: ServiceState | None) -> str:
    """The path of its definition; where no file of it was found, the one that the manager names."""
    named = state.path if state is not None and not service.path.is_absolute() else None
    return named or str(service.path)


def _process_signal(item: Occupancy, look: HttpLook | None, facts: HostFacts) -> ProcessSignal | None:
    if item.process is None:
        return None
    info = item.process.info
    usage = facts.usages.get(info.pid)
    return ProcessSignal(
        pid=info.pid,
        start=info.start,
        ancestors=tuple(ancestors(info.pid, facts.processes)),
        started_at=info.started_at,
        rss_bytes=usage.rss_bytes if usage else None,
        cpu_percent=usage.cpu_percent if usage else None,
        proof=None if look and look.challenged is False else item.proof,
    )


def _socket_signal(item: Occupancy, facts: HostFacts) -> SocketSignal:
    """The port's listener; of several owners the instance's own process comes first."""
    own = item.process.info.pid if item.process else None
    pids = sorted({socket.pid for socket in item.sockets if socket.pid is not None}, key=lambda pid: (pid != own, pid))
    owner = pids[0] if pids else None
    out_of_sight = item.has_own_network and item.process is not None
    unseen = not item.sockets and (facts.sockets.failure is not None or out_of_sight)
    return SocketSignal(
        bound=None if unseen else bool(item.sockets),
        addresses=tuple(dict.fromkeys(socket.address for socket in item.sockets if socket.pid == owner)),
        owner_pid=owner,
    )


def _text(path: Path | None) -> str | None:
    return None if path is None else str(path)


def _workspace(discovered: DiscoveredInstance) -> Path | None:
    """The configured default workspace, else where this version puts it; `None` if that is not known to be unset."""
    installation, configured = discovered.installation, discovered.config.settings.default_workspace
    if configured is not None:
        return expand_home(configured, discovered.installation.home)
    if installation.state_dir is None or not discovered.config.complete:
        return None
    return installation.distribution.default_workspace(
        installation.home, installation.state_dir, installation.profile, discovered.version
    )


def _log_file(discovered: DiscoveredInstance, host: Host, at: datetime) -> Path | None:
    """The configured log file, else the one that this version writes on that day."""
    installation, configured = discovered.installation, discovered.config.settings.log_file
    if configured is not None:
        return expand_home(configured, installation.home)
    if not discovered.config.exists:
        return None
    day = at.astimezone().date().isoformat()
    uid = host.uid if discovered.uid is None else discovered.uid
    temporary_dir = _temporary_dir(installation, host)
    named = (installation.distribution, installation.profile, discovered.version, day)
    return log_file(*named, root=host.root, uid=uid, temporary_dir=temporary_dir)


def _temporary_dir(installation: Installation, host: Host) -> Path:
    """TMPDIR of its service or process; without either, that of the caller, who would start it."""
    own = installation.temporary_dirs
    started = installation.services or installation.processes
    return own[0] if own else host.root / "tmp" if started else host.temporary_dirs[0]


def _control_url(item: Occupancy) -> str | None:
    """Return the Control UI's address, if the port of the gateway, which claims one here, is known; no token in it."""
    config = item.discovered.config
    guessed = item.live_port is None and config.exists and base_is_only_usual(item)
    if guessed:
        return None
    settings = config.settings
    path = "/" + settings.control_ui_path.strip("/")
    bound = tuple(socket.address for socket in item.own_sockets) if item.live_port is not None else ()
    host = bracketed(probe_address(bound) if bound else reached_at(item.address))
    return f"{'https' if settings.tls else 'http'}://{host}:{item.port}{path if path == '/' else path + '/'}"
