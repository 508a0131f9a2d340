"""What each piece of evidence is worth."""

from collections.abc import Collection
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway_core.discovery.locks import LockFile
from gateway_core.discovery.processes import GatewayProcess
from gateway_core.health.proof import proofs
from gateway_core.host import ProcessInfo
from gateway_core.snapshot import Proof

LOCK_PATH = Path("/tmp/openclaw-0/gateway.4eeef61b.lock")
INFO = ProcessInfo(
    pid=20011,
    start=189920,
    started_at=datetime(2026, 11, 20, tzinfo=UTC),
    parent=1,
    uid=1000,
    name="openclaw-gatewa",
    argv=("openclaw-gateway",),
)


def process(
    *, titled: bool = True, placed_by: Proof | None = None, lock_paths: tuple[Path, ...] = ()
) -> GatewayProcess:
    return GatewayProcess(INFO, "openclaw", titled=titled, placed_by=placed_by, lock_paths=lock_paths)


def lock(pid: int = 20011, start: int | None = 189920, owner: int = 1000) -> LockFile:
    return LockFile(LOCK_PATH, owner, "openclaw", pid, start, Path("/home/user/.openclaw-main/openclaw.json"))


@pytest.mark.parametrize(
    ("gateway", "locks", "main_pids", "ports", "proof"),
    [
        (process(), (lock(),), {20011}, {18789}, Proof.LOCK),
        (process(titled=False), (lock(),), (), (), Proof.LOCK),
        # Root may write a lock for anybody, any other user only for himself.
        (process(), (lock(owner=0),), (), (), Proof.LOCK),
        (process(), (lock(owner=4242),), (), (), None),
        (process(lock_paths=(LOCK_PATH,)), (lock(owner=4242),), (), (), None),
        # A reused pid, another pid, and a lock that names no start time prove nothing by themselves.
        (process(), (lock(start=1),), (), (), None),
        (process(), (lock(pid=5),), (), (), None),
        (process(), (lock(start=None),), (), (), None),
        (process(lock_paths=(LOCK_PATH,)), (lock(start=None),), (), (), Proof.OPEN_FILES),
        (process(lock_paths=(LOCK_PATH,)), (lock(pid=5),), {20011}, (), Proof.OPEN_FILES),
        (process(lock_paths=(Path("/tmp/other.lock"),)), (lock(pid=5),), (), (), None),
        (process(placed_by=Proof.OPEN_FILES), (), (), (), Proof.OPEN_FILES),
        (process(placed_by=Proof.ENVIRONMENT), (), {20011}, (), Proof.SERVICE),
        (process(placed_by=Proof.ENVIRONMENT), (), {5}, {18789}, Proof.ENVIRONMENT),
        (process(), (), (), {18789, 18792}, Proof.SOCKET),
        (process(titled=False), (), (), {18789}, None),
        (process(), (), (), {18792}, None),
        (process(), (), (), (), None),
    ],
)
def test_the_strongest_proof_wins(
    gateway: GatewayProcess,
    locks: tuple[LockFile, ...],
    main_pids: Collection[int],
    ports: Collection[int],
    proof: Proof | None,
) -> None:
    found = proofs(gateway, locks=locks, main_pids=main_pids, ports=ports, base_port=18789)
    assert next(found, None) is proof


def test_without_a_base_port_no_socket_proves_anything() -> None:
    assert not list(proofs(process(), locks=(), main_pids=(), ports={18789}, base_port=None))
