"""Reading single files of Linux's `/proc`, as cheaply as Python can.

Five hundred processes are read on every tick, so this goes through file descriptors instead of `pathlib`.
Whatever vanished or may not be seen is `None`: in `/proc` both happen all the time.
"""

import os
import sys
from dataclasses import dataclass

from gateway_core.system.descriptors import NONE_LEFT

_CHUNK = 65536
LONGEST_COMMAND_LINE = 32 << 10
"""Bytes of a command line that are read: its owner may make it megabytes long, and it is kept while it runs."""

EXITING = 0x00000004  # `PF_EXITING` of the flags in `/proc/<pid>/stat`: its command line is gone already
KERNEL_THREAD = 0x00200000  # `PF_KTHREAD` of the same flags


@dataclass(frozen=True, slots=True)
class Stat:
    """The fields of `/proc/<pid>/stat` that the project uses."""

    name: str
    state: str
    parent: int
    session: int
    flags: int
    cpu_ticks: int
    start_ticks: int  # clock ticks between boot and the start of the process
    rss_pages: int

    @property
    def gone(self) -> bool:
        """A zombie has ended; only its parent has not noticed yet."""
        return self.state in "ZXx"


def parse_stat(line: bytes) -> Stat:
    """The fields of a `stat` line. The name stands in parentheses and may itself hold blanks and parentheses."""
    end = line.rindex(b")")
    name = line[line.index(b"(") + 1 : end]
    fields = line[end + 2 :].split(b" ", 22)
    return Stat(
        name=name.decode("utf-8", "replace"),
        state=fields[0].decode(),
        parent=int(fields[1]),
        session=int(fields[3]),
        flags=int(fields[6]),
        cpu_ticks=int(fields[11]) + int(fields[12]),
        start_ticks=int(fields[19]),
        rss_pages=int(fields[21]),
    )


def parse_argv(cmdline: bytes) -> tuple[str, ...]:
    """The words of a command line, as far as it is read; the last one may be cut.

    Programs that set their title leave padding of NUL bytes behind it.
    """
    text = cmdline[:LONGEST_COMMAND_LINE].rstrip(b"\0").decode("utf-8", "replace")
    return tuple(text.split("\0")) if text else ()


def read_stat(proc: str, pid: int) -> Stat | None:
    """The stat of that process; `None` if there is no such process, zombies included."""
    line = read_bytes(f"{proc}/{pid}/stat")
    stat = parse_stat(line) if line else None
    return None if stat is None or stat.gone else stat


def read_argv(proc: str, pid: int) -> tuple[str, ...]:
    """The words of the command line of that process, as far as it is read; none if it is gone."""
    return parse_argv(read_bytes(f"{proc}/{pid}/cmdline", LONGEST_COMMAND_LINE) or b"")


def read_bytes(path: str, most: int = sys.maxsize) -> bytes | None:
    """The file, or so much of it; `None` if it is gone or may not be read.

    Raises `OSError` if there are too many open files.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        if error.errno in NONE_LEFT:
            raise
        return None
    chunks, left = [], most
    try:
        while left and (chunk := os.read(descriptor, min(_CHUNK, left))):
            chunks.append(chunk)
            left -= len(chunk)
    except OSError:
        return None
    finally:
        os.close(descriptor)
    return b"".join(chunks)


def read_waiting_s(proc: str, pid: int) -> float:
    """Seconds that the main thread of a process has waited for a core; 0 where the kernel does not count them."""
    fields = (read_bytes(f"{proc}/{pid}/schedstat") or b"").split()
    return int(fields[1]) / 1e9 if len(fields) > 1 else 0.0


def process_ids(proc: str) -> list[int]:
    return [int(name) for name in os.listdir(proc) if name.isdigit()]  # noqa: PTH208 - on every tick


def descriptor_links(proc: str, pid: int) -> dict[int, str] | None:
    """Return what each open descriptor of a process points to; `None` if it is gone or this user may not see them.

    Raises `OSError` if there are too many open files.
    """
    try:
        directory = os.open(f"{proc}/{pid}/fd", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        if error.errno in NONE_LEFT:
            raise
        return None
    links = {}
    try:
        for name in os.listdir(directory):  # noqa: PTH208 - by descriptor, which pathlib cannot
            target = _link(name, directory)
            if target is not None:
                links[int(name)] = target
    except OSError as error:
        if error.errno in NONE_LEFT:
            raise
        return None
    finally:
        os.close(directory)
    return links


def _link(name: str, directory: int) -> str | None:
    try:
        return os.readlink(name, dir_fd=directory)
    except OSError:
        return None
