"""Takes the pictures: opens the dashboard on the demo's real gateways and saves what its screen shows.

Each picture is saved as SVG, as Textual exports it, and as PNG.
"""

import asyncio
import re
import time
from dataclasses import dataclass
from pathlib import Path

import resvg_py
from textual.pilot import Pilot

from claw_tui import themes
from claw_tui.app import ClawTui, Outcome
from claw_tui.settings import LoadedSettings, Settings
from gateway_core.demo.cast import CAST, populate
from gateway_core.demo.home import DemoHome
from gateway_core.host import Host
from gateway_core.monitor import Monitor
from gateway_core.snapshot import Snapshot, State

_PLACE = Path(__file__).parent
_FONT = "DejaVu Sans Mono"
_DEADLINE_S = 30
_IN_MOTION = (State.STARTING, State.STOPPING)
_WEB_FONTS = re.compile(r"@font-face \{.*?\}", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture: what it is called, how large the terminal is, and what is pressed before."""

    name: str
    size: tuple[int, int]
    theme: str = themes.DARK
    keys: tuple[str, ...] = ()
    empty: bool = False
    """Of a host without gateways."""


_TO_OPENCLAW = ("slash", *"openclaw:default", "enter", "escape")
PICTURES = (
    Picture("dashboard", (160, 48), keys=_TO_OPENCLAW),
    Picture("dashboard-light", (120, 36), themes.LIGHT, keys=_TO_OPENCLAW),
    Picture("dashboard-small", (80, 24), keys=_TO_OPENCLAW),
    Picture("copy", (80, 24), themes.LIGHT, keys=(*_TO_OPENCLAW, "y")),
    Picture("filter", (120, 36), keys=("slash", *"!running", "enter")),
    Picture("help", (120, 36), keys=("question_mark",)),
    Picture("empty", (80, 24), empty=True),
)


async def take_all() -> None:
    """Every picture, of a demo that is started for them and removed afterwards."""
    async with DemoHome() as home:
        await _take_each(home, [picture for picture in PICTURES if picture.empty])
        await populate(home)
        await _take_each(home, [picture for picture in PICTURES if not picture.empty])


async def _take_each(home: DemoHome, pictures: list[Picture]) -> None:
    for picture in pictures:
        await take(picture, home.host())


async def take(picture: Picture, host: Host) -> None:
    """Open the dashboard, wait until the host has settled, press the keys, save the screen."""
    settings = LoadedSettings(Settings(theme=picture.theme))
    app = ClawTui(lambda: Monitor(host), settings=settings, banner="demo")
    async with app.run_test(size=picture.size) as pilot:
        await _settle(app, pilot, host.home, expected=0 if picture.empty else len(CAST))
        await pilot.press(*picture.keys)
        await pilot.pause(0.5)
        svg = app.export_screenshot(title="claw-tui")
        found = len(app.snapshot.instances) if app.snapshot else 0
    if picture.empty and found:
        print(f"{picture.name}: left out, because {found} gateways outside the demo run on this machine")
    else:
        save(picture.name, svg)


async def _settle(app: ClawTui, pilot: Pilot[Outcome], home: Path, expected: int) -> None:
    deadline = time.monotonic() + _DEADLINE_S
    while not _has_settled(app.snapshot, home, expected):
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
    asyncio.run(take_all())
