"""How soon the dashboard shows what happened on the host: from the deed to the change in its terminal."""

import asyncio
import json
import socket
from collections.abc import Callable
from statistics import median
from time import monotonic

from bench import homes
from bench.cold_ls import CLAW_TUI
from bench.measurement import Measurement, Result
from bench.terminal import Lines, TimedTerminal
from gateway_core.demo.home import DemoHome, RunningGateway
from gateway_core.demo.installation import DemoProfile
from gateway_core.snapshot import Grade

SAMPLES = 12
KILL_REACH_S = 0.15
CONFIG_REACH_S = 0.4
LISTENER_REACH_S = 1.2
_SETTLING_S = 3


def run() -> list[Result]:
    """The median of a dozen of each, one after the other, in one dashboard with its default clocks."""
    return asyncio.run(_measure())


async def _measure() -> list[Result]:
    async with DemoHome() as home:
        gateways = await homes.live(home, SAMPLES)
        profile = home.add_profile(homes.PRODUCT, "edited")
        with TimedTerminal((str(CLAW_TUI),), home.environment) as terminal:
            terminal.when_shown(lambda lines: sum("running" in line for line in lines[1:]) >= SAMPLES)
            await asyncio.sleep(_SETTLING_S)
            kills = [await _kill(terminal, gateway) for gateway in gateways]
            edits = [_edit(terminal, profile, 20_000 + 200 * number) for number in range(SAMPLES)]
            listeners = [await _listen(terminal, gateway, number) for number, gateway in enumerate(gateways)]
            terminal.press("2")
            terminal.when_shown(lambda lines: any("when it runs" in line for line in lines), "when it runs")
            await asyncio.sleep(_SETTLING_S)
            conflicts = [await _conflict(terminal, gateway, number) for number, gateway in enumerate(gateways)]
    return [
        Measurement("killed gateway → state on screen, median", median(kills), reach=KILL_REACH_S),
        Measurement("config change on disk → screen, median", median(edits), reach=CONFIG_REACH_S),
        Measurement(
            "new listener on a claimed port → state on screen, median", median(listeners), reach=LISTENER_REACH_S
        ),
        Measurement("the same → conflict in the mode of ports, median", median(conflicts), reach=LISTENER_REACH_S),
    ]


async def _kill(terminal: TimedTerminal, gateway: RunningGateway) -> float:
    begun = monotonic()
    await gateway.kill()
    return terminal.when_shown(_row(gateway.profile, "stopped"), "stopped") - begun


def _edit(terminal: TimedTerminal, profile: DemoProfile, port: int) -> float:
    """Change the config as the gateways do: a new file takes the place of the old one."""
    config = json.loads(profile.config_path.read_text("utf-8"))
    config["gateway"]["port"] = port
    written = profile.config_path.with_suffix(".tmp")
    written.write_text(json.dumps(config), "utf-8")
    begun = monotonic()
    written.replace(profile.config_path)
    return terminal.when_shown(_row(profile, str(port)), str(port)) - begun


async def _listen(terminal: TimedTerminal, gateway: RunningGateway, number: int) -> float:
    """In the mode of instances: a stranger on the port of one."""
    return await _when_taken(terminal, gateway, number, "port taken", _row(gateway.profile, "port taken"))


async def _conflict(terminal: TimedTerminal, gateway: RunningGateway, number: int) -> float:
    """In the mode of ports: that stranger's entry in the list of conflicts."""
    return await _when_taken(terminal, gateway, number, Grade.ACTIVE.value, _entry(gateway.profile, Grade.ACTIVE.value))


async def _when_taken(
    terminal: TimedTerminal, gateway: RunningGateway, number: int, text: str, holds: Callable[[Lines], bool]
) -> float:
    """At another moment of the dashboard's clock each time."""
    await asyncio.sleep(number / SAMPLES)
    with socket.create_server(("127.0.0.1", gateway.port)):
        begun = monotonic()
        return terminal.when_shown(holds, text) - begun


def _row(profile: DemoProfile, text: str) -> Callable[[Lines], bool]:
    return lambda lines: any(profile.id in line and text in line for line in lines)


def _entry(profile: DemoProfile, grade: str) -> Callable[[Lines], bool]:
    return lambda lines: any(grade in line and f"{profile.id} × " in line for line in lines)
