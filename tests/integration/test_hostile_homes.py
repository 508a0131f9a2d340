"""Homes in which nothing that is read can be relied on: each command does its job, or says in one line why not."""

import asyncio
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.documents import at, rows, strictly_parsed
from tests.hostile_home import DEEP, NUMBER, PORT, PROFILE, HostileHome
from tests.program import CompletedRun, claw_tui

LS, EVENTS = ("ls", "--json"), ("events", "--json")
COMMANDS = (
    LS,
    ("show", PROFILE, "--json"),
    ("ports", "--json"),
    ("check", "--json"),
    ("audit", "--json"),
    ("free-port", "--json"),
    ("stop", PROFILE, "--json"),
    EVENTS,
    ("logs", PROFILE, "--json"),
    ("new", "--distribution", "openclaw", "--profile", "fresh", "--dry-run", "--json"),
    ("ls",),
)
"""What only looks, or has nothing to do."""


@pytest.fixture
def hostile(tmp_path: Path) -> HostileHome:
    return HostileHome(tmp_path)


async def each_command(hostile: HostileHome, *commands: tuple[str, ...]) -> dict[str, CompletedRun]:
    """What each command said, by its name."""
    chosen = commands or COMMANDS
    ended = await asyncio.gather(*(claw_tui(hostile.environment, *arguments) for arguments in chosen))
    runs = {}
    for arguments, done in zip(chosen, ended, strict=True):
        assert "error of its own" not in done.output + done.errors, (arguments, done)
        assert "Traceback" not in done.errors, (arguments, done)
        assert done.code in (0, 1, 3), (arguments, done)
        if "--json" in arguments:
            strictly_parsed(done.output)
        runs[" ".join(arguments)] = done
    assert f"openclaw:{PROFILE}" in runs["ls --json"].output
    assert str(PORT) in runs["ls --json"].output
    return runs


async def test_paths_that_lead_nowhere_end_no_command(hostile: HostileHome) -> None:
    hostile.spoil_paths()
    runs = await each_command(hostile)
    listed = runs["ls --json"].output
    assert "was left out" not in listed, "each registration is understood, and followed"
    assert all(f'"openclaw@r{number}"' in listed for number in range(3))


def sparse(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(3 << 30)


def text(json_text: str, toml_text: str) -> Callable[[Path], object]:
    return lambda path: path.write_text(toml_text if path.suffix == ".toml" else json_text)


SPOILT: dict[str, Callable[[Path], object]] = {
    "pipe": os.mkfifo,
    "directory": Path.mkdir,
    "circle": lambda path: path.symlink_to(path.name),
    "device": lambda path: path.symlink_to("/dev/zero"),
    "sparse": sparse,
    "number": text(f'{{"instances": {NUMBER}}}', f"a = {NUMBER}"),
    "deep": text(DEEP, f"a = {DEEP}"),
    "keys": text('{"a":' * 100_000, "a." * 100_000 + "a = 1"),
    "junk": lambda path: path.write_bytes(b"\xff\xfe\x00junk"),
}


@pytest.mark.slow
@pytest.mark.parametrize("kind", SPOILT)
async def test_own_files_that_are_spoilt_are_named_and_the_rest_works(hostile: HostileHome, kind: str) -> None:
    files = hostile.spoil_files(SPOILT[kind])
    [ids] = (path for path in files if path.name == "ids.json")
    inode = ids.lstat().st_ino
    runs = await each_command(hostile, LS)
    problems = rows(at(strictly_parsed(runs["ls --json"].output), "problems"))
    named = {problem["where"] for problem in problems}
    # A gateway that runs elsewhere on this machine may be a reason to remember ids, and so to begin that file anew.
    begun_anew = {ids} if ids.lstat().st_ino != inode else set()
    unread = {path for path in files if path.name in ("settings.toml", "events.db")}
    assert named >= {str(path) for path in {*files} - begun_anew - unread}
    await each_command(hostile, LS, ("check", "--json"), ("stop", PROFILE, "--json"), EVENTS)


async def test_a_bad_row_of_the_database_costs_that_row(hostile: HostileHome) -> None:
    hostile.add_bad_events()
    runs = await each_command(hostile, LS, EVENTS)
    events = rows(at(strictly_parsed(runs["events --json"].output), "events"))
    assert [event["kind"] for event in events] == ["started", "stopped"]


async def test_a_log_with_absurd_times_and_numbers_is_shown(hostile: HostileHome) -> None:
    times = ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00", "9" * 400)
    lines = [json.dumps({"time": time, "0": f"line {number}"}) for number, time in enumerate(times)]
    lines += ['{"time": "2026-11-20T10:00:00Z", "0": NaN, "1": 1e999}', f'{{"0": {NUMBER}}}', DEEP, f'{{"0": {DEEP}}}']
    config = {"gateway": {"mode": "local", "port": PORT}, "logging": {"file": str(hostile.home / "gateway.log")}}
    hostile.write(f".openclaw-{PROFILE}/openclaw.json", json.dumps(config))
    hostile.write("gateway.log", "\n".join(lines) + "\n")
    runs = await each_command(hostile)
    shown = rows(at(strictly_parsed(runs[f"logs {PROFILE} --json"].output), "lines"))
    assert len(shown) == len(lines)
    assert [line["at"] for line in shown[:4]] == [None] * 4
