"""The evidence that ties a gateway process to an instance. Pure: the caller brings what it saw.

A title alone, a pid alone or a lock file alone proves nothing: all profiles share a title, pids are reused, and early
versions leave their lock behind after a normal stop.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from gateway_core.discovery.locks import LockFile
from gateway_core.discovery.processes import GatewayProcess
from gateway_core.host import Identity
from gateway_core.snapshot import Proof


def proofs(
    process: GatewayProcess,
    *,
    locks: Sequence[LockFile],
    main_pids: Collection[int],
    launched: Identity | None = None,
    line: Collection[Identity] = (),
    ports: Collection[int],
    base_port: int | None,
) -> Iterator[Proof]:
    """Every proof that this process is the instance's gateway, from the strongest to the weakest.

    `locks`, `main_pids` and `launched` (by claw-tui) are those of the instance's own config and services; `ports` is
    what the process listens on, and `line` is the process with what launched it.
    Discovery has joined the process to the instance already, by whatever pointed there; this says what that is worth.
    """
    launching = {process.info.identity, *line}
    if any(lock.proves(process.info) for lock in locks):
        yield Proof.LOCK
    if process.placed_by is Proof.OPEN_FILES or any(_is_held(lock, process) for lock in locks):
        yield Proof.OPEN_FILES
    if any(identity.pid in main_pids for identity in launching):
        yield Proof.SERVICE
    if launched in launching:
        yield Proof.LAUNCH
    if process.placed_by is Proof.ENVIRONMENT:
        yield Proof.ENVIRONMENT
    if process.profile is not None:
        yield Proof.ARGUMENTS
    if process.placed_by is Proof.WORKING_PLACE:
        yield Proof.WORKING_PLACE
    if process.titled and base_port in ports:
        yield Proof.SOCKET


def _is_held(lock: LockFile, process: GatewayProcess) -> bool:
    """Whether it holds the lock open; a mere command of its product may read that of a gateway, which it then names."""
    if process.by_name_only and lock.pid != process.info.pid:
        return False
    return lock.path in process.lock_paths and lock.is_credible_about(process.info)
