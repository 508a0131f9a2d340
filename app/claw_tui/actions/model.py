"""The modes of the dashboard, and what an action is: something that a user can do, and what it depends on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gateway_core.events.model import Event
    from gateway_core.snapshot import Conflict, Instance


@dataclass(frozen=True, slots=True)
class Mode:
    """A screen of the dashboard to which its number key switches."""

    name: str
    key: str
    title: str


INSTANCES = Mode("instances", "1", "Instances")
PORTS = Mode("ports", "2", "Ports")
LOGS = Mode("logs", "3", "Logs")
EVENTS = Mode("events", "4", "Events")

MODES = (INSTANCES, PORTS, LOGS, EVENTS)
"""Every mode, in the order of its key."""

APP = "app"
"""The scope of actions that every mode has; the others have the name of their mode."""


class Group(StrEnum):
    """Under which title the help lists an action."""

    LIST = "The list"
    INSTANCE = "The instance under the cursor"
    OPERATIONS = "Start, stop, restart"
    PORTS = "Ports and their conflicts"
    LOGS = "Logs"
    EVENTS = "Events"
    HOST = "This host"
    PROGRAM = "claw-tui"


@dataclass(frozen=True, slots=True)
class Situation:
    """What the user looks at, as far as actions depend on it."""

    instance: Instance | None = None
    """The one under the cursor."""
    conflict: Conflict | None = None
    """The one under the cursor."""
    event: Event | None = None
    """The one under the cursor."""
    conflicts: bool = False
    """The host has one."""
    empty: bool = False
    """The host has no instance at all."""
    problems: bool = False
    filtered: bool = False
    searched: bool = False
    """A log is searched for something."""
    sources: bool = False
    """The logs that are shown are not the only ones of their instances."""
    targets: tuple[Instance, ...] = ()
    """Those that an operation would be about: the selected ones, else the one under the cursor."""
    selected: bool = False
    """Some are selected."""
    busy: frozenset[str] = frozenset()
    """The ids of those that something is being done to."""
    can_operate: bool = False
    """Anything may be done to any instance at all: the dashboard is not read-only."""
    can_onboard: bool = False
    """New gateways may be made."""
    unfinished: bool = False
    """The onboarding of the one under the cursor, or one that left no row, was not finished."""
    killable: bool = False
    """The one under the cursor did not stop when it was asked to, and has had its time."""
    operated: bool = False
    """Something was done in this session."""


def has_instance(situation: Situation) -> bool:
    return situation.instance is not None


@dataclass(frozen=True, slots=True)
class Action:
    """Something that a user can do."""

    id: str
    """What a user's keymap calls it."""
    keys: str
    """Comma-separated, in Textual's names."""
    title: str
    explanation: str
    group: Group
    call: str = ""
    """The Textual action that does it; left out, it is called as the id."""
    scope: str = APP
    needs: Callable[[Situation], bool] = lambda _: True
    """Whether it can be done now."""
    why_not: Callable[[Situation], str | None] = lambda _: None
    """What to say to somebody who tries while it cannot be done; `None`: that is no surprise."""
    never_here: Callable[[Situation], bool] = lambda _: False
    """Whether it will not be possible in this session, whatever happens: the help leaves it out."""
    short: str | None = None
    """What the footer calls it; `None` keeps it out of the footer."""
    hidden: bool = False
    """Not shown at all, instead of greyed out, while it cannot be done."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "call", self.call or self.id.replace("-", "_"))

    @property
    def name(self) -> str:
        """The name of the Textual action, without its arguments."""
        return self.call.partition("(")[0]


READ_ONLY = "This dashboard is read-only: it shows everything and does nothing."


def no_instance(situation: Situation) -> str | None:
    return None if situation.instance is not None else "There is no instance under the cursor."
