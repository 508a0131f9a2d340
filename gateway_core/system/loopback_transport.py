"""A transport for httpx that keeps next to nothing: one connection, for questions that follow each other.

h11 speaks HTTP on asyncio's streams. httpx's usual transport would pool connections, which is unwanted here, and take
about three times as much of the processor for a question (httpx 0.28 with httpcore 1.0: 1.2 ms against 0.5 ms).
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator

import h11

from gateway_core.system.httpx_without_cli import httpx

_CHUNK = 64 * 1024
_LONGEST_HEAD = 100 * 1024  # bytes of an answer before its body; more is no answer of a gateway


class LoopbackTransport(httpx.AsyncBaseTransport):
    """Questions to one server: `async with LoopbackTransport(tls) as transport`.

    Deadlines are the caller's: a question that is cancelled is over, and its connection closed.
    """

    def __init__(self, tls: ssl.SSLContext) -> None:
        self._tls = tls
        self._connection: _Connection | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request; the head of the answer. Its body comes from the connection: close it before the next one.

        Raises `OSError` (nobody listens, or no TLS), `EOFError` (closed without an answer) and
        `httpx.RemoteProtocolError` (not HTTP).
        """
        if self._connection is not None and self._connection.is_free:
            try:
                return await self._connection.ask(request)
            except EOFError:
                pass  # closed meanwhile, as every server may do
        self._connection = await self._connect(request.url)
        return await self._connection.ask(request)

    async def aclose(self) -> None:
        """Close the connection at once: a gateway that stops waits for those that are open."""
        if self._connection is not None:
            self._connection.hang_up()

    async def _connect(self, url: httpx.URL) -> _Connection:
        tls = self._tls if url.scheme == "https" else None
        return _Connection(*await asyncio.open_connection(url.host, url.port or (443 if tls else 80), ssl=tls))


class _Connection(httpx.AsyncByteStream):
    """A connection; iterated, it is the body of its last answer."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._http = h11.Connection(our_role=h11.CLIENT, max_incomplete_event_size=_LONGEST_HEAD)

    @property
    def is_free(self) -> bool:
        return self._http.our_state is h11.IDLE

    async def ask(self, request: httpx.Request) -> httpx.Response:
        """Send a request; the head of the answer."""
        head = h11.Request(method=request.method, target=request.url.raw_path, headers=request.headers.raw)
        try:
            for event in (head, h11.EndOfMessage()):
                self._writer.write(self._http.send(event) or b"")
            while not isinstance(answer := await self._next_event(), h11.Response):
                pass  # an interim one
        except BaseException:
            self.hang_up()
            raise
        return httpx.Response(answer.status_code, headers=answer.headers.raw_items(), stream=self)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while isinstance(event := await self._next_event(), h11.Data):
            yield bytes(event.data)

    async def aclose(self) -> None:
        """End with this answer: the connection is free again if all of it was read, and the server would go on."""
        if self._http.our_state is self._http.their_state is h11.DONE:
            self._http.start_next_cycle()
        else:
            self.hang_up()

    def hang_up(self) -> None:
        """Close the connection without TLS's `close_notify`: nobody would wait for it."""
        self._writer.transport.abort()

    async def _next_event(self) -> h11.Event | type[h11.NEED_DATA] | type[h11.PAUSED]:
        await asyncio.sleep(0)  # what is buffered already comes without waiting: let the others have a turn
        try:
            while (event := self._http.next_event()) is h11.NEED_DATA:
                self._http.receive_data(await self._read())
        except h11.RemoteProtocolError as error:
            raise httpx.RemoteProtocolError(str(error)) from error
        return event

    async def _read(self) -> bytes:
        try:
            received = await self._reader.read(_CHUNK)
        except ConnectionError:
            received = b""
        if not received and self._http.their_state is h11.SEND_RESPONSE:
            raise EOFError
        return received
