"""What runs a gateway and would start it again: supervisors above it, services by their control group."""

from pathlib import Path

import pytest

from gateway_core.discovery.operation_records import ProcessMark
from gateway_core.host import Placement, ServiceState
from gateway_core.lifecycle.backend import OperationContext, Options
from gateway_core.lifecycle.locking import OperationLock, operation_lock
from gateway_core.lifecycle.operate import operate
from gateway_core.lifecycle.runner import runner_of
from gateway_core.lifecycle.staying_down import restarters_of
from gateway_core.lifecycle.target import find
from gateway_core.monitor.observer import Observer
from gateway_core.operations import ErrorCode, Operation, StepLog
from gateway_core.services.control_groups import unit_of
from gateway_core.snapshot import State
from tests.fixed_gateways import add_profile, fixed, look, run_gateway
from tests.fixed_host import FixedHost

__all__ = ["fixed"]

GATEWAY = 900


def run_below(fixed: FixedHost, *above: tuple[str, ...]) -> None:
    """A gateway of the default profile below these processes, the nearest last."""
    config = add_profile(fixed, "default", 18789)
    run_gateway(fixed, config, GATEWAY, 18789)
    fixed.processes.processes.clear()
    parent = 1
    for pid, argv in enumerate(above, 100):
        fixed.add_process(pid, *argv, parent=parent)
        parent = pid
    fixed.add_process(GATEWAY, "openclaw-gateway", parent=parent)


@pytest.mark.parametrize(
    ("argv", "name", "stop"),
    [
        (("PM2 v5.3.0: God Daemon (/home/ada/.pm2)",), "pm2", "pm2 stop claw"),
        (("/usr/bin/python3", "/usr/bin/supervisord", "-n"), "supervisord", "supervisorctl stop claw"),
        (("/usr/local/bin/supervisord",), "supervisord", "supervisorctl stop claw"),
        (("s6-supervise", "claw"), "s6", "s6-svc -d /service/claw"),
        (("runsv", "claw"), "runit", "sv down /service/claw"),
        (("/bin/sh", "/opt/bin/runsv", "claw"), "runit", "sv down /service/claw"),
        (("supervise", "claw"), "daemontools", "svc -d /service/claw"),
        (("node", "/usr/lib/node_modules/forever/bin/monitor", "x.js"), "forever", "forever stop"),
        (("node", "/usr/bin/nodemon", "x.js"), "nodemon", None),
        (("node", "--max-old-space-size=512", "/usr/bin/pm2-runtime", "claw.js"), "pm2", "pm2 stop claw"),
        (("/usr/bin/python3", "-u", "-m", "supervisor.supervisord"), "supervisord", "supervisorctl stop claw"),
        (("node", "-r", "/opt/god", "/usr/bin/nodemon", "x.js"), "nodemon", None),
        (("/opt/ClawX/clawx",), "a desktop app", None),
        (("/usr/lib/electron/electron", "--no-sandbox", "/opt/ClawX/resources/app.asar"), "a desktop app", None),
        (("/Applications/OpenClaw.app/Contents/MacOS/Electron",), "a desktop app", None),
        (("/opt/electron", "--user-data-dir=/home/ada/.config/ClawX"), "a desktop app", None),
    ],
)
async def test_nothing_is_ended_behind_the_back_of_a_supervisor(
    fixed: FixedHost, argv: tuple[str, ...], name: str, stop: str | None
) -> None:
    run_below(fixed, argv, ("/bin/sh", "-c", "exec openclaw gateway"))
    fixed.processes.environments[GATEWAY] = {"name": "claw", "SUPERVISOR_PROCESS_NAME": "claw"}
    fixed.processes.working_dirs[100] = Path("/service/claw")

    owner = (await look(fixed))["openclaw:default"].owner

    assert owner is not None
    assert (owner.kind, owner.name, owner.pid, owner.stop) == ("supervisor", name, 100, stop)
    for operation in (Operation.STOP, Operation.RESTART, Operation.KILL):
        result = await operate(fixed.host(), "openclaw:default", operation)
        assert result.error is not None
        assert result.error.code is ErrorCode.RUN_BY_SUPERVISOR
        assert name in result.error.message
        assert "pid 100" in result.error.message
        assert stop is None or stop in str(result.error.hint)


@pytest.mark.parametrize(
    "above",
    [
        (),
        (("-bash",),),
        (("tmux: server",), ("bash",)),
        (("/usr/lib/electron/electron",), ("/bin/bash", "--init-file", "/opt/shell.sh")),
        (("/usr/lib/electron/electron", "/usr/lib/vscodium/cli.js", "/home/ada/openclaw"), ("/bin/bash", "-c", "make")),
        (("/opt/ClawX/clawx",), ("/usr/bin/fish", "--init-command", "source /opt/shell.fish")),
        (("/opt/ClawX/clawx",), ("pwsh", "-NoExit", "-Command", "x")),
        (("/opt/electron", "--user-data-dir=/home/openclaw/.config/VSCodium"), ("/bin/bash", "-c", "make")),
        (("/home/openclaw/electron", "/home/openclaw/editor/app.asar"), ("/bin/bash", "-c", "make")),
        (("/opt/ClawX/clawx",), ("/usr/bin/nu",)),
        (("/opt/ClawX/clawx",), ("xonsh", "-i")),
        (("/opt/ClawX/clawx",), ("elvish", "-rc", "/opt/rc.elv")),
        (("/usr/bin/supervisord",), ("/usr/bin/tmux",), ("zsh", "-l")),
        (("/bin/sh", "/home/ada/loop.sh"),),
        (("/usr/bin/python3", "/usr/bin/supervisor-report"),),
    ],
)
async def test_what_a_user_has_started_has_no_supervisor(fixed: FixedHost, above: tuple[tuple[str, ...], ...]) -> None:
    run_below(fixed, *above)
    assert (await look(fixed))["openclaw:default"].owner is None


@pytest.mark.parametrize(
    ("above", "name"),
    [
        ((("-bash",), ("sh", "-c", "while true; do openclaw gateway; sleep 2; done")), "sh"),
        ((("bash", "-euo", "pipefail", "-c", "cd /srv && until openclaw gateway; do sleep 1; done"),), "bash"),
        ((("-bash",), ("/bin/bash", "keep.sh"), ("bash", "-c", "openclaw gateway; true")), "keep.sh"),
        ((("/usr/bin/python3", "-u", "keep.py", "openclaw"),), "keep.py"),
        ((("fish", "-c", "begin; while true; openclaw gateway; end; end"),), "fish"),
        ((("sh", "once.sh"),), None),
        ((("sh", "-c", "openclaw gateway # not for long"),), None),
        ((("sh", "-c", "while true; do bash; done"), ("bash",)), None),
        ((("/usr/bin/vim", "-c", "while 1"),), None),
    ],
)
async def test_a_script_that_runs_it_in_a_loop_is_named(
    fixed: FixedHost, tmp_path: Path, above: tuple[tuple[str, ...], ...], name: str | None
) -> None:
    run_below(fixed, *above)
    fixed.processes.working_dirs.update(dict.fromkeys(range(100, 104), tmp_path))
    (tmp_path / "keep.sh").write_text("# comment\nwhile :\ndo\n  ./run.sh\ndone\n")
    (tmp_path / "once.sh").write_text("# for ever\nopenclaw gateway\necho it has waited for a while\n")
    (tmp_path / "keep.py").write_text("import subprocess, sys\nwhile True:\n    subprocess.run(sys.argv[1:])\n")

    owner = (await look(fixed))["openclaw:default"].owner

    assert (owner and (owner.kind, owner.name, owner.stop)) == (name and ("script", name, None))


async def test_the_loop_of_a_unit_is_operated_through_the_unit(fixed: FixedHost) -> None:
    loop = ("/bin/sh", "-c", "while true; do openclaw gateway; done")
    run_in_service(fixed, loop, 100, ServiceState(active="active", main_pid=100))
    owner = (await look(fixed))["openclaw:default"].owner
    assert owner is not None
    assert (owner.kind, owner.name) == ("unit", "mine.service")


@pytest.mark.parametrize(
    "shell", [("pwsh", "-Command", "openclaw gateway"), ("nu", "-c", "openclaw gateway"), ("fish", "--command=claw")]
)
async def test_a_shell_with_a_command_is_no_prompt(fixed: FixedHost, shell: tuple[str, ...]) -> None:
    run_below(fixed, ("/opt/ClawX/clawx",), shell)
    assert (await look(fixed))["openclaw:default"].owner is not None


async def test_the_stop_command_of_a_supervisor_is_quoted(fixed: FixedHost) -> None:
    run_below(fixed, ("runsv", "claw"))
    fixed.processes.working_dirs[100] = Path("/service/my claw; true")
    owner = (await look(fixed))["openclaw:default"].owner
    assert owner is not None
    assert owner.stop == "sv down '/service/my claw; true'"


async def test_the_first_process_of_a_container_may_be_a_supervisor(fixed: FixedHost) -> None:
    run_below(fixed)
    fixed.add_process(1, "/usr/bin/python3", "/usr/bin/supervisord", "-n", parent=0)
    adopted = (await look(fixed))["openclaw:default"].owner
    fixed.processes.environments[GATEWAY] = {"SUPERVISOR_PROCESS_NAME": "claw"}

    owner = (await look(fixed))["openclaw:default"].owner

    assert adopted is None
    assert owner is not None
    assert (owner.name, owner.pid, owner.stop) == ("supervisord", 1, "supervisorctl stop claw")


@pytest.mark.parametrize(
    ("first", "session", "found"),
    [
        ("/bin/bash /entrypoint.sh", 1, [1]),
        ("/bin/bash /entrypoint.sh", GATEWAY, []),  # adopted: of a watchdog, for example
        ("/sbin/tini -- /entrypoint.sh", 1, []),
        ("/sbin/init", 1, []),
        ("bash -l", 1, []),
        ("/vm-agent --port 2024", 1, []),
    ],
)
async def test_the_first_process_of_a_container_may_be_a_loop(
    fixed: FixedHost, first: str, session: int, found: list[int]
) -> None:
    run_below(fixed)
    fixed.processes.processes.clear()
    fixed.add_process(GATEWAY, "openclaw-gateway", session=session)
    fixed.add_process(1, *first.split(), parent=0, session=1)
    observer = Observer(fixed.host())
    target = await find(observer, "openclaw:default")
    lock = OperationLock(Path("no.lock"), None, print)
    steps = StepLog(target.id, Operation.STOP, fixed.clock, print)
    context = OperationContext(fixed.host(), observer, steps, lock, Options())

    assert [info.pid for info in restarters_of(context, target).processes] == found


@pytest.mark.parametrize(
    ("group", "unit"),
    [
        (
            "/user.slice/user-1000.slice/user@1000.service/app.slice/claw@ada.service",
            ("systemd-user", "claw@ada.service"),
        ),
        ("/system.slice/system-claw.slice/claw@ada.service", ("systemd-system", "claw@ada.service")),
        (
            "/user.slice/user-1000.slice/user@1000.service/app.slice/run-u12.service",
            ("systemd-user", "run-u12.service"),
        ),
        ("/fleet.slice/a.service/payload", ("systemd-system", "a.service")),
        ("/user.slice/user-1000.slice/session-3.scope", None),
        ("/user.slice/user-1000.slice/user@1000.service/tmux-spawn-1.scope", None),
        (
            "/user.slice/user-1000.slice/user@1000.service/app.slice/app-org.gnome.Terminal.slice/vte-spawn-1.scope",
            None,
        ),
        ("/user.slice/user-1000.slice/user@1000.service", None),
        ("/user.slice/user-1000.slice/user@1000.service/app.slice/gnome-terminal-server.service", None),
        ("/init.scope", None),
        ("/system.slice/ssh.service", None),
        ("/system.slice/cron.service", None),
        (
            "/user.slice/user-1000.slice/user@1000.service/app.slice/cron-bot.service",
            ("systemd-user", "cron-bot.service"),
        ),
    ],
)
def test_the_unit_of_a_control_group(group: str, unit: tuple[str, str] | None) -> None:
    assert unit_of(Placement(cgroups=(group,)), ()) == unit


async def test_a_gateway_of_a_unit_whose_definition_was_not_found_is_run_by_it(fixed: FixedHost) -> None:
    run_below(fixed, ("/usr/lib/systemd/systemd", "--user"))
    fixed.processes.placements[GATEWAY] = Placement(cgroups=("/app.slice/run-u12.service",))
    state = ServiceState(active="active", main_pid=GATEWAY, restarts=0)
    fixed.services.known["systemd-user", "run-u12.service"] = state

    instance = (await look(fixed))["openclaw:default"]

    runner = runner_of(instance)
    assert runner is not None
    assert (runner.manager, runner.name) == ("systemd-user", "run-u12.service")
    assert instance.owner is not None
    assert (instance.owner.kind, instance.owner.name) == ("unit", "run-u12.service")


def run_in_service(fixed: FixedHost, main: tuple[str, ...], session: int, state: ServiceState) -> None:
    """A gateway two processes below the main process of a service, which leads a session of its own."""
    config = add_profile(fixed, "default", 18789)
    run_gateway(fixed, config, GATEWAY, 18789)
    fixed.processes.processes.clear()
    fixed.add_process(100, *main, session=100)
    fixed.add_process(101, "/bin/sh", "/opt/run.sh", parent=100, session=session)
    fixed.add_process(GATEWAY, "openclaw-gateway", parent=101, session=session)
    fixed.processes.placements[GATEWAY] = Placement(cgroups=("/system.slice/mine.service",))
    fixed.services.known["systemd-system", "mine.service"] = state


async def test_a_unit_runs_what_its_wrappers_run(fixed: FixedHost) -> None:
    run_in_service(fixed, ("/bin/bash", "/opt/start.sh"), 100, ServiceState(active="active", main_pid=100))
    runner = runner_of((await look(fixed))["openclaw:default"])
    assert runner is not None
    assert runner.name == "mine.service"


async def test_what_a_supervisor_runs_is_not_run_by_the_unit_of_that(fixed: FixedHost, tmp_path: Path) -> None:
    """Also when the supervisor has stopped it: a stop would end all that it runs, and a start would begin all."""
    definition = tmp_path / "mine.service"
    definition.write_text("[Service]\nExecStart=/usr/bin/supervisord -n\n")
    state = ServiceState(active="active", main_pid=100, path=str(definition))
    run_in_service(fixed, ("/usr/bin/supervisord", "-n"), 100, state)
    running = (await look(fixed))["openclaw:default"]
    fixed.processes.processes = [info for info in fixed.processes.processes if info.pid == 100]
    fixed.sockets.sockets.clear()

    stopped = (await look(fixed))["openclaw:default"]

    assert running.owner is not None
    assert (running.owner.kind, running.signals.service) == ("supervisor", None)
    assert (stopped.state, stopped.signals.service) == (State.STOPPED, None)


@pytest.mark.parametrize(
    ("main", "launcher", "runs_it"),
    [
        ("/bin/sh /opt/start.sh", "/bin/sh /opt/run.sh", True),  # with setsid
        ("su - claw -c /opt/run.sh", "/bin/sh /opt/run.sh", True),
        ("/usr/bin/emacs --fg-daemon", "/bin/sh /opt/run.sh", False),
        ("/usr/bin/python3 /usr/bin/jupyter-lab", "/usr/bin/python3 -m ipykernel", False),
        ("/bin/sh /opt/start.sh", "bash", False),
    ],
)
async def test_a_unit_does_not_run_what_a_terminal_in_it_runs(
    fixed: FixedHost, main: str, launcher: str, runs_it: bool
) -> None:
    """As an editor that is a service: each of its terminals has a session of its own."""
    run_in_service(fixed, tuple(main.split()), 101, ServiceState(active="active", main_pid=100))
    fixed.processes.processes = [info for info in fixed.processes.processes if info.pid != 101]
    fixed.add_process(101, *launcher.split(), parent=100, session=101)
    fixed.processes.placements.update(dict.fromkeys((100, 101), fixed.processes.placements[GATEWAY]))

    instance = (await look(fixed))["openclaw:default"]

    assert (runner_of(instance) is not None, instance.owner is not None) == (runs_it, runs_it)


async def test_a_unit_that_runs_several_gateways_is_stopped_for_none_of_them(fixed: FixedHost) -> None:
    """Nor is one of them ended: the script may end with the first, so that all are ended and started again."""
    run_in_service(fixed, ("/bin/bash", "/opt/start.sh"), 100, ServiceState(active="active", main_pid=100))
    run_gateway(fixed, add_profile(fixed, "two", 19789), 901, 19789)
    fixed.processes.processes.pop()
    fixed.add_process(901, "openclaw-gateway", parent=101, session=100)
    fixed.processes.placements[901] = Placement(cgroups=("/system.slice/mine.service",))
    found = await look(fixed)
    assert [runner_of(found[name]) for name in ("openclaw:default", "openclaw:two")] == [None, None]
    for operation in (Operation.STOP, Operation.RESTART):
        result = await operate(fixed.host(), "openclaw:two", operation)
        assert result.error is not None
        assert result.error.code is ErrorCode.RUN_BY_SERVICE
        assert (
            "is in the control group of mine.service (systemd-system), which runs other things" in result.error.message
        )


@pytest.mark.parametrize(("parent", "shared"), [(100, True), (GATEWAY, False)])
async def test_a_unit_that_runs_another_server_beside_its_gateway_is_not_stopped_for_that(
    fixed: FixedHost, parent: int, shared: bool
) -> None:
    run_in_service(fixed, ("/bin/bash", "/opt/start.sh"), 100, ServiceState(active="active", main_pid=100))
    fixed.add_process(902, "/usr/bin/caddy", "run", parent=parent, session=100)
    fixed.listen(902, 8080)
    instance = (await look(fixed))["openclaw:default"]
    assert instance.owner is not None
    assert (instance.owner.name, runner_of(instance) is None) == ("mine.service", shared)


async def test_a_gateway_of_a_unit_whose_manager_does_not_answer_is_not_signalled(fixed: FixedHost) -> None:
    run_in_service(fixed, ("/bin/bash", "/opt/start.sh"), 100, ServiceState(error="no bus"))
    result = await operate(fixed.host(), "openclaw:default", Operation.STOP)
    assert result.error is not None
    assert result.error.code is ErrorCode.RUN_BY_SERVICE
    assert "mine.service (systemd-system)" in result.error.message
    assert "no bus" in result.error.message


@pytest.mark.parametrize(
    ("above", "owned"), [((), True), ((("/bin/sh", "/opt/start.sh"),), True), ((("tmux: server",), ("bash",)), False)]
)
async def test_what_users_have_started_in_a_unit_is_not_its_own(
    fixed: FixedHost, above: tuple[tuple[str, ...], ...], owned: bool
) -> None:
    """As from the terminal of a code server, which is its main process: but for the group, both look alike."""
    run_below(fixed, *above)
    group = Placement(cgroups=("/system.slice/code-server.service",))
    fixed.add_process(50, "/usr/bin/code-server")
    fixed.processes.placements.update(dict.fromkeys((50, *range(100, 100 + len(above)), GATEWAY), group))
    fixed.services.known["systemd-system", "code-server.service"] = ServiceState(active="active", main_pid=50)

    instance = (await look(fixed))["openclaw:default"]

    assert (instance.owner is not None, runner_of(instance)) == (owned, None)
    for operation in (Operation.STOP, Operation.RESTART) if owned else ():
        result = await operate(fixed.host(), "openclaw:default", operation)
        assert result.error is not None
        assert result.error.code is ErrorCode.RUN_BY_SERVICE


@pytest.mark.parametrize(
    ("main", "other", "alone"),
    [
        ("/bin/sh /opt/start.sh", "/bin/sh /opt/watch.sh", True),
        ("/usr/bin/python3 /opt/keep.py", "sleep 5", True),
        ("/bin/sh /opt/start.sh", "/usr/bin/python3 /opt/bot.py", False),
    ],
)
async def test_what_runs_beside_a_detached_gateway_is_more_than_a_script_if_no_shell_runs_it(
    fixed: FixedHost, main: str, other: str, alone: bool
) -> None:
    run_below(fixed)
    fixed.add_process(50, *main.split())
    fixed.add_process(51, *other.split(), parent=50)
    group = Placement(cgroups=("/system.slice/bots.service",))
    fixed.processes.placements.update(dict.fromkeys((50, 51, GATEWAY), group))
    fixed.services.known["systemd-system", "bots.service"] = ServiceState(active="active", main_pid=50)

    instance = (await look(fixed))["openclaw:default"]

    assert instance.owner is not None
    assert (instance.owner.name, runner_of(instance) is not None) == ("bots.service", alone)


async def test_what_claw_tui_has_launched_in_a_unit_is_not_its_own(fixed: FixedHost) -> None:
    run_below(fixed)
    fixed.processes.placements[GATEWAY] = Placement(cgroups=("/system.slice/mine.service",))
    fixed.services.known["systemd-system", "mine.service"] = ServiceState(active="active")
    seen = (await look(fixed))["openclaw:default"]
    assert (seen.owner is not None, runner_of(seen) is not None) == (True, True)
    with operation_lock(fixed.host(), str(seen.config_path), seen.id) as lock:
        lock.note(launched=ProcessMark(pid=GATEWAY, start=5000))

    seen = (await look(fixed))["openclaw:default"]

    assert (seen.owner, runner_of(seen)) == (None, None)


async def test_a_unit_that_runs_other_things_is_no_owner(fixed: FixedHost) -> None:
    """As a code server, in whose terminal a gateway was started."""
    run_below(fixed, ("/usr/bin/code-server",), ("/usr/bin/node", "pty"), ("bash",))
    fixed.processes.placements[GATEWAY] = Placement(cgroups=("/system.slice/code-server.service",))
    fixed.services.known["systemd-system", "code-server.service"] = ServiceState(active="active", main_pid=100)

    instance = (await look(fixed))["openclaw:default"]

    assert instance.owner is None
    assert runner_of(instance) is None


async def test_the_name_of_a_process_in_a_refusal_is_no_command_to_a_terminal(fixed: FixedHost) -> None:
    config = add_profile(fixed, "default", 18789)
    run_gateway(fixed, config, GATEWAY, 18789)
    fixed.processes.processes.clear()
    fixed.sockets.sockets.clear()
    fixed.add_process(GATEWAY, "\x1b[2Jvim", start=9000)
    result = await operate(fixed.host(), "openclaw:default", Operation.STOP)
    assert result.error is not None
    assert (result.error.code, result.error.message.isprintable()) == (ErrorCode.PID_REUSED, True)
    assert all(step.detail is None or step.detail.isprintable() for step in result.steps)
