"""A host is shared by all that look through it, and dropped when nobody needs it: no look disturbs another."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from gateway_core.demo.faults import Faults
from gateway_core.demo.home import DemoHome
from gateway_core.host import Host, HttpAnswer
from gateway_core.monitor.monitor import take_snapshot
from gateway_core.system.http import LoopbackHttp
from tests.fixed_host import FixedHost

LOOKS = """\
import asyncio, sys
from dataclasses import replace
from pathlib import Path
from gateway_core.monitor.monitor import take_snapshot
from gateway_core.local_host import this_host

host = replace(this_host(), root=Path(sys.argv[1]))
for _ in range(2):
    print(*(instance.state.value for instance in asyncio.run(take_snapshot(host)).instances))
"""


async def ask(host: Host, url: str) -> HttpAnswer:
    async with host.http.conversation() as conversation:
        return await conversation.get(url, deadline=20)


async def test_a_look_that_ends_leaves_the_questions_of_others_alone(tmp_path: Path) -> None:
    host = replace(FixedHost(tmp_path).host(), http=LoopbackHttp())
    asked, may_answer = asyncio.Event(), asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        asked.set()
        await may_answer.wait()
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        question = asyncio.create_task(ask(host, f"http://127.0.0.1:{port}/"))
        await asked.wait()
        await take_snapshot(host)
        may_answer.set()
        answer = await question
    assert (answer.status, answer.body, answer.error) == (200, b"hi", None)


@pytest.mark.usual_ports
async def test_a_host_that_is_dropped_after_looks_in_several_loops_leaves_no_warning(demo_home: DemoHome) -> None:
    await demo_home.start("openclaw", "one")
    await demo_home.start("clawdbot", "silent", faults=Faults(answer="silent"))
    command = (sys.executable, "-W", "error", "-c", LOOKS, str(demo_home.root))
    done = await asyncio.to_thread(
        subprocess.run, command, env=dict(demo_home.environment), capture_output=True, text=True, timeout=120
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert [sorted(line.split()) for line in done.stdout.splitlines()] == [["running", "starting"]] * 2
