"""The screens of the modes, each loaded when it is first shown."""

from collections.abc import Callable

from textual.screen import Screen

from claw_tui.actions.model import (
    EVENTS,
    INSTANCES,
    LOGS,
    PORTS,
)


def _instances_screen() -> Screen[None]:
    from claw_tui.instances.screen import InstancesScreen

    return InstancesScreen()


def _ports_screen() -> Screen[None]:
    from claw_tui.ports.screen import PortsScreen

    return PortsScreen()


def _logs_screen() -> Screen[None]:
    from claw_tui.logs.screen import LogsScreen

    return LogsScreen()


def _events_screen() -> Screen[None]:
    from claw_tui.events.screen import EventsScreen

    return EventsScreen()


SCREENS: dict[str, str | Callable[[], Screen[None]]] = {
    INSTANCES.name: _instances_screen,
    PORTS.name: _ports_screen,
    LOGS.name: _logs_screen,
    EVENTS.name: _events_screen,
}
