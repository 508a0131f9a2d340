"""The process and socket tables where there is no `/proc`: macOS, through psutil.

macOS shows a user only his own processes in full, so what could not be seen is always said.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import psutil

from gateway_core.host import ListeningSocket, Placement, PortLimits, ProcessInfo, ProcessUsage, SocketScan
from gateway_core.system.procfs import parse_argv
from gateway_core.timestamps import timestamp_at

_MACOS_LIMITS = PortLimits(ephemeral_start=49152, ephemeral_end=65535)  # net.inet.ip.portrange as macOS ships it


class PsutilProcesses:
    """The processes that psutil shows. A zombie has ended, so it counts as gone."""

    def scan(self) -> Sequence[ProcessInfo]:
        described = (_describe(process) for process in psutil.process_iter())
        return tuple(info for info in described if info is not None)

    def find(self, pid: int) -> ProcessInfo | None:
        try:
            return _describe(psutil.Process(pid))
        except psutil.Error:
            return None

    def usage(self, pid: int) -> ProcessUsage | None:
        try:
            process = psutil.Process(pid)
            times = process.cpu_times()
            return ProcessUsage(process.memory_info().rss, times.user + times.system)
        except psutil.Error:
            return None

    def open_files(self, pid: int) -> tuple[Path, ...] | None:
        try:
            return tuple(dict.fromkeys(Path(opened.path) for opened in psutil.Process(pid).open_files()))
        except psutil.Error:
            return None

    def working_dir(self, pid: int) -> Path | None:
        try:
            return Path(psutil.Process(pid).cwd())
        except (psutil.Error, OSError):
            return None

    def environment(self, pid: int, names: frozenset[str]) -> Mapping[str, str] | None:
        try:
            block = psutil.Process(pid).environ()
        except (psutil.Error, OSError):
            return None
        return {name: value for name, value in block.items() if name in names}

    def placement(self, process: ProcessInfo) -> Placement | None:  # noqa: ARG002 - as in the protocol
        """There are no namespaces on macOS: its containers are virtual machines, whose processes it does not show."""
        return None

    def shares_file(self, pid: int, path: Path, ours: Path) -> bool | None:  # noqa: ARG002 - as in the protocol
        return None

    def mounts(self, pid: int, ours: Path) -> bool:  # noqa: ARG002 - as in the protocol
        return False


class PsutilSockets:
    """Listening sockets, asked of one process after the other: a list of all sockets needs root on macOS."""

    def limits(self) -> PortLimits:
        return _MACOS_LIMITS

    def scan(self) -> SocketScan:
        sockets: list[ListeningSocket] = []
        denied = 0
        for process in psutil.process_iter():
            try:
                sockets.extend(_listening(process))
            except psutil.AccessDenied:
                denied += 1
            except psutil.Error:
                continue
        unseen = f"The sockets of {denied} processes of other users could not be seen"
        problem = f"{unseen}, so a port that looks free may be taken; run claw-tui with sudo to see them."
        return SocketScan(tuple(sockets), (problem,) if denied else ())


def _describe(process: psutil.Process) -> ProcessInfo | None:
    try:
        with process.oneshot():
            if process.status() == psutil.STATUS_ZOMBIE:
                return None
            created_s = process.create_time()
            return ProcessInfo(
                pid=process.pid,
                start=round(created_s * 1000),
                started_at=timestamp_at(created_s),
                parent=process.ppid(),
                uid=process.uids().real,
                name=process.name(),
                argv=_argv(process),
            )
    except psutil.Error:
        return None


def _argv(process: psutil.Process) -> tuple[str, ...]:
    try:
        argv = process.cmdline()
    except psutil.AccessDenied:
        return ()
    return parse_argv(b"\0".join(map(os.fsencode, argv)))


def _listening(process: psutil.Process) -> Iterator[ListeningSocket]:
    for connection in process.net_connections(kind="tcp"):
        if connection.status == psutil.CONN_LISTEN:
            yield ListeningSocket(connection.laddr.ip.removeprefix("::ffff:"), connection.laddr.port, process.pid)
