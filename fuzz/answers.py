"""Answers of whatever listens: HTTP, WebSocket."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from hypothesis import strategies as st

from fuzz.model import assert_shown_safely, fuzzes
from fuzz.strategies import json_documents, mutated, numbers, sample, texts
from gateway_core.health.challenge import IdentityChallenges
from gateway_core.health.probes import page_title, probe_http
from gateway_core.host import Conversation, HttpAnswer, Identity
from tests.documents import strictly_parsed
from tests.products import OPENCLAW

PAGE = b"<!doctype html><html><head><title>OpenClaw Control</title></head><body>x</body></html>"
BODIES = mutated([*sample("health/readyz.json", "health/startupz.json"), PAGE]) | json_documents(
    {
        "ready": st.booleans(),
        "failing": st.lists(texts, max_size=4),
        "uptimeMs": numbers,
        "eventLoop": st.fixed_dictionaries({"degraded": st.booleans()}),
        "status": st.sampled_from(("starting", "started", "draining")),
        "version": texts,
        "type": st.just("event"),
        "event": st.just("connect.challenge"),
    }
)
STATUSES = st.none() | st.integers(100, 599)


class Answers:
    """An `HttpTransport` that answers each question with the next of these."""

    def __init__(self, *answers: HttpAnswer) -> None:
        self._answers = list(answers)

    @asynccontextmanager
    async def conversation(self) -> AsyncIterator[Conversation]:
        yield self

    async def get(self, url: str, *, deadline: float) -> HttpAnswer:
        return self._answers.pop(0) if self._answers else HttpAnswer(None, error="refused")

    async def first_websocket_frame(self, url: str, *, deadline: float) -> HttpAnswer:
        return await self.get(url, deadline=deadline)


@fuzzes("gateway_core.health.probes", inputs=st.lists(st.tuples(STATUSES, BODIES), max_size=3))
def http_answers(drawn: list[tuple[int | None, bytes]]) -> None:
    http = Answers(*(HttpAnswer(status, body) for status, body in drawn))
    found = asyncio.run(
        probe_http(http, OPENCLAW, None, 18789, tls=False, control_path="/x", deadline=1, presumed_version="2026.9.6")
    )
    assert_shown_safely(found.error, found.version, *found.failing)
    strictly_parsed(found.model_dump_json())
    assert len(found.model_dump_json()) < 10_000


@fuzzes("gateway_core.health.probes", inputs=BODIES)
def bodies(body: bytes) -> None:
    title = page_title(body)
    assert title is None or "\n" not in title


@fuzzes("gateway_core.health.challenge", inputs=st.tuples(STATUSES, BODIES))
def challenges(drawn: tuple[int | None, bytes]) -> None:
    async def ask() -> None:
        asked = IdentityChallenges()
        answer = await asked.answered(Answers(HttpAnswer(*drawn)), Identity(1, 2), 18789, tls=False, deadline=1)
        assert answer in (True, False, None)
        await asked.aclose()

    asyncio.run(ask())
