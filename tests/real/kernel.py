"""What the kernel itself says about processes and sockets, read without any of claw-tui's code. Linux."""

import ipaddress
import os
from pathlib import Path

_LISTEN = "0A"


def listening(port: int) -> dict[str, int]:
    """The addresses on which that TCP port listens, each with the inode of its socket."""
    found = {}
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in Path(table).read_text().splitlines()[1:]:
            _, local, _, state, *rest = line.split()
            address, _, number = local.partition(":")
            if state == _LISTEN and int(number, 16) == port:
                found[_address(address)] = int(rest[5])
    return found


def holder(inode: int) -> int | None:
    """The process that has that socket open."""
    for link in Path("/proc").glob("[0-9]*/fd/*"):
        try:
            if str(link.readlink()) == f"socket:[{inode}]":
                return int(link.parts[2])
        except OSError:
            continue
    return None


def start_ticks(pid: int) -> int:
    """Field 22 of its stat: clock ticks since boot."""
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19])


def started_at(pid: int) -> float:
    """When it started, in seconds since the epoch."""
    boot = next(line for line in Path("/proc/stat").read_text().splitlines() if line.startswith("btime"))
    return int(boot.split()[1]) + start_ticks(pid) / os.sysconf("SC_CLK_TCK")


def resident_bytes(pid: int) -> int:
    """Its resident memory."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def _address(text: str) -> str:
    packed = b"".join(bytes.fromhex(text[start : start + 8])[::-1] for start in range(0, len(text), 8))
    return str(ipaddress.ip_address(packed))
