"""A demo home is complete, private, and leaves nothing behind."""

import asyncio
import os
import signal
import stat
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import pairwise
from pathlib import Path

import psutil
import pytest

from gateway_core.demo.cleanup import processes_of
from gateway_core.demo.faults import Faults
from gateway_core.demo.home import EXAMPLES, DemoHome, populate
from gateway_core.demo.port_blocks import NoFreePortsError, PortBlocks, is_free
from gateway_core.distributions.loader import built_in_distributions
from gateway_core.host import DEMO_VARIABLE
from gateway_core.monitor.monitor import take_snapshot
from tests.real_processes import pids_in

OWNER = """
    import asyncio, sys
    from pathlib import Path
    from gateway_core.demo.faults import Faults
    from gateway_core.demo.home import DemoHome

    async def main():
        async with DemoHome(Path(sys.argv[1])) as home:
            await home.start("openclaw", faults=Faults(ignore_sigterm=True))
            await home.start("clawdbot", "cb")
            profile = home.add_profile("mazelclaw")
            print(*profile.arguments, flush=True)
            await asyncio.sleep(60)

    asyncio.run(main())
"""


@pytest.fixture
def owner(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A process of its own that holds a demo home in `tmp_path / "demo"`."""
    program = textwrap.dedent(OWNER)
    with subprocess.Popen(
        [sys.executable, "-c", program, tmp_path / "demo"], stdout=subprocess.PIPE, text=True
    ) as process:
        yield process
        process.kill()


@pytest.mark.parametrize("umask", [0o000, 0o777])
async def test_its_directories_are_private_whatever_the_umask(tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        async with DemoHome(tmp_path / "demo") as home:
            os.umask(before)
            directories = [home.base, home.home, home.config_dir, home.bin, home.root / "tmp", home.base / "run"]
            assert {stat.S_IMODE(path.stat().st_mode) for path in directories} == {0o700}
    finally:
        os.umask(before)


async def until(condition: Callable[[], bool], deadline: float = 30) -> None:
    async with asyncio.timeout(deadline):
        while not condition():  # noqa: ASYNC110  other processes set no asyncio.Event
            await asyncio.sleep(0.02)


def named_processes(base: Path) -> Iterator[tuple[int, str]]:
    """Pid and name of each process of that home that lives long enough to be asked."""
    for process in processes_of(DEMO_VARIABLE, str(base)):
        with suppress(psutil.NoSuchProcess):
            yield process.pid, process.name()


def locks_outside(base: Path) -> list[Path]:
    found = []
    for lock in Path("/tmp").glob("*-*/gateway.*.lock"):
        with suppress(OSError):  # of somebody else, or gone by now
            if str(base) in lock.read_text():
                found.append(lock)
    return found


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
async def test_nothing_stays_behind_when_the_owner_is_killed(
    owner: subprocess.Popen[str], tmp_path: Path, number: signal.Signals
) -> None:
    base = tmp_path / "demo"
    assert owner.stdout is not None
    command = await asyncio.to_thread(owner.stdout.readline)
    somebody_elses = await asyncio.create_subprocess_exec(
        *command.split(), env={"HOME": str(base / "home"), "PATH": os.defpath}, start_new_session=True
    )
    await until(lambda: len(list(processes_of(DEMO_VARIABLE, str(base)))) >= 5)
    psutil.Process(next(pid for pid, name in named_processes(base) if name.startswith("clawdbot"))).suspend()

    owner.send_signal(number)

    await until(lambda: not base.exists() and list(processes_of(DEMO_VARIABLE, str(base))) == [])
    assert await somebody_elses.wait() == -signal.SIGKILL
    assert locks_outside(base) == []


async def test_leaving_ends_everything_that_runs_in_it(tmp_path: Path) -> None:
    async with DemoHome(tmp_path / "demo") as home:
        gateway = await home.start("openclaw")
        child = await asyncio.create_subprocess_exec("sleep", "60", env=home.environment)
    assert not home.base.exists()
    assert not psutil.pid_exists(gateway.pid)
    assert await child.wait() == -signal.SIGKILL


async def test_a_failing_owner_leaves_nothing_behind(tmp_path: Path) -> None:
    async def fail() -> None:
        async with DemoHome(tmp_path / "demo") as home:
            await home.start("openclaw")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    assert not (tmp_path / "demo").exists()


async def test_it_never_takes_over_a_directory_that_exists(tmp_path: Path) -> None:
    (tmp_path / "precious").mkdir()
    with pytest.raises(FileExistsError):
        await DemoHome(tmp_path / "precious").__aenter__()
    assert (tmp_path / "precious").exists()


async def test_the_environment_holds_nothing_of_the_callers(
    demo_home: DemoHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENCLAW_STATE_DIR", "/elsewhere")
    monkeypatch.setenv("CLAWDBOT_GATEWAY_PORT", "1")
    monkeypatch.setenv("SECRET_OF_THE_CALLER", "x")
    environment = demo_home.environment
    assert not {"OPENCLAW_STATE_DIR", "CLAWDBOT_GATEWAY_PORT", "SECRET_OF_THE_CALLER"} & set(environment)
    assert environment["PATH"].startswith(f"{demo_home.bin}:")
    for name in ("HOME", "TMPDIR", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR"):
        assert Path(environment[name]).is_relative_to(demo_home.base)


async def test_its_host_is_this_machine_with_another_home(demo_home: DemoHome) -> None:
    host = demo_home.host()
    gateway = await demo_home.start("clawdbot", "cb")
    assert (host.home, host.config_dir) == (demo_home.home, demo_home.config_dir)
    assert host.temporary_dirs == (demo_home.root / "tmp",)
    found = host.processes.find(gateway.pid)
    assert found is not None
    assert found.name == "clawdbot-gatewa"
    assert gateway.port in {listener.port for listener in host.sockets.scan().sockets}


async def test_a_users_own_product_works_too(demo_home: DemoHome) -> None:
    built_in = Path(sys.modules["gateway_core.distributions"].__path__[0]) / "data" / "mazelclaw.toml"
    own = demo_home.config_dir / "distributions" / "myclaw.toml"
    own.parent.mkdir()
    text = built_in.read_text().replace("mazelclaw", "myclaw").replace("MAZELCLAW", "MYCLAW")
    own.write_text(text)
    gateway = await demo_home.start("myclaw", "p")
    assert psutil.Process(gateway.pid).cmdline()[0] == "myclaw-gateway"
    assert (demo_home.home / ".myclaw-p" / "myclaw.json").exists()


async def test_a_users_own_product_is_asked_at_its_own_endpoints(demo_home: DemoHome) -> None:
    built_in = Path(sys.modules["gateway_core.distributions"].__path__[0]) / "data" / "mazelclaw.toml"
    own = demo_home.config_dir / "distributions" / "myclaw.toml"
    own.parent.mkdir()
    text = built_in.read_text().replace("mazelclaw", "myclaw").replace("MAZELCLAW", "MYCLAW")
    health = '{ kind = "json", readiness_path = "/health/ready", startup_path = "/health/start" }'
    own.write_text(text.replace('{ kind = "html" }', health))
    gateway = await demo_home.start("myclaw", "p", faults=Faults(failing=("discord",)))
    instance = (await take_snapshot(demo_home.host())).instance(gateway.profile.id)
    assert instance is not None
    assert instance.signals.http is not None
    assert instance.signals.http.failing == ("discord",)
    assert instance.signals.http.version == gateway.profile.installation.version


async def test_its_units_run_the_gateway_with_their_environment_alone(demo_home: DemoHome) -> None:
    profile = demo_home.add_profile("openclaw", "svc")
    unit = demo_home.write_unit(profile)
    assert unit == demo_home.home / ".config/systemd/user/openclaw-gateway-svc.service"
    lines = unit.read_text().splitlines()
    pairs = [line.removeprefix("Environment=").strip('"').split("=", 1) for line in lines if "Environment=" in line]
    start = next(line.removeprefix("ExecStart=") for line in lines if line.startswith("ExecStart="))
    command, *arguments = start.split()
    assert arguments == ["gateway", "--port", str(profile.port)]
    service = await asyncio.create_subprocess_exec(
        command.strip('"'), *arguments, env=dict(pairs), stdout=asyncio.subprocess.DEVNULL
    )
    await until(lambda: bool(list(profile.state_dir.glob("tmp/*/gateway.*.lock"))))
    service.terminate()
    assert await service.wait() == 0


@pytest.mark.usual_ports
async def test_the_cast_is_complete(demo_home: DemoHome) -> None:
    await populate(demo_home)
    for distribution in built_in_distributions():
        assert pids_in(demo_home, distribution.process_title), distribution.name
    state_dirs = {path.name for path in demo_home.home.iterdir()}
    assert state_dirs >= {".openclaw", ".openclaw-rescue", ".openclaw-dev", ".openclaw-resuce", ".clawdbot-cb"}
    assert not (demo_home.home / ".openclaw-resuce" / "openclaw.json").exists()
    listening = {
        connection.laddr.port
        for resident in processes_of(DEMO_VARIABLE, str(demo_home.base))
        for connection in resident.net_connections(kind="tcp")
        if connection.status == psutil.CONN_LISTEN
    }
    expected = {part.base_port for part in EXAMPLES if part.running}
    shift = min(listening) - min(expected)
    assert {port + shift for port in expected} <= listening


def test_blocks_are_free_and_never_given_out_twice(free_block: Callable[[int], int]) -> None:
    bases = sorted(free_block(110) for _ in range(25))
    assert all(later - earlier > 110 for earlier, later in pairwise(bases))
    with PortBlocks() as others:
        assert not {others.take(110) for _ in range(5)} & set(bases)
    large = free_block(500)
    assert is_free(large, large + 500)


def test_a_block_that_is_given_back_can_be_taken_again() -> None:
    with PortBlocks() as blocks, PortBlocks() as others:
        base_port = blocks.take()
        assert not others._reserve((base_port,), 0)
        blocks.give_back(base_port)
        blocks.give_back(base_port)
        assert others._reserve((base_port,), 0)


def test_no_room_is_said_not_guessed() -> None:
    with PortBlocks() as blocks, pytest.raises(NoFreePortsError):
        blocks.take(100_000)


def test_a_port_in_use_is_not_free(free_block: Callable[[int], int]) -> None:
    import socket

    base = free_block(3)
    with socket.create_server(("127.0.0.1", base + 2)):
        assert not is_free(base, base + 3)
        assert is_free(base, base + 1)
    with socket.create_server(("::1", base + 1), family=socket.AF_INET6):
        assert not is_free(base, base + 1)


def test_the_test_run_itself_has_no_home_of_the_caller(tmp_path: Path) -> None:
    assert Path(os.environ["HOME"]).is_relative_to(tmp_path.parent)


async def test_a_gateway_of_others_is_a_mere_process_that_holds_a_port(tmp_path: Path) -> None:
    async with DemoHome(tmp_path / "own") as own, DemoHome(tmp_path / "other") as other:
        mine, theirs = await own.start("openclaw", "rescue"), await other.start("openclaw", "main")
        seen = await take_snapshot(own.host())
        assert [instance.id for instance in seen.instances] == [mine.profile.id]
        assert [(one.pid, one.instance) for one in seen.listeners if one.port == theirs.port] == [(theirs.pid, None)]
