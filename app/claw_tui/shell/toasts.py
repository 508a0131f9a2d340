"""Toasts: where a notification ends before its toast does, Textual removes the toast and keeps its holder for good."""

from textual.widget import Widget
from textual.widgets._toast import ToastHolder  # it has no public name


def remove_empty_holders(screen: Widget) -> None:
    for holder in screen.query(ToastHolder):
        if holder.is_mounted and not holder.children:  # one that is not has its toast still to come
            holder.remove()
