"""The kernel's list of listening TCP sockets, without their owners.

Linux is asked over netlink (`sock_diag`, as `ss` does): `/proc/net/tcp` walks all connection buckets of the machine,
which takes milliseconds even on an idle one. Where netlink is refused, in some sandboxes, the text is read instead.
"""

import re
import socket
import struct
import sys
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from gateway_core.system.procfs import read_bytes

_SOCK_DIAG = 4  # NETLINK_SOCK_DIAG, and below: linux/netlink.h, linux/sock_diag.h, linux/inet_diag.h
_BY_FAMILY = 20
_REQUEST_DUMP = 0x301
_ERROR, _DONE = 2, 3
_LISTEN_STATE = 10
_HEADER = struct.Struct("=IHHII")  # length, type, flags, sequence, port id
_REQUEST = struct.Struct("=BBBBI48x")  # family, protocol, extensions, padding, states, socket id
_ANSWER = struct.Struct("=4x2s2x16s16x28xI")  # port, address, inode
_BUFFER = 65536
_PATIENCE_S = 2

_LISTENING = re.compile(
    rb"^ *\d+: ([0-9A-F]+):([0-9A-F]{4}) [0-9A-F]+:0000 0A \S+ \S+ \S+ +\d+ +\d+ (\d+)", re.MULTILINE
)
"""A line of `/proc/net/tcp` in state LISTEN: address, port, inode. Linux lists these before all others, but kernels
that imitate `/proc` need not, and a listener that is missed would be shown as a free port: so all lines are read."""

_MAPPED_IPV4 = b"\0" * 10 + b"\xff\xff"


class SocketEntry(NamedTuple):
    """One listening socket; the inode is what a process's descriptor shows."""

    address: str
    port: int
    inode: int


def ask_kernel() -> list[SocketEntry]:
    """All listening sockets, over netlink.

    Raises:
        OSError: the kernel or a sandbox refuses, or does not answer in time.
    """
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, _SOCK_DIAG) as kernel:
        kernel.settimeout(_PATIENCE_S)
        return [*_dump(kernel, socket.AF_INET), *_dump(kernel, socket.AF_INET6)]


def read_tables(proc: str) -> list[SocketEntry] | None:
    """All listening sockets, from the text tables under `proc`; `None` if there are none to read."""
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
            yield SocketEntry(
                _address(address if family == socket.AF_INET6 else address[:4]), int.from_bytes(port), inode
            )
            position += (length + 3) & ~3  # messages are aligned to four bytes


def _parse_table(table: bytes) -> Iterator[SocketEntry]:
    for address, port, inode in _LISTENING.findall(table):
        yield SocketEntry(_decode_address(address), int(port, 16), int(inode))


@lru_cache(maxsize=256)
def _decode_address(text: bytes) -> str:
    """The tables print addresses as 32-bit words in the byte order of the machine."""
    words = (int(text[start : start + 8], 16) for start in range(0, len(text), 8))
    return _address(b"".join(word.to_bytes(4, sys.byteorder) for word in words))


@lru_cache(maxsize=256)
def _address(packed: bytes) -> str:
    packed = packed.removeprefix(_MAPPED_IPV4)
    return socket.inet_ntop(socket.AF_INET if len(packed) == 4 else socket.AF_INET6, packed)
