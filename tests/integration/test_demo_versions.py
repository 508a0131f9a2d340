"""The demo's openclaw version by version: its processes, its ports, its lock, and what it refuses."""

import json
import os
import signal
import stat
import sys
from pathlib import Path

import psutil
import pytest

from gateway_core.demo.home import DemoHome

pytestmark = pytest.mark.slow

IN_PROC = pytest.mark.skipif(sys.platform != "linux", reason="needs /proc: only Linux shows another command line there")


def title_of(pid: int) -> list[str]:
    return [word for word in Path(f"/proc/{pid}/cmdline").read_text().rstrip("\0").split("\0") if word]


@IN_PROC
@pytest.mark.parametrize(
    ("version", "title", "parent", "bound"),
    [
        ("2026.1.30", "openclaw-gateway", ["openclaw"], {0, 3}),
        ("2026.2.22", "openclaw-gateway", ["openclaw"], {0, 3}),
        ("2026.3.13", "openclaw-gateway", ["openclaw"], {0, 2, 3}),
        ("2026.4.15", "openclaw-gateway", ["openclaw"], {0, 2}),
        ("2026.5.28", "openclaw", ["node", "COMMAND", "--profile", "work", "gateway"], {0}),
        ("2026.9.6", "openclaw-gateway", None, {0}),
    ],
)
async def test_processes_and_ports(
    demo_home: DemoHome, version: str, title: str, parent: list[str] | None, bound: set[int]
) -> None:
    gateway = await demo_home.start("openclaw", "work", version=version)
    assert title_of(gateway.pid) == [title]
    if parent is None:
        assert gateway.pid == gateway.started_pid
    else:
        above = title_of(gateway.started_pid)
        assert [Path(word).name for word in above] == ["openclaw" if word == "COMMAND" else word for word in parent]
    sockets = psutil.Process(gateway.pid).net_connections("tcp")
    assert {item.laddr.port - gateway.port for item in sockets if item.status == psutil.CONN_LISTEN} == bound
    assert await gateway.stop() == 0


async def test_a_signal_to_the_process_above_ends_both(demo_home: DemoHome) -> None:
    gateway = await demo_home.start("openclaw", "work", version="2026.5.28")
    pid = gateway.pid
    os.kill(gateway.started_pid, signal.SIGTERM)
    assert await gateway.wait() == 0
    assert not psutil.pid_exists(pid)


@pytest.mark.parametrize(("version", "mode"), [("2026.4.15", 0o700), ("2026.5.28", 0o755)])
async def test_state_dirs_are_made_as_the_version_makes_them(demo_home: DemoHome, version: str, mode: int) -> None:
    before = os.umask(0o022)
    try:
        state_dir = demo_home.add_profile("openclaw", "work", version=version).state_dir
    finally:
        os.umask(before)
    assert stat.S_IMODE(state_dir.stat().st_mode) == mode


@pytest.mark.parametrize(
    ("version", "bind", "tailscale", "starts"),
    [
        ("2026.2.6", "0.0.0.0", "off", False),
        ("2026.5.28", "localhost", "off", False),
        ("2026.9.6", "localhost", "off", True),
        ("2026.2.6", "lan", "serve", False),
        ("2026.9.6", "loopback", "funnel", False),
        ("2026.9.6", "loopback", "serve", True),
    ],
)
async def test_it_refuses_what_its_version_refuses(
    demo_home: DemoHome, version: str, bind: str, tailscale: str, starts: bool
) -> None:
    profile = demo_home.add_profile("openclaw", "work", version=version, bind=bind)
    config = json.loads(profile.config_path.read_text())
    config["gateway"]["tailscale"]["mode"] = tailscale
    profile.config_path.write_text(json.dumps(config))
    gateway = await demo_home.launch(profile, wait=starts)
    assert (gateway.exit_code is None if starts else await gateway.wait() == 78) is True


async def test_it_takes_the_bind_of_its_command_line_and_early_ones_ignore_the_port_of_run(
    demo_home: DemoHome,
) -> None:
    profile = demo_home.add_profile("openclaw", "work", version="2026.2.6", bind="lan")
    gateway = await demo_home.launch(profile, "run", "--port", str(profile.port + 5), "--bind", "loopback", "--force")
    assert f"ws://127.0.0.1:{profile.port} " in gateway.output
    assert "0.0.0.0" not in gateway.output
