"""Takes events together that tell one story, by the first of these rules that fits.

1. An operation of claw-tui takes with it what it caused: the deaths and starts of its gateway that are its doing, other
   changes of it while the operation went on and shortly after, and its states until it has settled.
2. What else happens to the life of a gateway (it dies, starts, changes its state, comes or goes, its service or version
   changes) is one story as long as no more than `QUIET` lies between two events. A state is part of what was seen to
   happen at the same look, whenever that was.
3. A conflict is one story from its beginning to its end.
4. Changes of a gateway's config are one story as long as no more than `QUIET` lies between two of them.

Any other event is a story of its own.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from operator import attrgetter

from gateway_core.decoding import span_s
from gateway_core.events.model import Event, Kind, happened_at, is_asked_for
from gateway_core.events.operation_events import ECHO
from gateway_core.operations import Operation
from gateway_core.snapshot import State

QUIET = timedelta(minutes=5)
_SLACK = timedelta(seconds=1)  # an operation's steps are timed, what lies between them is not
_LONGEST_S = 86_400
_OVERLAPPING = 4  # so many operations on one instance are looked at for an event: each waits for the one before
_LIFE = (
    Kind.APPEARED,
    Kind.VANISHED,
    Kind.STARTED,
    Kind.DIED,
    Kind.STATE_CHANGED,
    Kind.SERVICE_CHANGED,
    Kind.VERSION_CHANGED,
)
_CONFLICTS = (Kind.CONFLICT_BEGAN, Kind.CONFLICT_ENDED)
_IN_MOTION = (State.STARTING, State.STOPPING)
_BRINGS_UP = (Operation.START, Operation.RESTART, Operation.NEW, Operation.INSTALL_SERVICE, Operation.ENABLE_SERVICE)
_TAKES_DOWN = (Operation.STOP, Operation.RESTART, Operation.KILL, Operation.UNINSTALL_SERVICE, Operation.UNDO)
_REWRITES = (Operation.NEW, Operation.UNDO)  # operations that change a config
_PIDS = ((Kind.DIED, ("pid_before", "asked_to_stop")), (Kind.STARTED, ("pid_after",)))
"""The details of an operation that name the process which it ended or began."""


def group(events: Sequence[Event]) -> Iterator[tuple[Event, ...]]:
    """Yield the events of each story, in the order of the newest event of each. `events` come oldest first."""
    drafts = _Drafts(events)
    for number, event in enumerate(events):
        drafts.add(number, event)
    for draft in sorted(drafts.found, key=attrgetter("newest")):
        yield tuple(draft.events)


@dataclass(eq=False)
class _Draft:
    """A story that may still grow."""

    operation: Event | None = None
    events: list[Event] = field(default_factory=list)
    newest: int = 0  # the number of its newest event
    until: datetime | None = None  # when its newest event happened
    state: object = None  # the last one that its gateway was in
    is_over: bool = False  # something else has begun since

    def add(self, number: int, event: Event) -> None:
        self.events.append(event)
        self.newest, self.until = number, happened_at(event)
        if event.kind == Kind.STATE_CHANGED:
            self.state = event.detail.get("to")

    def goes_on_with(self, event: Event) -> bool:
        """Whether an event about the same thing is a part of it."""
        if event.kind in _CONFLICTS:
            return event.kind == Kind.CONFLICT_ENDED
        if event.kind == Kind.STATE_CHANGED and self.events and event.at == self.events[-1].at:
            return True
        if self.until is None or happened_at(event) - self.until > QUIET:
            return False
        return self.operation is None or (event.kind == Kind.STATE_CHANGED and not self._has_settled)

    @property
    def _has_settled(self) -> bool:
        if self.state == State.DEGRADED:  # it may only not be ready yet
            return _verb(self.operation) not in _BRINGS_UP
        return self.state is not None and self.state not in _IN_MOTION


class _Drafts:
    """The stories of one list of events. Those of operations are there first: they are written down when over."""

    def __init__(self, events: Sequence[Event]) -> None:
        self.found: list[_Draft] = []
        self._open: dict[Hashable, _Draft] = {}
        self._spans: dict[str | None, list[tuple[datetime, datetime, _Draft]]] = defaultdict(list)
        self._by_pid: dict[Hashable, _Draft] = {}
        self._of_operations = {
            at: self._expect(event) for at, event in enumerate(events) if event.kind == Kind.OPERATION
        }
        for spans in self._spans.values():
            spans.sort(key=lambda span: span[0])

    def add(self, number: int, event: Event) -> None:
        subject = _subject(event, number)
        draft = self._of_operations.get(number) or self._operation_behind(event)
        if draft is None:
            draft = self._continued(subject, event)
        elif event.kind not in _LIFE:
            subject = ("life", event.instance)
        if not draft.events:
            self.found.append(draft)
        draft.add(number, event)
        self._open[subject] = draft

    def _continued(self, subject: Hashable, event: Event) -> _Draft:
        before = self._open.get(subject)
        if before is not None and before.goes_on_with(event):
            return before
        if before is not None:
            before.is_over = True
        return _Draft()

    def _expect(self, operation: Event) -> _Draft:
        draft = _Draft(operation)
        seconds = min(span_s(operation.detail.get("seconds")) or 0, _LONGEST_S)
        begin = operation.at - timedelta(seconds=seconds) - _SLACK
        self._spans[operation.instance].append((begin, operation.at + ECHO, draft))
        for kind, names in _PIDS:
            for pid in filter(None, map(operation.detail.get, names)):
                self._by_pid[kind, operation.instance, pid] = draft
        return draft

    def _operation_behind(self, event: Event) -> _Draft | None:
        """The operation that an event is a part of, if there is one."""
        if is_asked_for(event):
            draft = self._by_pid.get((event.kind, event.instance, event.detail.get("pid")))
            if draft is not None:
                return draft
        spans, at = self._spans.get(event.instance, []), happened_at(event)
        last = bisect_right(spans, at, key=lambda span: span[0])
        for begin, end, draft in reversed(spans[max(0, last - _OVERLAPPING) : last]):
            if not draft.is_over and begin <= at <= end and _can_cause(draft.operation, event):
                return draft
        return None


def _can_cause(operation: Event | None, event: Event) -> bool:
    """Whether an operation has such an event come of it while it goes on."""
    if operation is None or event.kind not in (*_LIFE, Kind.CONFIG_CHANGED):
        return False
    verb, failed = _verb(operation), operation.detail.get("ok") is False
    if event.kind == Kind.DIED:
        return (is_asked_for(event) and verb in _TAKES_DOWN) or (failed and verb in _BRINGS_UP)
    if event.kind == Kind.STARTED:
        return verb in _BRINGS_UP or failed
    return event.kind != Kind.CONFIG_CHANGED or verb in _REWRITES


def _verb(operation: Event | None) -> object:
    return operation.detail.get("operation") if operation is not None else None


def _subject(event: Event, number: int) -> Hashable:
    """What an event is about; two that are about the same may be one story."""
    if event.kind in _LIFE:
        return "life", event.instance
    if event.kind in _CONFLICTS:
        names = ("start", "end", "grade", "parties")
        return "conflict", *map(event.detail.get, names)
    return (event.kind, event.instance) if event.kind == Kind.CONFIG_CHANGED else number
