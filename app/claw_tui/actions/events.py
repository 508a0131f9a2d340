"""The actions of the mode of events."""

from functools import partial

from claw_tui.actions.model import EVENTS, INSTANCES, Action, Group, Situation, has_instance, no_instance

_action = partial(Action, group=Group.EVENTS, scope=EVENTS.name)


def _has_incident(situation: Situation) -> bool:
    return situation.incident is not None


def _is_about_an_instance(situation: Situation) -> bool:
    return situation.incident is not None and situation.incident.instance is not None


def _no_incident(situation: Situation) -> str | None:
    return None if situation.incident is not None else "There is no incident under the cursor."


EVENT_ACTIONS = (
    _action(
        id="clear-events",
        keys="escape",
        title="Clear the events' filter",
        explanation="Show all events again.",
        call="clear_filter",
        needs=lambda situation: situation.filtered,
        short="Clear",
        hidden=True,
    ),
    _action(
        id="event-details",
        keys="enter",
        title="All of an incident",
        explanation="Its events, why they happened, what was run, and what the gateway logged meanwhile.",
        call="details",
        needs=_has_incident,
        why_not=_no_incident,
        short="Details",
    ),
    _action(
        id="filter-events",
        keys="slash",
        title="Filter the events",
        explanation="Show only incidents that match a regular expression; a leading ! turns it around.",
        call="filter",
        short="Filter",
    ),
    _action(
        id="copy-event",
        keys="y",
        title="Copy from an incident…",
        explanation="Copy what happened, when, its events, or the commands that were run.",
        call="copy",
        needs=_has_incident,
        why_not=_no_incident,
        short="Copy",
    ),
    _action(
        id="event-instance",
        keys="i",
        title="Go to its instance",
        explanation="Show the one of the incident under the cursor in the mode of instances.",
        call="instance",
        needs=_is_about_an_instance,
        why_not=lambda situation: _no_incident(situation) or "It is about the host, not about one instance.",
        short="Instance",
    ),
    Action(
        id="events-of-instance",
        keys="e",
        title="Its events",
        explanation="Show what happened to the instance under the cursor, and what was done to it; 1 leads back.",
        group=Group.INSTANCE,
        call="events",
        scope=INSTANCES.name,
        needs=has_instance,
        why_not=no_instance,
        short="Events",
    ),
)
