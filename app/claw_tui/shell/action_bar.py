"""The last line: what can be done now, and with which key."""

from textual.content import Content
from textual.screen import Screen

from claw_tui.actions.registry import ACTIONS
from claw_tui.shell.clickable_line import ClickableLine
from claw_tui.shell.painting import paint_line
from claw_tui.text.bars import Key, footer


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
