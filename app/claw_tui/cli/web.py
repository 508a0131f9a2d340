"""The dashboard in a browser: a small web server, which runs a dashboard of its own for every page that is opened."""

from __future__ import annotations

import asyncio
import ipaddress
import signal
import socket
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import textual_serve
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from claw_tui.cli import output
from claw_tui.cli.errors import CommandError, ExitCode
from claw_tui.cli.web_dashboard import QUIT_S, show
from claw_tui.cli.web_guard import Guard, authority, is_loopback, new_key
from claw_tui.cli.web_page import FOCUS_SCRIPT, page, policy
from gateway_core.shell_commands import shell_command

MOST_PAGES = 8
_SHUTDOWN_S = QUIT_S + 2.0
_TITLE = "claw-tui"
_STATIC = Path(textual_serve.__file__).parent / "static"


@dataclass(frozen=True, slots=True)
class WebRequest:
    """The options of one `web`."""

    host: str
    port: int  # 0: any that is free
    operations: bool  # whether gateways can be started, stopped and made from a page


def serve(request: WebRequest) -> None:
    """Serve the dashboard until Ctrl+C.

    Raises:
        CommandError: the port is taken, or the host is no address of this machine.
    """
    with _listening(request) as listener:
        output.wait_for(_serve(request, listener))


def dashboard_command(*, operations: bool) -> str:
    """The command of the dashboard behind a page, for the shell that textual-serve gives it to.

    The terminal in which the server runs is not where it is drawn.
    """
    surroundings = ("env", "-u", "TMUX", "-u", "STY", "-u", "WAYLAND_DISPLAY", "-u", "DISPLAY", "TERM=xterm-256color")
    # -P: a folder claw_tui in the working directory is not the program.
    program = (sys.executable, "-P", "-m", "claw_tui", *(() if operations else ("--read-only",)))
    command = shell_command((*surroundings, *program)).text
    if command is None:
        raise CommandError("no-command", f"No shell can be given the path of this Python: {sys.executable!r}")
    return f"exec {command}"


def _listening(request: WebRequest) -> socket.socket:
    family = socket.AF_INET6 if ":" in request.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((request.host, request.port))
    except OSError as error:
        listener.close()
        where = authority(request.host, request.port)
        hint = "Choose another --port, or none for one that is free."
        message = f"{where} cannot be listened on: {error.strerror}"
        raise CommandError("port-taken", message, hint, ExitCode.NO) from error
    return listener


async def _serve(request: WebRequest, listener: socket.socket) -> None:
    port = int(listener.getsockname()[1])
    key = new_key()
    ending = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:  # as nohup has it
            asyncio.get_running_loop().add_signal_handler(number, ending.set)
    runner = web.AppRunner(
        web_app(
            Guard(request.host, port, _own_names(request.host)), key, dashboard_command(operations=request.operations)
        ),
        access_log=None,
        shutdown_timeout=_SHUTDOWN_S,
    )
    await runner.setup()
    try:
        await web.SockSite(runner, listener).start()
        _announce(request, port, key)
        await ending.wait()
    finally:
        await runner.cleanup()


def _own_names(host: str) -> frozenset[str]:
    """The names by which other machines may call a server on that host."""
    return frozenset() if is_loopback(host) else frozenset({socket.gethostname()})


def _announce(request: WebRequest, port: int, key: str) -> None:
    may = "operate gateways" if request.operations else "look, and change nothing"
    warnings = ["Whoever has this address can " + may + ". It is another one in each run; Ctrl+C ends it."]
    if not is_loopback(request.host):
        warnings.append("! Other machines can reach it, and what is sent is not encrypted.")
    output.tell(warnings)
    shown = socket.gethostname() if ipaddress.ip_address(request.host).is_unspecified else request.host
    output.emit(f"http://{authority(shown, port)}/{key}/")


def web_app(guard: Guard, key: str, command: str) -> web.Application:
    """The server's paths below the key, and the guard before them."""
    pages = _Pages(command, key)
    inner = web.Application()
    inner.add_routes(
        [
            web.get("/", pages.index),
            web.get("/ws", pages.terminal),
            web.get("/focus.js", _focus_script),
            web.static("/static", _STATIC),
        ]
    )
    app = web.Application(middlewares=[_guarded(guard)])
    app.add_subapp(f"/{key}/", inner)
    app.on_response_prepare.append(_add_headers)
    app.on_shutdown.append(pages.close)
    return app


def _guarded(guard: Guard) -> Middleware:
    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        headers = request.headers
        is_socket = headers.get("Upgrade") is not None
        refused = guard.refuses(headers.get("Host"), headers.get("Origin"), is_socket=is_socket)
        if refused is not None:
            return web.Response(status=403, text=f"{refused}\n")
        return await handler(request)

    return middleware


async def _add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Say what browsers may do with an answer, also with one that refuses."""
    response.headers.update(
        {
            "Cache-Control": "no-store",
            # Not `request.host`: where there is no such header, it asks a name server.
            "Content-Security-Policy": policy(request.headers.get("Host", "")),
            "Cross-Origin-Opener-Policy": "same-origin",
            "Referrer-Policy": "no-referrer",
            "X-Content-Type-Options": "nosniff",
        }
    )


async def _focus_script(_: web.Request) -> web.Response:
    return web.Response(text=FOCUS_SCRIPT, content_type="text/javascript")


@dataclass(slots=True)
class _Pages:
    """The pages that are open: each a web socket, and the dashboard behind it, which ends with it."""

    command: str
    key: str
    _open: set[asyncio.Task[web.WebSocketResponse]] = field(default_factory=set)

    async def index(self, request: web.Request) -> web.Response:
        address = f"ws://{request.host}/{self.key}/ws"
        return web.Response(text=page(_TITLE, address), content_type="text/html")

    async def terminal(self, request: web.Request) -> web.StreamResponse:
        if len(self._open) >= MOST_PAGES:
            raise web.HTTPServiceUnavailable(text=f"{MOST_PAGES} pages are open already; close one.\n")
        task = asyncio.create_task(show(self.command, request))
        self._open.add(task)
        task.add_done_callback(self._open.discard)
        try:
            return await task
        finally:
            task.cancel()

    async def close(self, _: web.Application) -> None:
        """End all dashboards; what they watch goes on."""
        for task in self._open:
            task.cancel()
        with suppress(TimeoutError):
            async with asyncio.timeout(_SHUTDOWN_S):
                await asyncio.gather(*self._open, return_exceptions=True)
