"""Two hundred operations at random, beside gateways that claw-tui must not signal: none of them gets a signal.

They are those in namespaces of their own, as in a container, and those whose supervisor would start them again.
"""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from gateway_core.demo.home import DemoHome
from gateway_core.demo.installation import DemoProfile
from gateway_core.lifecycle.backend import Options
from gateway_core.lifecycle.operate import operate
from gateway_core.operations import Operation, OperationResult
from tests.real_processes import until

_WITNESS = Path(__file__).parents[1] / "gateway_witness.py"
_OPERATIONS = 200
_AT_ONCE = 4
_TIMEOUT_S = 0.3

SUPERVISORS: Mapping[str, Mapping[str, str]] = {
    "god": {"TITLE": "PM2 v5.4.2: God Daemon (/home/u/.pm2)", "name": "bot", "pm_id": "0"},
    "supervisord": {"SUPERVISOR_PROCESS_NAME": "bot"},
    "circusd": {},
    "s6-supervise": {},
    "runsv": {},
}
"""Stand-ins: the name of the program that starts the gateway again, and the variables that the gateway has."""
NAMESPACES = {
    "container": ("--mount", "--net", "--pid", "--fork", "--mount-proc"),
    "host-network": ("--mount", "--pid", "--fork", "--mount-proc"),
    "pids": ("--pid", "--fork"),
    "files": ("--mount",),
}
"""The namespaces of their own, as options of unshare: those of a container, of one in its host's network, or one."""
_WITH_LOOPBACK = ("sh", "-c", 'ip link set lo up 2>/dev/null; exec "$@"', "sh")  # a new network has it down
_WITH_OWN_STATE = (
    "sh",
    "-c",
    'state=${4%/*}; cp -a "$state" "$state.own"; mount --bind "$state.own" "$state"; exec "$@"',
    "sh",
)


@dataclass(frozen=True)
class Witness:
    """A gateway that nobody may signal, and the native instance that it is mistaken for."""

    profile: DemoProfile
    record: Path

    @property
    def seen(self) -> list[str]:
        return self.record.read_text().split() if self.record.exists() else []


@contextmanager
def witnessing(
    home: DemoHome, name: str, before: Sequence[str | Path], variables: Mapping[str, str]
) -> Iterator[Witness]:
    """A witness for a profile of its own, until the end of the block. `before`: the command that runs it."""
    found = Witness(home.add_profile("openclaw", name), home.base / f"signals-{name}")
    profile = found.profile
    process = subprocess.Popen(
        (*before, found.record, profile.installation.config_path, str(profile.port)),
        env={**home.environment, **variables, "PYTHONPATH": os.pathsep.join(sys.path)},
        stdin=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        until(lambda: "ready" in found.seen)
        yield found
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def below(home: DemoHome, supervisor: str) -> tuple[str | Path, ...]:
    """The command of a stand-in for that supervisor, which runs a witness below it."""
    script = home.base / supervisor
    script.write_text(f"#!{sys.executable}\nimport runpy\nrunpy.run_path({str(_WITNESS)!r}, run_name='__main__')\n")
    script.chmod(0o755)
    return script, "--below"


async def operate_at_random(
    home: DemoHome, ids: list[str], seed: int, operations: int = _OPERATIONS
) -> list[OperationResult]:
    """Carry out so many operations, several side by side."""
    choice, slots, host = random.Random(seed), asyncio.Semaphore(_AT_ONCE), home.host()
    verbs = (Operation.START, Operation.STOP, Operation.STOP, Operation.RESTART, Operation.KILL)

    async def one(instance_id: str, operation: Operation) -> OperationResult:
        async with slots:
            options = Options(timeout_s=_TIMEOUT_S, force=choice.random() < 0.3, confirmed=True)
            return await operate(host, instance_id, operation, options)

    planned = [(choice.choice(ids), choice.choice(verbs)) for _ in range(operations)]
    return list(await asyncio.gather(*(one(*each) for each in planned)))


def assert_untouched(witnesses: list[Witness], results: list[OperationResult]) -> None:
    assert {witness.profile.id: witness.seen for witness in witnesses} == {
        witness.profile.id: ["ready"] for witness in witnesses
    }
    for witness in witnesses:
        tried = [result for result in results if result.instance == witness.profile.id]
        assert {Operation.STOP, Operation.RESTART} <= {result.operation for result in tried}
        assert not [result.operation for result in tried if result.ok and result.operation is not Operation.START]


@pytest.mark.slow
async def test_below_a_supervisor_nothing_is_signalled(demo_home: DemoHome) -> None:
    with ExitStack() as stack:
        witnesses = [
            stack.enter_context(witnessing(demo_home, name, below(demo_home, name), variables))
            for name, variables in SUPERVISORS.items()
        ]
        free = demo_home.add_profile("openclaw", "free")

        results = await operate_at_random(demo_home, [free.id, *(witness.profile.id for witness in witnesses)], seed=11)

        assert_untouched(witnesses, results)
        refused = [result for result in results if result.instance != free.id and result.operation is Operation.STOP]
        assert all(result.error is not None and result.error.hint for result in refused)
        assert [result for result in results if result.instance == free.id and result.pid_after]


@pytest.mark.slow
async def test_in_another_namespace_nothing_is_signalled(demo_home: DemoHome) -> None:
    unshare = ("unshare", *(() if os.geteuid() == 0 else ("--user", "--map-root-user")))
    _require_namespaces(unshare)
    with ExitStack() as stack:
        witnesses = [
            stack.enter_context(
                witnessing(demo_home, name, (*unshare, *options, *_entered(name), sys.executable, _WITNESS), {})
            )
            for name, options in NAMESPACES.items()
        ]
        free = demo_home.add_profile("openclaw", "free")

        results = await operate_at_random(demo_home, [free.id, *(witness.profile.id for witness in witnesses)], seed=12)

        assert {witness.profile.id: witness.seen for witness in witnesses} == {
            witness.profile.id: ["ready"] for witness in witnesses
        }
        started = [result for result in results if result.operation is Operation.START and result.instance != free.id]
        assert started
        assert not [result.instance for result in started if result.ok]


def _entered(namespace: str) -> tuple[str, ...]:
    """The command that runs another one in those namespaces, once they are as they should be."""
    return _WITH_OWN_STATE if namespace == "files" else _WITH_LOOPBACK


def _require_namespaces(unshare: tuple[str, ...]) -> None:
    command = (*unshare, *NAMESPACES["container"], "true")
    if shutil.which("unshare") and subprocess.run(command, capture_output=True, check=False).returncode == 0:
        return
    reason = "namespaces of its own cannot be made here: unshare is missing, or may not be used"
    if os.geteuid() == 0 and os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)
