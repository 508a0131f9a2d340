"""Asks loopback servers by HTTP and WebSocket: one fresh connection per question, and nothing kept between them.

The exchange is plain asyncio streams with `h11` and the protocol half of `websockets` on top. A whole HTTP client
(pools, redirects, proxies, retries) costs several times as much for one GET of a local port, and each of those features
would have to be turned off here.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, quote, urlsplit

from gateway_core.host import HttpAnswer

if TYPE_CHECKING:
    import h11
    from websockets.client import ClientProtocol

BODY_LIMIT = 64 * 1024
"""Bytes of a body that are read; the connection of a server that sends more is closed there."""

_READ_SIZE = 8 * 1024
"""Bytes that are parsed in one go: bounds how long an answer of the smallest chunks holds the event loop."""

_PATH_CHARACTERS = "/%:@!$&'()*+,;="
"""Kept as they are in a path; whatever else a config may put there is quoted."""

_Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class LoopbackHttp:
    """The `HttpTransport` of a real machine. Usable from any event loop; any number of questions at once."""

    async def get(self, url: str, *, deadline: float) -> HttpAnswer:
        """One GET, `deadline` seconds for all of it, at most `BODY_LIMIT` of body."""
        return await _within(deadline, _get(urlsplit(url)))

    async def first_websocket_frame(self, url: str, *, deadline: float) -> HttpAnswer:
        """Upgrade, read one text frame into `body`, close. `deadline` seconds for all of it."""
        return await _within(deadline, _first_frame(url))

    async def aclose(self) -> None:
        """Nothing to release: each question closes its own connection."""


class _BadAnswerError(Exception):
    """The server answered something that is no answer; the message says what."""


async def _within(deadline: float, exchange: Awaitable[HttpAnswer]) -> HttpAnswer:
    try:
        async with asyncio.timeout(deadline):
            return await exchange
    except TimeoutError:
        return HttpAnswer(status=None, error=f"no answer within {deadline:.1f} s")
    except ConnectionRefusedError:
        return HttpAnswer(status=None, error="refused")
    except (ConnectionError, EOFError):
        return HttpAnswer(status=None, error="closed without an answer")
    except ssl.SSLError:
        return HttpAnswer(status=None, error="not TLS")
    except OSError as error:
        return HttpAnswer(status=None, error=(error.strerror or str(error)).lower())
    except _BadAnswerError as error:
        return HttpAnswer(status=None, error=str(error))


async def _get(url: SplitResult) -> HttpAnswer:
    import h11

    connection = h11.Connection(h11.CLIENT)
    request = h11.Request(
        method="GET",
        target=quote(url.path, safe=_PATH_CHARACTERS) or "/",
        # A kept-alive connection could delay the gateway's graceful stop.
        headers=[("Host", url.netloc), ("Accept", "*/*"), ("Connection", "close")],
    )
    async with _connected(url) as (reader, writer):
        writer.write((connection.send(request) or b"") + (connection.send(h11.EndOfMessage()) or b""))
        try:
            return await _read_answer(connection, reader)
        except h11.RemoteProtocolError as error:
            raise _BadAnswerError("not HTTP") from error


async def _read_answer(connection: h11.Connection, reader: asyncio.StreamReader) -> HttpAnswer:
    import h11

    status = None
    body = bytearray()
    while len(body) < BODY_LIMIT:
        event = connection.next_event()
        if event is h11.NEED_DATA:
            if body:
                # What is buffered already is read without waiting: let the others have their turn.
                await asyncio.sleep(0)
            data = await reader.read(_READ_SIZE)
            if not data and status is None:
                raise EOFError
            connection.receive_data(data)
        elif isinstance(event, h11.Response):
            status = event.status_code
        elif isinstance(event, h11.Data):
            body += event.data
        elif not isinstance(event, h11.InformationalResponse):
            break
    return HttpAnswer(status=status, body=bytes(body[:BODY_LIMIT]))


async def _first_frame(url: str) -> HttpAnswer:
    from websockets.client import ClientProtocol
    from websockets.protocol import State
    from websockets.uri import parse_uri

    protocol = ClientProtocol(parse_uri(url), max_size=BODY_LIMIT)
    protocol.send_request(protocol.connect())
    async with _connected(urlsplit(url)) as (reader, writer):
        writer.writelines(protocol.data_to_send())
        answer = await _read_text_frame(protocol, reader)
        if protocol.state is State.OPEN:
            protocol.send_close(1000)
        writer.writelines(protocol.data_to_send())
    return answer


async def _read_text_frame(protocol: ClientProtocol, reader: asyncio.StreamReader) -> HttpAnswer:
    from websockets.exceptions import InvalidStatus
    from websockets.frames import Frame, Opcode

    while True:
        if data := await reader.read(_READ_SIZE):
            protocol.receive_data(data)
        else:
            protocol.receive_eof()
        if isinstance(refusal := protocol.handshake_exc, InvalidStatus):
            return HttpAnswer(status=refusal.response.status_code)
        if protocol.handshake_exc is not None:
            raise _BadAnswerError("not a WebSocket") from protocol.handshake_exc
        for event in protocol.events_received():
            if isinstance(event, Frame) and event.opcode is Opcode.TEXT:
                return HttpAnswer(status=101, body=bytes(event.data))
        if not data:
            raise EOFError
        if protocol.parser_exc is not None:
            raise _BadAnswerError("broken WebSocket frame") from protocol.parser_exc


@asynccontextmanager
async def _connected(url: SplitResult) -> AsyncIterator[_Streams]:
    tls = _unverified_tls() if url.scheme in ("https", "wss") else None
    reader, writer = await asyncio.open_connection(url.hostname, url.port, ssl=tls, limit=_READ_SIZE)
    try:
        yield reader, writer
    finally:
        # Not close(): that waits for the other side's TLS farewell, which a hanging server never sends.
        writer.transport.abort()


@cache
def _unverified_tls() -> ssl.SSLContext:
    """Gateways sign their own certificates, and a port of this host is no remote party to authenticate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
