"""The dashboard: follows the host's snapshots, owns theme and modes, and knows what can be done.

Only what the first paint needs is imported here; the rest, the core above all, follows while the first screen is seen.
"""

from __future__ import annotations

import signal
from asyncio import get_running_loop, to_thread
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import SystemCommand
from textual.binding import Binding, BindingType
from textual.events import Event, Key
from textual.message import Message
from textual.notifications import Notify
from textual.reactive import var
from textual.screen import Screen
from textual.worker import Worker, WorkerState

from claw_tui.actions import registry as actions
from claw_tui.actions.model import (
    APP,
    INSTANCES,
    Action,
    Group,
    Situation,
)
from claw_tui.events.controller import RecordingApp
from claw_tui.hosts.gateway_host import Auditor, HostMonitor
from claw_tui.mode_screens import SCREENS
from claw_tui.settings import save_theme
from claw_tui.shell import themes
from claw_tui.shell.sheet import Sheet
from claw_tui.shell.splash import StartScreen
from claw_tui.text.values import clean

if TYPE_CHECKING:
    from claw_tui.hosts.gateway_host import Services
    from claw_tui.text.guide import HelpEntry
    from gateway_core.snapshot import Problem, Snapshot

_START = "start"
_WATCHING = "watching the host"


@dataclass
class SnapshotArrived(Message):
    """The host was looked at."""

    snapshot: Snapshot


def _problem(where: str, message: str) -> Problem:
    from gateway_core.snapshot import Problem

    return Problem(where=where, message=message)


class ClawTui(RecordingApp):
    """The dashboard. `run()` returns why it ended."""

    TITLE = "claw-tui"
    CSS_PATH = "app.tcss"
    MODES: ClassVar[dict[str, str | Callable[[], Screen[None]]]] = {
        _START: StartScreen,
        **SCREENS,
    }
    DEFAULT_MODE = _START
    BINDINGS: ClassVar[list[BindingType]] = [*actions.bindings(APP), actions.LEAVE]

    snapshot: var[Snapshot | None] = var(None)
    """The newest picture of the host; `None` before the first."""
    own_problems: var[tuple[Problem, ...]] = var(())
    """What the dashboard itself could not read or do."""

    def __init__(self, services: Services, *, begins_with_wizard: bool = False) -> None:
        """Nothing is watched before the app runs.

        Args:
            services: What is shown, and what can be done.
            begins_with_wizard: The user came for a new gateway: `claw-tui new`.
        """
        super().__init__(services)
        self.begins_with_wizard = begins_with_wizard
        self._source: HostMonitor | None = None
        self._settings = services.settings()
        self._apply_settings()

    def _apply_settings(self) -> None:
        for theme in themes.THEMES:
            self.register_theme(theme)
        settings = self._settings.settings
        self.rings = settings.bell
        wanted = settings.theme or themes.DARK
        self.theme = wanted if wanted in self.available_themes else themes.DARK
        self.set_keymap(dict(settings.keys))
        faults = [*self._settings.faults, *actions.keymap_faults(settings.keys)]
        if self.theme != wanted:
            faults.append(f"There is no theme “{wanted}”; {self.theme} is used.")
        self.set_reactive(ClawTui.own_problems, tuple(_problem(str(self._settings.path), fault) for fault in faults))

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Our own colours for what the themes of Textual do not name."""
        return themes.variables(dark=self.current_theme.dark)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Everything that could not be seen, read or done, on the host and here."""
        return (*self.own_problems, *(self.snapshot.problems if self.snapshot else ()))

    @property
    def auditor(self) -> Auditor | None:
        """The monitor, while there is one."""
        return self._source

    def on_mount(self) -> None:
        """Begin to watch, once there is something to see."""
        for number in (signal.SIGTERM, signal.SIGHUP):
            get_running_loop().add_signal_handler(number, self._end_at_once)
        self.call_after_refresh(self._watch_host)

    def _end_at_once(self) -> None:
        """End without asking, but give the terminal back as it was."""
        self.exit("quit", message=self.farewell)

    def _watch_host(self) -> None:
        self.run_worker(self._follow_host(), name=_WATCHING, group=_WATCHING, exclusive=True, exit_on_error=False)

    async def _follow_host(self) -> None:
        await to_thread(import_module, "claw_tui.instances.screen")
        async with await to_thread(self.services.monitor) as source:
            self._source = source
            async for snapshot in source.subscribe():
                self.post_message(SnapshotArrived(snapshot))

    @on(SnapshotArrived)
    def _take(self, event: SnapshotArrived) -> None:
        self.snapshot = event.snapshot
        self.witness(event.snapshot)
        self.find_unfinished()
        if self.current_mode == _START:
            self.switch_mode(INSTANCES.name)
            self.audit_from_now_on()

    @on(Worker.StateChanged)
    def _watching_ended(self, event: Worker.StateChanged) -> None:
        if event.worker.name == _WATCHING and event.state is WorkerState.ERROR:
            self._source = None
            reason = f"{type(event.worker.error).__name__}: {event.worker.error}"
            message = f"What is shown stands still, because watching ended: {reason}. “Look again” starts it anew."
            self._report(_WATCHING, message)

    def _report(self, where: str, message: str) -> None:
        self.own_problems = (*self.own_problems, _problem(where, message))
        self.notify(message, title="Problem", severity="error", markup=False)

    async def on_event(self, event: Event) -> None:
        """Let no key answer a sheet that was not to be seen yet when it was pressed."""
        if isinstance(event, Key):
            top = self.screen_stack[-1] if self.screen_stack else None
            if top is None or (isinstance(top, Sheet) and not top.was_seen_at(event.time)):
                return
        await super().on_event(event)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002  Textual's
        """Ask the registry."""
        return actions.can(action, self.situation, APP)

    @property
    def situation(self) -> Situation:
        """What actions depend on, as far as every mode knows it."""
        empty = self.snapshot is not None and not self.snapshot.instances
        return Situation(
            empty=empty,
            problems=bool(self.problems),
            busy=self.operations.busy,
            can_operate=self.can_operate,
            operated=bool(self.operations.undertakings),
        )

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """The command palette: whatever can be done now."""
        for action in (known for known in actions.ACTIONS if known.scope in (APP, self.current_mode)):
            node = self if action.scope == APP else screen
            if action.id != "palette" and node.check_action(action.name, ()):
                yield SystemCommand(action.title, action.explanation, partial(self.run_action, action.call, node))

    def _entries(self) -> Iterator[HelpEntry]:
        from claw_tui.text.guide import HelpEntry

        for action in (known for known in actions.from_here(self.current_mode) if not known.never_here(self.situation)):
            shown = " ".join(self._keys_of(action))
            possible = self.can_operate or action.group is not Group.OPERATIONS
            yield HelpEntry(action.id, action.group, shown, action.title, action.explanation, possible)

    def key_of(self, action_id: str) -> str:
        """How the first key of that action is shown; the user's keymap is known to it."""
        return next(self._keys_of(actions.named(action_id)), "")

    def _keys_of(self, action: Action) -> Iterator[str]:
        for key in actions.keys_of(action, self._settings.settings.keys):
            yield self.get_key_display(Binding(key, action.call))

    async def show_instance(self, mode: str, instance_id: str) -> None:
        """Switch to a mode and let it point at that instance."""
        from claw_tui.shell.mode_screen import ModeScreen

        await self.switch_mode(mode)
        if isinstance(self.screen, ModeScreen):
            await self.screen.point_at(instance_id)

    @on(Notify)
    def _replace_the_same(self, event: Notify) -> None:
        """A toast takes the place of one that says the same; Textual shows it after this."""
        new = event.notification
        for old in [known for known in self._notifications if (known.title, known.message) == (new.title, new.message)]:
            self._unnotify(old, refresh=False)

    def say_why_not(self, key: str, situation: Situation) -> None:
        """Answer a key that cannot do what it is for."""
        refused = actions.refusal(key, situation, self.current_mode, self._settings.settings.keys)
        if refused is not None:
            title, reason = refused
            self.notify(clean(reason), title=title, severity="warning", timeout=4, markup=False)

    def action_help(self) -> None:
        """All keys, and what the symbols mean."""
        from claw_tui.shell.sheets import TextSheet
        from claw_tui.text import guide

        self.push_screen(TextSheet("Help", guide.sections(self._entries(), self._settings.path), guide.LABEL_WIDTH))

    def action_problems(self) -> None:
        """What could not be seen, read or done."""
        from claw_tui.shell.sheets import TextSheet
        from claw_tui.text import guide

        self.push_screen(TextSheet("Problems", guide.problem_sections(self.problems), 0))

    def action_operations(self) -> None:
        """What was done in this session."""
        from claw_tui.operations.history_sheet import OperationsSheet

        self.push_screen(OperationsSheet(self.operations))

    def look_again(self) -> None:
        """Look again; watch again, if that had ended."""
        if self._source is None:
            self._watch_host()
        else:
            self._source.refresh()
            self.audit_now()

    def action_refresh(self) -> None:
        """Look again, and say so."""
        self.look_again()
        self.notify("Looking at everything again.", timeout=2)

    async def action_switch_theme(self) -> None:
        """Dark to light and back, kept for the next run."""
        self.theme = themes.LIGHT if self.current_theme.dark else themes.DARK
        if self._settings.path is None:
            return
        try:
            await to_thread(save_theme, self._settings.path, self.theme)
        except (OSError, UnicodeDecodeError) as error:
            self._report(str(self._settings.path), f"The choice of theme could not be kept: {error}")

    def action_demo(self) -> None:
        """End, so that the demo can begin."""
        self.exit("demo")

    @work(group="browser")
    async def open_in_browser(self, url: str) -> None:
        """Open an address; without a browser say it, to be opened elsewhere."""
        import webbrowser

        opened = await to_thread(webbrowser.open, url)
        if opened:
            self.notify(clean(url), title="Opened in the browser", markup=False)
        else:
            self.notify(clean(url), title="There is no browser here: open this yourself", markup=False, timeout=15)
