"""Browsers of gateways, as real processes."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from gateway_core.audit.model import Result
from gateway_core.audit.run import audit_host
from gateway_core.demo.home import DemoHome
from gateway_core.demo.installation import DemoProfile
from gateway_core.monitor.monitor import take_snapshot
from gateway_core.snapshot import Conflict, Grade, ProcessParty
from tests.real_processes import is_free, until

_BROWSER = """
import socket, sys
server = socket.create_server(("127.0.0.1", int(sys.argv[1].partition("=")[2])))
sys.stdin.read()
"""


@contextmanager
def browser(profile: DemoProfile, port: int) -> Iterator[int]:
    """A process with the command line of a browser that the gateway of that profile started; its pid."""
    data = profile.state_dir / "browser" / "openclaw" / "user-data"
    flags = (f"--remote-debugging-port={port}", f"--user-data-dir={data}", "--headless=new")
    process = subprocess.Popen([sys.executable, "-Ic", _BROWSER, *flags], stdin=subprocess.PIPE)
    try:
        until(lambda: not is_free(port))
        yield process.pid
    finally:
        process.kill()
        process.communicate()


async def conflicts(home: DemoHome) -> list[tuple[Grade, str]]:
    return [(conflict.grade, holder(conflict)) for conflict in (await take_snapshot(home.host())).conflicts]


def holder(conflict: Conflict) -> str:
    party = next(party for party in conflict.parties if isinstance(party, ProcessParty))
    return f"{party.process.instance} {party.process.pid}"


async def test_a_browser_is_its_gateways_until_that_is_gone(demo_home: DemoHome) -> None:
    gateway = await demo_home.start("openclaw", "p")
    profile = gateway.profile
    with browser(profile, profile.port + 11) as pid:
        assert await conflicts(demo_home) == []
        await gateway.kill()
        assert await conflicts(demo_home) == [(Grade.SQUATTER, f"None {pid}")]  # nobody's, since its gateway is gone
        _, report = await audit_host(demo_home.host())
        (item,) = [item for item in report.items if item.check == "leftover browser"]
        assert (item.instance, item.result, item.remedy) == (profile.id, Result.WARN, f"kill {pid}")
        assert str(pid) in item.evidence
        again = await demo_home.launch(profile)
        assert await conflicts(demo_home) == []
        await again.stop()
    _, report = await audit_host(demo_home.host())
    assert [item.result for item in report.items if item.check == "leftover browser"] == [Result.PASS]
