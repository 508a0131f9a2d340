"""The answers of a demo gateway, by version, and a small HTTP and WebSocket server that can misbehave on purpose."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import time
import uuid
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus

from gateway_core.demo.faults import Faults
from gateway_core.demo.installation import DemoInstallation

IDLE_S = 5  # the life of an idle connection, as in Node's server
_HANDSHAKE_S = 10  # the wait for the `connect` request after the challenge
_WEBSOCKET_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455, section 1.3
_CLOSE_FRAME = b"\x88\x00"


class Phase(StrEnum):
    """The phase of life that a gateway is in, in the words of `/startupz`."""

    STARTING = "starting"
    STARTED = "started"
    DRAINING = "draining"


@dataclass(frozen=True, slots=True)
class DemoAnswer:
    """An HTTP answer."""

    body: bytes
    status: int = 200
    content_type: str = "application/json; charset=utf-8"
    location: str | None = None


def gateway_answer(
    path: str, installation: DemoInstallation, phase: Phase, uptime_ms: int, faults: Faults
) -> DemoAnswer:
    """The answer on the gateway's own port: JSON on the health paths of that version, the Control UI elsewhere."""
    rule = installation.distribution.health_rule(installation.version)
    if rule is not None and rule.kind == "json":
        if path == "/healthz":
            return _json({"ok": True, "status": "live"})
        if path == rule.readiness_path:
            return _readiness(phase, uptime_ms, faults, event_loop=rule.event_loop)
        if path == rule.startup_path:
            return _startup(installation.version, phase, uptime_ms)
    return _page(f"<title>{installation.distribution.control_ui_title}</title>")


def broken_answer(faults: Faults) -> DemoAnswer:
    """The answer of a gateway with `faults.answer`, for those misbehaviours that are still HTTP."""
    if faults.answer == "redirect":
        return DemoAnswer(b"", 302, location="/healthz")
    if faults.answer == "not-live":
        return _json({"ok": False, "status": "failed"}, 503)
    return DemoAnswer(_page("<h1>Internal Server Error</h1>").body, 500, "text/html; charset=utf-8")


def relay_answer(path: str) -> DemoAnswer:
    if path == "/extension/status":
        return _json({"connected": False})
    return DemoAnswer(b"OK", content_type="text/plain; charset=utf-8")


def control_answer(path: str) -> DemoAnswer:
    """The answer of the browser control's port, whatever the path."""
    return _json({"enabled": True, "running": False, "path": path})


def _startup(version: str, phase: Phase, uptime_ms: int) -> DemoAnswer:
    record: dict[str, object] = {"ok": phase is Phase.STARTED, "status": phase, "version": version}
    record["uptimeMs"] = uptime_ms
    if phase is Phase.STARTING:
        record["pendingReason"] = "startup-sidecars"
    return _json(record, 200 if phase is Phase.STARTED else 503)


def _readiness(phase: Phase, uptime_ms: int, faults: Faults, *, event_loop: bool) -> DemoAnswer:
    unfinished = {Phase.STARTING: ["startup-sidecars"], Phase.STARTED: [], Phase.DRAINING: ["gateway-draining"]}[phase]
    failing = [*unfinished, *faults.failing]
    calm_ms = 12 + (uptime_ms // 5000 * 7) % 23  # looks like a gateway with a little to do
    load = {
        "degraded": faults.event_loop_degraded,
        "degradedSinceMs": 0 if faults.event_loop_degraded else None,
        "reasons": ["cpu"] if faults.event_loop_degraded else [],
        "intervalMs": 1000.0,
        "delayP99Ms": 393.2 if faults.event_loop_degraded else calm_ms + 0.4,
        "utilization": 0.905 if faults.event_loop_degraded else 0.003,
    }
    record: dict[str, object] = {"ready": not failing, "failing": failing, "uptimeMs": uptime_ms}
    if event_loop:
        record["eventLoop"] = load
    return _json(record, 503 if failing else 200)


def _json(record: dict[str, object], status: int = 200) -> DemoAnswer:
    return DemoAnswer(json.dumps(record, separators=(",", ":")).encode(), status)


def _page(inner: str) -> DemoAnswer:
    body = f'<!doctype html>\n<html lang="en">\n  <head>{inner}</head>\n  <body></body>\n</html>\n'
    return DemoAnswer(body.encode(), content_type="text/html; charset=utf-8")


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """The head of one request."""

    path: str
    headers: dict[str, str]

    @property
    def upgrades(self) -> bool:
        """Whether the request asks for a WebSocket."""
        return self.headers.get("upgrade", "").lower() == "websocket"


@dataclass(frozen=True, slots=True)
class Connection:
    """A client's connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def request(self) -> HttpRequest | None:
        """The next request; `None` when the client is done."""
        try:
            async with asyncio.timeout(IDLE_S):
                head = await self.reader.readuntil(b"\r\n\r\n")
        except (TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            return None
        first, *lines = head.decode("latin-1").split("\r\n")
        fields = (line.partition(":") for line in lines if line)
        _, target, *_ = [*first.split(), "", "/"]
        return HttpRequest(target.partition("?")[0], {name.lower(): value.strip() for name, _, value in fields})

    async def send(self, answer: DemoAnswer) -> None:
        status = HTTPStatus(answer.status)
        location = f"Location: {answer.location}\r\n" if answer.location else ""
        head = (
            f"HTTP/1.1 {status.value} {status.phrase}\r\n{location}Content-Type: {answer.content_type}\r\n"
            f"Cache-Control: no-store\r\nConnection: keep-alive\r\nKeep-Alive: timeout={IDLE_S}\r\n"
            f"Content-Length: {len(answer.body)}\r\n\r\n"
        )
        self.writer.write(head.encode() + answer.body)
        await self.writer.drain()

    async def stream_for_ever(self) -> None:
        self.writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n")
        while True:
            self.writer.write(b" " * 1024)
            await self.writer.drain()
            await asyncio.sleep(0.01)

    async def send_garbage(self) -> None:
        """Send what is not HTTP, and hang up."""
        self.writer.write(b"\x00\xffSSH-2.0-nonsense\n" * 8)
        await self.writer.drain()

    async def stay_silent(self) -> None:
        while await self.reader.read(4096):
            pass

    async def challenge(self, request: HttpRequest) -> int:
        """Upgrade, send `connect.challenge`, wait for the client to leave; returns how long it stayed, in ms.

        The demo never lets a client in: whoever connects is a probe.
        """
        began = time.monotonic()
        digest = hashlib.sha1(request.headers.get("sec-websocket-key", "").encode() + _WEBSOCKET_GUID).digest()  # noqa: S324
        accept = base64.b64encode(digest).decode()
        upgrade = f"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n\r\n"
        self.writer.write(f"HTTP/1.1 101 Switching Protocols\r\n{upgrade}".encode())
        payload = {"nonce": str(uuid.uuid4()), "ts": int(time.time() * 1000)}
        frame = json.dumps({"type": "event", "event": "connect.challenge", "payload": payload}, separators=(",", ":"))
        self.writer.write(_text_frame(frame.encode()))
        await self.writer.drain()
        with suppress(TimeoutError):
            async with asyncio.timeout(_HANDSHAKE_S):
                await self.reader.read(4096)
        self.writer.write(_CLOSE_FRAME)
        return round((time.monotonic() - began) * 1000)


Handler = Callable[[Connection], Awaitable[None]]


async def listen(handler: Handler, port: int, *addresses: str) -> list[asyncio.Server]:
    """Serve on all these addresses. Raises `OSError` if the first cannot be bound; others are left out then."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with _closing(writer):
            await handler(Connection(reader, writer))

    servers = [await asyncio.start_server(serve, addresses[0], port)]
    for address in addresses[1:]:
        with suppress(OSError):
            servers.append(await asyncio.start_server(serve, address, port))
    return servers


@contextmanager
def _closing(writer: asyncio.StreamWriter) -> Iterator[None]:
    try:
        with suppress(ConnectionError):
            yield
    finally:
        writer.close()


def _text_frame(payload: bytes) -> bytes:
    length = len(payload)
    size = bytes([length]) if length < 126 else b"\x7e" + length.to_bytes(2, "big")
    return b"\x81" + size + payload
