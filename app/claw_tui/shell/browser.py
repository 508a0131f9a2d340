"""The user's browser, which may be on another machine than this program."""

from asyncio import to_thread
from contextlib import suppress
from functools import partial
from pathlib import PurePath
from typing import TypeVar

from textual.app import App

from claw_tui.text.values import clean

Result = TypeVar("Result")

_IN_TERMINAL = ("www-browser", "links", "links2", "elinks", "lynx", "w3m", "browsh", "carbonyl")
"""Browsers that would draw over the dashboard and read its keys."""


async def open_in_browser(app: App[Result], url: str) -> None:
    """Open a page; tell where, or have the user do it where there is no browser."""
    notify = partial(app.notify, clean(url), markup=False)
    if app.is_web:
        app.open_url(url)
        notify(title="Opened in a new tab, unless the browser forbids it", timeout=15)
    elif await to_thread(_open, url):
        notify(title="Opened in the browser")
    else:
        notify(title="There is no browser here: open this yourself", timeout=15)


def _open(url: str) -> bool:
    import webbrowser

    with suppress(webbrowser.Error):  # there is none
        if PurePath(webbrowser.get().name).name in _IN_TERMINAL:
            return False
    return webbrowser.open(url)
