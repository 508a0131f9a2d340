"""Asks loopback servers by HTTP and WebSocket, with nothing kept between two questions.

Everything that a client usually does for its user is turned off: no proxies, no redirects, no kept connections, no
certificates to verify. A port of this host may be anything, so time and size are bounded.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable
from functools import cache
from typing import TYPE_CHECKING

from gateway_core.host import HttpAnswer

if TYPE_CHECKING:
    import httpx

BODY_LIMIT = 64 * 1024
"""Bytes of a body that are read; the connection of a server that sends more is closed there."""


class LoopbackHttp:
    """The `HttpTransport` of a real machine; any number of questions at once."""

    def __init__(self) -> None:
        self._client: httpx.AsyncClient | None = None

    async def get(self, url: str, *, deadline: float) -> HttpAnswer:
        """One GET, `deadline` seconds for all of it, at most `BODY_LIMIT` of body."""
        if self._client is None:
            self._client = await asyncio.to_thread(_make_client)
        return await _within(deadline, _get(self._client, url, deadline))

    async def first_websocket_frame(self, url: str, *, deadline: float) -> HttpAnswer:
        """Upgrade, read one text frame into `body`, close. `deadline` seconds for all of it."""
        return await _within(deadline, _first_frame(url))

    async def aclose(self) -> None:
        """Release the client; the next question makes a new one."""
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()


def _make_client() -> httpx.AsyncClient:
    """Imported here and in a thread: httpx takes as long as a small program's whole start."""
    import httpx

    return httpx.AsyncClient(
        verify=_unverified_tls(),
        trust_env=False,
        limits=httpx.Limits(max_connections=None, max_keepalive_connections=0),
        # A kept-alive connection could delay the gateway's graceful stop.
        headers={"Connection": "close"},
    )


async def _get(client: httpx.AsyncClient, url: str, deadline: float) -> HttpAnswer:
    body = bytearray()
    # Each phase gives up a little before the whole does: only then does httpx close a connection half-way through TLS.
    async with client.stream("GET", url, timeout=0.9 * deadline) as response:
        async for chunk in response.aiter_raw():
            body += chunk
            if len(body) >= BODY_LIMIT:
                break
            await asyncio.sleep(0)  # the chunks of a buffered answer come without waiting: let the others have a turn
        return HttpAnswer(status=response.status_code, body=bytes(body[:BODY_LIMIT]))


async def _first_frame(url: str) -> HttpAnswer:
    from websockets.asyncio.client import connect
    from websockets.exceptions import InvalidStatus, WebSocketException

    tls = _unverified_tls() if url.startswith("wss:") else None
    connection = connect(url, ssl=tls, proxy=None, max_size=BODY_LIMIT, open_timeout=None, close_timeout=0.1)
    try:
        async with connection as websocket:
            return HttpAnswer(status=101, body=await websocket.recv(decode=False))
    except InvalidStatus as error:
        return HttpAnswer(status=error.response.status_code)
    except WebSocketException:
        return HttpAnswer(status=None, error="not a WebSocket")


async def _within(deadline: float, exchange: Awaitable[HttpAnswer]) -> HttpAnswer:
    import httpx

    try:
        async with asyncio.timeout(deadline):
            return await exchange
    except (TimeoutError, httpx.TimeoutException):
        return HttpAnswer(status=None, error=f"no answer within {deadline:.1f} s")
    except (httpx.ConnectError, OSError) as error:
        return HttpAnswer(status=None, error="not TLS" if "SSL" in str(error) else "refused")
    except httpx.RemoteProtocolError as error:
        closed = "disconnected" in str(error)
        return HttpAnswer(status=None, error="closed without an answer" if closed else "not HTTP")
    except (httpx.HTTPError, httpx.InvalidURL, EOFError):
        return HttpAnswer(status=None, error="closed without an answer")


@cache
def _unverified_tls() -> ssl.SSLContext:
    """Gateways sign their own certificates, and a port of this host is no remote party to authenticate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
