"""The screens of the modes, each loaded when it is first shown."""

from collections.abc import Callable

from textual.screen import Screen

from claw_tui.modes import EVENTS, INSTANCES, LOGS, PORTS


def _instances_screen() -> Screen[None]:
    from claw_tui.screens.instances import InstancesScreen

    return InstancesScreen()


def _ports_screen() -> Screen[None]:
    from claw_tui.screens.ports import PortsScreen

    return PortsScreen()


def _logs_screen() -> Screen[None]:
    from claw_tui.screens.logs import LogsScreen

    return LogsScreen()


def _events_screen() -> Screen[None]:
    from claw_tui.screens.events import EventsScreen

    return EventsScreen()


SCREENS: dict[str, str | Callable[[], Screen[None]]] = {
    INSTANCES.name: _instances_screen,
    PORTS.name: _ports_screen,
    LOGS.name: _logs_screen,
    EVENTS.name: _events_screen,
}
