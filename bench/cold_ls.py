"""`claw-tui ls --json` as a cold process, against a process that only imports the libraries."""

import asyncio
import subprocess
import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from bench import homes
from bench.measurement import Baseline, Measurement, Result
from bench.turns import in_turns_blocking
from gateway_core.demo.home import DemoHome

PROFILES = 50
REACH = 2.0
CLAW_TUI = Path(sys.executable).parent / "claw-tui"
_ROUNDS = 15
_IMPORTS = "import httpx, psutil, pydantic"


def run() -> list[Result]:
    """From spawn to exit."""
    return asyncio.run(_measure())


async def _measure() -> list[Result]:
    async with DemoHome() as home:
        homes.stopped(home, PROFILES)
        ours = partial(_finish, (str(CLAW_TUI), "ls", "--json"), home.environment)
        bare = partial(_finish, (sys.executable, "-c", _IMPORTS), home.environment)
        ours_s, bare_s = in_turns_blocking(_ROUNDS, ours, bare)
    return [
        Measurement(
            f"claw-tui ls --json, cold, {PROFILES} profiles", ours_s, baseline=Baseline(_IMPORTS, bare_s), reach=REACH
        )
    ]


def _finish(command: tuple[str, ...], environment: Mapping[str, str]) -> None:
    subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=True)
