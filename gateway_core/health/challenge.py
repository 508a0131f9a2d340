"""The WebSocket challenge: the one sign of identity that every version since 2026.1.20 gives without authorisation."""

from __future__ import annotations

import asyncio
import threading
from collections import OrderedDict

from gateway_core.decoding import decode_model, encode_model, json_object
from gateway_core.dirs import challenges_file
from gateway_core.health.probes import bracketed
from gateway_core.host import Host, HttpAnswer, HttpTransport, Identity
from gateway_core.own_files import WriteFaults, read_own_text
from gateway_core.ports.addresses import LOOPBACK
from gateway_core.processes.boot import boot_id
from gateway_core.processes.handle import is_alive
from gateway_core.snapshot import Model


class IdentityChallenges:
    """The challenges, at most one per process: each leaves a "closed before connect" warning in the gateway's log."""

    def __init__(self, memory: ChallengeMemory | None = None) -> None:
        """Without a memory, what other runs of claw-tui have asked is asked again."""
        self._memory = memory
        self._attempts: OrderedDict[Identity, asyncio.Task[bool | None]] = OrderedDict()

    async def answered(
        self,
        http: HttpTransport,
        process_identity: Identity,
        port: int,
        *,
        tls: bool,
        deadline: float,
        address: str = LOOPBACK,
    ) -> bool | None:
        """Whether the process behind `port` greets as a gateway does; `None` if it could not be asked in time.

        Whatever the outcome, it holds for the life of that (pid, start): call this once its port is bound. Concurrent
        callers share one attempt, which goes on when one of them is cancelled.
        """
        attempt = self._attempts.get(process_identity)
        if attempt is None:
            url = f"{'wss' if tls else 'ws'}://{bracketed(address)}:{port}/"
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

    async def _attempt(self, process_identity: Identity, http: HttpTransport, url: str, deadline: float) -> bool | None:
        if self._memory is None:
            return await _ask(http, url, deadline)
        known = await asyncio.to_thread(self._memory.recall)
        if process_identity in known:
            return known[process_identity]
        greeted = await _ask(http, url, deadline)
        await asyncio.to_thread(self._memory.add, process_identity, greeted)
        return greeted

    def _remember(self, process_identity: Identity, attempt: asyncio.Task[bool | None]) -> None:
        self._attempts[process_identity] = attempt
        finished = (identity for identity, task in self._attempts.items() if task.done())
        if len(self._attempts) > REMEMBERED_PROCESSES and (oldest := next(finished, None)) is not None:
            del self._attempts[oldest]


async def _ask(http: HttpTransport, url: str, deadline: float) -> bool | None:
    answer = await http.first_websocket_frame(url, deadline=deadline)
    return None if answer.status is None else _is_challenge(answer)


def _is_challenge(answer: HttpAnswer) -> bool:
    frame = json_object(answer.body) or {}
    return (frame.get("type"), frame.get("event")) == ("event", "connect.challenge")


REMEMBERED_PROCESSES = 512  # the most outcomes that are kept; the oldest is forgotten first
_LARGEST = 1 << 16


class _Greeting(Model):
    pid: int
    start: int
    greeted: bool | None  # `None`: it could not be asked in time


class _Remembered(Model):
    boot: str  # the id of the boot that starts are counted from; empty where they need none
    outcomes: tuple[_Greeting, ...] = ()


class ChallengeMemory:
    """A small file in claw-tui's state dir. Blocks; may be called from any thread.

    It never fails: what cannot be read was not remembered, and what cannot be written is a fault. Two programs that
    write at the same moment may lose one outcome, at the cost of one more challenge.
    """

    def __init__(self, host: Host, faults: WriteFaults) -> None:
        self._faults = faults
        self._processes = host.processes
        self._path = challenges_file(host)
        self._boot = boot_id(host)
        self._changing = threading.Lock()

    def recall(self) -> dict[Identity, bool | None]:
        """The outcomes since this boot, by (pid, start)."""
        try:
            remembered = decode_model(_Remembered, read_own_text(self._path, _LARGEST).text or "")
        except ValueError:
            return {}
        same_boot = remembered.boot == self._boot
        return {Identity(item.pid, item.start): item.greeted for item in remembered.outcomes} if same_boot else {}

    def add(self, process_identity: Identity, greeted: bool | None) -> None:
        """Remember that outcome, and forget those of processes that have ended."""
        with self._changing:
            known = self.recall() | {process_identity: greeted}
            alive = [(identity, greeted) for identity, greeted in known.items() if is_alive(self._processes, identity)]
            outcomes = tuple(
                _Greeting(pid=pid, start=start, greeted=greeted)
                for (pid, start), greeted in alive[-REMEMBERED_PROCESSES:]
            )
            remembered = _Remembered(boot=self._boot, outcomes=outcomes)
            self._faults.replace_file(self._path, encode_model(remembered))
