"""The answers of a gateway by HTTP, judged by the body: early versions answer 200 with a page on every path."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from urllib.parse import quote

from gateway_core.decoding import json_object, span_s
from gateway_core.distributions.model import Distribution, HealthPaths
from gateway_core.health.wording import spoken_failing
from gateway_core.host import Conversation, HttpAnswer, HttpTransport
from gateway_core.ports.addresses import ANY_IPV4, LOOPBACK, held_places
from gateway_core.redaction.text import redact
from gateway_core.snapshot import HttpSignal

_DRAINING = "gateway-draining"  # the entry of `failing` while openclaw 2026.9 drains
_NOT_IN_A_PATH = dict.fromkeys(range(32))
_SHOWN_CHARACTERS = 60
_LONGEST_TEXT = 1000  # characters of a title, or of an entry of a list, that are looked at; a real one is far shorter
_MOST_ENTRIES = 20  # of a list
_LONG_BODY = 8 * 1024  # bytes; reading more than that would keep the event loop from others

JsonObject = dict[str, object]


def probe_address(addresses: Iterable[str]) -> str:
    """Return the address to ask a gateway at that listens on `addresses`: by loopback where that reaches it."""
    bound = tuple(addresses)
    if not bound or LOOPBACK in bound or ANY_IPV4 in held_places(bound):
        return LOOPBACK
    return bound[0]


async def probe_http(
    http: HttpTransport,
    distribution: Distribution,
    version: str | None,
    port: int,
    *,
    tls: bool,
    control_path: str,
    deadline: float,
    address: str = LOOPBACK,
    presumed_version: str | None = None,
) -> HttpSignal:
    """Look once at a gateway: alive, ready, and if `version` is `None`, which version it says it is.

    Never raises. Each of the one to three questions has `deadline` seconds. Where to ask is said by the distribution
    for that version, else for the presumed one (that of its config), else for the newest. The body alone decides what
    answered, so of a built-in product a config that names the wrong version misleads nobody:

    - JSON on the readiness path: `/readyz` of openclaw from 2026.3.1. The start-up path (`/startupz` from 2026.8.1) is
      asked only while it is not ready or its version is unknown.
    - The Control UI's page: every earlier version, on any path below `control_path`.
    """
    origin = f"{'https' if tls else 'http'}://{bracketed(address)}:{port}"
    paths = distribution.health_paths(version or presumed_version)
    async with http.conversation() as conversation:
        return await _Probe(conversation, distribution, paths, origin, deadline).conclude(version, control_path)


@dataclass(frozen=True, slots=True)
class _Answer:
    """An answer, and what its body is, if it is that."""

    status: int | None
    error: str | None
    document: JsonObject | None
    title: str | None  # of the page


@dataclass(frozen=True, slots=True)
class _Probe:
    conversation: Conversation
    distribution: Distribution
    paths: HealthPaths
    origin: str
    deadline: float

    async def conclude(self, version: str | None, control_path: str) -> HttpSignal:
        answer = await self._ask(self.paths.readiness)
        readiness = answer.document
        if readiness is not None and isinstance(readiness.get("ready"), bool):
            return await self._json_health(readiness, version)
        page = answer
        if answer.status is not None and not self._is_control_ui(answer):
            page = await self._ask(_page_path(control_path))
        if self._is_control_ui(page):
            return HttpSignal(live=True, ready=None, answered=True)
        return HttpSignal(live=False, ready=None, answered=answer.status is not None, error=self._what_answered(page))

    async def _json_health(self, readiness: JsonObject, version: str | None) -> HttpSignal:
        ready = readiness["ready"] is True
        startup = {} if ready and version else await self._startup()
        failing = _texts(readiness.get("failing"))
        learned = startup.get("version")
        said = readiness.get("eventLoop")
        event_loop: JsonObject = said if isinstance(said, dict) else {}
        return HttpSignal(
            live=True,
            ready=ready,
            answered=True,
            failing=failing,
            not_ready=None if ready else spoken_failing(failing, self.distribution),
            uptime_s=span_s(readiness.get("uptimeMs"), 0.001),
            event_loop_degraded=event_loop.get("degraded") is True,
            event_loop_delay_s=span_s(event_loop.get("delayP99Ms"), 0.001),
            starting=startup.get("status") == "starting",
            draining=startup.get("status") == "draining" or _DRAINING in failing,
            version=_shortened(learned) if isinstance(learned, str) else None,
        )

    async def _startup(self) -> JsonObject:
        path = self.paths.startup
        return ((await self._ask(path)).document or {}) if path else {}

    async def _ask(self, path: str) -> _Answer:
        url = self.origin + quote(path.translate(_NOT_IN_A_PATH))
        answer = await self.conversation.get(url, deadline=self.deadline)
        return await asyncio.to_thread(_read, answer) if len(answer.body) > _LONG_BODY else _read(answer)

    def _is_control_ui(self, answer: _Answer) -> bool:
        return answer.title is not None and answer.title.startswith(self.distribution.control_ui_title)

    def _what_answered(self, answer: _Answer) -> str:
        if answer.status is None:
            return answer.error or "no answer"
        if answer.title:
            return f"a page titled “{_shortened(answer.title)}” answered, not {self.distribution.title}"
        if 300 <= answer.status < 400:
            return f"answered with a redirect ({answer.status}), not as {self.distribution.title} does"
        return f"answered {answer.status} with something that is not {self.distribution.title}'s"


def _page_path(control_path: str) -> str:
    """With the closing slash: without it the gateways redirect there."""
    inner = control_path.strip("/")
    return f"/{inner}/" if inner else "/"


def bracketed(address: str) -> str:
    return f"[{address}]" if ":" in address else address


def _read(answer: HttpAnswer) -> _Answer:
    document = json_object(answer.body)
    title = page_title(answer.body) if document is None else None
    return _Answer(answer.status, answer.error, document, title)


def page_title(body: bytes) -> str | None:
    """The text of the first `<title>` of a page, without line breaks and cut between words."""
    lowered = body.lower()
    begin = lowered.find(b"<title")
    begin = lowered.find(b">", begin) + 1 if begin >= 0 else 0
    end = lowered.find(b"</title>", begin) if begin else -1
    if end < 0:
        return None
    from html import unescape  # a table of two thousand names, for answers that few look at

    return " ".join(unescape(_head(body[begin:end].decode("utf-8", "replace"))).split())


def _texts(value: object) -> tuple[str, ...]:
    if not isinstance(value, list):
        return ()
    return tuple(_shortened(entry) for entry in islice(value, _MOST_ENTRIES) if isinstance(entry, str))


def _shortened(text: str) -> str:
    """Return a printable line of bounded length, without secrets: what answers on a port may be anything."""
    line = redact("".join(character if character.isprintable() else " " for character in _head(text)))
    return line if len(line) <= _SHOWN_CHARACTERS else line[: _SHOWN_CHARACTERS - 1] + "…"


def _head(text: str) -> str:
    """The words of a text that are looked at: half a secret may not look like one."""
    return text if len(text) <= _LONGEST_TEXT else text[:_LONGEST_TEXT].rpartition(" ")[0]
