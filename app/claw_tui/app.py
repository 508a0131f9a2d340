"""The dashboard: theme, modes, keys, palette, and how it ends. What goes on behind its screens is the session's.

Only what the first paint needs is imported here; the rest, the core above all, follows while the first screen is seen.
"""

from __future__ import annotations

import os
import signal
from asyncio import get_running_loop, timeout
from base64 import b64encode
from collections.abc import Callable, Hashable, Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from rich.console import RenderableType
from textual import on
from textual.actions import ActionParseResult
from textual.app import App, SystemCommand
from textual.binding import BindingType
from textual.dom import DOMNode
from textual.driver import Driver
from textual.errors import NoWidget
from textual.events import Event, MouseEvent
from textual.notifications import Notify
from textual.screen import Screen

from claw_tui import gc_tuning
from claw_tui.actions import registry
from claw_tui.actions.model import APP, EVENTS, INSTANCES, LOGS, PORTS
from claw_tui.hosts.gateway_host import GatewayHost
from claw_tui.session import Session, SnapshotTaken
from claw_tui.shell import few_colours, themes
from claw_tui.shell.clipboard import Clipboard, CopyRequested
from claw_tui.shell.dashboard_app import DashboardResult
from claw_tui.shell.input_queue import ACTION_S, InputQueue, is_user_input
from claw_tui.shell.paint_caches import FORGOTTEN_EVERY_S, forget_painted
from claw_tui.shell.splash import StartScreen
from claw_tui.shell.theme_keeper import ThemeKeeper
from claw_tui.shell.toasts import remove_empty_holders
from claw_tui.text.groups import groups_of
from claw_tui.text.hints import in_keys, sections_in_keys
from claw_tui.text.values import clean, cut

if TYPE_CHECKING:
    from claw_tui.instances.next_problem import NextProblem
    from claw_tui.shell.mode_screen import ModeContext

_START = "start"
_SHOWN_NAME = 60  # columns of a name that is none


class ClawTui(App[DashboardResult]):
    """The dashboard. `run()` returns why it ended."""

    TITLE = "claw-tui"
    CSS_PATH = "app.tcss"
    MODES: ClassVar[dict[str, str | Callable[[], Screen[None]]]] = {_START: StartScreen}
    DEFAULT_MODE = _START
    BINDINGS: ClassVar[list[BindingType]] = [*registry.bindings(APP), *registry.LEAVE]

    def __init__(
        self, host: GatewayHost, *, begins_with_wizard: bool = False, environment: Mapping[str, str] | None = None
    ) -> None:
        """`begins_with_wizard`: the user came for a new gateway, by `claw-tui new`.

        `environment` is that of the terminal, and tells which clipboards there are; else it is that of this process.
        """
        super().__init__()
        self.failure: BaseException | None = None
        """The error that ended the dashboard, if one did; what is said of it is up to whoever ran it."""
        self._host = host
        self._begins_with_wizard = begins_with_wizard
        self._next_problem: NextProblem | None = None  # made when it is first wanted
        self._settings = host.settings()
        self._keymap_of_user: dict[str, str] = {}  # what of the settings' keys can be used
        self._input_queue = InputQueue(self, self._pass_on, self._opens_something, self._report_hang)
        bell, is_quiet = self._settings.settings.bell, lambda: self._input_queue.is_quiet
        self.session = Session(
            self, host, prepare=_load_first_screen, bell=bell, is_quiet=is_quiet, hint=self._with_keys
        )
        self._clipboard_ways = Clipboard(
            self, partial(self._terminal, environment), self._send_to_clipboard, self._show_text
        )
        self._theme_keeper = ThemeKeeper(self._settings.path, self.session.problems)
        self._last_dark, self._last_light = themes.DARK, themes.LIGHT
        self._apply_settings()
        self.add_mode(INSTANCES.name, self._instances_screen)
        self.add_mode(PORTS.name, self._ports_screen)
        self.add_mode(LOGS.name, self._logs_screen)
        self.add_mode(EVENTS.name, self._events_screen)

    def _apply_settings(self) -> None:
        for theme in few_colours.themes_for(self.console.color_system, no_color=self.no_color):
            self.register_theme(theme)
        settings = self._settings.settings
        wanted = settings.theme or themes.DARK
        self.theme = wanted if wanted in self.available_themes else themes.DARK
        self._remember_theme()
        faults = [*self._settings.faults, *self._take_keymap(settings.keys)]
        if self.theme != wanted:
            faults.append(f"There is no theme “{cut(wanted, _SHOWN_NAME)}”; {self.theme} is used.")
        for fault in faults:
            self.session.problems.note(str(self._settings.path), fault)

    def _take_keymap(self, given: Mapping[str, str]) -> Iterable[str]:
        """Use these keys; return what is wrong with them."""
        if not given:
            return ()
        from claw_tui.actions.keymap import read_keymap

        self._keymap_of_user, faults = read_keymap(given)
        self.set_keymap(self._keymap_of_user)
        return faults

    def get_driver_class(self) -> type[Driver]:
        from textual.drivers.linux_driver import LinuxDriver

        from claw_tui.shell.terminal_driver import TerminalDriver

        usual = super().get_driver_class()
        return TerminalDriver if usual is LinuxDriver else usual

    def _with_keys(self, text: str) -> str:
        """Return advice with the user's keys in the place of commands."""
        return in_keys(text, self._key_of)

    def _key_of(self, action_id: str) -> str:
        """Return how the first key of that action is shown; empty if the user's keymap leaves it none."""
        keys = registry.shown_keys(registry.named(action_id), self._keymap_of_user, self.get_key_display)
        return next(iter(keys), "")

    def _mode_context(self) -> ModeContext:
        from claw_tui.shell.mode_screen import ModeContext

        session = self.session
        keys, unread = self._keymap_of_user, session.events.unread
        return ModeContext(self._host, session.snapshot, session.problems, session.situation, keys, unread)

    def _instances_screen(self) -> Screen[None]:
        from claw_tui.instances.controller import InstancesController
        from claw_tui.instances.screen import InstancesScreen
        from claw_tui.logs.controller import TailController

        session = self.session
        others = (session.operations, session.onboarding, session.audit)
        groups = groups_of(self._settings.settings.groups)
        instances = InstancesController(
            self, self._host.now, session.snapshot, session.background, *others, groups, session.usage, self._key_of
        )
        tail = TailController(self, self._host.open_logs, session.snapshot, session.background)
        return InstancesScreen(self._mode_context(), instances, *others, tail)

    def _ports_screen(self) -> Screen[None]:
        from claw_tui.ports.screen import PortsScreen

        return PortsScreen(self._mode_context())

    def _logs_screen(self) -> Screen[None]:
        from claw_tui.logs.controller import LogController
        from claw_tui.logs.screen import LogsScreen

        session = self.session
        logs = LogController(self, self._host.open_logs, session.snapshot, session.background)
        return LogsScreen(self._mode_context(), logs)

    def _events_screen(self) -> Screen[None]:
        from claw_tui.events.incident_logs import IncidentLogs
        from claw_tui.events.screen import EventsScreen

        session = self.session
        logs = IncidentLogs(self, self._host.open_logs, session.snapshot, session.background)
        return EventsScreen(self._mode_context(), session.events, logs)

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return themes.variables(self.current_theme)

    def on_mount(self) -> None:
        for number in (signal.SIGTERM, signal.SIGHUP):
            get_running_loop().add_signal_handler(number, self._end_at_once)
        self.set_interval(FORGOTTEN_EVERY_S, self._let_go)
        self.call_after_refresh(self.session.begin)

    def _let_go(self) -> None:
        """Give back the memory of what is gone."""
        remove_empty_holders(self.screen)
        forget_painted()
        gc_tuning.collect_old()

    async def on_unmount(self) -> None:
        await self._input_queue.close()
        await self._clipboard_ways.close()
        await self._theme_keeper.close()
        await self.session.close()

    def tell_of_uncaught(self, origin: Hashable, message: str) -> bool:
        """Report an error that nothing waited for, from any thread; whether the dashboard is there to show it."""
        return self.is_running and self.call_later(self.session.problems.report_uncaught, origin, message)

    def _fatal_error(self) -> None:
        """End without the picture that Textual draws of an error: it shows the values of variables."""
        self.failure = getattr(self._exception, "error", self._exception) or RuntimeError("the terminal failed")
        self._close_messages_no_wait()

    def panic(self, *_renderables: RenderableType) -> None:
        self._fatal_error()

    def _end_at_once(self) -> None:
        """End without asking, but give the terminal back as it was."""
        self.exit("quit", message=self._host.exit_message)

    @on(SnapshotTaken)
    def _take(self, event: SnapshotTaken) -> None:
        self.session.take(event.snapshot)
        if self.current_mode == _START:
            self.switch_mode(INSTANCES.name)
            if self._begins_with_wizard:
                self.call_after_refresh(self._open_wizard)

    def _open_wizard(self) -> None:
        self._begins_with_wizard = False
        self.session.onboarding.open_wizard()

    def _opens_something(self) -> bool:
        """Whether a screen is about to open by itself, which what is typed now is for."""
        return self._begins_with_wizard or self._clipboard_ways.is_copying

    def _report_hang(self, message: str) -> None:
        self.session.problems.report("keyboard and mouse", message)

    async def on_event(self, event: Event) -> None:
        """Take what the user presses, clicks and pastes in turn."""
        if is_user_input(event):
            await self._input_queue.take(event)
        else:
            await super().on_event(event)

    async def run_action(
        self,
        action: str | ActionParseResult,
        default_namespace: DOMNode | None = None,
        namespaces: Mapping[str, DOMNode] | None = None,
    ) -> bool:
        """Run an action, and give it up if it does not come to an end: until then no key would be heard."""
        limit = timeout(ACTION_S)
        try:
            async with limit:
                return await super().run_action(action, default_namespace, namespaces)
        except TimeoutError:
            if not limit.expired():
                raise
            self._report_hang(f"What was asked for was given up: it took longer than {ACTION_S:g} s.")
            return True

    async def _pass_on(self, event: Event) -> None:
        """Hand the user's input to Textual, but no click on what has gone."""
        if not (isinstance(event, MouseEvent) and _has_gone_from(self.screen, event)):
            await super().on_event(event)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002  Textual's
        return registry.can(action, self.session.situation(), APP)

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        for action in (known for known in registry.ACTIONS if known.scope in (APP, self.current_mode)):
            node = self if action.scope == APP else screen
            if action.id != "palette" and node.check_action(action.name, ()):
                yield SystemCommand(action.title, action.explanation, partial(self.run_action, action.call, node))

    def _terminal(self, given: Mapping[str, str] | None) -> Mapping[str, str]:
        """The environment of the terminal. Without one, as in a browser, this machine's clipboard is not the user's."""
        if given is not None:
            return given
        return {} if self.is_headless or self.is_web else os.environ

    def copy_to_clipboard(self, text: str) -> None:
        """Copy what Textual's own widgets copy, such as selected text."""
        self._copy(CopyRequested(text, "text"))

    def _send_to_clipboard(self, data: bytes) -> None:
        """Send the text to the clipboard of the terminal, by OSC 52."""
        if self._driver is not None:
            self._driver.write(f"\x1b]52;c;{b64encode(data).decode()}\a")

    @on(CopyRequested)
    def _copy(self, request: CopyRequested) -> None:
        self._clipboard = request.text  # of which Textual's own inputs paste
        self._clipboard_ways.copy(request.text, request.what)

    def _show_text(self, what: str, text: str, why: str) -> None:
        from claw_tui.shell.shown_text import ShownText

        self.push_screen(ShownText(what, text, why))

    @on(Notify)
    def _replace_same_toast(self, event: Notify) -> None:
        """A toast takes the place of one that says the same; Textual shows it after this."""
        new = event.notification
        for old in [known for known in self._notifications if (known.title, known.message) == (new.title, new.message)]:
            self._unnotify(old, refresh=False)

    def action_command_palette(self) -> None:
        """Open the palette without an id: the last one may still be there with its own while it closes."""
        from claw_tui.shell.palette import Palette

        if not isinstance(self.screen, Palette):
            self.push_screen(Palette())

    def action_help(self) -> None:
        from claw_tui.shell.help_entries import help_entries
        from claw_tui.shell.help_sheet import HelpSheet
        from claw_tui.shell.mode_screen import ModeScreen

        situation = self.screen.situation if isinstance(self.screen, ModeScreen) else self.session.situation()
        keymap, path = self._keymap_of_user, self._settings.path
        self.push_screen(HelpSheet(help_entries(self.current_mode, situation, keymap, self.get_key_display, path)))

    def action_problems(self) -> None:
        from claw_tui.shell.common_sheets import TextSheet
        from claw_tui.text import help as help_text

        found = help_text.problem_sections(self.session.problems.all)
        shown = sections_in_keys(found, self._key_of) if self._host.operator is not None else found
        self.push_screen(TextSheet("Problems", shown, 0))

    def action_settings(self) -> None:
        from claw_tui.shell.common_sheets import TextSheet
        from claw_tui.shell.help_entries import settings_sections

        self.push_screen(TextSheet("Settings", settings_sections(self._settings.path), 0))

    async def action_show_only(self, state: str) -> None:
        """Show the instances in that state; where only these are shown already, all again."""
        from claw_tui.instances.screen import InstancesScreen

        is_here = self.current_mode == INSTANCES.name
        await self.switch_mode(INSTANCES.name)
        if isinstance(self.screen, InstancesScreen):
            self.screen.show_only_state(state, again_all=is_here)

    async def action_next_problem(self) -> None:
        from claw_tui.instances.next_problem import TITLE, NextProblem

        for old in [known for known in self._notifications if known.title == TITLE]:
            self._unnotify(old)  # before another screen begins to show it
        if self._next_problem is None:
            self._next_problem = NextProblem(self, self.session.snapshot, self.session.audit, self.session.problems)
        await self._next_problem.go_on()

    def action_unlisted(self) -> None:
        from claw_tui.shell.common_sheets import TextSheet
        from claw_tui.text.unlisted import unlisted_sections

        snapshot = self.session.snapshot.value
        if snapshot is not None:
            self.push_screen(TextSheet("Not in the list", unlisted_sections(snapshot), 0))

    def action_operations(self) -> None:
        from claw_tui.operations.history_sheet import OperationsSheet

        self.push_screen(OperationsSheet(self.session.operations))

    def action_away(self) -> None:
        self.session.away.open()

    def action_refresh(self) -> None:
        self.session.look_again()
        self.notify("Looking at everything again.", timeout=2)

    def action_switch_theme(self) -> None:
        other = self._last_light if self.current_theme.dark else self._last_dark
        self._put_on(other)

    def action_choose_theme(self) -> None:
        from claw_tui.shell.theme_sheet import ThemeSheet

        before = self.theme

        def put_on(chosen: str | None) -> None:
            if chosen is None:
                self.theme = before
            else:
                self._put_on(chosen)

        self.push_screen(ThemeSheet(themes.names()), put_on)

    def _put_on(self, theme: str) -> None:
        """Show that theme from now on, and keep it."""
        self.theme = theme
        self._remember_theme()
        self._theme_keeper.keep(theme)

    def _remember_theme(self) -> None:
        if self.current_theme.dark:
            self._last_dark = self.theme
        else:
            self._last_light = self.theme

    def action_demo(self) -> None:
        self.exit("demo")

    async def action_quit(self) -> None:
        """End; while operations run or a gateway is made, ask first, but not twice."""
        from claw_tui.onboarding.run_screens import ProgressScreen
        from claw_tui.shell.confirm_sheet import LeaveSheet

        running = self.session.operations.log.value.open
        if isinstance(self.screen, ProgressScreen) and self.screen.is_at_work:
            self.screen.action_leave()
        elif not running or isinstance(self.screen, LeaveSheet):
            await self._leave(True)
        else:
            from claw_tui.operations.confirmation_text import before_leaving

            self.push_screen(LeaveSheet(before_leaving(running)), self._leave)

    async def action_copy_or_quit(self) -> None:
        """Copy the text that the mouse has selected, once; without any, end."""
        selected = self.screen.get_selected_text()
        if selected:
            self.screen.clear_selection()
            self.copy_to_clipboard(selected)
        else:
            await self.action_quit()

    async def _leave(self, agreed: bool | None) -> None:
        """Say that gateways do not end with claw-tui, and what nobody has seen the end of."""
        if agreed:
            left = ", ".join(map(clean, await self.session.operations.abandon_all()))
            unseen = f" Not waited for: {left}; see claw-tui ls." if left else ""
            self.exit("quit", message=self._host.exit_message + unseen)


def _has_gone_from(screen: Screen[object], event: MouseEvent) -> bool:
    """Whether what the mouse points at was removed and is only still to be seen: Textual would look for its parent."""
    try:
        return not screen.get_widget_at(event.x, event.y)[0].is_attached
    except NoWidget:
        return False


def _load_first_screen() -> None:
    import claw_tui.instances.screen  # noqa: F401  and the core with it
