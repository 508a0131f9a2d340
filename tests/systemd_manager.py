"""A real systemd user manager of the tests' own, also on a machine that was not booted with systemd.

Use it by importing the fixture: `from tests.systemd_manager import SystemdUserManager, systemd_user`; or
`with user_manager(home, runtime_dir)`, for tests in which a product writes its own units.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from gateway_core.host import Host
from gateway_core.services.managers import LocalServiceManagers

SYSTEMD = Path("/usr/lib/systemd/systemd")
BOOTED_MARK = Path("/run/systemd/system")
"""Without this directory systemctl refuses to work; on a machine that systemd booted it is always there."""
_MADE_BY_TESTS = BOOTED_MARK / ".made-by-tests-of-claw-tui"
_NEEDED = ("systemctl", "setpriv")


@dataclass(frozen=True)
class SystemdUserManager:
    """A running manager: units go into `unit_dir`, `environment` leads systemctl to it."""

    home: Path
    runtime_dir: Path

    @property
    def unit_dir(self) -> Path:
        return self.home / ".config" / "systemd" / "user"

    @property
    def environment(self) -> dict[str, str]:
        return {
            "HOME": str(self.home),
            "XDG_RUNTIME_DIR": str(self.runtime_dir),
            "PATH": os.environ["PATH"],
            "LC_ALL": "C",
        }

    def serving(self, host: Host) -> Host:
        """The host with this manager as that of its user."""
        environment = {**host.environment, "XDG_RUNTIME_DIR": str(self.runtime_dir)}
        services = LocalServiceManagers(host.home, host.uid, environment)
        return replace(host, environment=environment, services=services)

    def install(self, name: str, text: str) -> Path:
        """Write a unit and let the manager know."""
        self.unit_dir.mkdir(parents=True, exist_ok=True)
        path = self.unit_dir / name
        path.write_text(text)
        self.systemctl("daemon-reload")
        return path

    def remove(self, name: str) -> None:
        """Stop a unit and take it away."""
        self.systemctl("stop", name, check=False)
        self.systemctl("reset-failed", name, check=False)
        (self.unit_dir / name).unlink(missing_ok=True)
        self.systemctl("daemon-reload")

    def systemctl(self, *arguments: str, check: bool = True) -> str:
        done = subprocess.run(
            ["systemctl", "--user", *arguments],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=20,
            check=check,
        )
        return done.stdout

    def property(self, unit: str, name: str) -> str:
        return self.systemctl("show", unit, f"--property={name}", "--value").strip()

    def wait_for(self, unit: str, name: str, holds: Callable[[str], bool], seconds: float = 30) -> str:
        """That property's value, once `holds` is true of it."""
        deadline = time.monotonic() + seconds
        while not holds(value := self.property(unit, name)):
            assert time.monotonic() < deadline, f"{name} of {unit} stays {value!r}"
            time.sleep(0.02)
        return value


@pytest.fixture(scope="session")
def systemd_user(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SystemdUserManager]:
    """One for the whole session, with a home of its own."""
    runtime_dir = tmp_path_factory.mktemp("systemd-run")
    runtime_dir.chmod(0o700)
    with user_manager(tmp_path_factory.mktemp("systemd-home"), runtime_dir) as manager:
        yield manager


@contextmanager
def user_manager(home: Path, runtime_dir: Path) -> Iterator[SystemdUserManager]:
    """One for that home. Skipped, with what is missing named, where no such manager can run; a failure in CI."""
    for command in (str(SYSTEMD), *_NEEDED):
        if shutil.which(command) is None:
            _cannot_run(f"{command} is missing")
    manager = SystemdUserManager(home, runtime_dir)
    with _booted_mark(), _running(manager):
        yield manager


@contextmanager
def _running(manager: SystemdUserManager) -> Iterator[None]:
    log = manager.runtime_dir.with_name(f"{manager.runtime_dir.name}.log")
    with log.open("wb") as output:
        process = subprocess.Popen(
            # A killed test run must not leave a manager and its services behind.
            ["setpriv", "--pdeathsig", "TERM", SYSTEMD, "--user"],
            env=manager.environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        _wait_until_up(manager, process, log)
        yield
    finally:
        # SIGTERM lets it stop its services first.
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_until_up(manager: SystemdUserManager, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 30
    while manager.systemctl("is-system-running", check=False).strip() not in ("running", "degraded"):
        if process.poll() is not None or time.monotonic() > deadline:
            lines = log.read_text(errors="replace").splitlines()
            _cannot_run(f"systemd --user does not come up: {lines[-1] if lines else 'no word'}")
        time.sleep(0.02)


@contextmanager
def _booted_mark() -> Iterator[None]:
    """Make the mark where it is missing; the last of all that share it takes it away again."""
    descriptor = _hold_mark()
    try:
        yield
    finally:
        with suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _MADE_BY_TESTS.unlink()
            BOOTED_MARK.rmdir()
        os.close(descriptor)


def _hold_mark() -> int:
    """The mark, with a shared lock on it: it stays as long as anybody has one."""
    while True:
        try:
            BOOTED_MARK.mkdir(parents=True)
            _MADE_BY_TESTS.touch()
        except FileExistsError:
            pass
        except PermissionError:
            _cannot_run(f"{BOOTED_MARK} does not exist, and only root can make it")
        with suppress(FileNotFoundError):
            descriptor = os.open(BOOTED_MARK, os.O_RDONLY | os.O_DIRECTORY)
            fcntl.flock(descriptor, fcntl.LOCK_SH)
            if BOOTED_MARK.exists() and BOOTED_MARK.samefile(f"/dev/fd/{descriptor}"):
                return descriptor
            os.close(descriptor)  # somebody was the last, and took it away just now


def _cannot_run(reason: str) -> None:
    if sys.platform == "linux" and os.environ.get("CI") == "true":
        pytest.fail(f"No systemd user manager: {reason}")
    pytest.skip(f"no systemd user manager: {reason}")
