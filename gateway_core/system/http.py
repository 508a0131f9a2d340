"""HTTP and WebSocket conversations with loopback servers; nothing is kept between two of them.

It is httpx without its client: what that does for its user is unwanted here (proxies, redirects, cookies).
Connections are not kept longer than a conversation, certificates not verified. A port of this host may be anything, so
time and size are bounded.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from functools import cache, partial
from importlib import import_module
from typing import TYPE_CHECKING

from gateway_core.host import Conversation, HttpAnswer
from gateway_core.system.descriptors import NONE_LEFT, descriptor_share

if TYPE_CHECKING:
    from gateway_core.system.loopback_transport import LoopbackTransport

BODY_LIMIT = 64 * 1024  # bytes of a body that are read; the connection of a server that sends more is closed there


class LoopbackHttp:
    """The `HttpTransport` of a real machine; others wait when there are many conversations."""

    def __init__(self) -> None:
        self._make_transport: Callable[[], LoopbackTransport] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._slots = asyncio.Semaphore(1)

    @asynccontextmanager
    async def conversation(self) -> AsyncIterator[Conversation]:
        if self._make_transport is None:
            self._make_transport = await asyncio.to_thread(_load_transport)
        async with self._slot(), self._make_transport() as transport:
            yield _Conversation(transport)

    async def first_websocket_frame(self, url: str, *, deadline: float) -> HttpAnswer:
        for module in ("gateway_core.system.httpx_without_cli", "websockets.asyncio.client"):  # httpx for its errors
            await asyncio.to_thread(import_module, module)
        async with self._slot():
            return await _within(deadline, _first_frame(url))

    def _slot(self) -> asyncio.Semaphore:
        """The slots of the loop that asks; a deadline begins when there is one."""
        loop = asyncio.get_running_loop()
        if loop is not self._loop:
            self._loop, self._slots = loop, asyncio.Semaphore(descriptor_share())
        return self._slots


@dataclass(frozen=True, slots=True)
class _Conversation:
    transport: LoopbackTransport

    async def get(self, url: str, *, deadline: float) -> HttpAnswer:
        return await _within(deadline, _get(self.transport, url))


def _load_transport() -> Callable[[], LoopbackTransport]:
    """Load what HTTP needs. Blocks: for a thread."""
    from gateway_core.system.loopback_transport import LoopbackTransport

    return partial(LoopbackTransport, _unverified_tls())


async def _get(transport: LoopbackTransport, url: str) -> HttpAnswer:
    from gateway_core.system.httpx_without_cli import httpx

    body = bytearray()
    async with aclosing(await transport.handle_async_request(httpx.Request("GET", url))) as response:
        async for chunk in response.aiter_raw():
            body += chunk
            if len(body) >= BODY_LIMIT:
                break
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
    from gateway_core.system.httpx_without_cli import httpx

    try:
        async with asyncio.timeout(deadline):
            return await exchange
    except TimeoutError:
        return HttpAnswer(status=None, error=f"no answer within {deadline:.1f} s")
    except OSError as error:
        if error.errno in NONE_LEFT:
            raise  # nothing was asked, so nothing can be said of who would have answered
        return HttpAnswer(status=None, error="not TLS" if "SSL" in str(error) else "refused")
    except httpx.RemoteProtocolError:
        return HttpAnswer(status=None, error="not HTTP")
    except (httpx.HTTPError, httpx.InvalidURL, EOFError):
        return HttpAnswer(status=None, error="closed without an answer")


@cache
def _unverified_tls() -> ssl.SSLContext:
    """Gateways sign their own certificates, and a port of this host is no remote party to authenticate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
