"""Incidents: events that tell one story, such as a crash and the start after it, taken together.

`incident_grouping` has the rules by which they are taken together. Here is what such a group tells.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cached_property

from gateway_core.events.incident_grouping import group
from gateway_core.events.model import Event, Kind, first_at, happened_at, is_asked_for
from gateway_core.snapshot import Grade

_FIGHTS = (Grade.ACTIVE.value, Grade.CERTAIN.value)
_ORDERLY = ("exited 0", "exited 130", "exited 143", "killed by signal 2", "killed by signal 15")
"""How a gateway ends that was asked to: by SIGTERM or SIGINT, or of its own accord."""


class Story(StrEnum):
    """What an incident is about."""

    OPERATION = "operation"  # claw-tui was told to do it
    CRASHED = "crashed"  # it died, and nobody asked for that
    STOPPED = "stopped"  # it ended in order, or was ended by somebody
    RESTARTED = "restarted"  # the same, and runs again
    STARTED = "started"
    STATE = "state"  # its state changed, once or to and fro
    APPEARED = "appeared"
    VANISHED = "vanished"
    SERVICE = "service"
    CONFLICT = "conflict"
    CONFIG = "config"
    VERSION = "version"
    OTHER = "other"  # of a kind that a newer claw-tui knows


_STORIES = {
    Kind.VANISHED: Story.VANISHED,
    Kind.APPEARED: Story.APPEARED,
    Kind.STARTED: Story.STARTED,
    Kind.STATE_CHANGED: Story.STATE,
    Kind.SERVICE_CHANGED: Story.SERVICE,
    Kind.CONFLICT_BEGAN: Story.CONFLICT,
    Kind.CONFLICT_ENDED: Story.CONFLICT,
    Kind.CONFIG_CHANGED: Story.CONFIG,
    Kind.VERSION_CHANGED: Story.VERSION,
}
"""What is told of events without a death, by the first of these kinds that is among them."""


@dataclass(frozen=True)
class Incident:
    """Events that tell one story, oldest first; there is at least one."""

    story: Story
    events: tuple[Event, ...]

    @property
    def instance(self) -> str | None:
        return self.events[0].instance

    @property
    def key(self) -> Hashable:
        """The same for as long as the incident grows."""
        first = self.events[0]
        return first.at, first.instance, first.kind, str(first.detail)

    @cached_property
    def began(self) -> datetime:
        return min(map(first_at, self._dated))

    @cached_property
    def ended(self) -> datetime:
        """When its last event happened; more may be to come."""
        return max(map(happened_at, self._dated))

    @property
    def _dated(self) -> Sequence[Event]:
        """The events of which more is known than that they were seen after nobody had looked; else all of them."""
        known = [event for event in self.events if "happened_at" in event.detail or "seen_before" not in event.detail]
        return known or self.events

    @property
    def seen(self) -> datetime:
        """When the newest of it was seen: that tells what is new to somebody."""
        return self.events[-1].at

    @cached_property
    def operation(self) -> Event | None:
        return next((event for event in self.events if event.kind == Kind.OPERATION), None)

    @cached_property
    def deaths(self) -> tuple[Event, ...]:
        """The ends of its processes that nobody asked for; in others' stories there are none."""
        return tuple(filter(_is_crash, self.events)) if self.story is Story.CRASHED else ()

    @property
    def times(self) -> int:
        """How often it happened: crashes, changes of the state, or beginnings of the conflict."""
        counted = {
            Story.CRASHED: self.deaths,
            Story.STATE: [event for event in self.events if event.kind == Kind.STATE_CHANGED],
            Story.CONFIG: self.events,
            Story.CONFLICT: [event for event in self.events if event.kind == Kind.CONFLICT_BEGAN],
        }.get(self.story, self.events[:1])
        return max(1, sum(map(_times, counted)))

    @property
    def causes(self) -> tuple[str, ...]:
        """The known causes, each once, in their order: of a crash how its processes ended."""
        return tuple(dict.fromkeys(event.cause for event in self.deaths or self.events if event.cause))

    @cached_property
    def state(self) -> str | None:
        """The state in which it left the gateway, as far as it tells."""
        told = (event.detail.get("to") for event in reversed(self.events) if event.kind == Kind.STATE_CHANGED)
        return next((state for state in told if isinstance(state, str)), None)

    @cached_property
    def runs(self) -> bool | None:
        """Whether the gateway has a process at its end; `None` if it does not tell."""
        kinds = [event.kind for event in self.events if event.kind in (Kind.STARTED, Kind.DIED, Kind.VANISHED)]
        return kinds[-1] == Kind.STARTED if kinds else None

    @cached_property
    def is_over(self) -> bool:
        """Whether a conflict has ended; everything else has, once it happened."""
        return self.story is not Story.CONFLICT or self.events[-1].kind == Kind.CONFLICT_ENDED

    @cached_property
    def is_alarming(self) -> bool:
        """Whether a person would want to know: a death that nobody asked for, a fight over a port, a failure."""
        if self.story is Story.OPERATION:
            return self.operation is not None and self.operation.detail.get("ok") is False
        return self.story is Story.CRASHED or (not self.is_over and _is_fight(self.events[-1]))


def incidents(events: Sequence[Event]) -> tuple[Incident, ...]:
    """The incidents of events that are in the order of their time, oldest first.

    Each event is in exactly one. An incident is as far down the list as its newest event.
    """
    return tuple(Incident(_story(found), found) for found in group(events))


def _story(events: Sequence[Event]) -> Story:
    kinds = {event.kind for event in events}
    if Kind.OPERATION in kinds:
        return Story.OPERATION
    if any(map(_is_crash, events)):
        return Story.CRASHED
    if Kind.DIED in kinds:
        return Story.RESTARTED if Kind.STARTED in [event.kind for event in _after_death(events)] else Story.STOPPED
    return next((story for kind, story in _STORIES.items() if kind in kinds), Story.OTHER)


def _after_death(events: Sequence[Event]) -> Sequence[Event]:
    return events[next(number for number, event in enumerate(events) if event.kind == Kind.DIED) :]


def _is_crash(event: Event) -> bool:
    """Whether a process of the gateway ended, not in order, and nobody asked for it."""
    ended = event.kind == Kind.DIED or (event.kind == Kind.SERVICE_CHANGED and event.detail.get("change") == "ended")
    return ended and not is_asked_for(event) and event.cause not in _ORDERLY


def _is_fight(event: Event) -> bool:
    return event.kind == Kind.CONFLICT_BEGAN and event.detail.get("grade") in _FIGHTS


def _times(event: Event) -> int:
    """For how many the event stands."""
    count = event.detail.get("count")
    return count if isinstance(count, int) and count > 0 else 1
