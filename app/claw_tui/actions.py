"""The one registry of what a user can do: footer, help, command palette and key bindings are all made from it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from textual.binding import Binding

from claw_tui.modes import INSTANCES, MODES

if TYPE_CHECKING:
    from gateway_core.snapshot import Instance

APP = "app"
"""The scope of actions that every mode has; the others have the name of their mode."""


class Group(StrEnum):
    """Under which title the help lists an action."""

    LIST = "The list"
    INSTANCE = "The instance under the cursor"
    HOST = "This host"
    PROGRAM = "claw-tui"


@dataclass(frozen=True, slots=True)
class Situation:
    """What the user looks at, as far as actions depend on it."""

    instance: Instance | None = None
    """The one under the cursor."""
    empty: bool = False
    """The host has no instance at all."""
    problems: bool = False
    filtered: bool = False


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
    call: str
    """The Textual action that does it."""
    scope: str = APP
    needs: Callable[[Situation], bool] = lambda _: True
    """Whether it can be done now."""
    short: str | None = None
    """What the footer calls it; `None` keeps it out of the footer."""
    hidden: bool = False
    """Not shown at all, instead of greyed out, while it cannot be done."""
    priority: bool = False
    """Works while something is being typed."""

    @property
    def name(self) -> str:
        """The name of the Textual action, without its arguments."""
        return self.call.partition("(")[0]


def _has_instance(situation: Situation) -> bool:
    return situation.instance is not None


def _has_control_ui(situation: Situation) -> bool:
    return situation.instance is not None and situation.instance.control_url is not None


def _mode_actions() -> Iterator[Action]:
    for mode in MODES:
        yield Action(
            id=f"mode-{mode.name}",
            keys=mode.key,
            title=mode.title,
            explanation=f"Show {mode.title.lower()}.",
            group=Group.PROGRAM,
            call=f"switch_mode('{mode.name}')",
        )


_URGENT_ACTIONS = (
    Action(
        id="demo",
        keys="d",
        title="Try the demo",
        explanation="Leave this host and open the dashboard on a throw-away home with demo gateways.",
        group=Group.HOST,
        call="demo",
        needs=lambda situation: situation.empty,
        short="Demo",
        hidden=True,
    ),
    Action(
        id="clear",
        keys="escape",
        title="Clear the filter",
        explanation="Show all rows again.",
        group=Group.LIST,
        call="clear_filter",
        scope=INSTANCES.name,
        needs=lambda situation: situation.filtered,
        short="Clear",
        hidden=True,
    ),
    Action(
        id="problems",
        keys="p",
        title="Problems",
        explanation="List what could not be seen or read, and why.",
        group=Group.HOST,
        call="problems",
        needs=lambda situation: situation.problems,
        short="Problems",
        hidden=True,
    ),
)
"""Offered only in their hour; then first."""

_INSTANCE_ACTIONS = (
    Action(
        id="details",
        keys="enter",
        title="Details",
        explanation="Show or hide all that is known of the instance. Tab moves into them, to scroll.",
        group=Group.INSTANCE,
        call="toggle_details",
        scope=INSTANCES.name,
        needs=_has_instance,
        short="Details",
    ),
    Action(
        id="copy",
        keys="y",
        title="Copy…",
        explanation="Copy its id, port, pid, Control UI address or one of its paths.",
        group=Group.INSTANCE,
        call="copy",
        scope=INSTANCES.name,
        needs=_has_instance,
        short="Copy",
    ),
    Action(
        id="open-ui",
        keys="o",
        title="Open the Control UI",
        explanation="Open it in the browser; without a browser its address is shown.",
        group=Group.INSTANCE,
        call="open_ui",
        scope=INSTANCES.name,
        needs=_has_control_ui,
        short="Open UI",
    ),
    Action(
        id="filter",
        keys="slash",
        title="Filter",
        explanation="Show only rows that match a regular expression; a leading ! turns it around.",
        group=Group.LIST,
        call="filter",
        scope=INSTANCES.name,
        needs=lambda situation: not situation.empty,
        short="Filter",
    ),
    Action(
        id="sort",
        keys="s",
        title="Sort by the next column",
        explanation="A click on a column's title sorts by that column.",
        group=Group.LIST,
        call="sort_next",
        scope=INSTANCES.name,
        needs=lambda situation: not situation.empty,
        short="Sort",
    ),
    Action(
        id="reverse",
        keys="S",
        title="Sort the other way round",
        explanation="A second click on a column's title does the same.",
        group=Group.LIST,
        call="sort_reverse",
        scope=INSTANCES.name,
        needs=lambda situation: not situation.empty,
        short="Reverse",
    ),
)

_APP_ACTIONS = (
    Action(
        id="refresh",
        keys="r",
        title="Look again",
        explanation="Everything is watched anyway; this looks at all of it at once.",
        group=Group.HOST,
        call="refresh",
        short="Refresh",
    ),
    Action(
        id="theme",
        keys="t",
        title="Light or dark",
        explanation="Switch between the light and the dark theme; the choice is kept.",
        group=Group.PROGRAM,
        call="switch_theme",
        short="Theme",
    ),
    Action(
        id="palette",
        keys="ctrl+p,colon",
        title="Command palette",
        explanation="Find a command by its name.",
        group=Group.PROGRAM,
        call="command_palette",
        short="Commands",
    ),
    Action(
        id="help",
        keys="question_mark",
        title="Help",
        explanation="All keys, and what the symbols mean.",
        group=Group.PROGRAM,
        call="help",
        short="Help",
    ),
    Action(
        id="quit",
        keys="q",
        title="Quit",
        explanation="Leave claw-tui. Gateways keep running. Ctrl+C and Ctrl+Q do the same.",
        group=Group.PROGRAM,
        call="quit",
        short="Quit",
    ),
)

ACTIONS: tuple[Action, ...] = (*_URGENT_ACTIONS, *_INSTANCE_ACTIONS, *_APP_ACTIONS, *_mode_actions())
"""Every action, in the order of footer and help."""

LEAVE = Binding("ctrl+c,ctrl+q", "app.quit", show=False, priority=True, system=True)
"""Leaves from wherever the user is; not for keymaps, so that a keymap cannot lock anybody in."""


def bindings(scope: str) -> list[Binding]:
    """The key bindings of one scope. Their ids are the actions' own, for keymaps."""
    return [_binding(action) for action in ACTIONS if action.scope == scope]


def _binding(action: Action) -> Binding:
    return Binding(
        action.keys,
        action.call,
        action.short or action.title,
        show=action.short is not None,
        tooltip=action.explanation,
        priority=action.priority,
        id=action.id,
    )


def can(name: str, situation: Situation) -> bool | None:
    """Textual's question whether an action is possible: yes, no but shown greyed out (`None`), or no and hidden.

    On an empty host nothing is greyed out: what waits for an instance is not shown at all.
    """
    action = next((candidate for candidate in ACTIONS if candidate.name == name), None)
    if action is None or action.needs(situation):
        return True
    return False if action.hidden or situation.empty else None


def keymap_faults(keymap: Mapping[str, str]) -> Iterator[str]:
    """What is wrong with a user's keymap: actions that do not exist, keys that two actions claim."""
    known = {action.id for action in ACTIONS}
    yield from (f"There is no action “{name}”. The help lists all of them." for name in keymap if name not in known)
    yield from _clashes(keymap)


def _clashes(keymap: Mapping[str, str]) -> Iterator[str]:
    owners: dict[str, str] = {}
    for action in ACTIONS:
        for key in _split(keymap.get(action.id, action.keys)):
            if key in owners:
                yield f"The key “{key}” is given to both “{owners[key]}” and “{action.id}”: only one of them hears it."
            owners.setdefault(key, action.id)


def _split(keys: str) -> Iterable[str]:
    return filter(None, (key.strip() for key in keys.split(",")))
