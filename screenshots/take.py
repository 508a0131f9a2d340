"""Takes the pictures: opens the dashboard on the demo's real gateways and saves what its screen shows.

Each picture is saved as SVG, as Textual exports it, and as PNG; that of a browser only as PNG.
"""

import asyncio
import os
import re
import shutil
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path

import resvg_py
from textual.pilot import Pilot

from claw_tui.app import ClawTui
from claw_tui.hosts.local import demo_gateway_host, local_gateway_host
from claw_tui.settings import LoadedSettings, Settings
from claw_tui.shell import themes
from claw_tui.shell.dashboard_app import DashboardResult
from gateway_core.demo.home import EXAMPLES, DemoHome, free_shift, populate
from gateway_core.host import Host
from gateway_core.snapshot import Snapshot, State
from screenshots import night
from tests.browser import CHROMIUMS, browser_page
from tests.dashboard import screen_text
from tests.web_server import web_server

_PLACE = Path(__file__).parent
_FONT = "DejaVu Sans Mono"
_DEADLINE_S = 30
_BROWSER_SIZE = (1280, 800)
_IN_MOTION = (State.STARTING, State.STOPPING)
_WEB_FONTS = re.compile(r"@font-face \{.*?\}", re.DOTALL)


class Stage(Enum):
    """What there is to see."""

    EMPTY = "a host without gateways"
    CALM = "gateways that keep clear of each other"
    EXAMPLES = "the demo"
    SQUATTED = "the demo, and a web server on a port that one of its gateways claims"
    MORNING = "what a night has left of some gateways"


_CALM = {"default": 18789, "rescue": 19001, "dev": 19789}
_GATEWAYS = {
    Stage.EMPTY: 0,
    Stage.CALM: len(_CALM),
    Stage.EXAMPLES: len(EXAMPLES),
    Stage.SQUATTED: len(EXAMPLES),
    Stage.MORNING: night.GATEWAYS,
}


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture: what it is called, how large the terminal is, and what is pressed before.

    A key `until:TEXT` presses nothing, and waits until the screen shows that text.
    """

    name: str
    size: tuple[int, int]
    theme: str = themes.DARK
    keys: tuple[str, ...] = ()
    stage: Stage = Stage.EXAMPLES


_UNTIL = "until:"
_GROUPS = {"family": ("*:default",), "at night": ("cb", "openclaw:rescue")}
_TO_OPENCLAW = ("slash", *"openclaw:default", "enter", "escape")
_TO_GRAPHS = ("right_square_bracket", "right_square_bracket")
_RESTARTED = ("R", "until:Restart openclaw:default", "y", "until:● running 35s")
_TO_RESCUE = ("slash", *"openclaw:rescue", "enter", "escape")
_TO_PROFILE = ("n", "until:Which product", "end", "enter", "down", "enter", "until:What is its profile called")
_TO_PORT = (*_TO_PROFILE, *["backspace"] * len("rescue"), *"spare", "enter", "until:At which port does it begin")
PICTURES = (
    Picture("dashboard", (160, 48), keys=(*_TO_OPENCLAW, "until:● running 25s")),
    Picture("dashboard-light", (120, 36), themes.LIGHT, keys=_TO_OPENCLAW),
    Picture("dashboard-small", (80, 24), keys=_TO_OPENCLAW),
    Picture("graphs", (120, 36), keys=(*_TO_OPENCLAW, *_TO_GRAPHS, "until:● running 20s", *_RESTARTED)),
    Picture("copy", (80, 24), themes.LIGHT, keys=(*_TO_OPENCLAW, "y")),
    Picture("filter", (120, 36), keys=("slash", *"!running", "enter")),
    Picture("show-only", (80, 24), keys=("f",)),
    Picture("help", (120, 36), keys=("question_mark",)),
    Picture("empty", (80, 24), stage=Stage.EMPTY),
    Picture("ports", (160, 48), keys=("2",), stage=Stage.SQUATTED),
    Picture("ports-light", (120, 36), themes.LIGHT, keys=("2", "down"), stage=Stage.SQUATTED),
    Picture("ports-small", (80, 24), keys=("2", "m"), stage=Stage.SQUATTED),
    Picture("ports-calm", (120, 36), keys=("2",), stage=Stage.CALM),
    Picture("audit", (120, 36), keys=(*_TO_OPENCLAW, "right_square_bracket", "until:To look after")),
    Picture("logs", (120, 36), keys=("3", "until:gateway: ready")),
    Picture("logs-light", (80, 24), themes.LIGHT, keys=("3", "slash", *"listening", "enter", "until:listening")),
    Picture("wizard-product", (80, 24), themes.LIGHT, keys=("n", "until:Which product")),
    Picture("wizard-port", (120, 36), keys=(*_TO_PORT, *["backspace"] * 6, *"18789", "until:The nearest free base")),
    Picture("wizard-review", (120, 36), keys=(*_TO_PORT, *["enter"] * 5, "down", "enter", "until:Review")),
    Picture("events", (120, 36), keys=(*_TO_RESCUE, "U", "4", "until:started by claw-tui")),
    Picture("away", (120, 36), keys=("until:its events, esc closes",), stage=Stage.MORNING),
)


async def take_all() -> None:
    """Every picture, of demos that are started for them and removed afterwards."""
    for stage in Stage:
        async with DemoHome() as home, _staged(stage, home):
            for picture in (picture for picture in PICTURES if picture.stage is stage):
                await take(picture, home.host())
            if stage is Stage.EXAMPLES:
                await asyncio.to_thread(take_in_browser, home)


@asynccontextmanager
async def _staged(stage: Stage, home: DemoHome) -> AsyncIterator[None]:
    shift = await asyncio.to_thread(free_shift)
    if stage is Stage.CALM:
        for profile, port in _CALM.items():
            await home.start("openclaw", profile, port=port + shift)
    elif stage is Stage.MORNING:
        await night.pass_night(home)
    elif stage is not Stage.EMPTY:
        await populate(home)
    if stage is not Stage.SQUATTED:
        yield
        return
    async with _web_server(EXAMPLES[0].base_port + shift + 2):
        yield


@asynccontextmanager
async def _web_server(port: int) -> AsyncIterator[None]:
    command = ("-m", "http.server", str(port), "--bind", "127.0.0.1")
    quiet = asyncio.subprocess.DEVNULL
    # Called by its plain name, because its command line is in the picture.
    server = await asyncio.create_subprocess_exec(
        "python3", *command, executable=sys.executable, stdout=quiet, stderr=quiet
    )
    try:
        yield
    finally:
        server.kill()
        await server.wait()


async def take(picture: Picture, host: Host) -> None:
    """Open the dashboard, wait until the host has settled, press the keys, save the screen."""
    settings = LoadedSettings(Settings(theme=picture.theme, groups=_GROUPS))  # no user's keys are in a picture
    remembers = local_gateway_host(lambda: host).look_back if picture.stage is Stage.MORNING else None
    app = ClawTui(replace(demo_gateway_host(lambda: host), settings=lambda: settings, look_back=remembers))
    async with app.run_test(size=picture.size) as pilot:
        await _settle(app, pilot, host.home, expected=_GATEWAYS[picture.stage])
        for key in picture.keys:
            await _press(app, pilot, key)
        await pilot.pause(0.5)
        svg = app.export_screenshot(title="claw-tui")
        found = len(app.session.snapshot.value.instances) if app.session.snapshot.value else 0
    if picture.stage is Stage.EMPTY and found:
        print(f"{picture.name}: left out, because {found} gateways outside the demo run on this machine")
    else:
        save(picture.name, svg)


def take_in_browser(home: DemoHome) -> None:
    """Save what a real browser shows of `claw-tui web`, where there is one."""
    program = next(filter(None, map(shutil.which, CHROMIUMS)), None)
    if program is None:
        print(f"web: left out, because there is no {' or '.join(CHROMIUMS)}")
        return
    with web_server(home.environment) as server, browser_page(Path(program), *_BROWSER_SIZE) as page:
        page.open(server.address)
        page.wait_for(lambda text: "openclaw:rescue" in text and "read-only" in text)
        page.type("2")
        page.wait_for(lambda text: "worst first" in text)
        page.draw()
        page.screenshot(_PLACE / "web.png")


async def _press(app: ClawTui, pilot: Pilot[DashboardResult], key: str) -> None:
    if not key.startswith(_UNTIL):
        await pilot.press(key)
        await pilot.pause()
        return
    deadline = time.monotonic() + _DEADLINE_S
    while key.removeprefix(_UNTIL) not in screen_text(app):
        if time.monotonic() > deadline:
            raise TimeoutError(f"the screen does not show “{key.removeprefix(_UNTIL)}” within {_DEADLINE_S} s")
        await pilot.pause(0.1)


async def _settle(app: ClawTui, pilot: Pilot[DashboardResult], home: Path, expected: int) -> None:
    deadline = time.monotonic() + _DEADLINE_S
    while not _has_settled(app.session.snapshot.value, home, expected):
        if time.monotonic() > deadline:
            raise TimeoutError(f"the demo did not come to rest within {_DEADLINE_S} s")
        await pilot.pause(0.1)


def _has_settled(snapshot: Snapshot | None, home: Path, expected: int) -> bool:
    if snapshot is None:
        return False
    own = [found for found in snapshot.instances if Path(found.state_dir or "").is_relative_to(home)]
    measured = all(found.signals.process is None or found.signals.process.cpu_percent is not None for found in own)
    return len(own) >= expected and measured and not any(found.state in _IN_MOTION for found in own)


def save(name: str, svg: str) -> None:
    """Write one picture; the PNG is drawn with a font of this machine."""
    (_PLACE / f"{name}.svg").write_text(svg, "utf-8")
    local = _WEB_FONTS.sub("", svg).replace("Fira Code", _FONT)
    png = resvg_py.svg_to_bytes(svg_string=local, font_family=_FONT, monospace_family=_FONT)
    (_PLACE / f"{name}.png").write_bytes(bytes(png))


if __name__ == "__main__":
    os.environ["COLORTERM"] = "truecolor"  # whatever terminal the pictures are taken from
    asyncio.run(take_all())
