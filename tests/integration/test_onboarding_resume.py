"""Runs that were killed or failed are resumed, and only where the host is still as they left it."""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from gateway_core.demo.home import DemoHome
from gateway_core.discovery.operation_records import ProcessMark
from gateway_core.host import Host
from gateway_core.lifecycle.operate import operate
from gateway_core.onboarding.choices import Field, ProblemCode
from gateway_core.onboarding.journal import Journal, journal_id, unfinished_journals
from gateway_core.onboarding.onboard import end_leftover
from gateway_core.onboarding.plan import Plan
from gateway_core.onboarding.run import resume, run
from gateway_core.operations import ErrorCode, Failure, Operation, OperationFailedError
from gateway_core.snapshot import State
from tests.onboarding import (
    choices,
    contents,
    fake_command,
    planned,
    problem,
    put_files,
    resumed,
    run_until_killed,
    undone,
)
from tests.real_processes import pids_in


@pytest.mark.slow
@pytest.mark.parametrize(
    "moment", ["journal ends", "a line", "onboard ends", "StepBegan of the lifecycle", "prove begins"]
)
async def test_killed_anywhere_it_can_be_resumed(demo_home: DemoHome, moment: str) -> None:
    host = demo_home.host()
    before = contents(demo_home.home)
    plan = await planned(host, choices(start=True))
    assert run_until_killed(demo_home, plan, moment) == -9
    await problem(host, choices(), Field.PROFILE, ProblemCode.NAME_UNFINISHED)
    [journal] = unfinished_journals(host)

    result = await resumed(host, journal.id)
    assert (result.ok, result.error, result.state) == (True, None, State.RUNNING)
    assert unfinished_journals(host) == ()
    assert len(pids_in(demo_home, "openclaw-gateway")) == 1
    assert isinstance(await resume(host, journal.id), Failure)

    await undone(host, journal.id)
    assert contents(demo_home.home) == before


async def test_a_resumed_run_does_not_take_what_came_in_between_for_its_own(demo_home: DemoHome) -> None:
    profile = demo_home.add_profile("openclaw", "work")
    host = demo_home.host()
    genuine = demo_home.command("openclaw").rename(demo_home.base / "genuine")
    fake_command(demo_home, "openclaw", f'touch "{profile.state_dir}/half"; echo no room; exit 3')
    wanted = choices(profile="work", confirm_existing=True, port=demo_home.ports.take())
    failed = await run(host, await planned(host, wanted))
    assert failed.error is not None
    in_between = profile.state_dir / "agents" / "main" / "sessions" / "one.jsonl"
    put_files(in_between)
    (demo_home.bin / "openclaw").unlink()
    genuine.rename(demo_home.bin / "openclaw")
    result = await resumed(host, failed.journal)
    assert result.ok, result.error
    done = await undone(host, result.journal)
    assert in_between.exists()
    assert str(profile.state_dir / "half") in done.moved


async def test_a_failed_run_is_resumed_once_its_cause_is_gone(demo_home: DemoHome) -> None:
    genuine = demo_home.command("openclaw").rename(demo_home.base / "genuine")
    half = f'{shlex.quote(str(genuine))} "$@"; rm -r "$HOME/.openclaw-rescue/workspace"; exit 1'
    fake_command(demo_home, "openclaw", half)
    host = demo_home.host()
    failed = await run(host, await planned(host, choices(start=True)))
    assert failed.error is not None
    assert failed.error.code is ErrorCode.COMMAND_FAILED

    (demo_home.bin / "openclaw").unlink()
    genuine.rename(demo_home.bin / "openclaw")
    result = await resumed(host, failed.journal)
    assert (result.ok, result.state) == (True, State.RUNNING)


async def test_a_gateway_that_was_started_meanwhile_is_not_onboarded_again(demo_home: DemoHome) -> None:
    host = demo_home.host()
    plan = await planned(host, choices())
    assert run_until_killed(demo_home, plan, "onboard ends") == -9
    assert (await operate(host, plan.instance, Operation.START)).ok
    config = Path(plan.config_path).read_text()
    [journal] = unfinished_journals(host)
    result = await resumed(host, journal.id)
    assert result.error is not None
    assert result.error.code is ErrorCode.HOST_CHANGED
    assert "runs (pid" in result.error.message
    assert Path(plan.config_path).read_text() == config
    [journal] = unfinished_journals(host)
    await operate(host, plan.instance, Operation.STOP)
    assert (await resumed(host, journal.id)).ok


@contextmanager
def left_behind(host: Host, plan: Plan, command: Sequence[str], **changes: object) -> Iterator[Journal]:
    """A journal that names a shell with those arguments as what its killed run has left."""
    shell, pipe = ("/bin/sh", "-c", "echo ready; read -r go", "sh", *command), subprocess.PIPE
    with subprocess.Popen(shell, stdin=pipe, stdout=pipe, start_new_session=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == b"ready\n"
            info = host.processes.find(process.pid)
            assert info is not None
            mark = ProcessMark.now(host, info.identity).model_copy(update=changes)
            identity = journal_id(plan.config_path)
            yield Journal(id=identity, began_at=host.clock.now(), plan=plan, before=(), vendor=mark)
        finally:
            process.kill()


@pytest.mark.parametrize("earlier", [{}, {"boot": "", "monotonic": None}], ids=["", "of an earlier version"])
async def test_the_command_of_a_killed_run_is_ended(demo_home: DemoHome, earlier: dict[str, object]) -> None:
    host = demo_home.host()
    plan = await planned(host, choices())
    with left_behind(host, plan, plan.commands[0].argv, **earlier) as journal:
        assert journal.vendor is not None
        await end_leftover(host, journal)
        assert host.processes.find(journal.vendor.pid) is None


async def test_nothing_but_the_command_of_a_killed_run_is_ended(demo_home: DemoHome) -> None:
    host = demo_home.host()
    plan = await planned(host, choices())
    with left_behind(host, plan, ("openclaw", "doctor")) as journal:
        assert journal.vendor is not None
        with pytest.raises(OperationFailedError, match="nothing was signalled"):
            await end_leftover(host, journal)
        assert host.processes.find(journal.vendor.pid) is not None


async def test_a_process_of_another_boot_is_not_the_command_of_a_killed_run(demo_home: DemoHome) -> None:
    host = demo_home.host()
    plan = await planned(host, choices())
    with left_behind(host, plan, plan.commands[0].argv, boot="another") as journal:
        assert journal.vendor is not None
        await end_leftover(host, journal)
        assert host.processes.find(journal.vendor.pid) is not None
