"""The queue of what the user presses, clicks and pastes: the next is passed on when the one before has had its effect.

Textual itself hands a key on at once, while what the key before has opened (a sheet, a filter, a mode) is still being
made. Of keys that come in one burst, the later ones would then do something in what lies below.
"""

from __future__ import annotations

from asyncio import Task, create_task, sleep
from collections import deque
from collections.abc import Awaitable, Callable, Iterator
from time import monotonic
from typing import Protocol, runtime_checkable

from textual.events import Event, InputEvent, Key, MouseDown, MouseMove, Paste
from textual.message_pump import MessagePump
from textual.widget import Widget
from textual.widgets import Input

from claw_tui.shell.dashboard_app import DashboardApp

HANDLING_S = 5.0  # so long the next key waits for the one before, then for a screen that holds it back
ACTION_S = 10.0  # so long an action may take
QUIET_S = 1.0  # after so long without a key something may open by itself
BURST_GAP_S = 0.15  # keys that follow each other faster than this belong to one burst
_SPINS = 200  # turns of the event loop that a wait takes before it begins to sleep in between
_NAP_S = 0.002
RESTLESS_S = 0.3  # after so long without rest, it is seen who gets on with what comes, and who hangs
_ROUNDS = 8  # so often they get through all that is there: what a key does passes from one to the next
_LEAVING = frozenset(("ctrl+c", "ctrl+q"))
_TAKING_BACK = "escape"


@runtime_checkable
class HoldsInput(Protocol):
    """A screen that is not ready yet for what was typed for it."""

    def holds_back(self, event: Event) -> bool:
        """Whether this waits until the screen is ready. Nobody is asked about Esc."""
        ...


@runtime_checkable
class Question(Protocol):
    """A screen that asks before something is done that cannot be undone: only an answer to what was seen counts."""

    def was_seen_at(self, moment: float) -> bool:
        """Whether the question was on the screen at that `Message.time`."""
        ...

    def declines(self, event: Event) -> bool:
        """Whether this leaves everything as it is."""
        ...

    def close_unanswered(self, event: Event) -> None:
        """Close, and say that nothing was done, because this came before the question was there."""
        ...


class InputQueue:
    """Keys, clicks and pastes in the order in which they came."""

    def __init__(
        self,
        app: DashboardApp,
        pass_on: Callable[[Event], Awaitable[None]],
        holds_back: Callable[[], bool],
        report: Callable[[str], None],
    ) -> None:
        """`pass_on` hands input to Textual, `holds_back` is about all screens, `report` takes what became a problem."""
        self._app = app
        self._pass_on = pass_on
        self._app_holds_back = holds_back
        self._report = report
        self._waiting: deque[Event] = deque()
        self._work: Task[None] | None = None
        self._held_until: float | None = None
        self._hung: frozenset[MessagePump] = frozenset()  # whom nothing waits for any more
        self._refused_until = 0.0
        self._last_came = 0.0
        self._typing: Widget | None = None  # the widget with the focus, if the last key was a character

    async def take(self, event: Event) -> None:
        """Pass this on at once if nothing is under way, as is usual; else when its turn comes."""
        self._last_came = monotonic()
        if self._app.return_value is not None:
            return
        if isinstance(event, Key) and event.key in _LEAVING:
            self._waiting.clear()
            await self._pass_on(event)
            self._let_end()
        elif not self._waiting and (self._needs_no_wait(event) or self._is_ready(event, itself=True)):
            await self._deliver(event)
        else:
            self._append(event)

    @property
    def is_idle(self) -> bool:
        """Whether all that came has had its effect."""
        return not self._waiting and not any(self._busy(itself=False))

    @property
    def is_quiet(self) -> bool:
        """Whether nothing has come for a while."""
        return self.is_idle and monotonic() > self._last_came + QUIET_S

    async def close(self) -> None:
        if self._work is not None:
            self._work.cancel()

    def _let_end(self) -> None:
        """End who hangs, once the user leaves: Textual would wait for them for ever."""
        if self._app.return_value is not None:
            for node in self._hung:
                node.task.cancel()

    def _append(self, event: Event) -> None:
        last = self._waiting[-1] if self._waiting else None
        if isinstance(event, MouseMove) and isinstance(last, MouseMove):
            self._waiting.pop()
        elif last is not None and _takes_back(event, last) and self._is_held_back():
            self._waiting.clear()
        self._waiting.append(event)
        if self._work is None or self._work.done():
            self._work = create_task(self._work_off(), name="input queue")

    async def _work_off(self) -> None:
        while self._waiting:
            await self._until_ready()
            if not self._app.call_later(self._deliver_next):
                self._waiting.clear()  # it ends

    async def _until_ready(self) -> None:
        begun, turns = monotonic(), 0
        rounds = self._rounds()
        self._hung = frozenset(node for node in self._hung if not _is_waiting(node))
        while self._waiting and not self._is_ready(self._waiting[0]):
            waited = monotonic() - begun
            if waited > HANDLING_S and self._give_up():
                return
            if waited > RESTLESS_S and next(rounds) and not self._is_held_back():
                return
            await sleep(0 if turns < _SPINS else _NAP_S)
            turns += 1

    def _rounds(self) -> Iterator[bool]:
        """Tell at each turn whether all have got through what they had, several times over.

        Where there is always more to do, as while 200 gateways stop at once, they are never at rest.
        """
        for _ in range(_ROUNDS):
            behind = set(self._busy(itself=False))
            for node in tuple(behind):
                node.call_later(_leave, behind, node)
            while any(node.is_running for node in behind):
                yield False
        while True:
            yield True

    async def _deliver_next(self) -> None:
        while self._waiting:
            await self._deliver(self._waiting.popleft())
            if not self._waiting or not self._needs_no_wait(self._waiting[0]):
                return

    async def _deliver(self, event: Event) -> None:
        if self._app.return_value is not None or not self._app.screen_stack or self._is_of_refused_burst(event):
            return
        asked: object = self._app.screen
        if isinstance(asked, Question) and _answers_unseen(event, asked):
            asked.close_unanswered(event)
            self._refused_until = monotonic() + BURST_GAP_S  # what was typed behind it was meant for it, too
        elif isinstance(event, Paste) and not self._takes_paste:
            text = "Text is taken where it is typed: in a filter, in the command palette, in the wizard."
            self._app.notify(text, title="Not pasted", severity="warning", timeout=4)
        else:
            self._typing = self._app.focused if _is_text(event) else None
            await self._pass_on(event)

    def _is_of_refused_burst(self, event: Event) -> bool:
        if event.time > self._refused_until or isinstance(event, MouseMove):
            return False
        self._refused_until = max(self._refused_until, event.time + BURST_GAP_S)
        return True

    def _needs_no_wait(self, event: Event) -> bool:
        """Whether nothing that is under way matters: the mouse only moves, or a text is typed on, key by key."""
        types_on = isinstance(self._typing, Input) and self._typing is self._app.focused
        return isinstance(event, MouseMove) or (types_on and _is_text(event))

    @property
    def _takes_paste(self) -> bool:
        return isinstance(self._app.focused, Input) or hasattr(self._app.screen, "on_paste")

    def _is_ready(self, event: Event, *, itself: bool = False) -> bool:
        """Whether nothing is under way, and nobody holds this back; `itself`: the app is just asking that."""
        return not any(self._busy(itself=itself)) and not self._is_held_now(event)

    def _busy(self, *, itself: bool) -> Iterator[MessagePump]:
        app = self._app
        if app.message_queue_size or not (itself or _is_waiting(app)):
            yield app
        nodes = (node for screen in app.screen_stack for node in screen.walk_children(with_self=True))
        yield from (node for node in nodes if node not in self._hung and not _is_waiting(node))

    def _is_held_now(self, event: Event) -> bool:
        if not self._holds_back(event):
            self._held_until = None
            return False
        now = monotonic()
        if self._held_until is None:
            self._held_until = now + HANDLING_S
        return now < self._held_until

    def _is_held_back(self) -> bool:
        return bool(self._waiting) and self._holds_back(self._waiting[0])

    def _holds_back(self, event: Event) -> bool:
        if isinstance(event, Key) and event.key == _TAKING_BACK:
            return False
        screen: object = self._app.screen if self._app.screen_stack else None
        return self._app_holds_back() or (isinstance(screen, HoldsInput) and screen.holds_back(event))

    def _give_up(self) -> bool:
        """Wait no longer for who still handles something, unless that is the app: without it nothing is handled."""
        if not _is_waiting(self._app):
            return False
        hung = frozenset(self._busy(itself=False))
        if hung:
            self._hung |= hung
            names = ", ".join(sorted({type(node).__name__ for node in hung}))
            self._report(f"{names} did not come to an end within {HANDLING_S:g} s; those behind it go on.")
        return True


def _takes_back(event: Event, last: Event) -> bool:
    """Whether somebody gives up what waits; in one burst with it, Esc is meant for what that opens."""
    return isinstance(event, Key) and event.key == _TAKING_BACK and event.time > last.time + BURST_GAP_S


def _leave(behind: set[MessagePump], node: MessagePump) -> None:
    behind.discard(node)


def is_user_input(event: Event) -> bool:
    """Whether this comes from the user, and has not been passed on yet."""
    return isinstance(event, InputEvent | Paste) and not event.is_forwarded


def _is_text(event: Event) -> bool:
    return isinstance(event, Key) and event.is_printable


def _answers_unseen(event: Event, asked: Question) -> bool:
    answers = isinstance(event, Key | Paste | MouseDown)
    return answers and not asked.was_seen_at(event.time) and not asked.declines(event)


def _is_waiting(pump: MessagePump) -> bool:
    """Whether it has nothing to do: it waits for a message, or has ended."""
    if not pump.is_running:
        return pump._is_mounted  # noqa: SLF001  else it is only about to begin
    # Whether a message is being handled is told by nothing else than that nobody waits for the next one.
    return not pump.message_queue_size and bool(pump._message_queue.ready_event._waiters)  # noqa: SLF001
