"""Lines of several logs in one order: by time, each log's own order kept, and never more than a little held back."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from operator import itemgetter

from gateway_core.logs.model import LogLine

LOOKAHEAD = 1_000  # so many lines without a time are kept together with the line before them
MOST_HELD = 50_000
"""So many lines wait for a log that is behind; beyond that the oldest go out whatever it may still bring."""
_END_OF_TIME = datetime.max.replace(tzinfo=UTC)
_BEGINNING = datetime.min.replace(tzinfo=UTC)


def newest_first(logs: Sequence[Iterator[LogLine]]) -> Iterator[LogLine]:
    """Merge logs that each give their newest line first. Lazy: looks ahead only as far as it must."""
    timed = [_timed(log) for log in reversed(logs)]
    return (line for _, line in heapq.merge(*timed, key=itemgetter(0), reverse=True))


def _timed(lines: Iterable[LogLine]) -> Iterator[tuple[datetime, LogLine]]:
    """Give each line a time that never grows; a line without one belongs to the line written before it."""
    newest = _END_OF_TIME
    waiting: list[LogLine] = []
    for line in lines:
        waiting.append(line)
        if line.at is None and len(waiting) < LOOKAHEAD:
            continue
        newest = min(line.at or newest, newest)
        yield from ((newest, waited) for waited in waiting)
        waiting = []
    yield from ((_BEGINNING, waited) for waited in waiting)


class LiveMerge:
    """Orders the lines of several logs while they are followed.

    What one log brings is held back only while another has not been read up to that time.
    """

    def __init__(self) -> None:
        self._held: list[tuple[datetime, int, LogLine]] = []
        self._reached: dict[int, datetime] = {}
        self._count = 0

    def add(self, news: Sequence[tuple[Sequence[LogLine], bool]]) -> list[LogLine]:
        """Add each log's new lines, and whether it has more; returns what can be shown. The logs keep their order."""
        for number, (lines, _) in enumerate(news):
            self._hold(number, lines)
        behind = [number for number, (_, more) in enumerate(news) if more]
        return list(self._released(min((self._reached.get(number, _BEGINNING) for number in behind), default=None)))

    def _hold(self, number: int, lines: Iterable[LogLine]) -> None:
        reached = self._reached.get(number, _BEGINNING)
        for line in lines:
            reached = max(reached, line.at or reached)
            self._count += 1
            heapq.heappush(self._held, (reached, self._count, line))
        self._reached[number] = reached

    def _released(self, until: datetime | None) -> Iterator[LogLine]:
        while self._held and (until is None or self._held[0][0] <= until or len(self._held) > MOST_HELD):
            yield heapq.heappop(self._held)[2]
