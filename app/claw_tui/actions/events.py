"""What can be done in the mode of events."""

from claw_tui.actions.model import (
    EVENTS,
    INSTANCES,
    Action,
    Group,
    Situation,
    has_instance,
    no_instance,
)


def _has_event(situation: Situation) -> bool:
    return situation.event is not None


def _is_about_an_instance(situation: Situation) -> bool:
    return situation.event is not None and situation.event.instance is not None


def _no_event(situation: Situation) -> str | None:
    return None if situation.event is not None else "There is no event under the cursor."


EVENT_ACTIONS = (
    Action(
        id="clear-events",
        keys="escape",
        title="Clear the events' filter",
        explanation="Show all events again.",
        group=Group.EVENTS,
        call="clear_filter",
        scope=EVENTS.name,
        needs=lambda situation: situation.filtered,
        short="Clear",
        hidden=True,
    ),
    Action(
        id="event-details",
        keys="enter",
        title="All of an event",
        explanation="What happened, why, and the commands that were run.",
        group=Group.EVENTS,
        call="details",
        scope=EVENTS.name,
        needs=_has_event,
        why_not=_no_event,
        short="Details",
    ),
    Action(
        id="filter-events",
        keys="slash",
        title="Filter the events",
        explanation="Show only events that match a regular expression; a leading ! turns it around.",
        group=Group.EVENTS,
        call="filter",
        scope=EVENTS.name,
        short="Filter",
    ),
    Action(
        id="copy-event",
        keys="y",
        title="Copy from an event…",
        explanation="Copy what happened, when, or the commands that were run.",
        group=Group.EVENTS,
        call="copy",
        scope=EVENTS.name,
        needs=_has_event,
        why_not=_no_event,
        short="Copy",
    ),
    Action(
        id="event-instance",
        keys="i",
        title="Go to the instance of an event",
        explanation="Show it in the mode of instances.",
        group=Group.EVENTS,
        call="instance",
        scope=EVENTS.name,
        needs=_is_about_an_instance,
        why_not=lambda situation: _no_event(situation) or "This event is about the host, not about one instance.",
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
