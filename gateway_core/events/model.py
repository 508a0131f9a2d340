"""Events: what was seen to happen, and what claw-tui did.

The fields are part of the JSON contract, schema 1: fields may be added, never renamed. Nothing in here holds a secret.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from gateway_core.snapshot import Model
from gateway_core.timestamps import Timestamp, parse_timestamp

Plain = bool | int | float | str | tuple[str, ...] | None  # what JSON can say without nesting


class Kind(StrEnum):
    """The kinds of events."""

    APPEARED = "appeared"  # an instance is there that was not
    VANISHED = "vanished"
    STARTED = "started"  # an instance has a process, or another one than before
    DIED = "died"  # the process of an instance is gone, whoever ended it; the cause says so where it is known
    STATE_CHANGED = "state-changed"
    CONFLICT_BEGAN = "conflict-began"
    CONFLICT_ENDED = "conflict-ended"
    CONFIG_CHANGED = "config-changed"
    """The next start would differ; the detail names the keys, never their values."""
    VERSION_CHANGED = "version-changed"
    SERVICE_CHANGED = "service-changed"
    """A service was installed, removed, enabled or disabled, or its manager restarted it."""
    OPERATION = "operation"  # claw-tui was told to do something


class Event(Model):
    """Something that happened to one instance, or to the host."""

    at: Timestamp
    """The time when it was seen or done. It may have happened earlier, never later."""
    instance: str | None  # the id of the instance; of a conflict, the first that takes part in it
    kind: str  # one of `Kind`; a database may hold others that a newer claw-tui knows
    cause: str | None = None  # in words, where it is known
    detail: Mapping[str, Plain] = {}
    """By kind: `pid`, `from` and `to`, `keys`, `commands` …

    Any may have `happened_at`, a time before `at` that other sources tell; `count`, where it stands for so many, and
    `first_at`, when the first of them was; and `asked_by`: who had it happen.
    """


BY_CLAW_TUI = "by claw-tui"  # how the cause of what an operation did ends


def moment(event: Event, name: str) -> datetime | None:
    """The time in that detail; `None` where there is none."""
    return parse_timestamp(event.detail.get(name))


def happened_at(event: Event) -> datetime:
    """When it happened, as far as it is known; it was seen no earlier."""
    known = moment(event, "happened_at")
    return known if known is not None and known < event.at else event.at


def first_at(event: Event) -> datetime:
    """When the first happened of those that it stands for."""
    known, last = moment(event, "first_at"), happened_at(event)
    return known if known is not None and known < last else last


def is_asked_for(event: Event) -> bool:
    """Whether somebody had it happen: claw-tui is its cause, or who did is named."""
    return (event.cause or "").endswith(BY_CLAW_TUI) or bool(event.detail.get("asked_by"))
