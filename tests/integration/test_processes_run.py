"""Short commands: what they leave behind makes no failure of them."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import ParamSpec, TypeVar

import psutil
import pytest

from gateway_core.processes.run import NoReplyError, Reply, run
from tests.real_processes import has_ended, until

ENVIRONMENT = {"PATH": os.environ["PATH"]}


async def shell(lines: str, deadline: float = 20) -> Reply:
    return await run(("/bin/sh", "-c", lines), ENVIRONMENT, deadline=deadline)


def ends(file: Path) -> None:
    """The process whose pid is in that file ends."""
    pid = int(file.read_text())
    until(lambda: has_ended(pid))


async def test_what_it_says_and_how_it_ends_is_told() -> None:
    assert await shell("echo out; echo bad >&2; exit 3") == Reply(3, "out\n", "bad\n")
    assert len((await shell("head -c 300000 /dev/zero | tr '\\0' x")).output) == 300_000


@pytest.mark.parametrize("channels", ["", ">/dev/null 2>&1"], ids=["with its pipes", "without"])
async def test_a_child_that_stays_makes_no_failure_of_it_and_is_left_alone(tmp_path: Path, channels: str) -> None:
    reply = await shell(f"sleep 60 {channels} & echo $! > {tmp_path}/pid; sleep 0.2; echo done; exit 2")
    child = psutil.Process(int((tmp_path / "pid").read_text()))
    assert reply == Reply(2, "done\n", "")
    assert child.status() != psutil.STATUS_ZOMBIE
    child.kill()


async def test_what_does_not_end_in_time_is_ended_with_its_children(tmp_path: Path) -> None:
    with pytest.raises(NoReplyError, match="did not answer within 3 s"):
        await shell(f"sleep 600 & echo $! > {tmp_path}/pid; wait", deadline=3)
    ends(tmp_path / "pid")


@pytest.mark.parametrize("lines", ["exec yes", "yes >&2", "yes & exit 0"], ids=["itself", "a child", "one left behind"])
async def test_what_does_not_stop_printing_gives_no_reply(lines: str) -> None:
    with pytest.raises(NoReplyError, match="printed more than 4 MiB"):
        await shell(lines)


async def test_cancelled_it_leaves_nothing_behind(tmp_path: Path) -> None:
    task = asyncio.create_task(shell(f"sleep 600 & echo $! > {tmp_path}/new; mv {tmp_path}/new {tmp_path}/pid; wait"))
    async with asyncio.timeout(20):
        while not (tmp_path / "pid").exists():  # noqa: ASYNC110 - the file of another process
            await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    ends(tmp_path / "pid")


Arguments = ParamSpec("Arguments")
Started = TypeVar("Started")


def lingering(
    start: Callable[Arguments, Awaitable[Started]], begun: asyncio.Event, sign: Path
) -> Callable[Arguments, Awaitable[Started]]:
    """Start it as `start` does, but return only a while after that file is there."""

    async def lingers(*command: Arguments.args, **options: Arguments.kwargs) -> Started:
        started = await start(*command, **options)
        await asyncio.to_thread(until, sign.exists)
        begun.set()
        await asyncio.sleep(0.2)
        return started

    return lingers


async def test_cancelled_while_it_starts_it_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loop, pid, begun = asyncio.get_running_loop(), tmp_path / "pid", asyncio.Event()
    monkeypatch.setattr(loop, "subprocess_exec", lingering(loop.subprocess_exec, begun, pid))
    task = asyncio.create_task(shell(f"sleep 600 & echo $! > {tmp_path}/new; mv {tmp_path}/new {pid}; wait"))
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    ends(pid)
