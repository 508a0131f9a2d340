"""Toasts: where a notification ends before its toast does, Textual removes the toast and keeps its holder for good."""

from time import time

from textual.app import App
from textual.widget import Widget
from textual.widgets._toast import ToastHolder, ToastRack  # they have no public names

_BRIEF_S = 6.0  # a notification that stays no longer than this answers a key
_READ_S = 1.0  # so long it has to be there before it is taken for read


def remove_empty_holders(screen: Widget) -> None:
    for holder in screen.query(ToastHolder):
        if holder.is_mounted and not holder.children:  # one that is not has its toast still to come
            holder.remove()


def take_away_read(app: App[object]) -> None:
    """Take away the brief toasts that have been there a while: they would cover what a sheet has to say."""
    known, until = app._notifications, time() - _READ_S  # noqa: SLF001  it has no public name
    for note in list(known):
        if note.severity != "error" and note.timeout <= _BRIEF_S and note.raised_at < until:
            del known[note]
    for screen in app.screen_stack:
        for rack in screen.query(ToastRack):
            rack.show(known)
