"""The least that any tool must do to know a host's gateways: read the sockets, find their owners, ask each once.

Written as plainly as possible and for speed only: it keeps nothing, checks nothing and understands no answer.
"""

import asyncio
import os
from collections.abc import Iterable

_LISTENING = "0A"


def listeners() -> dict[int, int | None]:
    """Each listening TCP port with the process that holds it: one raw pass over `/proc`."""
    ports: dict[str, int] = {}
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        with open(table, encoding="ascii") as lines:  # noqa: PTH123 - as bare as can be
            next(lines)
            for line in lines:
                fields = line.split()
                if fields[3] == _LISTENING:
                    ports[f"socket:[{fields[9]}]"] = int(fields[1].rpartition(":")[2], 16)
    owners: dict[int, int | None] = dict.fromkeys(ports.values())
    for pid in filter(str.isdigit, os.listdir("/proc")):  # noqa: PTH208
        try:
            for descriptor in os.listdir(f"/proc/{pid}/fd"):  # noqa: PTH208
                port = ports.get(os.readlink(f"/proc/{pid}/fd/{descriptor}"))  # noqa: PTH115
                if port is not None:
                    owners[port] = int(pid)
        except OSError:
            continue
    return owners


async def ask(ports: Iterable[int]) -> None:
    """One bare GET to each of these ports of the loopback, all at the same time."""
    await asyncio.gather(*map(_get, ports))


async def _get(port: int) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET /readyz HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n".encode())
    head = await reader.readuntil(b"\r\n\r\n")
    body = await reader.readexactly(int(head.partition(b"Content-Length: ")[2].split(b"\r\n")[0]))
    writer.close()
    return body
