"""`claw-tui web` without a browser: who is let in, and what is left when it ends."""

import asyncio
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import aiohttp
import psutil
import pytest

from tests.program import DEADLINE_S, claw_tui
from tests.web_server import WebServer, web_server


@contextmanager
def serving(home: Path, *through: str) -> Iterator[WebServer]:
    environment = {"HOME": str(home), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "TERM": "dumb"}
    with web_server(environment, through=through) as running:
        yield running


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebServer]:
    with serving(tmp_path_factory.mktemp("home")) as running:
        yield running


def origin_of(server: WebServer) -> str:
    return "/".join(server.address.split("/")[:3])


async def opened(client: aiohttp.ClientSession, server: WebServer) -> aiohttp.ClientWebSocketResponse:
    """A page with a dashboard that is drawn."""
    socket = await client.ws_connect(f"{server.address}ws", headers={"Origin": origin_of(server)})
    await drawn(socket)
    return socket


async def drawn(socket: aiohttp.ClientWebSocketResponse) -> None:
    seen = b""
    async with asyncio.timeout(DEADLINE_S):
        while b"read-only" not in seen:
            seen += await socket.receive_bytes()


async def test_only_a_page_of_its_own_gets_a_dashboard_and_it_ends_with_the_page(server: WebServer) -> None:
    async with aiohttp.ClientSession() as client:
        async with client.get(server.address) as answer:
            assert "textual-terminal" in await answer.text()
            assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
        for headers in ({}, {"Origin": "http://evil.example"}, {"Origin": "null"}):
            with pytest.raises(aiohttp.WSServerHandshakeError, match="403"):
                await client.ws_connect(f"{server.address}ws", headers=headers)
        assert server.dashboards == []
        async with await opened(client, server):
            assert len(server.dashboards) == 1
        await asyncio.to_thread(server.wait_for_dashboards, 0)


async def test_without_the_key_or_by_another_name_there_is_nothing(server: WebServer) -> None:
    port = server.address.split(":")[2].partition("/")[0]
    async with aiohttp.ClientSession() as client:
        for path in ("/", "/ws", "/static/js/textual.js", "/" + "x" * 32 + "/"):
            async with client.get(origin_of(server) + path) as answer:
                assert answer.status == 404, path
        for path in ("static/", "static/../server.py", "static/%2e%2e/server.py", "download/x"):
            async with client.get(server.address + path) as answer:
                assert answer.status in (403, 404), path
        for host in (f"evil.example:{port}", "127.0.0.1", "127.0.0.1:1"):
            async with client.get(server.address, headers={"Host": host}) as answer:
                assert answer.status == 403, host


async def test_dashboards_end_with_a_server_that_is_killed(tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        async with aiohttp.ClientSession() as client:
            await ends_with(client, server)


async def ends_with(client: aiohttp.ClientSession, server: WebServer) -> None:
    async with await opened(client, server):
        dashboards = server.dashboards
        server.process.kill()
        _, alive = await asyncio.to_thread(psutil.wait_procs, dashboards, timeout=DEADLINE_S)
    assert len(dashboards) == 1
    assert alive == []


async def test_a_port_that_is_taken_is_named(server: WebServer, tmp_path: Path) -> None:
    port = server.address.split(":")[2].partition("/")[0]
    done = await claw_tui({"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"}, "web", "--port", port)
    assert (done.code, done.output) == (1, "")
    assert f"127.0.0.1:{port} cannot be listened on" in done.errors


async def test_a_dashboard_that_hangs_ends_with_its_page(server: WebServer) -> None:
    async with aiohttp.ClientSession() as client:
        async with await opened(client, server):
            (dashboard,) = server.dashboards
            dashboard.suspend()
        await asyncio.to_thread(server.wait_for_dashboards, 0)


async def test_a_page_ends_with_its_dashboard_also_with_one_that_is_killed(server: WebServer) -> None:
    async with aiohttp.ClientSession() as client, await opened(client, server) as socket:
        server.dashboards[0].kill()
        async with asyncio.timeout(DEADLINE_S):
            while not socket.closed:
                await socket.receive()


async def test_what_makes_no_sense_ends_no_page(server: WebServer) -> None:
    nonsense = ("{", "[]", "7", '["stdin", 7]', '["resize", {"width": "x"}]', '["resize", {"width": -1, "height": 0}]')
    async with aiohttp.ClientSession() as client, await opened(client, server) as socket:
        for text in (*nonsense, '["stdin", "\\ud800"]', "[" * 5_000, '["ping", 1]'):
            await socket.send_str(text)
        async with asyncio.timeout(DEADLINE_S):
            while (message := await socket.receive()).data != '["pong", 1]':
                assert message.type == aiohttp.WSMsgType.BINARY
        async with client.get(f"{server.address}ws", headers={"Origin": origin_of(server)}) as answer:
            assert answer.status == 400
            assert answer.headers["Cache-Control"] == "no-store"


async def test_one_that_is_to_outlive_its_terminal_does(tmp_path: Path) -> None:
    with serving(tmp_path, "/usr/bin/nohup") as server:
        server.process.send_signal(signal.SIGHUP)
        async with aiohttp.ClientSession() as client, client.get(server.address) as answer:
            assert answer.status == 200
    with serving(tmp_path) as server:
        server.process.send_signal(signal.SIGHUP)
        assert await asyncio.to_thread(server.process.wait, DEADLINE_S) == 0
