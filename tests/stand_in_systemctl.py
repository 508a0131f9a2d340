"""A stand-in for systemctl on a PATH of its own: it answers as a test tells it, and writes down what it was told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from gateway_core.demo.home import DemoHome
from gateway_core.host import Host
from gateway_core.services.managers import LocalServiceManagers

INACTIVE = "Id={name}\nLoadState=loaded\nActiveState=inactive\nSubState=dead\nMainPID=0\nNRestarts=0\n"
RUNNING = "Id={name}\nLoadState=loaded\nActiveState=active\nSubState=running\nMainPID={pid}\nNRestarts=0\n"


@dataclass(frozen=True)
class StandInSystemctl:
    """The stand-in, which does the same for every unit and every manager."""

    home: DemoHome
    directory: Path

    @classmethod
    def of(cls, home: DemoHome) -> StandInSystemctl:
        directory = home.base / "systemctl"
        (directory / "run" / "systemd" / "system").mkdir(parents=True)
        return cls(home, directory)

    def does(self, script: str) -> None:
        """Run these lines of a shell instead of an answer."""
        path = self.directory / "systemctl"
        path.write_text(f'#!/bin/sh\necho "$*" >> {self.directory}/calls\n{script}\n')
        path.chmod(0o755)

    def says(self, answer: str) -> None:
        (self.directory / "answer").write_text(answer)
        self.does(f"exec /bin/cat {self.directory}/answer")

    @property
    def told(self) -> list[str]:
        """The verbs of all calls that do more than ask."""
        calls = self.directory / "calls"
        lines = calls.read_text().splitlines() if calls.exists() else []
        verbs = [next(word for word in line.split() if not word.startswith("--")) for line in lines]
        return [verb for verb in verbs if verb != "show"]

    @property
    def environment(self) -> Mapping[str, str]:
        own = dict(self.home.environment)
        return own | {"PATH": f"{self.directory}:{own['PATH']}"}

    def host(self) -> Host:
        host = self.home.host()
        environment = dict(self.environment)
        services = LocalServiceManagers(host.home, host.uid, environment, root=self.directory)
        return replace(host, environment=environment, services=services)
