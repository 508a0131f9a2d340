"""The products' commands: which are installed, in which version, and why one cannot be used."""

from __future__ import annotations

import pytest

from gateway_core.demo.home import DemoHome
from gateway_core.onboarding.choices import Field, ProblemCode
from gateway_core.onboarding.commands import CommandSearch, InstalledCommand, find_command, find_commands
from tests.onboarding import auto_choices, fake_command, planned, problem, problems, write_command

pytestmark = pytest.mark.usual_ports


async def test_each_bad_command_has_its_own_message(demo_home: DemoHome) -> None:
    host, wanted = demo_home.host(), auto_choices()
    product = next(item for item in demo_home.distributions if item.name == "openclaw")

    async def fails_with(code: ProblemCode, words: str) -> None:
        found = await problem(host, wanted, Field.DISTRIBUTION, code)
        assert words in found.message

    unknown = auto_choices(distribution="opneclaw")
    found = await problem(host, unknown, Field.DISTRIBUTION, ProblemCode.UNKNOWN_DISTRIBUTION)
    assert found.suggestion == "openclaw"
    (demo_home.bin / "openclaw").unlink()
    await fails_with(ProblemCode.COMMAND_MISSING, "nowhere on PATH")
    fake_command(demo_home, "openclaw", "exit 0", version="2025.12.1")
    await fails_with(ProblemCode.VERSION_TOO_OLD, "2025.12.1")
    fake_command(demo_home, "openclaw", "exit 0", version="I am no gateway")
    await fails_with(ProblemCode.VERSION_UNREADABLE, "I am no gateway")
    write_command(demo_home, "openclaw", "#!/nowhere/at/all\n")
    await fails_with(ProblemCode.COMMAND_SILENT, "not installed")
    write_command(demo_home, "openclaw", "#!/bin/sh\nsleep 60\n")
    slow = await find_command(host, product, deadline_s=0.3)
    assert not isinstance(slow, InstalledCommand)
    assert slow.code is ProblemCode.COMMAND_SILENT
    write_command(demo_home, "openclaw", "#!/bin/sh\nhead -c 200000 /dev/urandom\n")
    garbage = await problems(host, wanted)
    assert all("\x1b" not in item.message and len(item.message) < 400 for item in garbage.values())


async def test_what_is_installed_is_told_for_all_products_at_once(demo_home: DemoHome) -> None:
    (demo_home.bin / "moltbot").unlink()
    told: list[CommandSearch] = []
    found = await find_commands(demo_home.host(), demo_home.distributions, tell=told.append)
    for item in demo_home.distributions:
        *before, last = (one for one in told if one.distribution == item.name)
        asked = [str(demo_home.bin / item.command)] if item.name != "moltbot" else []
        assert ([one.asked for one in before], last.outcome) == (asked, found[item.name])
    assert found["clawdbot"] == InstalledCommand(str(demo_home.bin / "clawdbot"), "2026.1.24-3")
    missing = found["moltbot"]
    assert not isinstance(missing, InstalledCommand)
    assert missing.hint == "Install Moltbot: npm install -g moltbot"


async def test_the_node_that_a_version_needs(demo_home: DemoHome) -> None:
    host, wanted = demo_home.host(), auto_choices()
    node = demo_home.bin / "node"
    write_command(demo_home, "openclaw", "#!/usr/bin/env node\n")
    for version, words in (("v22.1.0", "needs Node.js 24.16"), ("v24.15.9", "needs Node.js 24.16")):
        node.write_text(f'#!/bin/sh\n[ "$1" = --version ] && echo {version} || echo 2026.9.6\n')
        node.chmod(0o755)
        found = await problem(host, wanted, Field.DISTRIBUTION, ProblemCode.NODE_TOO_OLD)
        assert words in found.message
    node.write_text('#!/bin/sh\n[ "$1" = --version ] && echo v24.16.0 || echo 2026.9.6\n')
    assert (await planned(host, wanted)).version == "2026.9.6"


async def test_a_newer_version_than_was_ever_tried_is_no_obstacle_but_said(demo_home: DemoHome) -> None:
    fake_command(demo_home, "openclaw", "exit 0", version="OpenClaw 2027.1.3 (abcdef0)")
    plan = await planned(demo_home.host(), auto_choices())
    assert any("newer than 2026.9.6" in warning for warning in plan.warnings)
