"""The files that a running demo gateway keeps: its lock and its log, in the place and format of each version."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import random
import socket
import sys
import time
import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import ExitStack, asynccontextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

from gateway_core.demo.installation import DemoConfig, DemoInstallation, log_file
from gateway_core.distributions.model import LockRule
from gateway_core.distributions.versions import first_covering

_LEVELS = {"DEBUG": 2, "INFO": 3, "WARN": 4, "ERROR": 5}


class AlreadyRunningError(Exception):
    """Another gateway holds the lock."""


class ProductLock:
    """The lock file of a gateway, held and kept open as long as this process lives."""

    def __init__(self, path: Path, content: bytes, *, kept_after_stop: bool) -> None:
        """Raises `FileExistsError` if somebody holds the lock. The file appears with its content or not at all."""
        if path.exists() and _living_holder(path) is None:
            path.unlink()
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.path = path
        self._kept_after_stop = kept_after_stop
        staged = path.with_name(f"{path.name}.{os.getpid()}")
        staged.touch(mode=0o600)
        staged.write_bytes(content)
        try:
            path.hardlink_to(staged)
        finally:
            staged.unlink()
        self._file = path.open("ab")

    def release(self) -> None:
        """Close the file, and remove it. Early versions leave it behind."""
        self._file.close()
        if not self._kept_after_stop:
            self.path.unlink(missing_ok=True)


@asynccontextmanager
async def holding_locks(installation: DemoInstallation, port: int, timeout_s: float) -> AsyncIterator[None]:
    """Hold the locks of this version, waiting up to `timeout_s` seconds for a living holder of each.

    Raises `AlreadyRunningError`.
    """
    rule = first_covering(installation.distribution.locks, installation.version) or LockRule(dir="{tmp}")
    content = _content(installation, rule, port)
    with ExitStack() as held:
        for path in _lock_paths(installation, rule):
            lock = await _take(path, content, timeout_s, kept_after_stop=not rule.records_port)
            held.callback(lock.release)
        yield


async def _take(path: Path, content: bytes, timeout_s: float, *, kept_after_stop: bool) -> ProductLock:
    deadline = time.monotonic() + timeout_s
    while True:
        try:
            return ProductLock(path, content, kept_after_stop=kept_after_stop)
        except FileExistsError:
            holder = _living_holder(path)
            if holder is not None and time.monotonic() >= deadline:
                raise AlreadyRunningError(f"gateway already running (pid {holder})") from None
            await asyncio.sleep(0.05)


def _lock_paths(installation: DemoInstallation, rule: LockRule) -> list[Path]:
    """Return the lock of the config; where that records the state dir, another one for the state dir."""
    digest = hashlib.sha256 if installation.at_least("2026.2.22") else hashlib.sha1
    config = digest(str(installation.config_path).encode()).hexdigest()[:8]
    names = ("state", config) if rule.records_state_dir else (config,)
    directory = rule.dir.format(tmp=installation.temporary_dir, uid=os.getuid(), state_dir=installation.state_dir)
    return [Path(directory) / f"gateway.{name}.lock" for name in names]


def _content(installation: DemoInstallation, rule: LockRule, port: int) -> bytes:
    record: dict[str, object] = {"pid": os.getpid()}
    created = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    common = {"createdAt": created, "configPath": str(installation.config_path)}
    where: dict[str, object] = {"port": port} if rule.records_port else {}
    start = {"startTime": start_time(os.getpid())}
    if not rule.records_state_dir:
        return json.dumps(record | common | start | where, separators=(",", ":")).encode()
    record |= {"ownerId": str(uuid.uuid4()), "cronOwnerProjection": "dynamic-default-v1"}
    where = {"stateDir": str(installation.state_dir)} | where
    padding = "".join(random.choices("\t ", k=128))  # noqa: S311  the real one pads with noise as well
    return f"{json.dumps(record | common | where | start, indent=2)}\n{padding}".encode()


def _living_holder(path: Path) -> int | None:
    try:
        record, _ = json.JSONDecoder().raw_decode(path.read_text("utf-8"))
    except (OSError, ValueError):
        return None
    if not isinstance(record, Mapping) or not isinstance(record.get("pid"), int):
        return None
    pid = int(record["pid"])
    alive = start_time(pid)
    return pid if alive is not None and alive == record.get("startTime") else None


def start_time(pid: int) -> int | None:
    """Return the start of a process in clock ticks since boot; `None` if there is no such process or no `/proc`."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text("utf-8")
    except OSError:
        return None
    return int(stat.rpartition(")")[2].split()[19])


class ProductLog:
    """Appends to the log file of a product, and writes the same for people to standard output.

    Where the file cannot be opened, as in a directory of another user, the gateway runs without it.
    """

    def __init__(self, path: Path, product: str, *, named_message: bool) -> None:
        self.path = path
        self._product = product
        self._named_message = named_message
        self._file: TextIO | None = None
        with suppress(OSError):
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._file = path.open("a", encoding="utf-8", buffering=1)

    def write(self, message: str, *, subsystem: str = "gateway", level: str = "INFO", data: object = None) -> None:
        """Write one line; `data` becomes a message part of its own before the text."""
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        source = json.dumps({"subsystem": subsystem}, separators=(",", ":"))
        parts = [source, message] if data is None else [source, data, message]
        line: dict[str, object] = {str(index): part for index, part in enumerate(parts)}
        line["_meta"] = {
            "runtime": "node",
            "hostname": socket.gethostname(),
            "name": source,
            "parentNames": [self._product],
            "date": now.replace("+00:00", "Z"),
            "logLevelId": _LEVELS[level],
            "logLevelName": level,
        }
        line["time"] = now if self._named_message else now.replace("+00:00", "Z")
        if self._named_message:
            line |= {"hostname": socket.gethostname(), "message": message}
        if self._file is not None:
            self._file.write(json.dumps(line, separators=(",", ":")) + "\n")
        print(f"{now} [{subsystem}] {message}", file=sys.stdout, flush=True)


def open_log(installation: DemoInstallation, config: DemoConfig) -> ProductLog:
    """Return the log where the config says, else where this version logs today."""
    distribution = installation.distribution
    path = Path(config.logging.file) if config.logging.file else log_file(installation)
    return ProductLog(path, distribution.name, named_message=not installation.early)
