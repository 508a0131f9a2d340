"""The challenge with which a gateway greets over WebSocket: what counts as one, and that each process is asked once."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from websockets.asyncio.server import ServerConnection, serve

from gateway_core.demo.home import DemoHome
from gateway_core.health.challenge import ChallengeMemory, IdentityChallenges
from gateway_core.host import HttpAnswer, Identity
from gateway_core.monitor.monitor import take_snapshot
from gateway_core.own_files import WriteFaults
from gateway_core.system.http import LoopbackHttp
from tests.fixed_host import FixedHost
from tests.loopback_servers import (
    AMPLE_S,
    Handler,
    HttpServer,
    farewell,
    garbage,
    leaves_no_socket_behind,
    page,
    self_signed_tls,
    serving,
    silence,
    trickle,
)

__all__ = ["leaves_no_socket_behind"]

HTTP = LoopbackHttp()
CHALLENGE = json.dumps({"type": "event", "event": "connect.challenge", "payload": {"nonce": "n", "ts": 1}})


@asynccontextmanager
async def greeting(*frames: str, tls: bool = False) -> AsyncIterator[tuple[int, list[ServerConnection]]]:
    greeted: list[ServerConnection] = []

    async def greet(connection: ServerConnection) -> None:
        greeted.append(connection)
        for frame in frames:
            await connection.send(frame)
        await connection.wait_closed()

    async with serve(greet, "127.0.0.1", 0, ssl=self_signed_tls() if tls else None) as server:
        (listening,) = server.sockets
        yield listening.getsockname()[1], greeted


async def challenge(challenges: IdentityChallenges, port: int, *, pid: int = 7, tls: bool = False) -> bool | None:
    return await challenges.answered(HTTP, Identity(pid, 100), port, tls=tls, deadline=AMPLE_S)


class CountingHttp(LoopbackHttp):
    """Remembers who was challenged."""

    def __init__(self) -> None:
        super().__init__()
        self.challenged: list[str] = []

    async def first_websocket_frame(self, url: str, *, deadline: float) -> HttpAnswer:
        self.challenged.append(url)
        return await super().first_websocket_frame(url, deadline=deadline)


class TestIdentityChallenge:
    @pytest.mark.parametrize("tls", [False, True])
    async def test_a_gateway_greets_with_a_challenge(self, tls: bool) -> None:
        async with greeting(CHALLENGE, tls=tls) as (port, _):
            assert await challenge(IdentityChallenges(), port, tls=tls) is True

    async def test_the_connection_is_closed_in_order(self) -> None:
        async with greeting(CHALLENGE) as (port, greeted):
            await challenge(IdentityChallenges(), port)
            await asyncio.wait_for(greeted[0].wait_closed(), AMPLE_S)
            assert greeted[0].close_code == 1000

    async def test_another_websocket_server_is_no_gateway(self) -> None:
        async with greeting('{"type": "hello"}') as (port, _):
            assert await challenge(IdentityChallenges(), port) is False

    async def test_a_web_server_without_websockets_is_no_gateway(self) -> None:
        async with serving(HttpServer({"*": page("Something")})) as port:
            assert await challenge(IdentityChallenges(), port) is False

    @pytest.mark.parametrize("handler", [silence, garbage, farewell, trickle])
    async def test_what_does_not_answer_is_not_judged(self, handler: Handler) -> None:
        challenges = IdentityChallenges()
        async with serving(handler) as port:
            assert await challenges.answered(HTTP, Identity(7, 100), port, tls=False, deadline=0.3) is None

    async def test_a_process_is_asked_once_however_many_ask(self) -> None:
        challenges = IdentityChallenges()
        async with greeting(CHALLENGE) as (port, greeted):
            assert await asyncio.gather(*(challenge(challenges, port) for _ in range(20))) == [True] * 20
            assert await challenge(challenges, port) is True
            assert len(greeted) == 1
            await challenge(challenges, port, pid=8)
            assert len(greeted) == 2

    async def test_a_cancelled_caller_takes_nobody_with_it(self) -> None:
        challenges = IdentityChallenges()
        async with greeting(CHALLENGE) as (port, greeted):
            first = asyncio.create_task(challenge(challenges, port))
            await asyncio.sleep(0)
            first.cancel()
            assert await challenge(challenges, port) is True
            assert len(greeted) == 1

    async def test_memory_is_bounded(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("gateway_core.health.challenge.REMEMBERED_PROCESSES", 3)
        challenges = IdentityChallenges()
        async with greeting(CHALLENGE) as (port, greeted):
            for pid in (*range(10), 7, 8, 9):
                await challenge(challenges, port, pid=pid)
            assert len(greeted) == 10
            await challenge(challenges, port, pid=6)
            assert len(greeted) == 11

    @pytest.mark.parametrize(("frame", "outcome"), [(CHALLENGE, True), ('{"type": "hello"}', False)])
    async def test_another_run_does_not_ask_again(self, tmp_path: Path, frame: str, outcome: bool) -> None:
        fixed = FixedHost(tmp_path)
        fixed.add_process(7, "openclaw-gateway", start=100)
        async with greeting(frame) as (port, greeted):
            for _ in range(3):
                assert (
                    await challenge(IdentityChallenges(ChallengeMemory(fixed.host(), WriteFaults())), port) is outcome
                )
            assert len(greeted) == 1

    async def test_a_weakly_proven_gateway_is_asked_once_by_all_runs(self, demo_home: DemoHome) -> None:
        gateway = await demo_home.start("clawdbot", "p")
        for lock in (demo_home.root / "tmp").glob("*/gateway.*.lock"):
            lock.unlink()
        http = CountingHttp()
        for _ in range(3):
            await take_snapshot(replace(demo_home.host(), http=http))
        assert http.challenged.count(f"ws://127.0.0.1:{gateway.port}/") == 1

    async def test_closing_cancels_what_is_under_way(self) -> None:
        challenges = IdentityChallenges()
        async with serving(silence) as port:
            asking = asyncio.create_task(challenge(challenges, port))
            await asyncio.sleep(0)
            await asyncio.wait_for(challenges.aclose(), AMPLE_S / 2)
            with pytest.raises(asyncio.CancelledError):
                await asking
