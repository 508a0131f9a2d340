"""What all modes have in common: the lines at the top and the bottom, and the snapshot that they follow."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, cast

from textual.app import ComposeResult
from textual.events import Key
from textual.screen import Screen
from textual.widgets import Input

from claw_tui.actions.model import APP, Situation
from claw_tui.actions.registry import can, possible
from claw_tui.shell.bars import ActionBar, HostBar
from claw_tui.text.bars import host_summary
from gateway_core.snapshot import Instance

if TYPE_CHECKING:
    from claw_tui.app import ClawTui


class ModeScreen(Screen[None]):
    """A mode: subclasses compose what lies between the two lines, and show each snapshot."""

    _bound: frozenset[str] | None = None
    """What was possible when the bindings were last refreshed, which draws the whole footer."""

    @property
    def dashboard(self) -> ClawTui:
        """The app, by its own type."""
        return cast("ClawTui", self.app)

    @property
    def chosen(self) -> Instance | None:
        """The instance that actions are about."""
        return None

    @property
    def filtered(self) -> bool:
        """Whether a filter hides something."""
        return False

    def compose(self) -> ComposeResult:
        """The two lines, and the mode between them."""
        yield HostBar()
        yield from self.compose_mode()
        yield ActionBar()

    def compose_mode(self) -> ComposeResult:
        """What lies between the two lines."""
        raise NotImplementedError

    def on_mount(self) -> None:
        """Follow the snapshots and the problems."""
        self.watch(self.app, "snapshot", self._follow)
        self.watch(self.app, "own_problems", self._follow)
        self.bindings_updated_signal.subscribe(self, self._remember_bindings)

    def _follow(self) -> None:
        self._update_host_bar()
        self.show_snapshot()
        if self._possible_actions() != self._bound:
            self.refresh_bindings()

    def _remember_bindings(self, _: Screen[object]) -> None:
        self._bound = self._possible_actions()

    def _possible_actions(self) -> frozenset[str]:
        return possible(self.dashboard.situation, APP) | possible(self.situation, self.app.current_mode)

    def show_snapshot(self) -> None:
        """Show the app's snapshot, or that there is none yet."""
        raise NotImplementedError

    async def point_at(self, instance_id: str) -> None:
        """Bring that instance into view: another mode refers to it."""
        raise NotImplementedError

    def on_key(self, event: Key) -> None:
        """No key is silent because it cannot do now what it is for."""
        bound = self.active_bindings.get(event.key)
        if self.is_addressed and (bound is None or not bound.enabled):
            self.dashboard.say_why_not(event.key, self.situation)

    @property
    def is_addressed(self) -> bool:
        """Whether a key that has just come was typed for this screen.

        Of keys that come in one burst, the later ones are handled here although the first has opened a sheet or a
        filter, which they were typed for.
        """
        return self.is_active and not isinstance(self.focused, Input)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002  Textual's
        """Ask the registry."""
        return can(action, self.situation, self.app.current_mode)

    @property
    def situation(self) -> Situation:
        """What actions depend on."""
        return replace(self.dashboard.situation, instance=self.chosen, filtered=self.filtered)

    def _update_host_bar(self) -> None:
        bar = self.query_one(HostBar)
        bar.badges = self.dashboard.services.badges
        snapshot = self.dashboard.snapshot
        bar.host = snapshot.host if snapshot else ""
        bar.tallies = host_summary(snapshot, self.dashboard.problems, "app.problems") if snapshot else ()
