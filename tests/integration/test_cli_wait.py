"""`claw-tui wait` on a real gateway: it follows what others do to it."""

import asyncio

from gateway_core.demo.home import DemoHome
from tests.program import claw_tui


async def test_it_ends_when_the_gateway_does(demo_home: DemoHome) -> None:
    gateway = await demo_home.start("openclaw", "rescue", version="2026.9.6")
    running = await claw_tui(demo_home.environment, "wait", "openclaw:rescue", "--until", "running")
    assert (running.code, running.errors) == (0, "")
    assert running.output.startswith("openclaw:rescue is running: ")
    waiting = asyncio.create_task(
        claw_tui(demo_home.environment, "wait", "rescue", "--until", "stopped", "--timeout", "50", "--json")
    )
    await gateway.stop()
    ended = await waiting
    assert (ended.code, ended.document["ok"]) == (0, True)
