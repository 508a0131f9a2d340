"""Random sequences of operations and outside interference: screen, snapshot and system must agree after each.

The screen is looked at after each action, a snapshot is taken after each sequence: of so many gateways it takes long.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from claw_tui.text.states import STATE_STYLES
from gateway_core.demo.home import DemoHome
from gateway_core.demo.installation import DemoProfile
from gateway_core.lifecycle.operate import operate
from gateway_core.monitor.monitor import take_snapshot
from gateway_core.operations import ErrorCode, Operation
from gateway_core.snapshot import State
from tests.pty_dashboard import PtyDashboard, ShownRow, pty_dashboard
from tests.real_processes import OtherProcess, gateways_of, is_free, listens, other_process, until

SEQUENCES = 200
LANES = ("clawdbot:p0", "clawdbot:p1", "openclaw:p0", "openclaw:p1", "openclaw:p2")
"""In the order of the table. The screen may be a second behind the system; so many wait for it side by side."""
BY_KEYS = 0.5
"""How many of the operations that the dashboard offers are begun there, in the second half of the sequences: after each
it looks at everything again, which would make good for a change that its monitor has missed."""
ACTIONS = ("start", "stop", "restart", "kill", "squat", "leave", "break", "mend", "move", "reuse")


@dataclass
class Scenario:
    """One instance, everything that happens to it, and what should be true of it."""

    home: DemoHome
    dashboard: PtyDashboard
    profile: DemoProfile
    ports: tuple[int, int]
    bystander: OtherProcess
    directory: Path
    dice: random.Random
    port: int
    live_port: int | None = None
    by_keys: float = 0
    broken: bool = False
    squatter: OtherProcess | None = None
    reused: bool = False
    """The lock names a pid that is the bystander's now."""
    squatting: ExitStack = field(default_factory=ExitStack)
    history: list[str] = field(default_factory=list)

    @property
    def pids(self) -> list[int]:
        return gateways_of(self.profile)

    @property
    def squatted(self) -> bool:
        return self.squatter is not None

    async def act(self, action: str) -> None:
        self.history.append(action)
        if action in ("start", "stop", "restart"):
            await self.operate(Operation(action))
        else:
            getattr(self, f"do_{action}")()
        await self.require_on_screen(self.pids)
        assert self.bystander.unharmed, self.history
        assert self.squatter is None or self.squatter.unharmed, self.history

    async def operate(self, operation: Operation) -> None:
        before = self.pids
        expected = self.expected(operation, alive=before != [])
        sensible = (before == []) is (operation is Operation.START)
        if expected is None and sensible and self.dice.random() < self.by_keys:
            await self.operate_by_keys(operation, before)
        else:
            result = await operate(self.home.host(), self.profile.id, operation)
            code = result.error.code if result.error else None
            assert code == expected, (self.history, result)
        if expected is not None:
            assert self.pids == before, self.history
            return
        self.reused = self.reused and operation is Operation.STOP
        after = self.pids
        assert len(after) == (0 if operation is Operation.STOP else 1), (self.history, after)
        if operation is Operation.STOP:
            assert self.live_port is None or is_free(self.live_port)
            self.live_port = None
        elif before == [] or operation is Operation.RESTART:
            assert before != after, self.history
            self.live_port = self.port

    async def operate_by_keys(self, operation: Operation, before: list[int]) -> None:
        """On the dashboard, as a user would; its row tells the step until it is over."""
        self.history.append("by keys")
        await self.dashboard.operate(self.profile.id, LANES.index(self.profile.id), operation, self.history)
        wanted = 0 if operation is Operation.STOP else 1

        def is_over() -> bool:
            pids = self.pids
            return len(pids) == wanted and pids != before and self.dashboard.row(self.profile.id) == self.row(pids)

        await self.dashboard.until(is_over, self.history)

    def expected(self, operation: Operation, *, alive: bool) -> ErrorCode | None:
        """Why it has to be refused; `None` if it has to succeed."""
        if operation is Operation.STOP:
            if alive:
                return None
            if self.squatted and not self.broken:
                return ErrorCode.FOREIGN
            return ErrorCode.PID_REUSED if self.reused else None
        if alive and operation is Operation.START:
            return None
        if self.broken:
            return ErrorCode.INVALID_CONFIG
        return ErrorCode.CONFLICT if self.squatted else None

    def do_kill(self) -> None:
        for pid in self.pids:
            os.kill(pid, signal.SIGKILL)
        until(lambda: self.pids == [] and (self.live_port is None or is_free(self.live_port)))
        self.live_port = None

    def do_squat(self) -> None:
        if not self.squatted and is_free(self.port):
            self.squatter = self.squatting.enter_context(other_process(self.directory, self.port, called="squatter"))

    def do_leave(self) -> None:
        if self.squatter is not None:
            assert self.squatter.unharmed, self.history
        self.squatting.close()
        self.squatter = None

    def do_break(self) -> None:
        self.write_config(broken=True)

    def do_mend(self) -> None:
        self.write_config(broken=False)

    def do_move(self) -> None:
        if not self.squatted:
            self.port = next(port for port in self.ports if port != self.port)
            self.write_config(broken=self.broken)

    def do_reuse(self) -> None:
        """Early versions leave their lock behind; its pid can come to mean somebody else."""
        if self.pids or self.profile.installation.distribution.name != "clawdbot":
            return
        for lock in (self.home.root / "tmp").glob("clawdbot-*/gateway.*.lock"):
            record = json.loads(lock.read_text())
            if record["configPath"] == str(self.profile.config_path):
                lock.write_text(json.dumps({**record, "pid": self.bystander.pid}))
                self.reused = True

    def write_config(self, *, broken: bool) -> None:
        config = json.loads(self.profile.config_path.read_text().removeprefix("!"))
        config["gateway"]["port"] = self.port
        self.profile.config_path.write_text(("!" if broken else "") + json.dumps(config))
        self.broken = broken

    def state(self, pids: list[int]) -> State:
        """What has to be told of it."""
        if pids:
            return State.RUNNING
        return State.BLOCKED if self.broken else State.FOREIGN if self.squatted else State.STOPPED

    @property
    def base_port(self) -> int:
        """Where the next start would go."""
        found = self.profile.installation
        default = found.distribution.default_base_port(found.profile, found.version)
        return default.value if self.broken else self.port

    def row(self, pids: list[int]) -> ShownRow:
        """What its row has to show."""
        base = str(self.base_port) if pids or not self.broken else "?"  # a broken config does not tell where
        return ShownRow(STATE_STYLES[self.state(pids)].word, base, str(pids[0]) if pids else "–")

    async def require_on_screen(self, pids: list[int]) -> None:
        wanted = self.row(pids)
        await self.dashboard.until(lambda: self.dashboard.row(self.profile.id) == wanted, [*self.history, f"{wanted}"])

    async def require_agreement(self) -> None:
        """Of a snapshot that is taken now."""
        snapshot = await take_snapshot(self.home.host())
        instance = snapshot.instance(self.profile.id)
        assert instance is not None, self.history
        pids = self.pids
        if pids:
            process = instance.signals.process
            assert process is not None, (self.history, instance)
            assert [process.pid] == pids, self.history
            assert instance.state is State.RUNNING, (self.history, instance)
            assert instance.live_port == self.live_port, self.history
            assert self.live_port is not None
            assert listens(pids[0], self.live_port), self.history
        else:
            told = (instance.signals.process, instance.state)
            assert told == (None, self.state(pids)), (" ".join(self.history), instance.reason)


@pytest.mark.slow
@pytest.mark.timeout(400)
async def test_what_is_told_and_what_is_agree_whatever_happens(demo_home: DemoHome, tmp_path: Path) -> None:
    profiles = [demo_home.add_profile(*name.split(":")) for name in LANES]
    with ExitStack() as processes:
        async with pty_dashboard(demo_home, ":p") as screen, asyncio.TaskGroup() as group:
            for number, profile in enumerate(profiles):
                one = scenario(demo_home, screen, profile, tmp_path, processes)
                group.create_task(run(one, SEQUENCES // len(LANES), number))


async def run(one: Scenario, sequences: int, seed: int) -> None:
    try:
        for number in range(sequences):
            one.dice.seed(seed * 1000 + number)
            one.by_keys = BY_KEYS if number >= sequences // 2 else 0
            one.history.append(f"/ {seed * 1000 + number}:")
            for _ in range(one.dice.randint(2, 4)):
                await one.act(one.dice.choice(ACTIONS))
            await one.require_agreement()
            del one.history[:-40]
    finally:
        one.squatting.close()


def scenario(
    home: DemoHome, screen: PtyDashboard, profile: DemoProfile, directory: Path, processes: ExitStack
) -> Scenario:
    bystander = processes.enter_context(other_process(directory, called=f"bystander-{profile.id}"))
    ports = (profile.port, home.ports.take())
    return Scenario(home, screen, profile, ports, bystander, directory, random.Random(), profile.port)
