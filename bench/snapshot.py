"""One full snapshot of twenty live gateways, against the floor."""

import asyncio

from bench import floor, homes
from bench.measurement import Baseline, Measurement, Result
from bench.turns import in_turns
from gateway_core.demo.home import DemoHome
from gateway_core.monitor.monitor import take_snapshot
from gateway_core.monitor.observer import Observer
from gateway_core.snapshot import Snapshot

GATEWAYS = 20
REACH = 3.0
_ROUNDS = 15


def run() -> list[Result]:
    """A look that knows nothing yet, and one by a program that keeps looking."""
    return asyncio.run(_measure())


async def _measure() -> list[Result]:
    async with DemoHome() as home:
        gateways = await homes.live(home, GATEWAYS)
        ports = [gateway.port for gateway in gateways]
        host = home.host()
        observer = Observer(host)

        async def bare() -> None:
            floor.listeners()
            await floor.ask(ports)

        floor_s, fresh_s, again_s = await in_turns(_ROUNDS, bare, lambda: take_snapshot(host), lambda: look(observer))
        await observer.aclose()
    baseline = Baseline(f"raw /proc pass + {GATEWAYS} bare GETs", floor_s)
    what = f"full snapshot of {GATEWAYS} live gateways"
    return [
        Measurement(f"{what}, the first look", fresh_s, baseline=baseline, reach=REACH),
        Measurement(f"{what}, another look", again_s, baseline=baseline, reach=REACH),
    ]


async def look(observer: Observer) -> Snapshot:
    """What `take_snapshot` does, by someone who has looked before."""
    await observer.look_at_system()
    await observer.look_at_http(observer.http_targets())
    return observer.snapshot()
