"""The WebSocket challenge: the one sign of identity that every version since 2026.1.20 gives without authorisation."""

from __future__ import annotations

import asyncio
import json
from collections import OrderedDict

from gateway_core.health.challenge_memory import REMEMBERED_PROCESSES, ChallengeMemory
from gateway_core.host import HttpAnswer, HttpTransport


class IdentityChallenges:
    """Asks each process at most once: every attempt leaves a "closed before connect" warning in the gateway's log."""

    def __init__(self, memory: ChallengeMemory | None = None) -> None:
        """Without a memory, what other runs of claw-tui have asked is asked again."""
        self._memory = memory
        self._attempts: OrderedDict[tuple[int, int], asyncio.Task[bool | None]] = OrderedDict()

    async def answered(
        self,
        http: HttpTransport,
        process_identity: tuple[int, int],
        port: int,
        *,
        tls: bool,
        deadline: float,
        address: str = "127.0.0.1",
    ) -> bool | None:
        """Whether the process behind `port` greets as a gateway does; `None` if it could not be asked in time.

        Whatever the outcome, it holds for the life of that (pid, start): call this once its port is bound. Concurrent
        callers share one attempt, which goes on when one of them is cancelled.
        """
        attempt = self._attempts.get(process_identity)
        if attempt is None:
            host = f"[{address}]" if ":" in address else address
            url = f"{'wss' if tls else 'ws'}://{host}:{port}/"
            asking = self._attempt(process_identity, http, url, deadline)
            attempt = asyncio.create_task(asking, name=f"identity challenge {url}")
            self._remember(process_identity, attempt)
        return await asyncio.shield(attempt)

    async def aclose(self) -> None:
        """Cancel the attempts under way and forget everything."""
        attempts = tuple(self._attempts.values())
        self._attempts.clear()
        for attempt in attempts:
            attempt.cancel()
        await asyncio.gather(*attempts, return_exceptions=True)

    async def _attempt(
        self, process_identity: tuple[int, int], http: HttpTransport, url: str, deadline: float
    ) -> bool | None:
        if self._memory is None:
            return await _ask(http, url, deadline)
        known = await asyncio.to_thread(self._memory.recall)
        if process_identity in known:
            return known[process_identity]
        greeted = await _ask(http, url, deadline)
        await asyncio.to_thread(self._memory.add, process_identity, greeted)
        return greeted

    def _remember(self, process_identity: tuple[int, int], attempt: asyncio.Task[bool | None]) -> None:
        self._attempts[process_identity] = attempt
        finished = (identity for identity, task in self._attempts.items() if task.done())
        if len(self._attempts) > REMEMBERED_PROCESSES and (oldest := next(finished, None)) is not None:
            del self._attempts[oldest]


async def _ask(http: HttpTransport, url: str, deadline: float) -> bool | None:
    answer = await http.first_websocket_frame(url, deadline=deadline)
    return None if answer.status is None else _is_challenge(answer)


def _is_challenge(answer: HttpAnswer) -> bool:
    try:
        frame: object = json.loads(answer.body)
    except (ValueError, RecursionError):
        return False
    return isinstance(frame, dict) and (frame.get("type"), frame.get("event")) == ("event", "connect.challenge")
