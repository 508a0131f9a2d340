"""What controllers use of the dashboard's app: its type, work in the background, and values that screens follow."""

from collections.abc import Callable, Coroutine
from typing import Generic, Literal, TypeVar

from textual.app import App
from textual.dom import DOMNode
from textual.signal import Signal
from textual.worker import Worker

Value = TypeVar("Value")

DashboardResult = Literal["quit", "demo"]
"""Why the dashboard ended: the user left, or wants to see the demo."""
DashboardApp = App[DashboardResult]


def run_in_background(
    app: DashboardApp, work: Callable[[], Coroutine[None, None, None]], group: str, *, exclusive: bool = True
) -> Worker[None]:
    """Run it as a worker of the app, which cancels it when the dashboard ends. It handles its errors itself.

    `exclusive`: a worker that still runs in the same group is given up for it.
    """
    return app.run_worker(work, group=group, exclusive=exclusive)


class Observed(Generic[Value]):
    """A value of the running dashboard that screens and widgets follow as long as they are there."""

    def __init__(self, app: DashboardApp, name: str, value: Value) -> None:
        self._value = value
        self._changed = Signal[Value](app, name)

    @property
    def value(self) -> Value:
        return self._value

    def set(self, value: Value) -> None:
        """Have every follower called, in its own turn, if the value is another one now."""
        if value != self._value:
            self._value = value
            self._changed.publish(value)

    def follow(self, node: DOMNode, callback: Callable[[], object], *, at_once: bool = True) -> None:
        """Call back on each change while the node is mounted; and now, unless it has shown the value already."""
        self._changed.subscribe(node, lambda _: callback())
        if at_once:
            callback()
