"""The header and the footer of every screen, as widgets whose pieces can be clicked."""

from collections.abc import Sequence

from textual import events
from textual.content import Content
from textual.reactive import reactive
from textual.screen import Screen
from textual.widget import Widget

from claw_tui.actions.model import EVENTS, MODES, Mode
from claw_tui.actions.registry import ACTIONS
from claw_tui.shell.painting import CALL, paint_line
from claw_tui.text.header_footer import Key, Tab, Tally, footer, header
from claw_tui.text.unread import Unread


class ClickableLine(Widget):
    """Runs the action that the clicked piece of text names."""

    async def on_click(self, event: events.Click) -> None:
        call = event.style.meta.get(CALL)
        if call:
            event.stop()
            await self.run_action(call)


class ActionBar(ClickableLine):
    """The actions that have a place in the footer; what cannot be done now is faint. Each can be clicked."""

    def on_mount(self) -> None:
        self.screen.bindings_updated_signal.subscribe(self, self._redraw)

    def _redraw(self, _: Screen[object]) -> None:
        self.refresh()

    def render(self) -> Content:
        return paint_line(footer(self.size.width, self._keys()))

    def _keys(self) -> list[Key]:
        active = {bound.binding.id: bound for bound in reversed(self.screen.active_bindings.values())}
        shown = (active.get(action.id) for action in ACTIONS if action.short is not None)
        return [
            Key(
                self.app.get_key_display(bound.binding),
                bound.binding.description,
                bound.enabled,
                f"{'app' if bound.node is self.app else 'screen'}.{bound.binding.action}",
            )
            for bound in shown
            if bound is not None
        ]


class HostBar(ClickableLine):
    """The modes, the host and its tallies; modes, problems and gateways elsewhere can be clicked."""

    host: reactive[str] = reactive("")
    tallies: reactive[Sequence[Tally]] = reactive(())
    badges: reactive[Sequence[str]] = reactive(())

    unread: reactive[Unread] = reactive(Unread())

    def render(self) -> Content:
        return paint_line(header(self.size.width, list(map(self._tab, MODES)), self.host, self.badges, self.tallies))

    def _tab(self, mode: Mode) -> Tab:
        unread = self.unread if mode is EVENTS else Unread()
        call = f"app.switch_mode('{mode.name}')"
        return Tab(mode.key, mode.title, mode.name == self.app.current_mode, call, unread.text, unread.alarming)
