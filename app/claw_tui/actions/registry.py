"""The one registry of what a user can do: footer, help, command palette and key bindings are all made from it."""

from collections.abc import Callable, Iterable, Iterator, Mapping

from textual.binding import Binding

from claw_tui.actions.events import EVENT_ACTIONS
from claw_tui.actions.instances import CLEAR_ACTION, INSTANCE_ACTIONS
from claw_tui.actions.logs import LOG_ACTIONS
from claw_tui.actions.model import APP, MODES, Action, Group, Situation
from claw_tui.actions.onboarding import ONBOARDING_ACTIONS, UNFINISHED_ACTIONS
from claw_tui.actions.operations import OPERATION_ACTIONS
from claw_tui.actions.ports import PORT_ACTIONS


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


_DEMO_ACTIONS = (
    Action(
        id="demo",
        keys="d",
        title="Try the demo",
        explanation="Leave this host and open the dashboard on a throw-away home with demo gateways.",
        group=Group.HOST,
        needs=lambda situation: situation.empty and situation.can_show_demo,
        why_not=lambda situation: (
            "There are gateways on this host. To see the demo's, leave, and run: claw-tui demo"
            if situation.can_show_demo
            else "The demo is drawn on a terminal: run claw-tui demo there."
        ),
        never_here=lambda situation: not (situation.empty and situation.can_show_demo),
        short="Demo",
        hidden=True,
    ),
)
"""On an empty host they follow what makes the first gateway."""

_URGENT_ACTIONS = (
    CLEAR_ACTION,
    Action(
        id="problems",
        keys="p",
        title="Problems",
        explanation="List what could not be seen or read, and why.",
        group=Group.HOST,
        needs=lambda situation: situation.problems,
        why_not=lambda _: "All could be seen and read. States, conflicts and the audit: see “Next problem”.",
        short="Problems",
        hidden=True,
    ),
)
"""Hidden while they cannot be done; else the first in the footer."""

_APP_ACTIONS = (
    Action(
        id="refresh",
        keys="r",
        title="Look again",
        explanation="Everything is watched anyway; this looks at all of it at once.",
        group=Group.HOST,
        short="Refresh",
    ),
    Action(
        id="next-problem",
        keys="exclamation_mark",
        title="Next problem",
        explanation="Go to what needs a person, worst first: a state, a conflict, a failed audit, what was not seen.",
        group=Group.HOST,
        short="Next problem",
    ),
    Action(
        id="unlisted",
        keys="b",
        title="Not in the list",
        explanation="Name what has no row: gateways in containers and other namespaces, and directories left out.",
        group=Group.HOST,
        needs=lambda situation: situation.unlisted,
        why_not=lambda _: "There is nothing: all that was found has a row.",
    ),
    Action(
        id="away",
        keys="A",
        title="While you were away",
        explanation="What died, started or changed since the last dashboard. It opens by itself, once.",
        group=Group.HOST,
        needs=lambda situation: situation.looks_back,
        never_here=lambda situation: not situation.looks_back,
        why_not=lambda _: "What is seen here is not remembered, so that there is nothing to look back on.",
    ),
    Action(
        id="theme",
        keys="t",
        title="Light or dark",
        explanation="Switch between the dark and the light theme that were last in use; the choice is kept.",
        group=Group.PROGRAM,
        call="switch_theme",
        short="Theme",
    ),
    Action(
        id="themes",
        keys="T",
        title="Choose a theme…",
        explanation="Try on each of them, Textual's own too, and keep one.",
        group=Group.PROGRAM,
        call="choose_theme",
    ),
    Action(
        id="settings",
        keys="comma",
        title="Settings",
        explanation="What can be set, and where the file of the settings is.",
        group=Group.PROGRAM,
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
        short="Help",
    ),
    Action(
        id="quit",
        keys="q",
        title="Quit",
        explanation="Leave claw-tui. Gateways keep running. Ctrl+Q does the same, Ctrl+C where no text is selected.",
        group=Group.PROGRAM,
        short="Quit",
    ),
)

ACTIONS: tuple[Action, ...] = (
    *_URGENT_ACTIONS,
    *UNFINISHED_ACTIONS,
    *OPERATION_ACTIONS,
    *INSTANCE_ACTIONS,
    *ONBOARDING_ACTIONS,
    *_DEMO_ACTIONS,
    *PORT_ACTIONS,
    *LOG_ACTIONS,
    *EVENT_ACTIONS,
    *_APP_ACTIONS,
    *_mode_actions(),
)

_BY_ID = {action.id: action for action in ACTIONS}
_BY_CALL = {(action.scope, action.name): action for action in reversed(ACTIONS)}
"""The action of each Textual action; where several actions call the same one, the first."""

LEAVE = (
    Binding("ctrl+q", "app.quit", show=False, priority=True, system=True),
    Binding("ctrl+c", "app.copy_or_quit", show=False, priority=True, system=True),
)
"""Leave from wherever the user is; not for keymaps, so that a keymap cannot lock anybody in."""


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
        id=action.id,
    )


def named(action_id: str) -> Action:
    """Return the action with this id."""
    return _BY_ID[action_id]


def keys_of(action: Action, keymap: Mapping[str, str]) -> Iterable[str]:
    """Return the keys of an action in Textual's names: the user's, if the keymap has some for it."""
    return _split(keymap.get(action.id, action.keys))


def shown_keys(action: Action, keymap: Mapping[str, str], display: Callable[[Binding], str]) -> Iterator[str]:
    return (display(Binding(key, action.call)) for key in keys_of(action, keymap))


def can(name: str, situation: Situation, scope: str) -> bool | None:
    """Answer Textual's `check_action` for an action of that scope: yes, greyed out (`None`), or no.

    On an empty host nothing is greyed out: what waits for an instance is not shown at all.
    """
    action = _BY_CALL.get((scope, name))
    if action is None or action.needs(situation):
        return True
    return False if action.hidden or situation.empty else None


def possible(situation: Situation, scope: str) -> frozenset[str]:
    """The ids of the actions of that scope that can be done now, and that the host is empty: all that `can` asks."""
    found = frozenset(action.id for action in ACTIONS if action.scope == scope and action.needs(situation))
    return found | {"empty"} if situation.empty else found


def from_here(mode: str) -> tuple[Action, ...]:
    """Return all actions: those of that mode first, then those of every mode, then the other modes' own."""
    order = (mode, APP)
    return tuple(sorted(ACTIONS, key=lambda known: order.index(known.scope) if known.scope in order else len(order)))


def refusal(key: str, situation: Situation, scope: str, keymap: Mapping[str, str]) -> tuple[str, str] | None:
    """Title and reason, for a key of that scope with which nothing can be done now; `None`: nothing is to be said."""
    owners = [action for action in ACTIONS if action.scope in (scope, APP) and key in keys_of(action, keymap)]
    for action in owners:
        reason = None if action.needs(situation) else action.why_not(situation)
        if reason is not None:
            return action.title, reason
    return None


def _split(keys: str) -> Iterable[str]:
    return filter(None, (key.strip() for key in keys.split(",")))
