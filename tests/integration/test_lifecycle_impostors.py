"""Programs that resemble gateways: whatever they hold open, they are none, and nothing ever signals them."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from gateway_core.demo.home import DemoHome
from gateway_core.demo.installation import DemoProfile
from gateway_core.lifecycle.backend import Options
from gateway_core.lifecycle.operate import operate
from gateway_core.monitor.monitor import take_snapshot
from gateway_core.operations import ErrorCode, Operation
from gateway_core.snapshot import State
from tests.documents import at, rows
from tests.impostors import held_files, impostor
from tests.program import claw_tui

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="a command line can be overwritten on Linux only")

SCRIPT = "/opt/lib/node_modules/openclaw/openclaw.mjs"
FORMS = [
    *(("node", SCRIPT, "--profile", "p", "gateway", command) for command in ("status", "call", "logs", "health")),
    ("node", SCRIPT, "--profile", "p", "gateway", "--json", "probe"),
    ("node", SCRIPT, "--profile", "p", "gateway", "export", "--token", "run"),
    ("node", SCRIPT, "--profile", "p", "gateway", "--help"),
    ("node", SCRIPT, "--profile", "p", "gateway", "usage-cost"),
    ("node", "/opt/watch.js", "openclaw", "--profile", "p", "gateway"),
    ("openclaw-gateway-exporter",),
    ("openclaw-gatewayd", "--listen", ":9100"),
    ("/usr/local/bin/openclaw-gateway", "--profile", "p"),
    ("openclaw-gateway", "--metrics"),
    ("openclaw",),
]
"""Command lines of what is no gateway. The last one is the title of gateways of some versions, and of all commands."""

REFUSALS = (ErrorCode.FOREIGN, ErrorCode.UNPROVEN, ErrorCode.CONFLICT, ErrorCode.TOO_EARLY)


@pytest.fixture
def profile(demo_home: DemoHome) -> DemoProfile:
    return demo_home.add_profile("openclaw", "p")


@pytest.mark.parametrize("with_port", [False, True], ids=["files", "files and port"])
@pytest.mark.parametrize("argv", FORMS, ids=" ".join)
async def test_whatever_it_holds_open_it_is_no_gateway(
    demo_home: DemoHome, profile: DemoProfile, argv: tuple[str, ...], with_port: bool
) -> None:
    port = profile.port if with_port else None
    with impostor(demo_home, argv, files=held_files(profile), port=port) as other:
        if not with_port:
            instance = (await take_snapshot(demo_home.host())).instance(profile.id)
            assert instance is not None
            assert (instance.signals.process, instance.state) == (None, State.STOPPED), instance.reason
        for operation in (Operation.STOP, Operation.RESTART, Operation.KILL):
            if operation is Operation.RESTART and not with_port:
                continue  # it would start the gateway, as it should
            result = await operate(demo_home.host(), profile.id, operation, Options(timeout_s=0.5, confirmed=True))
            assert not any(step.ok for step in result.steps if step.name == "signal"), result
            if with_port:
                assert result.error is not None
                assert result.error.code in REFUSALS, result
        assert other.unharmed


@pytest.mark.slow
async def test_the_command_line_tells_the_same(demo_home: DemoHome, profile: DemoProfile) -> None:
    with impostor(demo_home, FORMS[1], files=held_files(profile), port=profile.port) as other:
        listed = await claw_tui(demo_home.environment, "ls", "--json")
        [row] = rows(at(listed.document, "instances"))
        assert (row["state"], at(row, "signals", "process")) == ("foreign", None)
        for words in (("stop", "p"), ("stop", "--all", "--yes"), ("restart", "p"), ("start", "p", "--force")):
            ended = await claw_tui(demo_home.environment, *words)
            assert ended.code != 0 or "--all" in words, ended
        assert other.unharmed


async def test_a_title_and_the_port_are_no_proof_without_an_answer(demo_home: DemoHome, profile: DemoProfile) -> None:
    """It bears the title, and holds the port and a database of the gateway; but it never answers as one."""
    files = held_files(profile)[1:]
    with impostor(demo_home, ("openclaw-gateway",), files=files, port=profile.port) as other:
        result = await operate(demo_home.host(), profile.id, Operation.STOP, Options(timeout_s=0.5))
        assert result.error is not None
        assert result.error.code is ErrorCode.UNPROVEN
        assert f"holds port {profile.port}, but does not answer there as OpenClaw does" in result.error.message
        assert other.unharmed


async def test_what_was_a_gateway_and_is_another_program_now_is_left_alone(
    demo_home: DemoHome, profile: DemoProfile
) -> None:
    """Its pid and its start are those that the lock names: only what it is now tells that it is none any more."""
    lock, program = held_files(profile)[0], ("/bin/sleep", "600")
    argv = ("node", SCRIPT, "--profile", "p", "gateway", "--port", str(profile.port))
    with impostor(demo_home, argv, files=[lock], lock=lock, program=program) as other:
        before = (await take_snapshot(demo_home.host())).instance(profile.id)
        assert before is not None
        assert before.signals.process is not None
        other.becomes(program)
        result = await operate(demo_home.host(), profile.id, Operation.STOP, Options(timeout_s=0.5))
        assert result.error is not None
        assert (result.error.code, result.ok) == (ErrorCode.UNPROVEN, False)
        assert "is no OpenClaw gateway" in result.error.message
        assert other.process.poll() is None


async def test_what_becomes_another_program_while_it_is_looked_at_is_left_alone(
    demo_home: DemoHome, profile: DemoProfile
) -> None:
    lock, program = held_files(profile)[0], ("/bin/sleep", "600")
    argv = ("node", SCRIPT, "--profile", "p", "gateway", "--port", str(profile.port))
    with impostor(demo_home, argv, files=[lock], lock=lock, program=program) as other:

        def when_it_is_held(event: object) -> None:
            if getattr(event, "name", None) == "signal" and Path(f"/proc/{other.pid}/comm").read_text() != "sleep\n":
                other.becomes(program)

        result = await operate(
            demo_home.host(), profile.id, Operation.STOP, Options(timeout_s=0.5), report=when_it_is_held
        )
        assert result.error is not None
        assert result.error.code is ErrorCode.UNPROVEN
        assert other.process.poll() is None
