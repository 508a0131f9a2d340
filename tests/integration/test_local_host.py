"""The machine behind a `Host`, and what it costs to have one."""

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

import pytest

from gateway_core.host import Host
from gateway_core.local_host import local_host
from gateway_core.system.clock import SystemClock

HEAVY = ("httpx", "psutil", "websockets", "watchfiles", "textual", "rich", "click")


def test_a_host_of_this_machine(tmp_path: Path) -> None:
    platform: Literal["darwin", "linux"] = "darwin" if sys.platform == "darwin" else "linux"
    host = local_host({"HOME": str(tmp_path), "TMPDIR": str(tmp_path / "tmp")}, platform)
    assert host.home == tmp_path
    assert host.config_dir.is_relative_to(tmp_path)
    assert host.temporary_dirs == (tmp_path / "tmp", Path("/tmp"))
    assert (host.name, host.uid) == (os.uname().nodename, os.getuid())
    own = host.processes.find(os.getpid())
    assert own is not None
    assert own.pid == os.getpid()
    assert host.sockets.limits().ephemeral_start > 1024


def test_a_host_keeps_the_environment_out_of_its_text() -> None:
    host = local_host({"HOME": "/srv/ada", "OPENCLAW_GATEWAY_TOKEN": "CANARY"}, "linux")
    assert isinstance(host, Host)
    assert "CANARY" not in repr(host)


def test_making_a_host_loads_nothing_heavy() -> None:
    code = "import sys; from gateway_core.local_host import this_host; this_host(); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=30)
    forbidden = set(HEAVY) - ({"psutil"} if sys.platform == "darwin" else set())
    assert forbidden.isdisjoint(done.stdout.split())


GET = """
async def question():
    async with LoopbackHttp().conversation() as conversation:
        return await conversation.get("http://127.0.0.1:1/", deadline=5)
"""
UPGRADE = """
async def question():
    return await LoopbackHttp().first_websocket_frame("ws://127.0.0.1:1/", deadline=5)
"""


@pytest.mark.parametrize("question", [GET, UPGRADE])
def test_what_a_question_needs_is_loaded_beside_the_event_loop(question: str) -> None:
    code = f"""
import asyncio, sys, threading
from gateway_core.system.http import LoopbackHttp

class ImportRecorder:
    def find_spec(self, name, path=None, target=None):
        if name.startswith(("httpx", "httpcore", "websockets")):
            print(name, threading.current_thread() is threading.main_thread())

sys.meta_path.insert(0, ImportRecorder())
{question}
answer = asyncio.run(question())
assert answer.error == "refused", answer
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert "False" in done.stdout
    assert "True" not in done.stdout, done.stdout


def test_the_clock_is_this_machines() -> None:
    clock = SystemClock()
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=5)
    assert clock.monotonic() <= clock.monotonic()
