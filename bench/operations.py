"""What start and stop cost over the gateway's own command until it is live, and over a bare SIGTERM until its exit."""

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from statistics import median
from time import perf_counter

from bench.measurement import Measurement, Result
from gateway_core.demo.home import DemoHome, RunningGateway
from gateway_core.demo.installation import DemoProfile
from gateway_core.host import Host
from gateway_core.lifecycle.operate import operate
from gateway_core.operations import Operation

REACH_S = 0.15
CLAW_TUI = Path(sys.executable).parent / "claw-tui"
_ROUNDS = 12
_GLANCE_S = 0.002

Work = Callable[[], Awaitable[object]]


def run() -> list[Result]:
    """With a demo gateway, in this process and as a cold `claw-tui`; all in turns."""
    return asyncio.run(_measure())


async def _measure() -> list[Result]:
    async with DemoHome() as home:
        bench = _Bench(home, home.add_profile("openclaw", "p"))
        ways: dict[str, tuple[Work, Work]] = {
            "bare": (bench.start_bare, bench.stop_bare),
            "operate()": (lambda: bench.operate(Operation.START), lambda: bench.operate(Operation.STOP)),
            "cold claw-tui": (lambda: bench.claw_tui("start"), lambda: bench.claw_tui("stop")),
        }
        taken: dict[str, list[tuple[float, float]]] = {way: [] for way in ways}
        for _ in range(_ROUNDS):
            for way, (start, stop) in ways.items():
                taken[way].append((await _seconds(start), await _seconds(stop)))
    floor = [median(figures) for figures in zip(*taken["bare"], strict=True)]
    return [
        Measurement(f"{what}: {way} over {than}", median(figures) - bare, reach=REACH_S)
        for way in ("operate()", "cold claw-tui")
        for what, than, bare, figures in zip(
            ("start", "stop"),
            ("the gateway's own command", "SIGTERM"),
            floor,
            zip(*taken[way], strict=True),
            strict=True,
        )
    ]


class _Bench:
    """One profile, started and stopped in each way."""

    def __init__(self, home: DemoHome, profile: DemoProfile) -> None:
        self._home = home
        self._profile = profile
        self._host: Host = home.host()
        self._gateway: RunningGateway | None = None

    async def start_bare(self) -> None:
        """Run the gateway's own command until it answers."""
        self._gateway = await self._home.launch(self._profile, "--port", str(self._profile.port), wait=False)
        url = f"http://127.0.0.1:{self._profile.port}/healthz"
        while True:
            async with self._host.http.conversation() as conversation:
                if (await conversation.get(url, deadline=1)).status == 200:
                    return
            await asyncio.sleep(_GLANCE_S)

    async def stop_bare(self) -> None:
        """Send SIGTERM and wait until the process has ended."""
        if self._gateway is not None:
            with suppress(ProcessLookupError):
                os.kill(self._gateway.pid, signal.SIGTERM)
            await self._gateway.wait()

    async def operate(self, operation: Operation) -> None:
        """In this process."""
        result = await operate(self._host, self._profile.id, operation)
        if not result.ok:
            raise RuntimeError(f"{operation.value} failed: {result.error}")

    async def claw_tui(self, operation: str) -> None:
        """In a process of its own."""
        process = await asyncio.create_subprocess_exec(
            str(CLAW_TUI),
            operation,
            self._profile.id,
            env=dict(self._home.environment),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        if await process.wait():
            raise RuntimeError(f"claw-tui {operation} failed")


async def _seconds(work: Work) -> float:
    begun = perf_counter()
    await work()
    return perf_counter() - begun
