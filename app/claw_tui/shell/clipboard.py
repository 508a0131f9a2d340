"""The clipboard: has a text brought to wherever the user can paste it from, and says where that is.

A program that took it is proof, tmux's buffer too. A terminal never answers, so that a text which only went to one is
called sent, and shown when it is copied again; what nothing can have taken is shown at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

from textual.message import Message
from textual.message_pump import MessagePump

from claw_tui.shell.dashboard_app import DashboardApp

LAST_COPY_S = 2.0  # so long the end of the dashboard waits for a text to be copied


class CopyRequested(Message):
    """A text is to be copied; `what` names it, as in “Copied the port”."""

    def __init__(self, text: str, what: str) -> None:
        super().__init__()
        self.text = text
        self.what = what


def copy_text(app: MessagePump, text: str, what: str) -> None:
    app.post_message(CopyRequested(text, what))


class Clipboard:
    """Copies one text after the other, without keeping keys waiting."""

    def __init__(
        self,
        app: DashboardApp,
        environment: Callable[[], Mapping[str, str]],
        send: Callable[[bytes], None],
        show: Callable[[str, str, str], None],
    ) -> None:
        """`environment` is that of the user's terminal, `send` writes OSC 52 to it.

        `show` opens a text to be selected; it gets what it is, the text, and why it is not copied.
        """
        self._app = app
        self._environment = environment
        self._send = send
        self._show = show
        self._copying: asyncio.Task[None] | None = None  # the newest; each waits for the one before
        self._tasks: set[asyncio.Task[None]] = set()
        self._sent = ""  # the text that was last sent to a terminal that does not say whether it took it

    @property
    def is_copying(self) -> bool:
        """Whether it is not known yet if the text has to be shown."""
        return self._copying is not None and not self._copying.done()

    def copy(self, text: str, what: str) -> None:
        self._copying = asyncio.create_task(self._copy(text, what, self._copying))
        self._tasks.add(self._copying)
        self._copying.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Wait for the last text to be copied, if that does not take long; else end all programs that hang."""
        if self._copying is not None:
            await asyncio.wait({self._copying}, timeout=LAST_COPY_S)
        for task in (late := tuple(self._tasks)):
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    async def _copy(self, text: str, what: str, before: asyncio.Task[None] | None) -> None:
        if before is not None:
            await asyncio.wait({before})
        from claw_tui.shell.copying import bring, message, title, why_shown  # the first paint does not wait for it

        environment = self._environment()
        copied = await bring(text, environment, self._send)
        if not self._app.is_running:
            return
        again, self._sent = self._sent == text, "" if copied.is_certain else text
        if copied.is_lost or (again and not copied.is_certain):
            self._show(what, text, why_shown(copied, environment))
        else:
            self._app.notify(message(copied, text), title=title(copied, what), markup=False)
