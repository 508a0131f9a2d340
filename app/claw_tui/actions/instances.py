"""The actions on the list of instances, and on the details of the one under the cursor."""

from functools import partial

from claw_tui.actions.model import INSTANCES, Action, Group, Situation, has_instance, no_instance

_list_action = partial(
    Action,
    group=Group.LIST,
    scope=INSTANCES.name,
    needs=lambda situation: not situation.empty,
    why_not=lambda _: "There is no gateway on this machine, and so no list.",
)
_instance_action = partial(Action, group=Group.INSTANCE, scope=INSTANCES.name)


def _has_control_ui(situation: Situation) -> bool:
    found = situation.instance
    return found is not None and found.control_url is not None and found.signals.process is not None


def _no_control_ui(situation: Situation) -> str | None:
    instance = situation.instance
    if instance is None or instance.control_url is None:
        return no_instance(situation) or "Where its Control UI would be is not known."
    return f"It does not run, and so its Control UI does not either: {instance.reason}."


CLEAR_ACTION = Action(
    id="clear",
    keys="escape",
    title="Clear selection, filter",
    explanation="Select no row any more; then give up the typed filter; then show all rows again.",
    group=Group.LIST,
    scope=INSTANCES.name,
    needs=lambda situation: situation.filtered or situation.selected,
    short="Clear",
    hidden=True,
)
"""Hidden while it cannot be done; else among the first in the footer."""

INSTANCE_ACTIONS = (
    _instance_action(
        id="details",
        keys="enter",
        title="Details",
        explanation="Show or hide all that is known of the instance. Tab moves into them, to scroll.",
        call="toggle_details",
        needs=has_instance,
        why_not=no_instance,
        short="Details",
    ),
    _list_action(
        id="filter",
        keys="slash",
        title="Filter",
        explanation="Show only rows that match a regular expression; a leading ! turns it around.",
        short="Filter",
    ),
    _list_action(
        id="show-only",
        keys="f",
        title="Show only…",
        explanation="Show only the instances of a state or a group, or what needs attention. A click on ◐ 1 does, too.",
        call="choose_only",
        short="Only",
    ),
    _instance_action(
        id="conflicts",
        keys="c",
        title="Its conflicts",
        explanation="Show the conflicts of the instance in the mode of ports; 1 leads back.",
        needs=lambda situation: situation.instance is not None and bool(situation.instance.conflicts),
        why_not=lambda situation: no_instance(situation) or "It has no conflict with anybody.",
        short="Conflicts",
        hidden=True,
    ),
    _instance_action(
        id="copy",
        keys="y",
        title="Copy…",
        explanation="Copy its id, port, pid, Control UI address, a path, or a remedy of the audit.",
        needs=has_instance,
        why_not=no_instance,
        short="Copy",
    ),
    _instance_action(
        id="open-ui",
        keys="o",
        title="Open the Control UI",
        explanation="Open it in the browser; without a browser its address is shown.",
        needs=_has_control_ui,
        why_not=_no_control_ui,
        short="Open UI",
    ),
    _list_action(
        id="sort",
        keys="s",
        title="Sort by the next column",
        explanation="A click on a column's title sorts by that column.",
        call="sort_next",
        short="Sort",
    ),
    _list_action(
        id="reverse",
        keys="S",
        title="Sort the other way round",
        explanation="A second click on a column's title does the same.",
        call="sort_reverse",
        short="Reverse",
    ),
    _instance_action(
        id="next-tab",
        keys="right_square_bracket,right",
        title="Next tab of the details",
        explanation="Overview, audit, graphs, logs; the chosen one stays when the cursor moves to another row.",
        call="turn_tab(1)",
        needs=has_instance,
        why_not=no_instance,
    ),
    _instance_action(
        id="previous-tab",
        keys="left_square_bracket,left",
        title="Tab before",
        explanation="A click on a tab's name chooses it, too.",
        call="turn_tab(-1)",
        needs=has_instance,
        why_not=no_instance,
    ),
)
