"""Real servers on loopback ports for tests: each is given as one coroutine that handles a connection."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import psutil
import pytest

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

SELF_SIGNED = Path(__file__).parent / "data" / "self_signed.pem"
AMPLE_S = 20.0
"""A deadline that is no part of the test: a busy machine must not fail it."""


@pytest.fixture(autouse=True)
def leaves_no_socket_behind() -> Iterator[None]:
    """For each test of a module that imports it."""
    before = len(psutil.Process().net_connections())
    yield
    assert len(psutil.Process().net_connections()) <= before


def self_signed_tls() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(SELF_SIGNED)
    return context


@asynccontextmanager
async def serving(handler: Handler, *, tls: bool = False) -> AsyncIterator[int]:
    """The port on which `handler` answers; whatever it is still doing at the end is cancelled."""
    handling: set[asyncio.Task[None]] = set()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        handling.add(task)
        try:
            await handler(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            handling.discard(task)
            writer.transport.abort()

    server = await asyncio.start_server(handle, "127.0.0.1", 0, ssl=self_signed_tls() if tls else None)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in tuple(handling):
            task.cancel()
        await asyncio.gather(*handling, return_exceptions=True)


class HttpServer:
    """Answers each path with what `answers` holds for it (`*`: any other), and keeps the requests."""

    def __init__(self, answers: Mapping[str, bytes]) -> None:
        self.answers = dict(answers)
        self.requests: list[str] = []

    @property
    def paths(self) -> list[str]:
        return [request.split(" ")[1] for request in self.requests]

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self.answer(reader, writer)
        writer.close()
        await writer.wait_closed()

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One request."""
        request = (await reader.readuntil(b"\r\n\r\n")).decode()
        self.requests.append(request)
        path = request.split(" ")[1]
        writer.write(self.answers.get(path) or self.answers["*"])
        await writer.drain()


def response(body: bytes, *, status: int = 200, content_type: str = "text/html", extra: str = "") -> bytes:
    head = f"HTTP/1.1 {status} X\r\nContent-Type: {content_type}\r\nContent-Length: {len(body)}\r\n{extra}\r\n"
    return head.encode() + body


def json_response(value: object, status: int = 200) -> bytes:
    return response(json.dumps(value).encode(), status=status, content_type="application/json")


def page(title: str) -> bytes:
    return response(f"<!doctype html><html><head><title>{title}</title></head></html>".encode())


async def silence(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Accepts and never answers."""
    await asyncio.Event().wait()


async def garbage(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"\x15\x03\x01\x00\x02\x02\x46 SSH-2.0-nothing\r\n\r\n")
    await writer.drain()


async def farewell(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Reads the request and closes without a word."""
    await reader.readuntil(b"\r\n\r\n")


async def flood(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Streams for ever, in the smallest chunks there are."""
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        writer.write(b"1\r\nx\r\n" * 1000)
        await writer.drain()


async def trickle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Streams for ever, a header line at a time."""
    writer.write(b"HTTP/1.1 200 OK\r\n")
    while True:
        writer.write(b"X-Padding: x\r\n")
        await writer.drain()
        await asyncio.sleep(0.01)
