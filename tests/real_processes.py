"""Real processes, as the system itself shows them whatever claw-tui says: gateways, their ports, and strangers."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

import gateway_core.distributions
from gateway_core.demo.cleanup import processes_of
from gateway_core.demo.home import DemoHome
from gateway_core.demo.installation import DemoProfile
from gateway_core.host import DEMO_VARIABLE

_SIGNAL_RECORDER = Path(__file__).parent / "signal_recorder.py"


def gateways_of(profile: DemoProfile) -> list[int]:
    """The living gateways of that profile, told by the port or the lock that they hold, not by claw-tui."""
    title = profile.installation.distribution.process_title
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.NoSuchProcess):
            if process.cmdline()[:1] == [title] and str(profile.config_path) in _lock_text(process):
                found.append(process.pid)
    return sorted(found)


def listens(pid: int, port: int) -> bool:
    connections = psutil.Process(pid).net_connections(kind="tcp")
    return any(found.laddr.port == port for found in connections if found.status == psutil.CONN_LISTEN)


def is_free(port: int) -> bool:
    connections = psutil.net_connections(kind="tcp")
    listening = (found.laddr for found in connections if found.status == psutil.CONN_LISTEN)
    return not any(address.port == port for address in listening if address)


def descriptors(pid: int) -> dict[int, Path]:
    """What each open descriptor of that process points to."""
    return {int(link.name): link.readlink() for link in Path(f"/proc/{pid}/fd").iterdir()}


def session_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[3])


def kernel_tells() -> bool:
    """Whether the kernel says of any process how it ended: Linux from 6.15 on."""
    major, minor = os.uname().release.split(".")[:2]
    return sys.platform == "linux" and (int(major), int("".join(filter(str.isdigit, minor)))) >= (6, 15)


def has_ended(pid: int) -> bool:
    """Whether no living process has that pid; a zombie has ended."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def pids_in(home: DemoHome, program: str) -> list[int]:
    """The living processes of that home whose command line begins with that word."""
    found = []
    for process in processes_of(DEMO_VARIABLE, str(home.base)):
        with suppress(psutil.NoSuchProcess):
            if process.cmdline()[:1] == [program]:
                found.append(process.pid)
    return found


def until(holds: Callable[[], bool], seconds: float = 20) -> None:
    """Wait for it; fails when it does not come."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)


@dataclass(frozen=True)
class OtherProcess:
    """A process that is no gateway, listens on a port if asked to, and writes down every signal that it gets."""

    process: subprocess.Popen[bytes]
    record: Path

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def signals(self) -> list[str]:
        return self.record.read_text().split()[1:]

    @property
    def unharmed(self) -> bool:
        return self.process.poll() is None and not self.signals


@contextmanager
def other_process(
    directory: Path, port: int | None = None, *, called: str = "recorder", address: str = "127.0.0.1"
) -> Iterator[OtherProcess]:
    """Such a process, until the end of the block."""
    record = directory / f"signals-{called}-{port}-{time.monotonic_ns()}"
    arguments = [sys.executable, "-I", str(_SIGNAL_RECORDER), str(record), str(port or 0), called, address]
    process = subprocess.Popen(arguments, stdin=subprocess.PIPE)
    found = OtherProcess(process, record)
    try:
        until(lambda: record.exists() and record.read_text().startswith("ready"))
        yield found
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert process.stdin is not None
        process.stdin.close()


def shorten_stop_budget(home: DemoHome, distribution: str, seconds: float) -> None:
    """Let a user's own data file say that this product stops sooner."""
    built_in = Path(gateway_core.distributions.__file__).parent / "data" / f"{distribution}.toml"
    head, blank, tail = built_in.read_text().partition("\n\n")
    own = home.config_dir / "distributions" / built_in.name
    own.parent.mkdir(exist_ok=True)
    own.write_text(f"{head}\nstop_budget_s = {seconds}{blank}{tail}")


def hostile_variables(home: DemoHome) -> dict[str, str]:
    """What must never reach a gateway: places, ports, markers and secrets of another one."""
    elsewhere = str(home.base / "elsewhere")
    vendors = {
        f"{prefix}{name}": value
        for prefix in ("CLAWDBOT_", "MOLTBOT_", "OPENCLAW_", "MAZELCLAW_", "OMNICLAW_")
        for name, value in {
            "PROFILE": "other",
            "STATE_DIR": elsewhere,
            "CONFIG_PATH": f"{elsewhere}/other.json",
            "GATEWAY_PORT": "1234",
            "GATEWAY_TOKEN": "CANARY-token",
            "SERVICE_MARKER": "other",
            "SERVICE_KIND": "gateway",
            "SYSTEMD_UNIT": "other.service",
            "NO_RESPAWN": "1",
        }.items()
    }
    general = {"NODE_OPTIONS": "--inspect", "ANTHROPIC_API_KEY": "CANARY-key", "DISPLAY": ":9", "PYTHONPATH": elsewhere}
    return vendors | general


def _lock_text(process: psutil.Process) -> str:
    """What the lock files say that it holds open. Any of its other descriptors may vanish meanwhile."""
    found = []
    with suppress(OSError):
        for file in Path(f"/proc/{process.pid}/fd").iterdir():
            with suppress(OSError):
                if "/gateway." in str(file.readlink()):
                    found.append(file.read_text())
    return "".join(found)
