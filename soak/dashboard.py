"""The dashboard that is soaked: `python -m soak.dashboard HOME REPORT SECONDS [--trace]`, on a terminal.

It writes down, a line of JSON each, what its process holds; `--trace` adds at its end what grew since the middle.
It shows the throw-away home and can reach no other. Keys that would end it do nothing: it ends when its time is up.
"""

from __future__ import annotations

import asyncio
import gc
import json
import re
import sys
import threading
import tracemalloc
from collections import Counter
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from time import monotonic

import psutil

import claw_tui.app
from claw_tui.cli.uncaught import traceback_lines
from claw_tui.hosts.local import demo_gateway_host
from gateway_core.demo.home import DemoHome

SAMPLES = 120
_GREW = 25


class SoakedDashboard(claw_tui.app.ClawTui):
    """A dashboard that no key ends."""

    CSS_PATH = str(Path(claw_tui.app.__file__).with_name("app.tcss"))
    time_is_up = False

    def exit(self, result: object = None, return_code: int = 0, message: object = None) -> None:
        """Stay."""

    def action_suspend_process(self) -> None:
        """Stay."""

    def end(self) -> None:
        self.time_is_up = True
        super().exit("quit")


def main(arguments: Sequence[str]) -> None:
    base, report, seconds, *options = arguments
    if "--trace" in options:
        tracemalloc.start(3)
    app = SoakedDashboard(demo_gateway_host(cache(DemoHome(Path(base)).host)))
    sys.exit(asyncio.run(_show(app, Path(report), float(seconds), trace="--trace" in options)))


async def _show(app: SoakedDashboard, report: Path, seconds: float, *, trace: bool) -> int:
    """The exit code: 1 where it ended before its time was up, or where what it holds could not be written down."""
    reporting = asyncio.create_task(_report(report, seconds, trace=trace))
    reporting.add_done_callback(lambda _: app.end())
    await app.run_async()
    ended_early = not app.time_is_up
    reporting.cancel()
    [reported] = await asyncio.gather(reporting, return_exceptions=True)
    failure = reported if isinstance(reported, Exception) else app.failure
    if failure is not None:
        print("\r\n".join(traceback_lines(failure)), flush=True)
    return int(failure is not None or ended_early)


async def _report(report: Path, seconds: float, *, trace: bool) -> None:
    process, began = psutil.Process(), monotonic()
    middle: tracemalloc.Snapshot | None = None
    kinds: Counter[str] = Counter()
    with report.open("w") as lines:
        while (passed := monotonic() - began) < seconds:
            await asyncio.sleep(min(seconds / SAMPLES, 5))
            print(json.dumps(_sample(process, passed)), file=lines, flush=True)
            if trace and middle is None and passed > seconds / 2:
                middle, kinds = tracemalloc.take_snapshot(), _kinds()
        if middle is not None:
            print(json.dumps({"grew": _growth(middle, kinds)}), file=lines, flush=True)


def _sample(process: psutil.Process, passed: float) -> dict[str, float]:
    """What it holds, with what nobody has collected yet: users have that, too."""
    memory = process.memory_full_info()
    return {
        "seconds": passed,
        "memory": memory.rss,
        "own memory": memory.uss,
        "descriptors": process.num_fds(),
        "threads": threading.active_count(),
        "tasks": len(asyncio.all_tasks()),
        "objects": len(gc.get_objects()),
    }


def _link(path: Path) -> str:
    """What a descriptor leads to, without what tells it from others of its kind."""
    try:
        return re.sub(r"\d{2,}|[0-9a-f]{8}", "N", str(path.readlink()))
    except OSError:
        return "gone"


def _kinds() -> Counter[str]:
    return Counter(type(one).__qualname__ for one in gc.get_objects())


def _growth(middle: tracemalloc.Snapshot, kinds: Counter[str]) -> list[str]:
    gc.collect()
    links = Counter(_link(path) for path in Path("/proc/self/fd").iterdir())
    grown = (_kinds() - kinds).most_common(_GREW)
    places = tracemalloc.take_snapshot().compare_to(middle, "traceback")[:_GREW]
    told = [
        f"{place.size_diff:+} B in {place.count_diff:+}: {' < '.join(place.traceback.format())}" for place in places
    ]
    return [
        *(f"{count} open: {name}" for name, count in links.most_common(_GREW)),
        *(f"{count:+} {name}" for name, count in grown),
        *told,
    ]


if __name__ == "__main__":
    main(sys.argv[1:])
