"""Locks on the state dirs themselves: every claw-tui sees them, whatever home, variables or user it has.

The lock is a `flock` of the directory: it goes by the inode, leaves no file, and ends with its holder. Who may read a
directory may lock it, so a lock counts only if it is held by this user, by root or by the owner of the directory.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path

from gateway_core.discovery.processes import GatewayProcesses
from gateway_core.distributions.loader import load_distributions
from gateway_core.file_locks import take_lock
from gateway_core.files import Inode, path_status, real_path
from gateway_core.host import Host, ProcessInfo
from gateway_core.processes.ancestry import ancestors
from gateway_core.processes.command_line import is_launcher
from gateway_core.processes.scripts import display_name
from gateway_core.system.procfs import read_bytes

_ROOT = 0
_PROC = "/proc"  # of the kernel that the locks are those of, also where a test has a root of its own
_TRIES = 3  # a holder may let go between the refusal and the question who it is
_MOMENT_S = 0.1  # what this process has let go is held on until a child that it starts has become another program
_FOLLOW_EVERY_S = 0.05
_TO_FOLLOW_S = 1.0  # many times that: so long a holder may take to hold what it has just created


class HeldStateDirError(Exception):
    """Raised when somebody else holds the lock."""

    def __init__(self, pid: int | None, name: str | None) -> None:
        super().__init__(pid)
        self.pid = pid  # `None`: it cannot be seen from here
        self.name = name
        self.around: Path | None = None  # what is locked, if it is only the directory that the state dir will be in


@dataclass(slots=True)
class _Held:
    """A directory that this process holds, and for which instances."""

    descriptor: int
    keys: set[str]


_held: dict[Inode, _Held] = {}
_held_lock = threading.Lock()


@contextmanager
def state_dir_lock(host: Host, state_dir: Path, key: str, *, follow: bool = True) -> Iterator[bool]:
    """Hold that state dir for the instance with that key; whether that is possible. Raises `HeldStateDirError`. Blocks.

    While it does not exist, the directory that it will be in stands for it, which others may hold for what they create
    there; without `follow`, one that may have made it just now is not waited for until it holds it itself. Nothing is
    held where directories cannot be locked, as on NFS. Instances that share a state dir are kept apart from other
    processes, and by their keys within this one.
    """
    hold = _Hold(host, state_dir, key)
    try:
        hold.take(_TO_FOLLOW_S if follow else 0.0)
        with hold.following() if hold.stands_in else nullcontext():
            yield hold.inode is not None
    finally:
        hold.let_go()


class _Hold:
    """The state dir of one instance, held; or the nearest directory above it that exists, until it does itself."""

    def __init__(self, host: Host, state_dir: Path, key: str) -> None:
        self.inode: Inode | None = None
        self._host = host
        self._state_dir = state_dir
        self._key = key
        self._directory = state_dir

    @property
    def stands_in(self) -> bool:
        """Whether it is the directory above that is held."""
        return self.inode is not None and self._directory != self._state_dir

    def take(self, patience_s: float) -> None:
        """Hold what there is. Raises `HeldStateDirError`.

        Whoever holds a directory above is creating something: maybe this very state dir, which is held by then within
        a moment; or another one beside it, for which nobody has to wait.
        """
        until = time.monotonic() + patience_s
        while True:
            self._directory = _nearest_existing(self._state_dir)
            try:
                self.inode = _try_to_hold(self._host, self._directory, self._key)
            except HeldStateDirError as held:
                held.around = None if self._directory == self._state_dir else self._directory
                raise
            if _nearest_existing(self._state_dir) == self._directory:
                late = time.monotonic() >= until
                if self.inode is None or late or not _is_made_above(self._host, self._directory, self._key):
                    return
            self.let_go()
            time.sleep(_FOLLOW_EVERY_S)

    @contextmanager
    def following(self) -> Iterator[None]:
        """Hold what comes into being of the way to the state dir, and at last itself, in a thread beside the block."""
        done = threading.Event()
        thread = threading.Thread(target=self._follow, args=(done,), name=f"lock of {self._state_dir}", daemon=True)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()

    def _follow(self, done: threading.Event) -> None:
        while self.stands_in and not done.wait(_FOLLOW_EVERY_S):
            nearest = _nearest_existing(self._state_dir)
            if nearest == self._directory:
                continue
            with suppress(HeldStateDirError, OSError):  # by a claw-tui that creates something else there, or for now
                inode = _try_to_hold(self._host, nearest, self._key)
                if inode is None:
                    return  # it cannot be locked: what is above it stays held
                self.let_go()
                self._directory, self.inode = nearest, inode

    def let_go(self) -> None:
        if self.inode is not None:
            _let_go(self.inode, self._key)
            self.inode = None


def _nearest_existing(path: Path) -> Path:
    return next((one for one in (path, *path.parents) if os.path.isdir(one)), path)  # noqa: PTH112 - never raises


def _try_to_hold(host: Host, directory: Path, key: str) -> Inode | None:
    try:
        descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError:
        return None  # the file of the instance alone keeps operations apart
    status, kept = os.fstat(descriptor), False
    inode = (status.st_dev, status.st_ino)
    try:
        with _held_lock:
            known = _held.get(inode)
            if known is not None:
                if key in known.keys:
                    raise HeldStateDirError(os.getpid(), None)
                known.keys.add(key)
            elif _lock(host, descriptor, status):
                _held[inode] = _Held(descriptor, {key})
                kept = True
            else:
                return None
    finally:
        if not kept:
            os.close(descriptor)
    return inode


def _is_made_above(host: Host, directory: Path, key: str) -> bool:
    """Whether a claw-tui, or this one for the same instance, holds a directory above that one to make something there.

    That is asked of the system alone, and where it does not tell of none: who locks to find out refuses others.
    """
    for above in Path(real_path(directory)).parents:
        status = path_status(above)
        if status.inode is None:
            continue
        with _held_lock:
            known = _held.get(status.inode)
        if known is None and any(_may_be_claw_tui(host, pid, status.owner) for pid in _holders(status.inode)):
            return True
        if known is not None and key in known.keys:
            return True
    return False


def _may_be_claw_tui(host: Host, pid: int, owner: int | None) -> bool:
    """Whether a holder who counts may be a claw-tui, under whatever name: it runs in Python, as others may."""
    info = host.processes.find(pid)
    if info is None:
        return _is_hidden(pid)
    program = info.argv[0].rpartition("/")[2] if info.argv else ""
    return _counts(host, info, owner) and program.startswith("python")


def _let_go(inode: Inode, key: str) -> None:
    with _held_lock:
        known = _held[inode]
        known.keys.discard(key)
        if not known.keys:
            del _held[inode]
            os.close(known.descriptor)


def _lock(host: Host, descriptor: int, status: os.stat_result) -> bool:
    """Lock it; `False` if that cannot be done, or is denied by nobody who counts. Raises `HeldStateDirError`."""
    for _ in range(_TRIES):
        try:
            if take_lock(descriptor, _MOMENT_S):
                return True
        except OSError:
            return False  # NFS wants a descriptor for writing, which no directory has
        if holders := _holders((status.st_dev, status.st_ino)):
            break
    else:
        raise HeldStateDirError(None, None)  # from outside of a container, or on a system that does not tell
    for pid in holders:
        info = host.processes.find(pid)
        if info is not None and _counts(host, info, status.st_uid) and not _is_held_for_gateway(host, info):
            raise HeldStateDirError(pid, display_name(info))
        if info is None and _is_hidden(pid):
            raise HeldStateDirError(pid, None)
    return False


def _counts(host: Host, holder: ProcessInfo, owner: int | None) -> bool:
    """Whether the lock of that process is heeded: anybody may lock what can be read."""
    return holder.uid in (host.uid, _ROOT, owner)


def _is_held_for_gateway(host: Host, holder: ProcessInfo) -> bool:
    """Whether it holds the directory for as long as a gateway runs, as `flock DIR openclaw gateway` does."""
    processes = {info.pid: info for info in host.processes.scan()}
    found = GatewayProcesses(host, load_distributions(host.config_dir)).among(processes.values())
    gateways = {gateway.info.pid for gateway in found}
    above = is_launcher(holder.argv) and any(holder.pid in ancestors(pid, processes) for pid in gateways)
    return above or holder.pid in gateways


def _is_hidden(pid: int) -> bool:
    """Whether a process of that pid lives that this user may not see, where `/proc` hides those of others.

    What has ended, and left the lock to a child, is no claw-tui: that gives it to none.
    """
    with suppress(ProcessLookupError, PermissionError):
        os.getpgid(pid)
        return not os.path.lexists(f"{_PROC}/{pid}")
    return False


def _holders(inode: Inode) -> tuple[int, ...]:
    """The processes that took a lock of that directory, as Linux lists them; those that only wait for it are none."""
    found: dict[str, list[int]] = {}
    for line in (read_bytes(f"{_PROC}/locks") or b"").decode("ascii", "replace").splitlines():
        words = line.split()
        if len(words) < 8 or words[1] != "FLOCK" or not words[4].isdecimal():
            continue
        device, _, number = words[5].rpartition(":")
        if number == str(inode[1]):
            found.setdefault(device, []).append(int(words[4]))
    own = f"{os.major(inode[0]):02x}:{os.minor(inode[0]):02x}"
    # Some file systems have another device number here than for `stat`, such as btrfs.
    pids = found.get(own) or [pid for each in found.values() for pid in each]
    return tuple(pid for pid in pids if pid > 0)
