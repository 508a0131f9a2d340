"""Lock files, in which a gateway process says which config it runs.

A lock is no proof of life: early versions leave it behind after a normal stop (seen in clawdbot 2026.1.24 and openclaw
2026.2.6), and its pid may have been reused since. Temporary dirs are shared, so anybody may have written one: it says
something about a process only if it belongs to that process's own user, or to root.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeGuard

from gateway_core.decoding import parse_json
from gateway_core.distributions.loader import Distributions
from gateway_core.distributions.model import Distribution
from gateway_core.files import MOST_ENTRIES, Listing, absolute_path, listing_of, path_status, read_text_file
from gateway_core.host import Host, ProcessInfo
from gateway_core.snapshot import Problem

_MAXIMUM_BYTES = 64 * 1024
_ROOT = 0
_LARGEST_PID = (1 << 31) - 1  # what a C `int` holds
_MOST_BESIDE = 50_000  # entries of a directory in which those of all users lie, and much else
_MOST_DIRS = 50  # of another user in such a directory: it is one for each uid that a gateway of the user has
_MOST_LOCKS = 200  # of another user in these: it is one for each config that ever ran, and was not stopped in order
_MOST_NAMED = 5
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
    that names another user's process is left out, and is a problem; so is what is more than anybody needs.
    """
    found = lock_dirs(host, distributions, state_dirs, temporary_dirs)
    locks: dict[Path, LockFile] = {}
    problems = list(found.problems)
    shares: dict[tuple[Path, int | None], _Share] = {}
    for distribution, directory in found.dirs:
        owner = path_status(directory, follow=False).owner
        share = shares.setdefault((directory.parent, owner), _Share.of(owner == host.uid))
        listing = share.listing_of(directory)
        if listing.fault is not None and owner == host.uid:
            problems.append(_unseen(directory, f"The locks in it cannot be seen ({listing.fault})"))
        for path in share.lock_paths(listing):
            lock = path not in locks and _credible(host, read_lock(path, distribution.name))
            if isinstance(lock, LockFile):
                locks[path] = lock
            elif lock:
                share.left_out.append(lock)
    for (place, owner), share in shares.items():
        problems.extend(share.problems(place, owner))
    return tuple(locks.values()), tuple(problems)


@dataclass(slots=True)
class _Share:
    """What one user keeps in directories of locks that lie side by side: anybody may put thousands there.

    Those of the caller count nearly without limit: without its lock, a gateway of the caller's own is not proven.
    """

    left_out: list[Problem] = field(default_factory=list)
    _entries: int = MOST_ENTRIES
    _locks: int = _MOST_LOCKS
    _cut: bool = False

    @classmethod
    def of(cls, caller: bool) -> _Share:
        return cls(_entries=_MOST_BESIDE, _locks=_MOST_BESIDE) if caller else cls()

    def listing_of(self, directory: Path) -> Listing:
        listing = listing_of(directory, self._entries)
        self._entries -= len(listing.names)
        self._cut = self._cut or listing.cut
        return listing

    def lock_paths(self, listing: Listing) -> list[Path]:
        """The lock files to read."""
        names = [name for name in listing.names if _LOCK_NAME.match(name)]
        taken = names[: self._locks]
        self._locks -= len(taken)
        self._cut = self._cut or len(taken) < len(names)
        return [listing.directory / name for name in taken]

    def problems(self, place: Path, owner: int | None) -> Iterator[Problem]:
        yield from self.left_out[:_MOST_NAMED]
        if len(self.left_out) > _MOST_NAMED:
            message = f"{len(self.left_out) - _MOST_NAMED} more lock files of uid {owner} below it were left out."
            yield Problem(where=str(place), message=message)
        if self._cut:
            yield _unseen(place, f"Not all lock files of uid {owner} below it were looked at")


@dataclass(frozen=True, slots=True)
class LockDirs:
    """The dirs where locks can be, each with the distribution that keeps them there, and what was not looked at."""

    dirs: tuple[tuple[Distribution, Path], ...]
    problems: tuple[Problem, ...]


def lock_dirs(
    host: Host, distributions: Distributions, state_dirs: Iterable[Path], temporary_dirs: Iterable[Path] = ()
) -> LockDirs:
    """Where the gateways of all users keep the locks of these state dirs, and those in temporary dirs."""
    dirs, temporary = tuple(state_dirs), tuple(dict.fromkeys((*host.temporary_dirs, *temporary_dirs)))
    search = _DirSearch(host)
    found: list[tuple[Distribution, Path]] = []
    for distribution in distributions:
        for template in dict.fromkeys(rule.dir for rule in distribution.locks):
            name, places = ("state_dir", dirs) if "{state_dir}" in template else ("tmp", temporary)
            for place in places:
                found += ((distribution, path) for path in search.of_any_user(template, **{name: place}))
    return LockDirs(tuple(found), tuple(search.problems))


class _DirSearch:
    """A search for the directories of locks; each place is listed once."""

    def __init__(self, host: Host) -> None:
        self.problems: list[Problem] = []
        self._host = host
        self._listings: dict[str, Listing] = {}

    def of_any_user(self, template: str, **place: Path) -> Iterator[Path]:
        """What `{tmp}/openclaw-{uid}` is for the calling user, and each `<tmp>/openclaw-<number>` that is there.

        In a rootless container the gateway is another user: its locks are in a directory of that one.
        """
        own = Path(template.format(uid=self._host.uid, **place))
        yield own
        parent, _, name = template.rpartition("/")
        directory = parent.format(uid="*", **place)
        before, of_user, behind = name.partition("{uid}")
        if not of_user:
            return
        counts: Counter[int | None] = Counter()
        for found in self._names(directory):
            if not _has_number_between(found, before, behind):
                continue
            path = Path(directory, found)
            if path == own:
                continue
            owner = path_status(path, follow=False).owner
            counts[owner] += 1
            if owner == self._host.uid or counts[owner] <= _MOST_DIRS:
                yield path
        others = (owner for owner in counts if owner != self._host.uid)
        for owner in (owner for owner in others if counts[owner] > _MOST_DIRS):
            looked = f"Only {_MOST_DIRS} directories of locks of uid {owner} in it were looked at"
            self.problems.append(_unseen(Path(directory), looked))

    def _names(self, directory: str) -> Sequence[str]:
        if directory not in self._listings:
            listing = self._listings[directory] = listing_of(directory, _MOST_BESIDE)
            if listing.cut:
                self.problems.append(_unseen(listing.directory, f"Only {_MOST_BESIDE} entries of it were looked at"))
            if listing.fault is not None and self._is_own(listing.directory):
                self.problems.append(_unseen(listing.directory, f"It cannot be listed ({listing.fault})"))
        return self._listings[directory].names

    def _is_own(self, directory: Path) -> bool:
        """Whether its being closed is news: the places of other users mostly are."""
        owner = path_status(directory, follow=False).owner
        return owner == self._host.uid or directory in self._host.temporary_dirs


def _has_number_between(name: str, before: str, behind: str) -> bool:
    number = name[len(before) : len(name) - len(behind)]
    return name.startswith(before) and name.endswith(behind) and number.isascii() and number.isdecimal()


def _unseen(where: Path, why: str) -> Problem:
    return Problem(where=str(where), message=f"{why}, so gateways may be missing.", unseen=True)


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
