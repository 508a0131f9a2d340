"""The user's browser, which may be on another machine than this program."""

from asyncio import to_thread
from functools import partial
from typing import TypeVar

from textual.app import App

from claw_tui.text.values import clean

Result = TypeVar("Result")


async def open_in_browser(app: App[Result], url: str) -> None:
    """Open a page; tell where, or have the user do it where there is no browser."""
    import webbrowser

    notify = partial(app.notify, clean(url), markup=False)
    if app.is_web:
        app.open_url(url)
        notify(title="Opened in a new tab, unless the browser forbids it", timeout=15)
    elif await to_thread(webbrowser.open, url):
        notify(title="Opened in the browser")
    else:
        notify(title="There is no browser here: open this yourself", timeout=15)
