"""The newest lines of one instance's logs, read only while somebody looks at them."""

from __future__ import annotations

import asyncio
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.reactive import reactive
from textual.worker import Worker, WorkerState

from claw_tui import log_feed
from claw_tui.log_feed import LogFeed
from claw_tui.log_opening import LogOpener, Wish
from claw_tui.presentation.log_caption import LogState, instead_of_lines, tail_note
from claw_tui.presentation.log_lines import Lanes
from claw_tui.presentation.log_sources import Sources
from claw_tui.presentation.sections import Line
from claw_tui.widgets.log_pane import LogPane
from gateway_core.snapshot import Instance, Problem, Snapshot

_PATIENCE_S = 0.2
"""A cursor that only passes opens nothing."""
_PAGE = 100
_EVERY_S = 0.5
_TICK_S = 1.0
_READING = "tail"


class LogTail(LogPane):
    """Follows whom it is told to. All that it has under way ends as soon as it is told to look at nobody."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("end", "to_end", show=False)]

    note: reactive[Line] = reactive(())
    """Whether it moves, and what went wrong."""

    def __init__(self, *, id: str) -> None:  # noqa: A002 - what Textual calls it
        super().__init__(id=id)
        self._looked_at: tuple[str, str | None] | None = None
        self._feed: LogFeed | None = None
        self._sources = Sources()
        self._broken_by = ""

    def on_mount(self) -> None:
        """Notice now and then what cannot be read any more."""
        self._ticking = self.set_interval(_TICK_S, self._tell, pause=True)

    def look_at(self, opener: LogOpener | None, snapshot: Snapshot, instance: Instance) -> None:
        """Show the logs of that instance from now on; nothing happens if it does so already."""
        wanted = (instance.id, instance.log_file)
        if opener is None or wanted == self._looked_at:
            return
        self._looked_at = wanted
        self._feed = LogFeed(opener, self.post_message, _PAGE, _EVERY_S)
        self._sources, self._broken_by, self.following = Sources(), "", True
        self.start((), Lanes())
        self._ticking.resume()
        self.run_worker(self._read(self._feed, snapshot), group=_READING, exclusive=True, exit_on_error=False)

    def look_away(self) -> None:
        """Read nothing any more; what is shown stays."""
        if self._looked_at is not None:
            self._looked_at = None
            self._ticking.pause()
            self.workers.cancel_group(self, _READING)

    def action_to_end(self) -> None:
        """Follow again."""
        self.action_move(len(self.lines))

    async def _read(self, feed: LogFeed, snapshot: Snapshot) -> None:
        await asyncio.sleep(_PATIENCE_S)
        if self._looked_at is not None:
            feed.may_go_on.set()
            await feed.read(snapshot, Wish((self._looked_at[0],)))

    @on(log_feed.Opened)
    def _begin(self, event: log_feed.Opened) -> None:
        self._sources = event.sources
        self.start((), event.lanes)

    @on(log_feed.Earlier)
    def _show_earlier(self, event: log_feed.Earlier) -> None:
        self.prepend(event.lines)
        self._tell()

    @on(log_feed.Later)
    def _show_later(self, event: log_feed.Later) -> None:
        self.append(event.lines)
        self._tell()

    @on(LogPane.Paused)
    def _pause(self) -> None:
        self.following = False
        self._let_read(wanted=False)

    @on(LogPane.BottomReached)
    def _go_on(self) -> None:
        self.following = True
        self._let_read(wanted=True)

    def _let_read(self, *, wanted: bool) -> None:
        if self._feed is not None:
            (self._feed.may_go_on.set if wanted else self._feed.may_go_on.clear)()
        self._tell()

    @on(Worker.StateChanged)
    def _reading_ended(self, event: Worker.StateChanged) -> None:
        if event.state is WorkerState.ERROR:
            self._broken_by = f"{type(event.worker.error).__name__}: {event.worker.error}"
            self._tell()

    def _tell(self) -> None:
        feed = self._feed
        state = LogState(
            following=self.following,
            searching=feed.unread if feed is not None and feed.searching else None,
            empty=self.empty,
            sources=self._sources,
            problems=self._problems,
        )
        self.instead, self.note = instead_of_lines(state), tail_note(state)

    @property
    def _problems(self) -> tuple[Problem, ...]:
        if self._broken_by:
            return (Problem(where="reading the logs", message=self._broken_by),)
        return self._feed.problems if self._feed is not None else ()
