"""The modes of all that claw-tui leaves in a home, by whatever commands, whatever the umask."""

from __future__ import annotations

import asyncio
import stat
from pathlib import Path

import pytest

from gateway_core.demo.home import DemoHome
from tests.program import CLAW_TUI, DEADLINE_S

STARTS_AND_ENDS = (("stop", "p"), ("start", "p"), ("restart", "p"))
READS = (("ls",), ("audit",), ("events",), ("report", "-o", "report.md"))


async def run(home: DemoHome, umask: int, *arguments: str) -> None:
    """Run claw-tui with that umask; it must go well."""
    process = await asyncio.create_subprocess_exec(
        CLAW_TUI,
        *arguments,
        env=dict(home.environment),
        cwd=home.home,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        umask=umask,
    )
    async with asyncio.timeout(DEADLINE_S):
        output, _ = await process.communicate()
    assert process.returncode == 0, output.decode()


@pytest.mark.slow
@pytest.mark.parametrize("umask", [0o000, 0o777])
async def test_what_is_left_in_a_home_is_private_whatever_the_umask(demo_home: DemoHome, umask: int) -> None:
    await demo_home.start("openclaw", "p")
    elsewhere = demo_home.base / "srv" / "openclaw.json"
    elsewhere.parent.mkdir()
    elsewhere.write_text("{}")
    commands = (*STARTS_AND_ENDS, *READS) if umask == 0 else (STARTS_AND_ENDS[0], *READS)  # else the product cannot

    for arguments in (*commands, ("add", "--config", str(elsewhere)), ("forget", "openclaw:p")):
        await run(demo_home, umask, *arguments)

    own = [demo_home.home / ".config" / "claw-tui", demo_home.home / ".local"]
    left = [demo_home.home / "report.md", *own, *(path for root in own for path in root.rglob("*"))]
    assert {"events.db", "instances.json", "claw-tui", "report.md"} <= {path.name for path in left}
    assert {path.suffix for path in left} >= {".lock", ".db", ".json"}
    assert {path: oct(mode) for path in left if (mode := _mode(path)) != (0o700 if path.is_dir() else 0o600)} == {}


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)
