"""Start, stop and restart of real gateways without a service manager, checked against what the system says."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import psutil
import pytest

from gateway_core.demo.faults import Faults
from gateway_core.demo.home import DemoHome
from gateway_core.discovery.operation_records import ProcessMark, last_record
from gateway_core.host import Clock, ListeningSocket, SocketScan
from gateway_core.lifecycle.backend import Options
from gateway_core.lifecycle.invocation import start_command
from gateway_core.lifecycle.locking import operation_lock
from gateway_core.lifecycle.operate import operate
from gateway_core.lifecycle.runner import ending_command
from gateway_core.monitor.monitor import take_snapshot
from gateway_core.operations import (
    ErrorCode,
    Operation,
    OperationEnded,
    Progress,
    StepBegan,
    StepEnded,
)
from gateway_core.snapshot import State
from tests.real_processes import (
    descriptors,
    gateways_of,
    is_free,
    listens,
    other_process,
    session_of,
    shorten_stop_budget,
    until,
)

ALL = ("clawdbot", "moltbot", "openclaw", "mazelclaw", "omniclaw")


@pytest.mark.slow
@pytest.mark.parametrize("distribution", ALL)
async def test_every_product_starts_restarts_and_stops(demo_home: DemoHome, distribution: str) -> None:
    profile = demo_home.add_profile(distribution, "p")
    host = demo_home.host()

    started = await operate(host, profile.id, Operation.START)
    assert (started.ok, started.state, started.error) == (True, State.RUNNING, None), started
    [first] = gateways_of(profile)
    assert listens(first, profile.port)
    assert (started.pid_after, started.steps[-1].detail) == (first, f"ready on port {profile.port}, as pid {first}")

    restarted = await operate(host, profile.id, Operation.RESTART)
    assert (restarted.ok, restarted.state, restarted.error) == (True, State.RUNNING, None), restarted
    [second] = gateways_of(profile)
    assert second != first
    assert (restarted.pid_before, restarted.pid_after) == (first, second)
    assert listens(second, profile.port)

    stopped = await operate(host, profile.id, Operation.STOP)
    assert (stopped.ok, stopped.state, stopped.error) == (True, State.STOPPED, None), stopped
    assert gateways_of(profile) == []
    assert is_free(profile.port)


async def test_what_is_so_already_is_a_success_that_says_so(demo_home: DemoHome) -> None:
    gateway = await demo_home.start("openclaw", "p")

    again = await operate(demo_home.host(), "openclaw:p", Operation.START)
    assert (again.ok, again.state) == (True, State.RUNNING)
    assert again.steps[-1].detail == f"it runs already: ready on port {gateway.port}"

    await gateway.stop()
    once_more = await operate(demo_home.host(), "openclaw:p", Operation.STOP)
    assert (once_more.ok, once_more.state) == (True, State.STOPPED)
    assert "it was not running" in (once_more.steps[-1].detail or "")


async def test_steps_are_reported_as_they_happen_and_name_what_was_run(demo_home: DemoHome) -> None:
    profile = demo_home.add_profile("openclaw", "p")
    events: list[Progress] = []

    result = await operate(demo_home.host(), profile.id, Operation.START, report=events.append)

    began = [event.name for event in events if isinstance(event, StepBegan)]
    ended = [event.step for event in events if isinstance(event, StepEnded)]
    assert began == [step.name for step in ended] == ["find", "look", "check", "start", "live"]
    assert tuple(ended) == result.steps
    assert events[-1] == OperationEnded(result)
    command = f"{profile.command} --profile p gateway --port {profile.port}"
    assert [step.command for step in result.steps if step.command] == [command]


@pytest.mark.parametrize("distribution", ["clawdbot", "openclaw"])
async def test_the_commands_that_a_snapshot_tells_are_those_that_a_restart_runs(
    demo_home: DemoHome, distribution: str
) -> None:
    gateway = await demo_home.start(distribution, "p")
    host = demo_home.host()
    found = (await take_snapshot(host)).instance(gateway.profile.id)
    assert found is not None
    shown = (ending_command(Operation.RESTART, found, host.uid), start_command(host, demo_home.distributions, found))

    result = await operate(host, found.id, Operation.RESTART)

    assert result.ok
    assert shown[0] is not None
    assert [step.command for step in result.steps if step.command] == [" ".join(shown[0]), shown[1]]


async def test_a_started_gateway_has_a_session_of_its_own_and_no_descriptor_of_ours(
    demo_home: DemoHome, tmp_path: Path
) -> None:
    profile = demo_home.add_profile("openclaw", "p")
    with (tmp_path / "open here").open("wb"):
        await operate(demo_home.host(), profile.id, Operation.START)
    [pid] = gateways_of(profile)
    open_there = descriptors(pid)
    assert not [target for target in open_there.values() if target.name == "open here" or "operations" in target.parts]
    assert open_there[0] == Path("/dev/null")
    output = open_there[1]
    assert output == open_there[2]
    assert output.stat().st_mode & 0o777 == 0o600
    assert str(profile.port) in output.read_text()
    assert psutil.Process(pid).cwd() == str(profile.state_dir)
    assert session_of(pid) == pid


async def test_a_foreign_server_on_the_port_is_left_alone(demo_home: DemoHome, tmp_path: Path) -> None:
    profile = demo_home.add_profile("clawdbot", "p")
    with other_process(tmp_path, profile.port) as squatter:
        stopped = await operate(demo_home.host(), profile.id, Operation.STOP)
        started = await operate(demo_home.host(), profile.id, Operation.START)
        forced = await operate(demo_home.host(), profile.id, Operation.START, Options(force=True))

        assert squatter.unharmed
    assert stopped.error is not None
    assert stopped.error.code is ErrorCode.FOREIGN
    assert str(squatter.pid) in stopped.error.message
    assert started.error is not None
    assert started.error.code is ErrorCode.CONFLICT
    assert "start" not in [step.name for step in started.steps]
    assert forced.error is not None
    assert forced.error.code is ErrorCode.DIED
    assert "already listening" in " ".join(forced.error.last_lines)


async def test_a_lock_whose_pid_is_somebody_else_now_is_refused(demo_home: DemoHome, tmp_path: Path) -> None:
    gateway = await demo_home.start("clawdbot", "p")
    await gateway.stop()
    [lock] = (demo_home.root / "tmp").glob("clawdbot-*/gateway.*.lock")
    with other_process(tmp_path) as other:
        lock.write_text(lock.read_text().replace(f'"pid":{gateway.pid}', f'"pid":{other.pid}'))

        result = await operate(demo_home.host(), "clawdbot:p", Operation.STOP)

        assert other.unharmed
    assert result.error is not None
    assert (result.error.code, result.state) == (ErrorCode.PID_REUSED, State.STOPPED)
    assert str(other.pid) in result.error.message
    again = await operate(demo_home.host(), "clawdbot:p", Operation.START)
    assert again.ok


async def test_a_gateway_that_ignores_sigterm_is_killed_only_when_its_time_is_up(demo_home: DemoHome) -> None:
    shorten_stop_budget(demo_home, "openclaw", 60)
    gateway = await demo_home.start("openclaw", "p", faults=Faults(ignore_sigterm=True))
    host = demo_home.host()
    confirmed = Options(confirmed=True)

    unasked = await operate(host, "openclaw:p", Operation.KILL, confirmed)
    stopped = await operate(host, "openclaw:p", Operation.STOP, Options(timeout_s=0.2))
    early = await operate(host, "openclaw:p", Operation.KILL, confirmed)
    assert [result.error.code for result in (unasked, stopped, early) if result.error] == [
        ErrorCode.TOO_EARLY,
        ErrorCode.STILL_RUNNING,
        ErrorCode.TOO_EARLY,
    ]
    assert gateways_of(gateway.profile) == [gateway.pid]

    shorten_stop_budget(demo_home, "openclaw", 0.5)
    waited = await operate(host, "openclaw:p", Operation.STOP)
    assert waited.error is not None
    assert waited.error.code is ErrorCode.STILL_RUNNING
    unconfirmed = await operate(host, "openclaw:p", Operation.KILL)
    assert unconfirmed.error is not None
    assert (unconfirmed.error.code, unconfirmed.pid_before) == (ErrorCode.NOT_CONFIRMED, gateway.pid)
    assert gateways_of(gateway.profile) == [gateway.pid]
    killed = await operate(host, "openclaw:p", Operation.KILL, confirmed)
    assert (killed.ok, killed.state) == (True, State.STOPPED)
    assert gateways_of(gateway.profile) == []


@dataclass(frozen=True)
class ResetClock:
    """The clock of a machine whose time somebody has set."""

    real: Clock
    ahead: timedelta

    def now(self) -> datetime:
        return self.real.now() + self.ahead

    def monotonic(self) -> float:
        return self.real.monotonic()


@pytest.mark.parametrize("days", [1, -1], ids=["forward", "back"])
async def test_a_clock_that_is_set_gives_a_gateway_neither_less_time_nor_more(demo_home: DemoHome, days: int) -> None:
    budget_s = 300.0 if days > 0 else 1.0
    shorten_stop_budget(demo_home, "openclaw", budget_s)
    gateway = await demo_home.start("openclaw", "p", faults=Faults(ignore_sigterm=True))
    host = demo_home.host()
    await operate(host, "openclaw:p", Operation.STOP, Options(timeout_s=min(budget_s, 1.0)))

    reset = replace(host, clock=ResetClock(host.clock, timedelta(days=days)))
    result = await operate(reset, "openclaw:p", Operation.KILL)

    assert result.error is not None
    assert result.error.code is (ErrorCode.TOO_EARLY if days > 0 else ErrorCode.NOT_CONFIRMED), result.error.message
    assert gateways_of(gateway.profile) == [gateway.pid]


@pytest.mark.parametrize("monotonic", [None, 1e12], ids=["of an older claw-tui", "from before a restart"])
async def test_a_request_of_which_nobody_knows_how_old_it_is_does_not_count(
    demo_home: DemoHome, monotonic: float | None
) -> None:
    gateway = await demo_home.start("openclaw", "p", faults=Faults(ignore_sigterm=True))
    host = demo_home.host()
    info = host.processes.find(gateway.pid)
    assert info is not None
    asked = ProcessMark.now(host, info.identity)
    early = asked.model_copy(update={"at": info.started_at - timedelta(days=1), "monotonic": monotonic})
    with operation_lock(host, gateway.profile.config_path, "openclaw:p", Operation.STOP) as lock:
        lock.note(asked_to_stop=early)

    unasked = await operate(host, "openclaw:p", Operation.KILL)
    assert unasked.error is not None
    assert "was not asked to stop yet" in unasked.error.message
    await operate(host, "openclaw:p", Operation.STOP, Options(timeout_s=0.1))
    asked_again = last_record(host, gateway.profile.config_path).asked_to_stop
    assert asked_again is not None
    assert asked_again.age_s(host.clock) is not None


@pytest.mark.parametrize(
    ("code", "meaning"), [(78, "its config is wrong, or another gateway holds its lock"), (1, "exit code 1)")]
)
async def test_one_that_dies_at_start_is_reported_at_once_with_its_last_words(
    demo_home: DemoHome, code: int, meaning: str
) -> None:
    profile = demo_home.add_profile("openclaw", "p", faults=Faults(exit_code=code))

    result = await operate(demo_home.host(), profile.id, Operation.START)

    assert result.error is not None
    assert (result.error.code, result.state) == (ErrorCode.DIED, State.STOPPED)
    assert meaning in result.error.message
    assert result.error.last_lines == ("Gateway failed to start.",)
    assert result.steps[-1].seconds < 10, "it is given no start budget"


async def test_a_missing_node_is_told_from_its_exit_code(demo_home: DemoHome) -> None:
    profile = demo_home.add_profile("openclaw", "p")
    profile.command.write_text("#!/usr/bin/env node-that-is-not-there\n")

    result = await operate(demo_home.host(), profile.id, Operation.START)

    assert result.error is not None
    assert result.error.code is ErrorCode.DIED
    assert "the Node.js that it needs, was not found" in result.error.message
    assert "node-that-is-not-there" in result.error.last_lines[0]


async def test_a_node_that_may_not_be_executed_is_told_from_its_exit_code(demo_home: DemoHome) -> None:
    profile = demo_home.add_profile("openclaw", "p")
    profile.command.write_text("#!/usr/bin/env node-without-the-x-bit\n")
    (demo_home.bin / "node-without-the-x-bit").write_text("#!/bin/sh\n")

    result = await operate(demo_home.host(), profile.id, Operation.START)

    assert result.error is not None
    assert result.error.code is ErrorCode.DIED
    assert "the Node.js that it needs, may not be executed" in result.error.message


async def test_a_missing_interpreter_is_told(demo_home: DemoHome) -> None:
    profile = demo_home.add_profile("openclaw", "p")
    profile.command.write_text("#!/nowhere/node\n")

    result = await operate(demo_home.host(), profile.id, Operation.START)

    assert result.error is not None
    assert (result.error.code, result.state) == (ErrorCode.MISSING_COMMAND, State.STOPPED)


@pytest.mark.slow
async def test_one_that_binds_its_port_but_never_answers_fails_in_time_and_can_be_stopped(
    demo_home: DemoHome,
) -> None:
    profile = demo_home.add_profile("openclaw", "p", faults=Faults(answer="error-page"))

    result = await operate(demo_home.host(), profile.id, Operation.START, Options(timeout_s=4))

    assert result.error is not None
    assert (result.error.code, result.state) == (ErrorCode.NOT_LIVE, State.STARTING)
    until(lambda: len(gateways_of(profile)) == 1)
    stopped = await operate(demo_home.host(), profile.id, Operation.STOP)
    assert (stopped.ok, stopped.state) == (True, State.STOPPED)


async def test_a_start_of_one_that_somebody_else_is_starting_waits_for_that_one(demo_home: DemoHome) -> None:
    profile = demo_home.add_profile("openclaw", "p", faults=Faults(start_delay_s=1))
    running = await demo_home.launch(profile, wait=False)
    until(lambda: gateways_of(profile) != [])

    result = await operate(demo_home.host(), profile.id, Operation.START)

    assert (result.ok, result.state) == (True, State.RUNNING)
    assert gateways_of(profile) == [running.started_pid]
    assert "start" not in [step.name for step in result.steps]


async def test_a_port_that_somebody_takes_over_at_once_is_told(demo_home: DemoHome, tmp_path: Path) -> None:
    gateway = await demo_home.start("openclaw", "p")
    host = demo_home.host()
    with other_process(tmp_path) as heir:

        class Inherited:
            """The real socket table, with the heir in place of a gateway that is gone."""

            limits = host.sockets.limits

            def scan(self) -> SocketScan:
                found = host.sockets.scan()
                if any(socket.port == gateway.port for socket in found.sockets):
                    return found
                return SocketScan((*found.sockets, ListeningSocket("127.0.0.1", gateway.port, heir.pid)))

        result = await operate(replace(host, sockets=Inherited()), "openclaw:p", Operation.STOP)

        assert heir.unharmed
    assert result.error is not None
    assert (result.error.code, result.state) == (ErrorCode.PORT_STILL_HELD, State.FOREIGN)
    assert f"pid {heir.pid}" in result.error.message


async def test_an_unknown_instance_is_an_error_that_says_where_to_look(demo_home: DemoHome) -> None:
    result = await operate(demo_home.host(), "openclaw:nobody", Operation.STOP)

    assert result.error is not None
    assert (result.error.code, result.state) == (ErrorCode.NO_SUCH_INSTANCE, State.UNKNOWN)
