"""The dashboard behind a page: a process that ends with its page, and a page that ends with its process."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass

from aiohttp import WSMsgType, web
from textual_serve.app_service import AppService
from textual_serve.download_manager import DownloadManager

from gateway_core.decoding import parse_json
from gateway_core.processes.run import end_child

QUIT_S = 2.0  # so long a dashboard that was told to quit may take
_HEARTBEAT_S = 15.0  # a browser that does not answer for so long has gone
_GOODBYE_S = 1.0  # so long a browser may take to answer that the page is closed
_LARGEST_MESSAGE = 1 << 20  # bytes: what is pasted comes as one message
_MOST_CELLS = 1000  # in each direction, of a terminal
_USUAL_SIZE = (80, 24)


@dataclass(frozen=True, slots=True)
class Typed:
    """Keys, as a terminal sends them."""

    keys: bytes


@dataclass(frozen=True, slots=True)
class Resized:
    """The size of the page's terminal."""

    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Pinged:
    """A question for the way there and back."""

    mark: str | float | None


@dataclass(frozen=True, slots=True)
class Focused:
    """Whether keys go to the page."""

    focused: bool


Message = Typed | Resized | Pinged | Focused


def parse_message(text: str) -> Message | None:
    """What the page's script says; `None` for what makes no sense."""
    try:
        message = parse_json(text)
    except ValueError:
        return None
    match message:
        case ["stdin", str(keys)]:
            return Typed(keys.encode("utf-8", "replace"))
        case ["resize", {"width": int(width), "height": int(height)}]:
            return Resized(_cells(width), _cells(height))
        case ["ping", str() | int() | float() | None as mark]:
            return Pinged(mark)
        case [("focus" | "blur") as what, *_]:
            return Focused(what == "focus")
        case _:
            return None


async def show(command: str, request: web.Request) -> web.WebSocketResponse:
    """Bring the dashboard of that command to a page, until one of them ends."""
    socket = web.WebSocketResponse(heartbeat=_HEARTBEAT_S, timeout=_GOODBYE_S, max_msg_size=_LARGEST_MESSAGE)
    if not socket.can_prepare(request):
        raise web.HTTPBadRequest(text="This is for the page's own script.\n")
    await socket.prepare(request)
    dashboard = Dashboard(command, socket)
    try:
        await dashboard.start(*_size(request.query.get("width", ""), request.query.get("height", "")))
        with suppress(ConnectionError):  # the page may have gone before its answer
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
        match parse_message(text):
            case Typed(keys):
                await self.send_bytes(keys)
            case Resized(width, height):
                await self.set_terminal_size(width, height)
            case Pinged(mark):
                await self._socket.send_json(["pong", mark])
            case Focused(True):
                await self.focus()
            case Focused():
                await self.blur()

    async def run(self) -> None:
        """Bring what the dashboard draws to the page, which ends with it, also where it did not say so."""
        try:
            await super().run()
        finally:
            await self._close()

    async def stop(self) -> None:
        """Have it quit, and kill it if it does not: nobody looks at it any more, and no gateway needs it."""
        process = self._process
        if process is None:
            return
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        reading = asyncio.create_task(process.communicate())  # a pipe that nobody reads would keep it from ending
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(QUIT_S + _GOODBYE_S):
                    await end_child(process, QUIT_S)
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)

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
