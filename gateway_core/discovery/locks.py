"""Lock files, in which a gateway process says which config it runs.

A lock is no proof of life: early versions leave it behind after a normal stop (seen in clawdbot 2026.1.24 and openclaw
2026.2.6), and its pid may have been reused since. Temporary dirs are shared, so anybody may have written one: it says
something about a process only if it belongs to that process's own user, or to root.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeGuard

from gateway_core.decoding import parse_json
from gateway_core.distributions.loader import Distributions
from gateway_core.distributions.model import Distribution
from gateway_core.files import absolute_path, read_text_file
from gateway_core.host import Host, ProcessInfo
from gateway_core.snapshot import Problem

_MAXIMUM_BYTES = 64 * 1024
_ROOT = 0
_LARGEST_PID = (1 << 31) - 1  # what a C `int` holds
_LOCK_NAME = re.compile(r"^gateway\.[0-9a-f]{8}\.lock$")


@dataclass(frozen=True, slots=True)
class LockFile:
    """The content of one lock file."""

    path: Path
    owner: int | None  # the uid that the file belongs to
    distribution: str
    pid: int
    start: int | None  # field 22 of `/proc/<pid>/stat` at locking; `None` if the gateway could not know it
    config_path: Path
    state_dir: Path | None = None
    port: int | None = None

    def is_stale(self, process: ProcessInfo | None) -> bool | None:
        """Whether `process`, the one with the lock's pid now, is not the one that wrote the lock.

        `None` if that cannot be told, because there is no start time to compare.
        """
        if process is None:
            return True
        if self.start is None:
            return None if self.is_credible_about(process) else True
        return self.start != process.start

    def is_credible_about(self, process: ProcessInfo) -> bool:
        """Whether the lock was written by that process's own user, or by root."""
        return self.owner in (process.uid, _ROOT)

    def proves(self, process: ProcessInfo) -> bool:
        """Whether the lock ties that very process to its config."""
        return (self.pid, self.start) == process.identity and self.is_credible_about(process)


def find_locks(
    host: Host, distributions: Distributions, state_dirs: Iterable[Path], temporary_dirs: Iterable[Path] = ()
) -> tuple[tuple[LockFile, ...], tuple[Problem, ...]]:
    """Every lock file in the temporary dirs (of any user that lets us look) and in the given state dirs.

    `temporary_dirs` are those of gateways that have another one than the caller. A lock
    that names another user's process is left out, and is a problem.
    """
    locks: dict[Path, LockFile] = {}
    problems: list[Problem] = []
    for distribution, directory in lock_dirs(host, distributions, state_dirs, temporary_dirs):
        for path in _lock_paths(directory):
            found = path not in locks and _credible(host, read_lock(path, distribution.name))
            if isinstance(found, LockFile):
                locks[path] = found
            elif found:
                problems.append(found)
    return tuple(locks.values()), tuple(problems)


def lock_dirs(
    host: Host, distributions: Distributions, state_dirs: Iterable[Path], temporary_dirs: Iterable[Path] = ()
) -> Iterator[tuple[Distribution, Path]]:
    """Name each dir where locks can be, with the distribution that keeps them there."""
    dirs, temporary = tuple(state_dirs), tuple(dict.fromkeys((*host.temporary_dirs, *temporary_dirs)))
    for distribution in distributions:
        for rule in distribution.locks:
            if "{state_dir}" in rule.dir:
                for state_dir in dirs:
                    own = Path(rule.dir.format(state_dir=state_dir, uid=host.uid, tmp=""))
                    # In a rootless container the gateway is another user: its locks are in a directory of that one.
                    for path in dict.fromkeys((own, *_of_any_user(rule.dir, state_dir=state_dir))):
                        yield distribution, path
            else:
                for directory in temporary:
                    for path in _of_any_user(rule.dir, tmp=directory):
                        yield distribution, path


def read_lock(path: Path, distribution: str) -> LockFile | Problem | None:
    """Return the lock; `None` if it vanished or names no process (yet); a problem if it may not be read."""
    content = read_text_file(path, _MAXIMUM_BYTES)
    if content.text is None:
        return Problem(where=str(path), message=f"The lock file {content.fault}.") if content.exists else None
    return parse_lock(content.text, path, content.owner, distribution)


def parse_lock(text: str, path: Path, owner: int | None, distribution: str) -> LockFile | None:
    """Read the first JSON value of the text: openclaw from 2026.8 pads the file behind it (seen in 2026.9.6)."""
    try:
        record = parse_json(text, padded=True)
    except ValueError:
        return None
    if not isinstance(record, dict):
        return None
    pid, config_path = record.get("pid"), absolute_path(record.get("configPath"))
    if not _is_positive_int(pid) or pid > _LARGEST_PID or config_path is None:
        return None
    start, port = record.get("startTime"), record.get("port")
    return LockFile(
        path=path,
        owner=owner,
        distribution=distribution,
        pid=pid,
        start=start if _is_positive_int(start) else None,
        config_path=config_path,
        state_dir=absolute_path(record.get("stateDir")),
        port=port if _is_positive_int(port) else None,
    )


def _credible(host: Host, lock: LockFile | Problem | None) -> LockFile | Problem | None:
    """Return the lock, or a problem if it names a living process and somebody else than that one's user wrote it."""
    if not isinstance(lock, LockFile):
        return lock
    process = host.processes.find(lock.pid)
    if process is None or lock.is_stale(process) or lock.is_credible_about(process):
        return lock
    whose = f"it belongs to uid {lock.owner}, but names pid {lock.pid} of uid {process.uid}"
    return Problem(where=str(lock.path), message=f"This lock file was left out: {whose}.")


def _is_positive_int(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def _lock_paths(directory: Path) -> Iterator[Path]:
    return (directory / name for name in _names(directory) if _LOCK_NAME.match(name))


def _names(directory: Path | str) -> list[str]:
    try:
        return sorted(os.listdir(directory))  # noqa: PTH208 - a Path per entry is not needed
    except (OSError, ValueError):
        return []


def _of_any_user(template: str, **places: Path) -> Iterator[Path]:
    """Match `{tmp}/openclaw-{uid}` with each existing `<tmp>/openclaw-<number>`."""
    parent, _, name = template.rpartition("/")
    directory = parent.format(uid="*", **places)
    names = _names(directory)
    if not names:
        return
    wanted = re.compile(re.escape(name).replace(r"\{uid\}", "[0-9]+"))
    yield from (Path(directory, found) for found in names if wanted.fullmatch(found))
