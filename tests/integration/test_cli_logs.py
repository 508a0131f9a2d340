"""`claw-tui logs` as a process: real demo gateways, pipes, terminals and signals."""

import asyncio
import json
import signal
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from gateway_core.demo.home import DemoHome
from tests.log_files import append, vendor_line
from tests.program import CLAW_TUI, DEADLINE_S, claw_tui
from tests.terminal import terminal


@asynccontextmanager
async def following(home: DemoHome, *arguments: str) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        CLAW_TUI,
        "logs",
        *arguments,
        "-f",
        env=dict(home.environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(DEADLINE_S):
            yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def lines_until(process: asyncio.subprocess.Process, text: str) -> list[str]:
    assert process.stdout
    lines = []
    async for line in process.stdout:
        lines.append(line.decode().rstrip("\n"))
        if text in lines[-1]:
            return lines
    raise AssertionError(f"ended without {text}: {lines}")


@pytest.mark.slow
async def test_a_restart_is_followed_and_ctrl_c_ends_quietly(demo_home: DemoHome) -> None:
    gateway = await demo_home.start("openclaw", "rescue")
    async with following(demo_home, "rescue", "-n", "1") as process:
        first = await lines_until(process, "ready")
        assert len(first) == 1
        await gateway.stop()
        await demo_home.launch(gateway.profile)
        more = await lines_until(process, "ready")
        assert "signal SIGTERM received" in more[0]
        assert any("listening on ws://127.0.0.1" in line for line in more)
        process.send_signal(signal.SIGINT)
        output, errors = await process.communicate()
        assert (process.returncode, output, errors.strip()) == (130, b"", b"")


async def test_a_reader_that_leaves_ends_it_quietly(demo_home: DemoHome) -> None:
    profile = demo_home.add_profile("openclaw", "rescue")
    append(profile.log_file, vendor_line("ready"))
    async with following(demo_home, "rescue") as process:
        await lines_until(process, "ready")
        # asyncio offers no other way to close the reading end of one pipe.
        process._transport.get_pipe_transport(1).close()  # type: ignore[attr-defined]
        assert await process.wait() == 141
        assert process.stderr
        assert await process.stderr.read() == b""


async def test_following_as_json_is_one_document_per_line(demo_home: DemoHome) -> None:
    profile = demo_home.add_profile("openclaw", "rescue")
    append(profile.log_file, vendor_line("first"))
    async with following(demo_home, "rescue", "--json") as process:
        await lines_until(process, "first")
        append(profile.log_file, vendor_line("second", level="WARN"))
        (line,) = await lines_until(process, "second")
        document = json.loads(line)
        assert (document["schema"], document["level"], document["instance"]) == (1, "warn", "openclaw:rescue")


async def test_several_are_merged_by_time_with_their_names(demo_home: DemoHome) -> None:
    for number, name in enumerate(("default", "rescue", "dev")):
        profile = demo_home.add_profile("openclaw", name)
        append(profile.log_file, *(vendor_line(f"{name} {n}", after=n * 10 + number) for n in range(2)))
    ended = await claw_tui(demo_home.environment, "logs", "default", "rescue", "dev")
    told = [line.partition("gateway: ")[2] for line in ended.output.splitlines()]
    assert told == ["default 0", "rescue 0", "dev 0", "default 1", "rescue 1", "dev 1"]
    assert "┃openclaw:rescue" in ended.output
    assert "\x1b" not in ended.output


async def test_level_pattern_and_count(demo_home: DemoHome) -> None:
    profile = demo_home.add_profile("openclaw", "rescue")
    levels = ("INFO", "WARN", "ERROR", "FATAL")
    append(profile.log_file, *(vendor_line(f"boom {n}", after=n, level=levels[n % 4]) for n in range(40)))
    ended = await claw_tui(demo_home.environment, "logs", "rescue", "--level", "error", "--grep", "BOOM 3.", "-n", "3")
    assert [line.rpartition(" ")[2] for line in ended.output.splitlines()] == ["35", "38", "39"]
    ended = await claw_tui(demo_home.environment, "logs", "rescue", "--grep", "nothing like it")
    assert (ended.code, ended.output) == (1, "")
    assert ended.errors == f"claw-tui: no line matches, in {profile.log_file}\n"


async def test_what_cannot_be_shown_is_said(demo_home: DemoHome) -> None:
    profile = demo_home.add_profile("openclaw", "rescue")
    ended = await claw_tui(demo_home.environment, "logs", "rescue", "--json")
    assert ended.code == 1
    assert str(profile.log_file) in ended.errors
    assert isinstance(ended.document["error"], dict)
    profile.log_file.mkdir(parents=True)
    ended = await claw_tui(demo_home.environment, "logs", "rescue")
    assert ended.code == 3
    assert "is a directory" in ended.errors


async def test_a_terminal_gets_lanes_in_colour(demo_home: DemoHome) -> None:
    for name in ("default", "rescue"):
        append(demo_home.add_profile("openclaw", name).log_file, vendor_line(f"hello {name}\nsecond", level="ERROR"))

    def look() -> bytes:
        with terminal(dict(demo_home.environment), "logs", "default", "rescue", columns=200) as screen:
            assert screen.read_to_end() == 0
            return screen.raw

    raw = await asyncio.to_thread(look)
    assert b"\x1b[35m\xe2\x96\x8copenclaw:default" in raw
    assert "\x1b[36m┃openclaw:rescue".encode() in raw
    assert "hello rescue ⏎ second".encode() in raw


@pytest.mark.slow
async def test_no_secret_is_printed(demo_home: DemoHome) -> None:
    secret = "CANARY" + "0123456789abcdef" * 2
    profile = demo_home.add_profile("openclaw", "rescue")
    append(
        profile.log_file,
        vendor_line(f"token={secret}"),
        vendor_line("request", {"headers": {"authorization": f"Bearer {secret}"}}),
        vendor_line(f"open http://127.0.0.1:1/#token={secret}")[:-40],
    )
    for arguments in ((), ("--json",), ("--grep", secret), ("--grep", "CANARY", "--json")):
        ended = await claw_tui(demo_home.environment, "logs", "rescue", *arguments)
        assert "CANARY" not in ended.output + ended.errors.replace(secret, "")
        if "--grep" in arguments:
            assert ended.code == 1
