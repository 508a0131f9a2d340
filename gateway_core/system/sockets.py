"""The listening TCP sockets of Linux and who owns them.

The kernel lists the sockets, over netlink (`sock_diag`, as `ss` does): `/proc/net/tcp` walks all connection buckets of
the machine, which takes milliseconds even on an idle one. Where netlink is refused, in some sandboxes, the text is read
instead.
"""

import re
import socket
import struct
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from os import geteuid, readlink
from pathlib import Path
from typing import NamedTuple

from gateway_core.host import ListeningSocket, PortLimits, SocketScan
from gateway_core.system.descriptors import NONE_LEFT
from gateway_core.system.procfs import descriptor_links, process_ids, read_bytes, read_stat

_SOCK_DIAG = 4  # NETLINK_SOCK_DIAG, and below: linux/netlink.h, linux/sock_diag.h, linux/inet_diag.h
_BY_FAMILY = 20
_REQUEST_DUMP = 0x301
_ERROR, _DONE = 2, 3
_LISTEN_STATE = 10
_HEADER = struct.Struct("=IHHII")  # length, type, flags, sequence, port id
_REQUEST = struct.Struct("=BBBBI48x")  # family, protocol, extensions, padding, states, socket id
_ANSWER = struct.Struct("=4x2s2x16s16x28xI")  # port, address, inode
_ATTRIBUTE = struct.Struct("=HH")  # length, type
_V6_ONLY = 11  # INET_DIAG_SKV6ONLY: every listening IPv6 socket has it
_BUFFER = 65536
_PATIENCE_S = 2

_LISTENING = re.compile(
    rb"^ *\d+: ([0-9A-F]{8}|[0-9A-F]{32}):([0-9A-F]{4}) [0-9A-F]+:0000 0A \S+ \S+ \S+ +\d+ +\d+ (\d{1,20})\b",
    re.MULTILINE,
)
"""A line of `/proc/net/tcp` in state LISTEN: address, port, inode. Linux lists these before all others, but kernels
that imitate `/proc` need not, and a listener that is missed would be shown as a free port: so all lines are read."""

_UNSPECIFIED_IPV6 = bytes(16)
_MAPPED_IPV4 = b"\0" * 10 + b"\xff\xff"


class SocketEntry(NamedTuple):
    """A listening socket; the inode is what a process's descriptor shows."""

    address: str
    port: int
    inode: int
    v6_only: bool = False  # the text tables do not tell


@dataclass(frozen=True, slots=True)
class _Holder:
    """A process that holds a socket, and under which descriptor."""

    pid: int
    descriptor: int


class LinuxSockets:
    """Finds the owner of each listening socket through the descriptors of the processes.

    That search is the expensive part, so owners are remembered with their descriptor. One `readlink` later proves that
    this descriptor is still that socket, which a reused pid or a closed socket can not pass.

    A socket that several processes hold belongs to the one that started first: a gateway hands its sockets down to its
    children, never up.
    """

    def __init__(self, proc: Path = Path("/proc"), *, by_netlink: bool = True) -> None:
        self._proc = str(proc)
        self._by_netlink = by_netlink
        self._holders: dict[int, _Holder] = {}
        self._hidden: frozenset[int] = frozenset()
        """Inodes whose holder no visible process is; looked for again only in processes that are new since."""
        self._searched: frozenset[int] = frozenset()  # the processes that do not hold a hidden socket

    def limits(self) -> PortLimits:
        usual = PortLimits()
        settings = f"{self._proc}/sys/net/ipv4"
        ephemeral = _numbers(f"{settings}/ip_local_port_range")
        unprivileged = _numbers(f"{settings}/ip_unprivileged_port_start")
        start, end = ephemeral if len(ephemeral) == 2 else (usual.ephemeral_start, usual.ephemeral_end)
        return PortLimits(start, end, unprivileged[0] if unprivileged else usual.first_unprivileged)

    def scan(self) -> SocketScan:
        entries = self._entries()
        if entries is None:
            return SocketScan((), failure=f"Neither netlink nor {self._proc}/net gave the list of sockets.")
        holders = self._owners_of(frozenset(entry.inode for entry in entries))
        sockets = tuple(
            ListeningSocket(
                entry.address,
                entry.port,
                holders[entry.inode].pid if entry.inode in holders else None,
                v6_only=entry.v6_only,
            )
            for entry in entries
        )
        unseen = sum(1 for listening in sockets if listening.pid is None)
        return SocketScan(sockets, _explain_unseen(unseen, len(sockets)))

    def _entries(self) -> list[SocketEntry] | None:
        if self._by_netlink:
            try:
                return ask_kernel()
            except OSError as error:
                if error.errno in NONE_LEFT:
                    raise
                self._by_netlink = False
        return read_tables(self._proc)

    def _owners_of(self, inodes: frozenset[int]) -> Mapping[int, _Holder]:
        known = {inode: holder for inode, holder in self._holders.items() if inode in inodes}
        holders = {inode: holder for inode, holder in known.items() if self._still_holds(holder, inode)}
        missing = inodes - holders.keys()
        if missing:
            pids = frozenset(process_ids(self._proc))
            only_hidden = missing <= self._hidden
            holders |= self._search(missing, pids - self._searched if only_hidden else pids)
            self._searched = pids
        self._hidden = inodes - holders.keys()
        self._holders = holders
        return holders

    def _still_holds(self, holder: _Holder, inode: int) -> bool:
        try:
            return readlink(f"{self._proc}/{holder.pid}/fd/{holder.descriptor}") == f"socket:[{inode}]"  # noqa: PTH115
        except OSError:
            return False

    def _search(self, inodes: Iterable[int], pids: Iterable[int]) -> dict[int, _Holder]:
        wanted = {f"socket:[{inode}]": inode for inode in inodes}
        candidates: dict[int, dict[int, _Holder]] = {}
        for pid in pids:
            for descriptor, target in (descriptor_links(self._proc, pid) or {}).items():
                inode = wanted.get(target)
                if inode is not None:
                    candidates.setdefault(inode, {})[pid] = _Holder(pid, descriptor)
        return {inode: self._oldest(list(holders.values())) for inode, holders in candidates.items()}

    def _oldest(self, holders: list[_Holder]) -> _Holder:
        return holders[0] if len(holders) == 1 else min(holders, key=self._started)

    def _started(self, holder: _Holder) -> tuple[int, int]:
        stat = read_stat(self._proc, holder.pid)
        return (sys.maxsize if stat is None else stat.start_ticks, holder.pid)


def ask_kernel() -> list[SocketEntry]:
    """Return all listening sockets, over netlink. Raises `OSError` if refused, or without an answer in time."""
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, _SOCK_DIAG) as kernel:
        kernel.settimeout(_PATIENCE_S)
        return [*_dump(kernel, socket.AF_INET), *_dump(kernel, socket.AF_INET6)]


def read_tables(proc: str) -> list[SocketEntry] | None:
    """Return all listening sockets, from the text tables under `proc`; `None` if there are none to read."""
    ipv4, ipv6 = read_bytes(f"{proc}/net/tcp"), read_bytes(f"{proc}/net/tcp6")
    if ipv4 is None and ipv6 is None:
        return None
    return [*_parse_table(ipv4 or b""), *_parse_table(ipv6 or b"")]


def _dump(kernel: socket.socket, family: int) -> Iterator[SocketEntry]:
    request = _REQUEST.pack(family, socket.IPPROTO_TCP, 0, 0, 1 << _LISTEN_STATE)
    kernel.send(_HEADER.pack(_HEADER.size + len(request), _BY_FAMILY, _REQUEST_DUMP, 0, 0) + request)
    while True:
        batch = kernel.recv(_BUFFER)
        position = 0
        while position < len(batch):
            length, kind, *_ = _HEADER.unpack_from(batch, position)
            if kind == _DONE:
                return
            if kind == _ERROR:
                raise OSError(-struct.unpack_from("=i", batch, position + _HEADER.size)[0], "sock_diag was refused")
            port, address, inode = _ANSWER.unpack_from(batch, position + _HEADER.size)
            if family == socket.AF_INET6:
                attributes = batch[position + _HEADER.size + _ANSWER.size : position + length]
                everywhere = address == _UNSPECIFIED_IPV6  # any other IPv6 address has the flag, and it says nothing
                v6_only = everywhere and _is_v6_only(attributes)
                yield SocketEntry(_address(address), int.from_bytes(port), inode, v6_only)
            else:
                yield SocketEntry(_address(address[:4]), int.from_bytes(port), inode)
            position += (length + 3) & ~3  # messages are aligned to four bytes


def _is_v6_only(attributes: bytes) -> bool:
    position = 0
    while position + _ATTRIBUTE.size < len(attributes):
        length, kind = _ATTRIBUTE.unpack_from(attributes, position)
        if kind == _V6_ONLY:
            return attributes[position + _ATTRIBUTE.size] != 0
        position += max(length + 3 & ~3, _ATTRIBUTE.size)  # aligned to four bytes
    return False


def _parse_table(table: bytes) -> Iterator[SocketEntry]:
    for address, port, inode in _LISTENING.findall(table):
        yield SocketEntry(_decode_address(address), int(port, 16), int(inode))


@lru_cache(maxsize=256)
def _decode_address(text: bytes) -> str:
    """Decode an address of the tables, which print 32-bit words in the byte order of the machine."""
    words = (int(text[start : start + 8], 16) for start in range(0, len(text), 8))
    return _address(b"".join(word.to_bytes(4, sys.byteorder) for word in words))


@lru_cache(maxsize=256)
def _address(packed: bytes) -> str:
    packed = packed.removeprefix(_MAPPED_IPV4)
    return socket.inet_ntop(socket.AF_INET if len(packed) == 4 else socket.AF_INET6, packed)


def _numbers(path: str) -> tuple[int, ...]:
    return tuple(int(number) for number in (read_bytes(path) or b"").split() if number.isdigit())


def _explain_unseen(unseen: int, total: int) -> tuple[str, ...]:
    if unseen == 0:
        return ()
    if geteuid() == 0:
        reason = "they belong to the kernel or to processes of another container, which are not visible from here"
    else:
        reason = "they belong to other users or to privileged programs; run claw-tui with sudo to see them"
    return (f"The owners of {unseen} of {total} listening sockets could not be seen: {reason}.",)
