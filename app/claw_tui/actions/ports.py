"""The actions of the mode of ports and conflicts."""

from functools import partial

from claw_tui.actions.model import PORTS, Action, Group, Situation

_action = partial(Action, group=Group.PORTS, scope=PORTS.name)


def _has_conflict(situation: Situation) -> bool:
    return situation.conflict is not None


def _no_conflict(situation: Situation) -> str | None:
    return None if situation.conflict is not None else "There is no conflict under the cursor."


PORT_ACTIONS = (
    _action(
        id="clear-ports",
        keys="escape",
        title="Clear filter, question",
        explanation="Show all conflicts again.",
        call="clear_filter",
        needs=lambda situation: situation.filtered,
        short="Clear",
        hidden=True,
    ),
    _action(
        id="conflict-details",
        keys="enter",
        title="All of a conflict",
        explanation="Both sides, why, the remedy, and who claims and holds these ports.",
        call="details",
        needs=_has_conflict,
        why_not=_no_conflict,
        short="Details",
    ),
    _action(
        id="copy-conflict",
        keys="y",
        title="Copy from a conflict…",
        explanation="Copy its remedy, the command that performs it, its ports, the reason, or all of it.",
        call="copy",
        needs=_has_conflict,
        why_not=_no_conflict,
        short="Copy",
    ),
    _action(
        id="who-has",
        keys="slash",
        title="Who has this port?",
        explanation="Type a port to see who claims it and who listens on it; or an instance, a grade, any text.",
        call="filter",
        short="Who has…",
    ),
    _action(
        id="map",
        keys="m",
        title="Show or hide the map",
        explanation="On a small screen with conflicts it is hidden at first.",
        call="toggle_map",
        needs=lambda situation: not situation.empty,
        why_not=lambda _: "There is no gateway on this machine, and so no map.",
        short="Map",
    ),
    _action(
        id="instance",
        keys="i",
        title="Go to an instance in it",
        explanation="Show one of the conflict under the cursor in the mode of instances.",
        needs=_has_conflict,
        why_not=_no_conflict,
        short="Instance",
    ),
    _action(
        id="grade",
        keys="g",
        title="One grade only",
        explanation="Show only the conflicts of one grade, then of the next, then all.",
        call="next_grade",
        needs=lambda situation: situation.conflicts,
        why_not=lambda _: "There is no conflict on this host.",
        short="Grade",
    ),
)
