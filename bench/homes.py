"""Throw-away homes of the sizes that the benches need. A demo home is cleared up even if its bench is killed."""

import asyncio
from collections.abc import Sequence

from gateway_core.demo.home import DemoHome, RunningGateway
from gateway_core.demo.installation import DemoProfile

PRODUCT = "openclaw"
_FIRST_BASE = 1100
_LAST_BASE = 65_535 - 110


async def live(home: DemoHome, count: int) -> Sequence[RunningGateway]:
    """That many running gateways, each with a block of free ports of its own."""
    return await asyncio.gather(*(home.start(PRODUCT, f"live{number:02}") for number in range(count)))


def stopped(home: DemoHome, count: int) -> list[DemoProfile]:
    """That many profiles that nothing runs for, evenly spread over the ports: blocks overlap where there are many."""
    step = min(120, (_LAST_BASE - _FIRST_BASE) // count)
    return [home.add_profile(PRODUCT, f"p{number:04}", port=_FIRST_BASE + number * step) for number in range(count)]
