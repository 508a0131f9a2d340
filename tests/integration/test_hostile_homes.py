"""Homes in which nothing that is read can be relied on: each command does its job, or says in one line why not."""

import json
from pathlib import Path

import pytest

from tests.hostile_home import PORT, PROFILE, HostileHome
from tests.program import CompletedRun, claw_tui

COMMANDS = (
    ("ls", "--json"),
    ("show", PROFILE, "--json"),
    ("ports", "--json"),
    ("check", "--json"),
    ("audit", "--json"),
    ("free-port", "--json"),
    ("stop", PROFILE, "--json"),
    ("events", "--json"),
    ("logs", PROFILE, "--json"),
    ("new", "--distribution", "openclaw", "--profile", "fresh", "--dry-run", "--json"),
    ("ls",),
)
"""What only looks, or has nothing to do."""


@pytest.fixture
def hostile(tmp_path: Path) -> HostileHome:
    return HostileHome(tmp_path)


def refuse(text: str) -> float:
    raise AssertionError(f"{text} is no JSON")


def finite(text: str) -> float:
    return float(text) if abs(float(text)) != float("inf") else refuse(text)


def strictly_parsed(text: str) -> dict[str, object]:
    """The document, held to RFC 8259."""
    document = json.loads(text, parse_constant=refuse, parse_float=finite)
    assert isinstance(document, dict)
    return document


async def each_command(hostile: HostileHome) -> dict[str, CompletedRun]:
    """What each command said, by its name."""
    runs = {}
    for arguments in COMMANDS:
        done = await claw_tui(hostile.environment, *arguments)
        assert "error of its own" not in done.output + done.errors, (arguments, done)
        assert "Traceback" not in done.errors, (arguments, done)
        assert done.code in (0, 1, 3), (arguments, done)
        if "--json" in arguments:
            strictly_parsed(done.output)
        runs[arguments[0]] = done
    assert f"openclaw:{PROFILE}" in runs["ls"].output
    assert str(PORT) in runs["show"].output
    return runs


async def test_paths_that_lead_nowhere_end_no_command(hostile: HostileHome) -> None:
    hostile.spoil_paths()
    await each_command(hostile)
