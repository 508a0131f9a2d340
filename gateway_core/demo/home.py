"""A throw-away home for demo gateways, and the examples that `claw-tui demo` fills it with.

Nothing of it stays behind, however its owner ends.
"""

from __future__ import annotations

import asyncio
import errno
import os
import re
import secrets
import shlex
import signal
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Self

from gateway_core.demo.faults import Faults
from gateway_core.demo.gateway import version_line
from gateway_core.demo.installation import DemoProfile, locate
from gateway_core.demo.onboarding import Answers, onboard, unit_path, unit_text
from gateway_core.demo.port_blocks import DEFAULT_SIZE, NoFreePortsError, PortBlocks, is_free
from gateway_core.distributions.loader import load_distributions
from gateway_core.distributions.model import DEFAULT_PROFILE, Distribution
from gateway_core.files import path_status
from gateway_core.host import DEMO_VARIABLE, Host
from gateway_core.own_files import private_dir

DEFAULT_VERSIONS = {
    "clawdbot": "2026.1.24-3",
    "moltbot": "2026.1.27-1",
    "openclaw": "2026.9.6",
    "mazelclaw": "2026.3.2",
    "omniclaw": "2026.2.14",
}
"""The versions that the commands of a demo home stand in for, unless another is asked for."""
_INHERITED = ("LANG", "LC_ALL", "TERM", "COLORTERM", "USER", "LOGNAME")
_CLEANUP_S = 20
MISTYPED_PROFILE = "resuce"
_LISTENING = re.compile(r"listening on ws://\S+ \(PID (\d+)\)")
_POLL_S = 0.01


@dataclass(frozen=True, slots=True)
class ExampleGateway:
    """A profile that `claw-tui demo` shows."""

    distribution: str
    base_port: int
    profile: str = DEFAULT_PROFILE
    running: bool = True
    faults: Faults | None = None


EXAMPLES = (
    ExampleGateway("openclaw", 18789),
    ExampleGateway("openclaw", 19001, "rescue", running=False),
    ExampleGateway("openclaw", 19789, "dev", faults=Faults(failing=("discord",))),
    ExampleGateway("clawdbot", 18889, "cb"),
    ExampleGateway("moltbot", 19289),
    ExampleGateway("mazelclaw", 19489),
    ExampleGateway("omniclaw", 20089),
)
"""Well spaced, except that clawdbot's base, control and relay lie in the first openclaw's CDP range."""
_SHIFTS = range(0, 12_000, 1_000)


class DidNotStartError(Exception):
    """A demo gateway ended, or took too long, before it listened."""


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
        return self._process.pid

    @property
    def port(self) -> int:
        return self.profile.port

    @property
    def output(self) -> str:
        return self._output.read_text("utf-8")

    @property
    def exit_code(self) -> int | None:
        """The exit code; `None` while the gateway runs."""
        return self._process.returncode

    async def until_listening(self, deadline: float = 20) -> None:
        """Wait until the gateway has bound its ports. Raises `DidNotStartError` with what it printed."""
        try:
            async with asyncio.timeout(deadline):
                while self._listening_pid() is None:
                    if self.exit_code is not None:
                        raise DidNotStartError(f"{self.profile.id} ended with {self.exit_code}:\n{self.output}")
                    await asyncio.sleep(_POLL_S)
        except TimeoutError:
            raise DidNotStartError(f"{self.profile.id} did not listen in {deadline} s:\n{self.output}") from None

    async def stop(self, deadline: float = 20) -> int:
        """Ask the gateway to stop, wait until it is gone, and return its exit code. Raises `TimeoutError`."""
        self.signal(signal.SIGTERM)
        return await self.wait(deadline)

    async def kill(self, deadline: float = 20) -> int:
        self.signal(signal.SIGKILL)
        return await self.wait(deadline)

    async def wait(self, deadline: float = 20) -> int:
        """Wait until the gateway ends by itself; return its exit code. Raises `TimeoutError`."""
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


class DemoHome:
    """A home directory with its own commands, configs and gateways: `async with DemoHome(base) as home`.

    `base` must not exist yet. It is created, and removed at the end, together with every process that runs with
    `environment` or that one of its commands started. A process apart, `cleanup`, sees to that, also when the
    owner is killed.
    """

    def __init__(self, base: Path | None = None) -> None:
        self.base = (base or Path(tempfile.gettempdir(), f"claw-tui-demo-{secrets.token_hex(4)}")).absolute()
        """Everything lies below it."""
        self.home = self.base / "home"  # the HOME of everything that runs in it
        self.bin = self.base / "bin"
        self.root = self.base / "root"  # stands for `/`: own `tmp` and `etc`, the system's `proc`
        self.config_dir = self.home / ".config" / "claw-tui"
        self.ports = PortBlocks()
        self._gateways: list[RunningGateway] = []
        self._cleanup: asyncio.subprocess.Process | None = None

    async def __aenter__(self) -> Self:
        if path_status(self.base, follow=False).exists:
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(self.base))
        private_dir(self.base)
        command = (sys.executable, "-I", "-m", "gateway_core.demo.cleanup", DEMO_VARIABLE, str(self.base))
        self._cleanup = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            start_new_session=True,
        )
        self._create_dirs()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if self._cleanup is not None and self._cleanup.stdin is not None:
                self._cleanup.stdin.close()
                async with asyncio.timeout(_CLEANUP_S):
                    await self._cleanup.wait()
                    await asyncio.gather(*(gateway.wait() for gateway in self._gateways))
        finally:
            self.ports.close()  # not before nobody holds them any more

    @property
    def environment(self) -> Mapping[str, str]:
        """The environment of a user of this home; no vendor's variable is inherited."""
        inherited = {name: os.environ[name] for name in _INHERITED if name in os.environ}
        return inherited | {
            "HOME": str(self.home),
            "PATH": os.pathsep.join((str(self.bin), os.environ.get("PATH", os.defpath))),
            "TMPDIR": str(self.root / "tmp"),
            "XDG_CONFIG_HOME": str(self.home / ".config"),
            "XDG_DATA_HOME": str(self.home / ".local" / "share"),
            "XDG_STATE_HOME": str(self.home / ".local" / "state"),
            "XDG_CACHE_HOME": str(self.home / ".cache"),
            "XDG_RUNTIME_DIR": str(self.base / "run"),
            DEMO_VARIABLE: str(self.base),
        }

    @property
    def distributions(self) -> tuple[Distribution, ...]:
        """The products known here: the built-in ones, and those below `config_dir`."""
        return load_distributions(self.config_dir).known

    def host(self) -> Host:
        """This machine, as the user of this home sees it."""
        from gateway_core.local_host import local_host, this_platform

        local = local_host(self.environment, this_platform())
        return replace(local, root=self.root, config_dir=self.config_dir)

    def command(self, distribution: str, version: str | None = None) -> Path:
        """The command of a product, created if need be; another version than the usual lies outside PATH."""
        usual = DEFAULT_VERSIONS.get(distribution, "1.0.0")
        product = self._distribution(distribution)
        directory = self.bin if version in (None, usual) else self.base / "opt" / f"{distribution}-{version}" / "bin"
        path = directory / product.command
        if not path.exists():
            directory.mkdir(parents=True, exist_ok=True)
            path.write_text(self._wrapper(distribution, version or usual), "utf-8")
            path.chmod(0o755)
        return path

    def add_profile(
        self,
        distribution: str,
        profile: str = DEFAULT_PROFILE,
        *,
        port: int | None = None,
        version: str | None = None,
        bind: str = "loopback",
        faults: Faults | None = None,
    ) -> DemoProfile:
        """Onboard a profile without starting it; without a `port`, on a block of free ones of its own."""
        base_port = self.ports.take() if port is None else port
        known_version = version or DEFAULT_VERSIONS.get(distribution, "1.0.0")
        environment = dict(self.environment) | {"DEMO_GATEWAY_ROOT": str(self.root)}
        installation = locate(self._distribution(distribution), known_version, profile, environment)
        onboard(installation, Answers(base_port, bind))
        added = DemoProfile(installation, base_port, self.command(distribution, version))
        if faults is not None:
            added.set_faults(faults)
        return added

    async def start(
        self,
        distribution: str,
        profile: str = DEFAULT_PROFILE,
        *,
        port: int | None = None,
        version: str | None = None,
        bind: str = "loopback",
        faults: Faults | None = None,
        wait: bool = True,
    ) -> RunningGateway:
        """Onboard a profile and start its gateway; the arguments are those of `add_profile` and `launch`."""
        added = self.add_profile(distribution, profile, port=port, version=version, bind=bind, faults=faults)
        return await self.launch(added, wait=wait)

    async def launch(self, profile: DemoProfile, *arguments: str, wait: bool = True) -> RunningGateway:
        """Start the gateway of a profile, detached; `arguments` follow `gateway` on its command line.

        Returns when it listens, or at once without `wait`. Raises `DidNotStartError`.
        """
        output = self.base / "output" / f"{profile.id}.{len(self._gateways)}.log"
        with output.open("wb") as sink:
            process = await asyncio.create_subprocess_exec(
                *profile.arguments,
                *arguments,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=sink,
                stderr=asyncio.subprocess.STDOUT,
                env=self.environment,
                cwd=self.home,
                start_new_session=True,
            )
        gateway = RunningGateway(profile, process, output)
        self._gateways.append(gateway)
        if wait:
            await gateway.until_listening()
        return gateway

    def write_unit(self, profile: DemoProfile) -> Path:
        """A systemd user unit for that profile, as the product itself would install it."""
        path = unit_path(profile.installation)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(unit_text(profile, self.environment), "utf-8")
        return path

    def _create_dirs(self) -> None:
        root, base = self.root, self.base
        for directory in (self.config_dir, self.bin, root / "tmp", root / "etc", base / "output", base / "run"):
            private_dir(directory)
        (self.root / "proc").symlink_to("/proc")
        for distribution in self.distributions:
            self.command(distribution.name)

    def _distribution(self, name: str) -> Distribution:
        return next(distribution for distribution in self.distributions if distribution.name == name)

    def _wrapper(self, distribution: str, version: str) -> str:
        """Return the command as a script that tells its version by itself: Python would take its time."""
        variables = {
            DEMO_VARIABLE: self.base,
            "DEMO_GATEWAY_ROOT": self.root,
            "DEMO_GATEWAY_CONFIG_DIR": self.config_dir,
        }
        exports = " ".join(f"{name}={shlex.quote(str(value))}" for name, value in variables.items())
        command = shlex.join((sys.executable, "-I", "-m", "gateway_core.demo.gateway", distribution, version))
        told = shlex.quote(version_line(self._distribution(distribution), version))
        return f"""\
#!/bin/sh
[ "$*" != --version ] || {{ echo {told}; exit; }}
export {exports} DEMO_GATEWAY_COMMAND="$0"
exec {command} "$@"
"""


async def populate(home: DemoHome) -> None:
    """Onboard the examples and start their gateways; returns when all that run listen.

    On the usual ports if nobody listens in any of their blocks, else all of them moved up by the same distance.
    Raises `NoFreePortsError` and `DidNotStartError`.
    """
    shift = await asyncio.to_thread(free_shift)
    (home.home / f".openclaw-{MISTYPED_PROFILE}" / "agents" / "main" / "sessions").mkdir(parents=True)
    added = [
        home.add_profile(example.distribution, example.profile, port=example.base_port + shift, faults=example.faults)
        for example in EXAMPLES
    ]
    running = (profile for profile, example in zip(added, EXAMPLES, strict=True) if example.running)
    await asyncio.gather(*map(home.launch, running))


def free_shift() -> int:
    """Return how far the examples have to move up to find all their blocks free."""
    for shift in _SHIFTS:
        if all(is_free(example.base_port + shift, example.base_port + shift + DEFAULT_SIZE) for example in EXAMPLES):
            return shift
    raise NoFreePortsError("there is no room for the demo's ports between 18789 and 32767")
