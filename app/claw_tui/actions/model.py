"""The modes of the dashboard, and what an action is: something that a user can do, and what it depends on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gateway_core.events.incidents import Incident
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

APP = "app"  # the scope of actions that every mode has; the others have the name of their mode


class Group(StrEnum):
    """The title under which the help lists an action."""

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
    """The facts that actions depend on; `instance`, `conflict` and `incident` are the ones under the cursor."""

    instance: Instance | None = None
    conflict: Conflict | None = None
    incident: Incident | None = None
    conflicts: bool = False
    empty: bool = False  # the host has no instance at all
    can_show_demo: bool = False  # the dashboard can be left for that of a demo
    problems: bool = False
    unlisted: bool = False  # something of the host has no row: a gateway elsewhere, a directory that is left out
    filtered: bool = False
    searched: bool = False
    sources: bool = False  # the shown instances have other logs, too
    targets: tuple[Instance, ...] = ()
    """The instances that an operation would be about: the selected ones, else the one under the cursor."""
    selected: bool = False
    busy: frozenset[str] = frozenset()  # the ids of the instances with an operation under way
    can_operate: bool = False  # the dashboard is not read-only
    can_onboard: bool = False
    unfinished: bool = False
    """An onboarding was not finished: that of the instance under the cursor, or one that left no row."""
    killable: bool = False  # the instance under the cursor did not stop within the time that it was granted
    looks_back: bool = False  # what is seen is remembered, and was compared when the dashboard was opened
    operated: bool = False  # this session has had an operation


def has_instance(situation: Situation) -> bool:
    return situation.instance is not None


@dataclass(frozen=True, slots=True)
class Action:
    """An action that a user can call by a key, from the palette or with the mouse."""

    id: str  # the name of the action in a user's keymap
    keys: str  # comma-separated, in Textual's names
    title: str
    explanation: str
    group: Group
    call: str = ""  # the Textual action that does it; left out, it is called as the id
    scope: str = APP
    needs: Callable[[Situation], bool] = lambda _: True  # whether the action can be done now
    why_not: Callable[[Situation], str | None] = lambda _: None
    """The words for somebody who tries while the action cannot be done; `None`: that is no surprise."""
    never_here: Callable[[Situation], bool] = lambda _: False
    """Whether the action cannot become possible in this session, whatever happens: the help leaves it out."""
    short: str | None = None  # the title in the footer; `None` keeps the action out of it
    hidden: bool = False  # not shown at all, instead of greyed out, while it cannot be done

    def __post_init__(self) -> None:
        object.__setattr__(self, "call", self.call or self.id.replace("-", "_"))

    @property
    def name(self) -> str:
        """The name of the Textual action, without its arguments."""
        return self.call.partition("(")[0]


READ_ONLY = "This dashboard is read-only: it shows everything and does nothing."


def no_instance(situation: Situation) -> str | None:
    return None if situation.instance is not None else "There is no instance under the cursor."
