"""What can be done in the mode of ports and conflicts."""

from claw_tui.actions.model import PORTS, Action, Group, Situation


def _has_conflict(situation: Situation) -> bool:
    return situation.conflict is not None


def _no_conflict(situation: Situation) -> str | None:
    return None if situation.conflict is not None else "There is no conflict under the cursor."


PORT_ACTIONS = (
    Action(
        id="clear-ports",
        keys="escape",
        title="Clear filter and question",
        explanation="Show all conflicts again.",
        group=Group.PORTS,
        call="clear_filter",
        scope=PORTS.name,
        needs=lambda situation: situation.filtered,
        short="Clear",
        hidden=True,
    ),
    Action(
        id="conflict-details",
        keys="enter",
        title="All of a conflict",
        explanation="Both sides, why, the remedy, and who claims and holds these ports.",
        group=Group.PORTS,
        call="details",
        scope=PORTS.name,
        needs=_has_conflict,
        why_not=_no_conflict,
        short="Details",
    ),
    Action(
        id="copy-conflict",
        keys="y",
        title="Copy from a conflict…",
        explanation="Copy its remedy, the command that performs it, its ports, the reason, or all of it.",
        group=Group.PORTS,
        call="copy",
        scope=PORTS.name,
        needs=_has_conflict,
        why_not=_no_conflict,
        short="Copy",
    ),
    Action(
        id="who-has",
        keys="slash",
        title="Who has this port?",
        explanation="Type a port to see who claims it and who listens on it; or an instance, a grade, any text.",
        group=Group.PORTS,
        call="filter",
        scope=PORTS.name,
        short="Who has…",
    ),
    Action(
        id="map",
        keys="m",
        title="Show or hide the map",
        explanation="On a small screen it takes the place of the list.",
        group=Group.PORTS,
        call="toggle_map",
        scope=PORTS.name,
        short="Map",
    ),
    Action(
        id="instance",
        keys="i",
        title="Go to an instance of a conflict",
        explanation="Show it in the mode of instances.",
        group=Group.PORTS,
        call="instance",
        scope=PORTS.name,
        needs=_has_conflict,
        why_not=_no_conflict,
        short="Instance",
    ),
    Action(
        id="grade",
        keys="g",
        title="One grade only",
        explanation="Show only the conflicts of one grade, then of the next, then all.",
        group=Group.PORTS,
        call="next_grade",
        scope=PORTS.name,
        needs=lambda situation: situation.conflicts,
        why_not=lambda _: "There is no conflict on this host.",
        short="Grade",
    ),
)
