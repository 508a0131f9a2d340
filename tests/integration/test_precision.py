"""A busy but well-spaced host: what the monitor says of it is never a false alarm, and never behind the times."""

import asyncio
import random
import signal
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import psutil
import pytest

from gateway_core.demo.faults import Faults
from gateway_core.demo.home import DemoHome, RunningGateway
from gateway_core.demo.installation import DemoProfile
from gateway_core.distributions.loader import built_in_distributions
from gateway_core.monitor.monitor import Monitor
from gateway_core.ports.overlaps import SEVERITY
from gateway_core.snapshot import Grade, Instance, ProcessSignal, Snapshot, State
from tests.program import among, instances_of, parties

LIVES = 3
"""So often each of them is started."""
LONGEST_S = 60
NEWS_DEADLINE_S = 15
"""How long the stream may take to tell what has happened, on a machine that is busy with other tests."""
STALE_S = 2.0
"""How long the newest snapshot may call a process running that has just ended."""
LOOK_EVERY_S = 0.05

SLOW = Faults(start_delay_s=1.5)
"""Slow enough that its starting has to be seen."""
DRAINING = Faults(start_delay_s=1.5, stop_delay_s=6)
"""It says for so long that it is about to end that this has to be seen too."""
FOLLOWING = {
    State.STOPPED: {State.STARTING, State.RUNNING},
    State.UNKNOWN: {State.STOPPED, State.STARTING, State.RUNNING},
    State.STARTING: {State.RUNNING},
    State.RUNNING: {State.STOPPING, State.STOPPED},
    State.STOPPING: {State.STOPPED},
}
"""Which state may come after which, when gateways are only started and ended."""
IN_DOUBT = "starting and could be this one"
"""The end of the reason why a stopped one is unknown while a gateway of its product has not shown yet whose it is."""


class StreamChecker:
    """Follows the stream of a monitor, and holds every snapshot to what a calm host may look like."""

    def __init__(self, home: DemoHome, ids: set[str]) -> None:
        self.newest: dict[str, Instance] = {}
        self.lives: defaultdict[str, int] = defaultdict(int)
        self.snapshots = 0
        self.alarms: list[str] = []
        self.implausible: list[str] = []
        self._home = home
        self._ids = ids
        self._news = asyncio.Condition()
        self._stale: dict[tuple[str, int], float] = {}

    async def follow(self, stream: AsyncIterator[Snapshot]) -> None:
        async for snapshot in stream:
            self._take(snapshot)
            async with self._news:
                self._news.notify_all()

    async def until(self, instance: str, what: str, holds: Callable[[Instance], bool]) -> None:
        try:
            async with asyncio.timeout(NEWS_DEADLINE_S), self._news:
                await self._news.wait_for(lambda: instance in self.newest and holds(self.newest[instance]))
        except TimeoutError:
            shown = self.newest.get(instance)
            pytest.fail(f"{instance} was not seen {what}, but {shown and (shown.state, shown.reason)}")

    async def watch_for_stale(self) -> None:
        """Compare what is shown with the process table, all the time."""
        while True:
            self._look_for_stale()
            await asyncio.sleep(LOOK_EVERY_S)

    def _take(self, snapshot: Snapshot) -> None:
        self.snapshots += 1
        own = {name: self._undisturbed(snapshot, item) for name, item in instances_of(snapshot, self._home).items()}
        self.alarms += [
            f"{conflict.grade} {conflict.ports}: {conflict.why}"
            for conflict in among(snapshot.conflicts, self._ids)
            if SEVERITY[conflict.grade] <= SEVERITY[Grade.POSSIBLE]
        ]
        if set(own) != self._ids:
            self.implausible.append(f"instances of the home: {sorted(set(own) ^ self._ids)}")
        self.implausible += self._strays(snapshot, own)
        for name, instance in own.items():
            self.implausible += _contradictions(instance)
            before = self.newest.get(name)
            if before is None or before.state is not instance.state:
                self.implausible += _leaps(before, instance)
                self.lives[name] += instance.state is State.RUNNING
        self.newest = own

    def _undisturbed(self, snapshot: Snapshot, instance: Instance) -> Instance:
        """As if only this home were there: gateways of other tests may claim its ports without asking."""
        own = any(instance.id in parties(conflict) for conflict in among(snapshot.conflicts, self._ids))
        blocked_by_others = instance.state is State.BLOCKED and instance.conflicts and not own
        return instance.model_copy(update={"state": State.STOPPED}) if blocked_by_others else instance

    def _strays(self, snapshot: Snapshot, own: dict[str, Instance]) -> list[str]:
        """Processes of the home that were taken for another instance than any of its own."""
        return [
            f"{instance.id} is pid {instance.signals.process.pid} of this home"
            for instance in snapshot.instances
            if instance.id not in own and instance.signals.process and self._is_at_home(instance.signals.process)
        ]

    def _is_at_home(self, process: ProcessSignal) -> bool:
        try:
            return psutil.Process(process.pid).environ().get("DEMO_GATEWAY_HOME") == str(self._home.base)
        except psutil.Error:
            return False

    def _look_for_stale(self) -> None:
        now = time.monotonic()
        shown = {
            (name, instance.signals.process.pid)
            for name, instance in self.newest.items()
            if instance.state is State.RUNNING
            and instance.signals.process is not None
            and not _is_alive(instance.signals.process)
        }
        self._stale = {shown_process: self._stale.get(shown_process, now) for shown_process in shown}
        self.implausible += [
            f"{name} was called running {STALE_S} s after pid {pid} had ended"
            for (name, pid), since in self._stale.items()
            if now - since > STALE_S
        ]


def _contradictions(instance: Instance) -> list[str]:
    """What a snapshot says of one instance that cannot all be true."""
    process, socket = instance.signals.process, instance.signals.socket
    port = instance.base_port.value if instance.base_port else None
    if instance.state is State.RUNNING and (process is None or process.proof is None):
        return [f"{instance.id} runs without a proven process: {instance.reason}"]
    if instance.state is State.RUNNING and (socket.owner_pid, instance.live_port) != (process and process.pid, port):
        return [f"{instance.id} runs, but {port} is held by {socket.owner_pid}: {instance.reason}"]
    if instance.state is State.STOPPED and (process is not None or socket.bound):
        return [f"{instance.id} is stopped, but something of it is there: {instance.reason}"]
    return []


def _leaps(before: Instance | None, now: Instance) -> list[str]:
    """A change of state that no start and no end of a gateway can have made."""
    if before is None or now.state in FOLLOWING.get(before.state, ()):
        return []
    if _has_ended(before) and now.state is State.UNKNOWN and now.reason.endswith(IN_DOUBT):
        return []
    return [f"{now.id} went from {before.state} ({before.reason}) to {now.state} ({now.reason})"]


def _has_ended(instance: Instance) -> bool:
    """Whether no process of it is left, which one look may find out at once with what else has come."""
    ended = instance.state in (State.STOPPED, State.STOPPING, State.RUNNING)
    return ended and (instance.signals.process is None or not _is_alive(instance.signals.process))


def _is_alive(process: ProcessSignal) -> bool:
    """The process itself, not a later one with its pid."""
    try:
        seen = psutil.Process(process.pid)
        started = datetime.fromtimestamp(seen.create_time(), UTC)
        return seen.status() != psutil.STATUS_ZOMBIE and abs((started - process.started_at).total_seconds()) < 1
    except psutil.NoSuchProcess:
        return False


class RestartedProfile:
    """One profile that is started and ended again and again; the stream has to tell of each time."""

    def __init__(self, home: DemoHome, profile: DemoProfile, checker: StreamChecker, faults: Faults | None) -> None:
        self._home = home
        self._profile = profile
        self._watcher = checker
        self._faults = faults or Faults()
        self._gateway: RunningGateway | None = None
        self.lives = 0
        if faults is not None:
            profile.set_faults(faults)

    async def start(self) -> None:
        self._gateway = gateway = await self._home.launch(self._profile, wait=False)
        if self._faults.start_delay_s:
            await self._until("starting", lambda shown: shown.state is State.STARTING)
        await gateway.until_listening()
        await self._until("running", lambda shown: _runs_as(shown, gateway.pid))
        self.lives += 1

    async def end(self, *, kill: bool) -> None:
        assert self._gateway is not None
        self._gateway.signal(signal.SIGKILL if kill else signal.SIGTERM)
        if self._faults.stop_delay_s and not kill:
            await self._until("stopping", lambda shown: shown.state is State.STOPPING)
        await self._gateway.wait()
        await self._until("stopped", lambda shown: shown.state is State.STOPPED)

    async def _until(self, what: str, holds: Callable[[Instance], bool]) -> None:
        await self._watcher.until(self._profile.id, what, holds)


def _runs_as(shown: Instance, pid: int) -> bool:
    return shown.state is State.RUNNING and shown.signals.process is not None and shown.signals.process.pid == pid


async def end_and_start(restarted: list[RestartedProfile], ends: float, chance: random.Random) -> None:
    """End one of the gateways, start it again, and so on, until each has had its lives."""
    while time.monotonic() < ends and (left := [one for one in restarted if one.lives < LIVES]):
        one = chance.choice(left)
        await one.end(kill=chance.random() < 0.3)
        await asyncio.sleep(chance.uniform(0, 1))
        await one.start()


@asynccontextmanager
async def meanwhile(*works: Awaitable[None]) -> AsyncIterator[None]:
    """While the body runs, so do these; their failure is the body's."""
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        yield
        for task in tasks:
            if task.done():
                task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def faults_of(product: str, name: str) -> Faults | None:
    """The slow one of each product starts slowly; only openclaw says that it drains."""
    if name == "quick":
        return None
    return DRAINING if product == "openclaw" else SLOW


@pytest.mark.slow
@pytest.mark.timeout(240)
async def test_ten_well_spaced_gateways_raise_no_alarm_and_no_transition_is_missed(demo_home: DemoHome) -> None:
    kinds = [(product.name, name) for product in built_in_distributions() for name in ("quick", "slow")]
    profiles = [demo_home.add_profile(*kind) for kind in kinds]
    checker = StreamChecker(demo_home, {profile.id for profile in profiles})
    restarted = [
        RestartedProfile(demo_home, profile, checker, faults_of(*kind))
        for kind, profile in zip(kinds, profiles, strict=True)
    ]
    async with (
        Monitor(demo_home.host()) as monitor,
        meanwhile(checker.follow(monitor.subscribe()), checker.watch_for_stale()),
    ):
        for profile in profiles:
            await checker.until(profile.id, "stopped", lambda shown: shown.state is State.STOPPED)
        await asyncio.gather(*(one.start() for one in restarted))
        ends, chance = time.monotonic() + LONGEST_S, random.Random(20)
        await asyncio.gather(*(end_and_start(restarted[index::3], ends, chance) for index in range(3)))
    assert not checker.alarms
    assert not checker.implausible
    assert checker.lives == {profile.id: one.lives for profile, one in zip(profiles, restarted, strict=True)}
    assert sum(one.lives for one in restarted) > 2 * len(restarted), "hardly anything happened"
