"""A real gateway that is titled as its product, beside processes of that product which are titled so, too."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import gateway_core.distributions
from gateway_core.demo.home import DemoHome
from gateway_core.lifecycle.operate import operate
from gateway_core.monitor.monitor import take_snapshot
from gateway_core.operations import Operation
from gateway_core.snapshot import Proof, State
from tests.real_processes import has_ended, is_free, until

COMMAND = """
import os, signal, sys
os.environ["SPT_NOENV"] = "1"
import setproctitle
setproctitle.setproctitle("openclaw")
signal.pause()
"""
"""A command such as `openclaw tui`: it shows its product's name, and nothing else."""


@pytest.fixture
def titled_as_its_product(demo_home: DemoHome) -> DemoHome:
    """A home whose openclaw gateways bear that title, as those of 2026.5.28 do."""
    built_in = Path(gateway_core.distributions.__file__).parent / "data" / "openclaw.toml"
    own = demo_home.config_dir / "distributions" / built_in.name
    own.parent.mkdir()
    own.write_text(built_in.read_text().replace('process_title = "openclaw-gateway"', 'process_title = "openclaw"'))
    return demo_home


@pytest.fixture
def command(titled_as_its_product: DemoHome) -> Iterator[int]:
    """Such a command in a state dir, with the variables of its gateway."""
    home = titled_as_its_product
    profile = home.add_profile("openclaw", "p", version="2026.2.13")
    (home.bin / "openclaw").unlink()
    (home.bin / "openclaw").symlink_to(profile.command)
    environment = {**home.environment, "OPENCLAW_STATE_DIR": str(profile.state_dir)}
    process = subprocess.Popen([sys.executable, "-c", COMMAND], env=environment, cwd=profile.state_dir)
    try:
        until(lambda: Path(f"/proc/{process.pid}/cmdline").read_bytes().rstrip(b"\0") == b"openclaw")
        yield process.pid
    finally:
        process.kill()
        process.wait()


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc to see the title")
async def test_it_is_started_restarted_and_stopped_and_no_command_is_signalled(
    titled_as_its_product: DemoHome, command: int
) -> None:
    host = titled_as_its_product.host()
    [before] = (await take_snapshot(host)).instances
    assert (before.id, before.state, before.signals.process) == ("openclaw:p", State.STOPPED, None)

    for operation in (Operation.START, Operation.RESTART):
        result = await operate(host, before.id, operation)
        assert (result.ok, result.state) == (True, State.RUNNING), result
    [running] = (await take_snapshot(host)).instances
    process = running.signals.process
    assert process is not None
    assert process.proof is Proof.LOCK
    assert command not in (process.pid, *process.ancestors)

    stopped = await operate(host, before.id, Operation.STOP)
    assert (stopped.ok, stopped.state) == (True, State.STOPPED), stopped
    assert has_ended(process.pid)
    assert running.live_port is not None
    assert is_free(running.live_port)
    os.kill(command, 0)
    assert not has_ended(command)
