"""The dashboard behind a page: a process that ends with its page, and a page that ends with its process."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from aiohttp import WSMsgType, web
from textual_serve.app_service import AppService
from textual_serve.download_manager import DownloadManager

from gateway_core.decoding import parse_json

QUIT_S = 2.0  # so long a dashboard that was told to quit may take
_HEARTBEAT_S = 15.0  # a browser that does not answer for so long has gone
_GOODBYE_S = 1.0  # so long a browser may take to answer that the page is closed
_LARGEST_MESSAGE = 1 << 20  # bytes: what is pasted comes as one message
_MOST_CELLS = 1000  # in each direction, of a terminal
_USUAL_SIZE = (80, 24)


async def show(command: str, request: web.Request) -> web.WebSocketResponse:
    """Bring the dashboard of that command to a page, until one of them ends."""
    socket = web.WebSocketResponse(heartbeat=_HEARTBEAT_S, timeout=_GOODBYE_S, max_msg_size=_LARGEST_MESSAGE)
    if not socket.can_prepare(request):
        raise web.HTTPBadRequest(text="This is for the page's own script.\n")
    await socket.prepare(request)
    dashboard = Dashboard(command, socket)
    try:
        await dashboard.start(*_size(request.query.get("width", ""), request.query.get("height", "")))
        async for message in socket:
            if message.type == WSMsgType.TEXT:
                await dashboard.take(message.data)
    finally:
        await dashboard.stop()
        await socket.close()
    return socket


class Dashboard(AppService):
    """The process of a dashboard, and the socket of its page."""

    def __init__(self, command: str, socket: web.WebSocketResponse) -> None:
        self._socket = socket
        super().__init__(
            command,
            write_bytes=socket.send_bytes,
            write_str=socket.send_str,
            close=self._close,
            download_manager=DownloadManager(),
        )

    async def take(self, text: str) -> None:
        """Take a message of the page's script; what makes no sense is left out."""
        try:
            message = parse_json(text)
        except ValueError:
            return
        match message:
            case ["stdin", str(keys)]:
                await self.send_bytes(keys.encode("utf-8", "replace"))
            case ["resize", {"width": int(width), "height": int(height)}]:
                await self.set_terminal_size(_cells(width), _cells(height))
            case ["ping", str() | int() | float() | None as mark]:
                await self._socket.send_json(["pong", mark])
            case ["focus", *_]:
                await self.focus()
            case ["blur", *_]:
                await self.blur()

    async def run(self) -> None:
        """Bring what the dashboard draws to the page, which ends with it, also where it did not say so."""
        try:
            await super().run()
        finally:
            await self._close()

    async def stop(self) -> None:
        """Have it quit, and kill it if it does not: nobody looks at it any more, and gateways do not need it."""
        process = self._process
        if process is None:
            return
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(QUIT_S):
                    await self.send_meta({"type": "quit"})
                    await process.communicate()  # what it still draws would keep it from ending
        finally:
            if process.returncode is None:
                with suppress(ProcessLookupError):
                    process.kill()
        with suppress(TimeoutError):
            async with asyncio.timeout(QUIT_S):
                await process.wait()

    async def _close(self) -> None:
        with suppress(ConnectionError):
            await self._socket.close()


def _size(width: str, height: str) -> tuple[int, int]:
    try:
        return _cells(int(width)), _cells(int(height))
    except ValueError:
        return _USUAL_SIZE


def _cells(number: int) -> int:
    return min(max(number, 1), _MOST_CELLS)
