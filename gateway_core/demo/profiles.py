"""A profile in a demo home, and the gateway that runs for it."""

import asyncio
import os
import re
import signal
from dataclasses import dataclass
from pathlib import Path

from gateway_core.demo.faults import Faults
from gateway_core.demo.installation import DemoInstallation
from gateway_core.demo.onboarding import log_file

_LISTENING = re.compile(r"listening on ws://\S+ \(PID (\d+)\)")
_GLANCE_S = 0.01


class DidNotStartError(Exception):
    """A demo gateway ended, or took too long, before it listened."""


@dataclass(frozen=True, slots=True)
class DemoProfile:
    """An onboarded profile. Nothing needs to run."""

    installation: DemoInstallation
    port: int
    command: Path
    """The product's command, which runs the demo gateway in this version."""

    @property
    def id(self) -> str:
        """The instance id that it should be found under, such as `openclaw:rescue`."""
        return f"{self.installation.distribution.name}:{self.installation.profile}"

    @property
    def state_dir(self) -> Path:
        """Its state dir."""
        return self.installation.state_dir

    @property
    def config_path(self) -> Path:
        """Its config."""
        return self.installation.config_path

    @property
    def log_file(self) -> Path:
        """Where its gateway logs, as the onboarding wrote it into the config."""
        return log_file(self.installation)

    @property
    def arguments(self) -> tuple[str, ...]:
        """The command line that starts its gateway in the foreground."""
        return (str(self.command), "--profile", self.installation.profile, "gateway")

    def set_faults(self, faults: Faults) -> None:
        """Change how its gateway misbehaves, now and at the next start."""
        faults.write(self.state_dir)


class RunningGateway:
    """A gateway that a demo home started, detached from it as one started by a user would be."""

    def __init__(self, profile: DemoProfile, process: asyncio.subprocess.Process, output: Path) -> None:
        self.profile = profile
        self._process = process
        self._output = output
        self._owner: int | None = None

    @property
    def pid(self) -> int:
        """The process that owns the ports: in early versions, a child of the one that was started."""
        return self._listening_pid() or self.started_pid

    @property
    def started_pid(self) -> int:
        """The process that was started."""
        return self._process.pid

    @property
    def port(self) -> int:
        """The configured base port."""
        return self.profile.port

    @property
    def output(self) -> str:
        """What it has printed so far."""
        return self._output.read_text("utf-8")

    @property
    def exit_code(self) -> int | None:
        """How it ended; `None` while it runs."""
        return self._process.returncode

    async def until_listening(self, deadline: float = 20) -> None:
        """Wait until it has bound its ports. Raises `DidNotStartError` with what it printed."""
        try:
            async with asyncio.timeout(deadline):
                while self._listening_pid() is None:
                    if self.exit_code is not None:
                        raise DidNotStartError(f"{self.profile.id} ended with {self.exit_code}:\n{self.output}")
                    await asyncio.sleep(_GLANCE_S)
        except TimeoutError:
            raise DidNotStartError(f"{self.profile.id} did not listen in {deadline} s:\n{self.output}") from None

    async def stop(self, deadline: float = 20) -> int:
        """Ask it to stop, wait until it is gone, and return its exit code. Raises `TimeoutError`."""
        self.signal(signal.SIGTERM)
        return await self.wait(deadline)

    async def kill(self, deadline: float = 20) -> int:
        """End it at once, and wait until it is gone."""
        self.signal(signal.SIGKILL)
        return await self.wait(deadline)

    async def wait(self, deadline: float = 20) -> int:
        """Wait until it ends by itself; returns the exit code. Raises `TimeoutError`."""
        async with asyncio.timeout(deadline):
            return await self._process.wait()

    def signal(self, number: int) -> None:
        """Send a signal to the process that owns the ports, unless it is gone."""
        if self.exit_code is None:
            os.kill(self.pid, number)

    def _listening_pid(self) -> int | None:
        if self._owner is None and (found := _LISTENING.search(self.output)):
            self._owner = int(found[1])
        return self._owner
