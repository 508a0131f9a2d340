"""The dashboard's app as controllers use it: its type, and values that screens follow."""

from collections.abc import Callable
from typing import Generic, Literal, TypeVar
from weakref import WeakMethod, ref

from textual.app import App
from textual.dom import DOMNode
from textual.signal import Signal

Value = TypeVar("Value")

DashboardResult = Literal["quit", "demo"]  # why the dashboard ended: the user left, or wants to see the demo
DashboardApp = App[DashboardResult]


class Observed(Generic[Value]):
    """A value of the running dashboard that screens and widgets follow as long as they are there."""

    def __init__(self, app: DashboardApp, name: str, value: Value) -> None:
        self._value = value
        self._changed = Signal[Value](app, name)

    @property
    def value(self) -> Value:
        return self._value

    def set(self, value: Value) -> None:
        """Have every follower called, in its own turn, if the value is another one now.

        One whose turn has not come yet is called once for all that has changed until then.
        """
        if value != self._value:
            self._value = value
            self._changed.publish(value)

    def follow(self, node: DOMNode, callback: Callable[[], object], *, at_once: bool = True) -> None:
        """Call back on each change while the node is mounted; and now, unless it has shown the value already.

        `callback` is a method of the node. A node that was removed is not kept until the next change.
        """
        following, called = ref(node), WeakMethod(callback)
        waits = False

        def tell(_: Value) -> None:
            nonlocal waits
            follower = following()
            if follower is not None and not waits:
                waits = True
                follower.call_next(call)

        def call() -> object:
            nonlocal waits
            waits = False
            current = called()
            return None if current is None else current()

        self._changed.subscribe(node, tell, immediate=True)  # else the signal holds the node itself
        if at_once:
            callback()
