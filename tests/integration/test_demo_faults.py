"""What demo gateways can be told to do wrong, seen from outside."""

import asyncio
import os
import signal
import socket

import httpx
import pytest

from gateway_core.demo.faults import Faults
from gateway_core.demo.home import DemoHome, DidNotStartError, RunningGateway


async def get(gateway: RunningGateway, path: str = "/healthz", deadline: float = 20) -> httpx.Response:
    async with httpx.AsyncClient(trust_env=False) as client, asyncio.timeout(deadline):
        return await client.get(f"http://127.0.0.1:{gateway.port}{path}", timeout=deadline)


@pytest.fixture
async def gateway(demo_home: DemoHome) -> RunningGateway:
    return await demo_home.start("openclaw")


@pytest.mark.parametrize("answer", ["silent", "stream"])
async def test_an_answer_that_never_ends(gateway: RunningGateway, answer: str) -> None:
    gateway.profile.set_faults(Faults(answer=answer))
    with pytest.raises((TimeoutError, httpx.ReadTimeout)):
        await get(gateway, deadline=0.5)

    gateway.profile.set_faults(Faults())
    assert (await get(gateway)).json()["ok"], "the same process recovers"


async def test_garbage_is_not_http(gateway: RunningGateway) -> None:
    gateway.profile.set_faults(Faults(answer="garbage"))
    with pytest.raises(httpx.RemoteProtocolError):
        await get(gateway)


@pytest.mark.parametrize(("answer", "status"), [("redirect", 302), ("error-page", 500), ("not-live", 503)])
async def test_wrong_http_answers(gateway: RunningGateway, answer: str, status: int) -> None:
    gateway.profile.set_faults(Faults(answer=answer))
    found = await get(gateway)
    assert found.status_code == status
    assert "live" not in found.text


async def test_a_failing_channel_and_a_degraded_event_loop(gateway: RunningGateway) -> None:
    gateway.profile.set_faults(Faults(failing=("discord",), event_loop_degraded=True))
    found = await get(gateway, "/readyz")
    assert (found.status_code, found.json()["failing"]) == (503, ["discord"])
    assert found.json()["eventLoop"]["degraded"] is True
    assert (await get(gateway)).json()["status"] == "live"


async def test_dying_at_the_start(demo_home: DemoHome) -> None:
    with pytest.raises(DidNotStartError, match="ended with 78"):
        await demo_home.start("openclaw", faults=Faults(exit_code=78))


async def test_a_slow_start_has_a_lock_but_no_port(demo_home: DemoHome) -> None:
    gateway = await demo_home.start("openclaw", faults=Faults(start_delay_s=30), wait=False)
    async with asyncio.timeout(20):
        while not list(gateway.profile.state_dir.glob("tmp/*/gateway.*.lock")):  # noqa: ASYNC110  no asyncio.Event
            await asyncio.sleep(0.01)
    with socket.socket() as client:
        assert client.connect_ex(("127.0.0.1", gateway.port)) != 0
    os.kill(gateway.started_pid, signal.SIGTERM)
    assert await gateway.wait(20) == 0


async def test_ignoring_sigterm(demo_home: DemoHome) -> None:
    gateway = await demo_home.start("openclaw", faults=Faults(ignore_sigterm=True))
    with pytest.raises(TimeoutError):
        await gateway.stop(deadline=0.3)
    async with asyncio.timeout(20):
        while "signal SIGTERM received" not in gateway.output:  # noqa: ASYNC110  the file of another process
            await asyncio.sleep(0.01)
    assert (await get(gateway)).json()["ok"]
    assert await gateway.kill() == -signal.SIGKILL


async def test_draining_takes_its_time(demo_home: DemoHome) -> None:
    gateway = await demo_home.start("openclaw", faults=Faults(stop_delay_s=0.5))
    began = asyncio.get_running_loop().time()
    assert await gateway.stop() == 0
    assert asyncio.get_running_loop().time() - began >= 0.5
