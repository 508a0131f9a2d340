"""The process table of Linux, read from `/proc` without a library: psutil needs ten times as long for a scan."""

from __future__ import annotations

import os
import stat as file_modes
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from gateway_core.host import Placement, ProcessInfo, ProcessUsage
from gateway_core.system.mounts import mounts_directory
from gateway_core.system.placements import Placements, path_below, root_of, shares_file
from gateway_core.system.procfs import (
    EXITING,
    KERNEL_THREAD,
    Stat,
    descriptor_links,
    process_ids,
    read_argv,
    read_bytes,
    read_stat,
    read_waiting_s,
)
from gateway_core.timestamps import timestamp_at

_LARGEST_ENVIRONMENT = 1 << 20  # bytes; its owner may make it larger still, but no gateway's is
_UID_WITHIN = 1024  # bytes of `status`; further below it may list very many groups
_SETTLED_AFTER_S = 60
"""Programs set their title soon after their start, within seconds; until then command lines are read again."""


class LinuxProcesses:
    """The processes that `/proc` shows. A zombie has ended, so it counts as gone."""

    def __init__(self, proc: Path = Path("/proc")) -> None:
        self._proc = str(proc)
        self._ticks_per_second = os.sysconf("SC_CLK_TCK")
        self._page_size = os.sysconf("SC_PAGE_SIZE")
        self._booted_at = _boot_time(self._proc)
        self._known: dict[int, ProcessInfo] = {}
        self._placements = Placements(self._proc)

    def scan(self) -> Sequence[ProcessInfo]:
        """Do one small read per process whose command line is already known."""
        settled_before = (time.clock_gettime(time.CLOCK_BOOTTIME) - _SETTLED_AFTER_S) * self._ticks_per_second
        known = self._known
        found = {}
        for pid in process_ids(self._proc):
            stat = read_stat(self._proc, pid)
            if stat is None:
                continue
            before = known.get(pid)
            settled = stat.start_ticks < settled_before or stat.flags & EXITING
            if before is not None and settled and _is_unchanged(before, stat):
                found[pid] = before
            else:
                found[pid] = self._describe(pid, stat)
        self._known = found
        self._placements.forget_all_but(set(found))
        return tuple(found.values())

    def find(self, pid: int) -> ProcessInfo | None:
        stat = read_stat(self._proc, pid)
        return None if stat is None else self._describe(pid, stat)

    def usage(self, pid: int) -> ProcessUsage | None:
        stat = read_stat(self._proc, pid)
        if stat is None:
            return None
        cpu_seconds = stat.cpu_ticks / self._ticks_per_second
        return ProcessUsage(stat.rss_pages * self._page_size, cpu_seconds, read_waiting_s(self._proc, pid))

    def open_files(self, pid: int) -> tuple[Path, ...] | None:
        links = descriptor_links(self._proc, pid)
        if links is None:
            return None
        root = root_of(self._proc, str(pid))
        paths = (
            Path(path_below(root, target))
            for descriptor, target in links.items()
            if target.startswith("/") and _is_linked_file(f"{self._proc}/{pid}/fd/{descriptor}")
        )
        return tuple(dict.fromkeys(paths))

    def working_dir(self, pid: int) -> Path | None:
        try:
            target = os.readlink(f"{self._proc}/{pid}/cwd")  # noqa: PTH115 - a string is what it starts from
        except OSError:
            return None
        return Path(path_below(root_of(self._proc, str(pid)), target))

    def environment(self, pid: int, names: frozenset[str]) -> Mapping[str, str] | None:
        """Drops all other variables, which may be secrets, at once; a very large environment counts as unseen."""
        block = read_bytes(f"{self._proc}/{pid}/environ", _LARGEST_ENVIRONMENT + 1)
        if block is None or len(block) > _LARGEST_ENVIRONMENT:
            return None
        wanted = {name.encode(): name for name in names}
        pairs = (entry.partition(b"=") for entry in block.split(b"\0"))
        return {wanted[name]: value.decode("utf-8", "replace") for name, _, value in pairs if name in wanted}

    def placement(self, process: ProcessInfo) -> Placement | None:
        return self._placements.of(process)

    def shares_file(self, pid: int, path: Path, ours: Path) -> bool | None:
        return shares_file(self._proc, pid, path, ours)

    def mounts(self, pid: int, ours: Path) -> bool:
        return mounts_directory(self._proc, pid, ours)

    def _describe(self, pid: int, stat: Stat) -> ProcessInfo:
        kernel_thread = bool(stat.flags & KERNEL_THREAD)
        started_s = self._booted_at + stat.start_ticks / self._ticks_per_second
        return ProcessInfo(
            pid=pid,
            start=stat.start_ticks,
            started_at=timestamp_at(started_s),
            parent=stat.parent,
            uid=0 if kernel_thread else self._user(pid),
            name=stat.name,
            session=stat.session,
            argv=() if kernel_thread else read_argv(self._proc, pid),
        )

    def _user(self, pid: int) -> int:
        """The real user. `/proc/<pid>` itself belongs to root when the program has file capabilities."""
        for line in (read_bytes(f"{self._proc}/{pid}/status", _UID_WITHIN) or b"").splitlines():
            if line.startswith(b"Uid:"):
                return int(line.split()[1])
        return 0


def _is_unchanged(before: ProcessInfo, stat: Stat) -> bool:
    return before.start == stat.start_ticks and before.name == stat.name and before.parent == stat.parent


def _is_linked_file(descriptor: str) -> bool:
    try:
        status = os.stat(descriptor)  # noqa: PTH116 - one call per open file of a process
    except OSError:
        return False
    return file_modes.S_ISREG(status.st_mode) and status.st_nlink > 0


def _boot_time(proc: str) -> float:
    """Seconds since the epoch, as the kernel and so every other tool gives them."""
    for line in (read_bytes(f"{proc}/stat") or b"").splitlines():
        if line.startswith(b"btime "):
            return float(line.split()[1])
    return time.time() - time.clock_gettime(time.CLOCK_BOOTTIME)
