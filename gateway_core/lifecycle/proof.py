"""The proof that a process may be signalled: everything about it is read anew, right before the signal."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import timedelta

from gateway_core.assembly.owners import is_pause
from gateway_core.discovery.locks import LockFile, find_locks, read_lock
from gateway_core.discovery.operation_records import OperationRecords
from gateway_core.discovery.processes import GatewayProcess, GatewayProcesses
from gateway_core.discovery.wrapper_arguments import is_about_to_run
from gateway_core.distributions.loader import Distributions
from gateway_core.files import real_path
from gateway_core.health.challenge import ChallengeMemory, IdentityChallenges
from gateway_core.health.probes import probe_address, probe_http
from gateway_core.health.proof import proofs
from gateway_core.host import Host, ProcessInfo
from gateway_core.lifecycle.invocation import is_same_path
from gateway_core.lifecycle.runner import service_command_by_hand
from gateway_core.lifecycle.silent_managers import silent_manager
from gateway_core.lifecycle.target import Target
from gateway_core.monitor.observer import HTTP_DEADLINE_S
from gateway_core.operations import ErrorCode, Operation, RefusedError
from gateway_core.own_files import WriteFaults
from gateway_core.ports.addresses import collide
from gateway_core.ports.listeners import sockets_places
from gateway_core.processes.ancestry import ancestors, launching_line
from gateway_core.processes.containers import is_elsewhere, spoken_place
from gateway_core.redaction.commands import redact_command
from gateway_core.shell_commands import own_command
from gateway_core.snapshot import Proof, ServiceSignal

SUFFICIENT = (Proof.LOCK, Proof.OPEN_FILES, Proof.SERVICE, Proof.LAUNCH, Proof.SOCKET)
"""Proofs that suffice to signal a process. An inherited environment does not: all that a gateway starts has it too."""

SHOWS_ITSELF = timedelta(seconds=5)
"""The age up to which the main process of a service may still show that it is, or starts, a gateway."""
_LOOK_EVERY_S = 0.1
_MOST_LOOKS = 50  # whatever the clock of the host does meanwhile


async def require_proof(host: Host, distributions: Distributions, target: Target, info: ProcessInfo) -> Proof:
    """The proof that ties the process, as it is now, to the instance. Raises `RefusedError`, saying what was found.

    To hold the port of the instance is one only together with an answer there as gateways give it.
    """
    main_pids = await _main_pids(host, target)
    proof = await asyncio.to_thread(_proof, host, distributions, target, info, main_pids)
    if proof is Proof.SOCKET:
        await _require_answer(host, target, info)
        return await asyncio.to_thread(_proof, host, distributions, target, info, main_pids)  # it took its time
    return proof


async def _require_answer(host: Host, target: Target, info: ProcessInfo) -> None:
    """Refuse a process that holds the port, and answers there as no gateway does."""
    port, settings = target.occupancy.base_port.value, target.occupancy.discovered.config.settings
    there = [one for one in (await asyncio.to_thread(host.sockets.scan)).sockets if one.port == port]
    own, others = ([one for one in there if (one.pid == info.pid) is is_own] for is_own in (True, False))
    if not own or collide(sockets_places(own), sockets_places(others)):
        raise _unproven(target, info, f"shares port {port} with another process, so its answer would prove nothing")
    address = probe_address(one.address for one in own)
    signal = await probe_http(
        host.http,
        target.distribution,
        target.occupancy.discovered.version,
        port,
        tls=settings.tls,
        control_path=settings.control_ui_path,
        deadline=HTTP_DEADLINE_S,
        address=address,
    )
    if signal.live:
        return
    challenges = IdentityChallenges(await asyncio.to_thread(ChallengeMemory, host, WriteFaults()))
    asked = challenges.answered(
        host.http, info.identity, port, tls=settings.tls, deadline=HTTP_DEADLINE_S, address=address
    )
    if await asked is not True:
        raise _unproven(
            target, info, f"holds port {port}, but does not answer there as {target.distribution.title} does"
        )


def _proof(
    host: Host, distributions: Distributions, target: Target, before: ProcessInfo, main_pids: Collection[int]
) -> Proof:
    info = _as_it_is_now(host, before)
    if {before.uid, info.uid} != {host.uid}:
        message = f"pid {info.pid} of {target.id} belongs to another user (uid {info.uid}), so it was not signalled."
        raise RefusedError(ErrorCode.OTHER_USER, message, "Stop it as that user.")
    placement = host.processes.placement(info)
    if placement is not None and is_elsewhere(placement):
        raise _unproven(target, info, f"runs in {spoken_place(placement)}")
    lineage = _lineage(host, info)
    recognised = {found.info.pid: found for found in GatewayProcesses(host, distributions).among(lineage.values())}
    gateway = recognised.pop(info.pid, None)
    if gateway is None or gateway.distribution != target.distribution.name:
        raise _unproven(target, info, f"is no {target.distribution.title} gateway")
    locks = _locks_now(host, distributions, target, gateway)
    _require_one_config(target, info, locks)
    found = proofs(
        gateway,
        locks=[lock for lock in locks if _is_own(lock, target)],
        main_pids=main_pids,
        launched=OperationRecords(host).of(target.installation.config_path).launched,
        line=launching_line(info.pid, lineage, {pid for pid, found in recognised.items() if _is_sure(found, locks)}),
        ports={socket.port for socket in host.sockets.scan().sockets if socket.pid == info.pid},
        base_port=target.occupancy.base_port.value,
    )
    proof = next((proof for proof in found if proof in SUFFICIENT), None)
    if proof is None:
        raise _unproven(target, info, "is tied to it by no lock, socket, open file or service")
    if proof is not Proof.LOCK:
        _require_places_of(target, gateway)
    return proof


def _as_it_is_now(host: Host, before: ProcessInfo) -> ProcessInfo:
    """The process as it shows itself now: it may have become another program since it was looked at."""
    now = host.processes.find(before.pid)
    return now if now is not None and now.identity == before.identity else before


def require_still_gateway(host: Host, distributions: Distributions, target: Target, before: ProcessInfo) -> None:
    """Refuse a proven process that has become another program meanwhile. Blocks."""
    info = _as_it_is_now(host, before)
    if all(
        found.distribution != target.distribution.name for found in GatewayProcesses(host, distributions).among([info])
    ):
        raise _unproven(target, info, f"is no {target.distribution.title} gateway any more")


def _lineage(host: Host, info: ProcessInfo) -> dict[int, ProcessInfo]:
    """The process, its parent, and so on, as they are now."""
    lineage = {info.pid: info}
    while info.parent > 1 and info.parent not in lineage and (parent := host.processes.find(info.parent)):
        lineage[parent.pid] = info = parent
    return lineage


def _is_sure(gateway: GatewayProcess, locks: Iterable[LockFile]) -> bool:
    """Whether it is a gateway, and no launcher of one: then it has not launched what runs below it."""
    return gateway.titled and (not gateway.by_name_only or any(lock.proves(gateway.info) for lock in locks))


def _require_places_of(target: Target, gateway: GatewayProcess) -> None:
    """Refuse a process that names the places of another instance."""
    own = target.installation
    for said, known in ((gateway.state_dir, own.state_dir), (gateway.config_path, own.config_path)):
        if said is not None and known is not None and not is_same_path(said, known):
            raise _unproven(target, gateway.info, f"works in {said}, not in {known}")


def _require_one_config(target: Target, info: ProcessInfo, locks: Iterable[LockFile]) -> None:
    """Refuse a process that a lock ties to another instance."""
    by_config = {real_path(lock.config_path): lock for lock in locks if lock.proves(info)}
    tying = list(by_config.values())
    others = [lock for lock in tying if not _is_own(lock, target)] or tying[1:]
    if others:
        raise _unproven(target, info, f"is named by {others[0].path} as the gateway of {others[0].config_path}")


def _is_own(lock: LockFile, target: Target) -> bool:
    config_path = target.installation.config_path
    return config_path is None or is_same_path(lock.config_path, config_path)


def _locks_now(
    host: Host, distributions: Distributions, target: Target, gateway: GatewayProcess
) -> tuple[LockFile, ...]:
    """Every lock of this host at this moment: one of another instance may name the same process."""
    temporary_dirs = (*target.installation.temporary_dirs, *filter(None, (gateway.temporary_dir,)))
    state_dirs = {item.installation.state_dir for item in target.facts.instances} | {gateway.state_dir}
    locks, _ = find_locks(host, distributions, filter(None, state_dirs), temporary_dirs)
    known = {lock.path for lock in locks}
    elsewhere = {*(lock.path for lock in target.installation.locks), *gateway.lock_paths} - known
    read = (read_lock(path, target.distribution.name) for path in sorted(elsewhere))
    return (*locks, *(lock for lock in read if isinstance(lock, LockFile)))


async def _main_pids(host: Host, target: Target) -> set[int]:
    names: dict[str, list[str]] = {}
    for service in target.services:
        names.setdefault(service.manager, []).append(service.name)
    answers = await asyncio.gather(*(host.services.states(manager, services) for manager, services in names.items()))
    return {state.main_pid for answer in answers for state in answer.values() if state.main_pid}


def _unproven(target: Target, info: ProcessInfo, finding: str) -> RefusedError:
    command = redact_command(info.argv) or info.name
    message = f"Nothing was signalled: pid {info.pid} ({command}) {finding}."
    return RefusedError(ErrorCode.UNPROVEN, message, f"Look at it with: {own_command('show', target.id)}")


async def require_gateway_in(host: Host, distributions: Distributions, target: Target, service: ServiceSignal) -> None:
    """Refuse to stop or restart a service whose main process is no gateway, nor has one below it, nor is to start one.

    A unit keeps its process when its definition is edited, and a process may become another program. One that has just
    started is given a moment: what starts a gateway, such as a script or npm, does not look like one at first.
    """
    for _ in range(_MOST_LOOKS):
        doubt = await _doubt_about(host, distributions, target, service)
        if doubt is None:
            return
        if not doubt.may_change:
            break
        await asyncio.sleep(_LOOK_EVERY_S)
    if doubt is not None:
        raise doubt.refusal


@dataclass(frozen=True, slots=True)
class _Doubt:
    """Why a service is not taken for one that runs a gateway, and whether its process is too young to tell."""

    refusal: RefusedError
    may_change: bool


async def _doubt_about(
    host: Host, distributions: Distributions, target: Target, service: ServiceSignal
) -> _Doubt | None:
    answers = await host.services.states(service.manager, [service.name])
    state = answers.get(service.name)
    if state is None or state.active is None:
        return _Doubt(silent_manager(target, service.name, service.manager, state, host.uid), may_change=False)
    if not state.main_pid:
        return None
    return await asyncio.to_thread(_no_gateway_below, host, distributions, target, service, state.main_pid)


def _no_gateway_below(
    host: Host, distributions: Distributions, target: Target, service: ServiceSignal, main_pid: int
) -> _Doubt | None:
    scanned = {info.pid: info for info in host.processes.scan()}
    pids = [main_pid, *(pid for pid in scanned if main_pid in ancestors(pid, scanned))]
    pids += [service.detached_pid] if service.detached_pid else []
    now = {pid: info for pid in pids if (info := host.processes.find(pid)) is not None}
    main = now.get(main_pid)
    if main is None:
        return None  # it has ended meanwhile
    for found in GatewayProcesses(host, distributions).among(now.values()):
        sure = not found.by_name_only or found.info.identity == target.identity
        if sure and found.distribution == target.distribution.name:
            return None
    seen = target.occupancy.discovered.seen_unit == (service.manager, service.name)
    if (seen and is_pause(main)) or is_about_to_run(main, target.distribution, target.installation.services):
        return None
    told = redact_command(main.argv) or main.name
    message = (
        f"{service.name} ({service.manager}) was left alone: its main process, pid {main_pid} ({told}), is no"
        f" {target.distribution.title} gateway, and runs none."
    )
    hint = f"If it should be stopped all the same: {service_command_by_hand(Operation.STOP, service, host.uid)}"
    age = host.clock.now() - main.started_at
    return _Doubt(RefusedError(ErrorCode.UNPROVEN, message, hint), may_change=timedelta(0) <= age < SHOWS_ITSELF)
