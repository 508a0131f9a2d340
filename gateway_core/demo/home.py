"""A throw-away home full of demo gateways. Nothing of it stays behind, however its owner ends."""

import asyncio
import os
import secrets
import shlex
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Self

from gateway_core.demo.command_line import version_line
from gateway_core.demo.faults import Faults
from gateway_core.demo.installation import locate
from gateway_core.demo.onboarding import Answers, onboard
from gateway_core.demo.port_blocks import PortBlocks
from gateway_core.demo.profiles import DemoProfile, RunningGateway
from gateway_core.demo.units import unit_path, unit_text
from gateway_core.distributions import DEFAULT_PROFILE, Distribution, load_distributions
from gateway_core.host import DEMO_VARIABLE, Host

USUAL_VERSIONS = {
    "clawdbot": "2026.1.24-3",
    "moltbot": "2026.1.27-1",
    "openclaw": "2026.9.6",
    "mazelclaw": "2026.3.2",
    "omniclaw": "2026.2.14",
}
"""The versions that the commands of a demo home stand in for, unless another is asked for."""
_INHERITED = ("LANG", "LC_ALL", "TERM", "COLORTERM", "USER", "LOGNAME")
_FAREWELL_S = 20


class DemoHome:
    """A home directory with its own commands, configs and gateways: `async with DemoHome(base) as home`.

    `base` must not exist yet. It is created, and removed at the end, together with every process that runs with
    `environment` or that one of its commands started. A process apart, the janitor, sees to that, also when the
    owner is killed.
    """

    def __init__(self, base: Path | None = None) -> None:
        self.base = (base or Path(tempfile.gettempdir(), f"claw-tui-demo-{secrets.token_hex(4)}")).absolute()
        """Everything lies below it."""
        self.home = self.base / "home"
        """The HOME of everything that runs in it."""
        self.bin = self.base / "bin"
        self.root = self.base / "root"
        """Stands for `/`: has `tmp` and `etc` of its own, and the system's `proc`."""
        self.config_dir = self.home / ".config" / "claw-tui"
        self.ports = PortBlocks()
        self._gateways: list[RunningGateway] = []
        self._janitor: asyncio.subprocess.Process | None = None

    async def __aenter__(self) -> Self:
        self.base.mkdir(mode=0o700, parents=True)
        janitor = (sys.executable, "-I", "-m", "gateway_core.demo.janitor", DEMO_VARIABLE, str(self.base))
        self._janitor = await asyncio.create_subprocess_exec(
            *janitor,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            start_new_session=True,
        )
        self._furnish()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if self._janitor is not None and self._janitor.stdin is not None:
                self._janitor.stdin.close()
                async with asyncio.timeout(_FAREWELL_S):
                    await self._janitor.wait()
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
        from gateway_core.system import local_host

        local = local_host(self.environment, "darwin" if sys.platform == "darwin" else "linux")
        return replace(local, root=self.root, config_dir=self.config_dir)

    def command(self, distribution: str, version: str | None = None) -> Path:
        """The command of a product, created if need be; another version than the usual lies outside PATH."""
        usual = USUAL_VERSIONS.get(distribution, "1.0.0")
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
        known_version = version or USUAL_VERSIONS.get(distribution, "1.0.0")
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

    def _furnish(self) -> None:
        for directory in (self.config_dir, self.bin, self.root / "tmp", self.root / "etc", self.base / "output"):
            directory.mkdir(parents=True)
        (self.base / "run").mkdir(mode=0o700)
        (self.root / "proc").symlink_to("/proc")
        for distribution in self.distributions:
            self.command(distribution.name)

    def _distribution(self, name: str) -> Distribution:
        return next(distribution for distribution in self.distributions if distribution.name == name)

    def _wrapper(self, distribution: str, version: str) -> str:
        """It tells its version by itself: a wizard asks every product for that, and Python would take its time."""
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
