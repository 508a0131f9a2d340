"""Mode 2: the port map, the conflicts, and who has a port."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.widgets import Static

from claw_tui.actions.model import INSTANCES, PORTS, Situation
from claw_tui.actions.registry import bindings
from claw_tui.ports import conflicts, overview
from claw_tui.ports.conflicts import ConflictView, conflict_lines
from claw_tui.ports.map_lanes import parties_of
from claw_tui.ports.map_view import PortMapView
from claw_tui.ports.who_has import involved, who_has
from claw_tui.shell.detail_pane import DetailPane
from claw_tui.shell.filtered_screen import FilteredScreen
from claw_tui.shell.item_list import ItemList
from claw_tui.shell.mode_screen import ModeContext, show_instance
from claw_tui.shell.move_keys import without_first
from claw_tui.shell.painting import paint
from claw_tui.text.sections import Line, Section
from claw_tui.text.values import count
from gateway_core.ports.claimants import known_claims
from gateway_core.snapshot import Conflict, Snapshot

_SMALL = 100
_WIDE = 140
_HIGH = 40  # rows from which on a wide screen has room for the ports of everybody below the list
_DETAILS_LABEL_WIDTH = 18


class ConflictList(ItemList[Conflict], inherit_bindings=False):
    """A few lines per conflict. `g` chooses a grade in this mode."""

    BINDINGS: ClassVar[list[BindingType]] = without_first(ItemList.BINDINGS)

    def lines(self, item: Conflict, columns: int) -> Iterable[Line]:
        return conflict_lines(item, columns)

    def key(self, item: Conflict) -> object:
        return item.id


class ConflictDetails(DetailPane, inherit_bindings=False):
    """What is known of a conflict, or who has a port."""

    BINDINGS: ClassVar[list[BindingType]] = [*VerticalScroll.BINDINGS, *without_first(DetailPane.BINDINGS)]


class PortsScreen(FilteredScreen):
    """The port map and the conflicts, as far as the user wants to see them."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(PORTS.name)]
    CSS_PATH = "screen.tcss"
    AUTO_FOCUS = "#conflicts"
    FILTER_HINT = "a port, an instance, a grade, or any text"

    def __init__(self, context: ModeContext) -> None:
        super().__init__(context)
        self.HORIZONTAL_BREAKPOINTS = [(0, "-small"), (_SMALL, "-medium"), (_WIDE, "-wide")]
        self.VERTICAL_BREAKPOINTS = [(0, "-low"), (_HIGH, "-high")]
        self._view = ConflictView()
        self._map_wanted: bool | None = None
        """The user's wish to see the map or not; `None`: it is shown where there is room."""

    @property
    def chosen_conflict(self) -> Conflict | None:
        return self.query_one(ConflictList).chosen

    @property
    def situation(self) -> Situation:
        snapshot = self.snapshot
        return replace(
            super().situation,
            conflict=self.chosen_conflict,
            conflicts=bool(snapshot and snapshot.conflicts),
        )

    @property
    def filtered(self) -> bool:
        return self._view.narrowed

    @property
    def filter_text(self) -> str:
        return self._view.filter.text

    def filter_by(self, text: str) -> None:
        self._see(self._view.typed(text))

    def show_all(self) -> None:
        self._see(ConflictView())

    def compose_mode(self) -> ComposeResult:
        with Vertical(id="ports"):
            yield PortMapView(id="map")
            yield Static(id="caption")
            with Horizontal(id="trouble"):
                yield ConflictList(id="conflicts")
                yield ConflictDetails(id="facts")
                yield DetailPane("everybody", _DETAILS_LABEL_WIDTH)

    def on_resize(self) -> None:
        self.show_snapshot()

    def on_screen_resume(self) -> None:
        self.show_snapshot()

    def show_snapshot(self) -> None:
        """Draw everything, unless another mode is seen."""
        snapshot = self.snapshot
        if snapshot is not None and self.app.current_mode == PORTS.name:
            self._show(snapshot)

    def action_details(self) -> None:
        from claw_tui.shell.common_sheets import TextSheet

        snapshot, chosen = self.snapshot, self.chosen_conflict
        if snapshot and chosen:
            found = self.with_keys(conflicts.sections(snapshot, chosen))
            self.app.push_screen(TextSheet("Conflict", found, _DETAILS_LABEL_WIDTH))

    def action_copy(self) -> None:
        from claw_tui.shell.common_sheets import CopySheet

        if self.chosen_conflict:
            self.app.push_screen(CopySheet("Copy from this conflict", conflicts.copyables(self.chosen_conflict)))

    async def action_instance(self) -> None:
        """Go to the instance of the conflict under the cursor, or offer the choice."""
        from claw_tui.shell.common_sheets import InstanceSheet

        found = conflicts.instances_of(self.chosen_conflict) if self.chosen_conflict else []
        if len(found) > 1:
            self.app.push_screen(InstanceSheet(found), self._go_to)
        else:
            await self._go_to(next(iter(found), None))

    async def _go_to(self, instance_id: str | None) -> None:
        if instance_id is not None:
            await show_instance(self.app, INSTANCES, instance_id)

    async def point_at(self, instance_id: str) -> None:
        await self.remove_filter_bar()
        self._see(ConflictView().typed(instance_id))

    async def point_at_conflict(self, conflict_id: str) -> None:
        """Move the cursor to that conflict, also if a filter hides it."""
        if self.snapshot and conflict_id not in [one.id for one in self._view.conflicts(self.snapshot)]:
            await self.action_clear_filter()
        self.show_snapshot()
        self.query_one(ConflictList).choose(conflict_id)

    def action_next_grade(self) -> None:
        if self.snapshot:
            self._see(self._view.next_grade(self.snapshot.conflicts))

    def action_toggle_map(self) -> None:
        self._map_wanted = not self.query_one("#map").display
        self.show_snapshot()

    @on(ConflictList.Chosen)
    def _choose(self) -> None:
        self.show_snapshot()
        self.query_one(ConflictDetails).scroll_home(animate=False)
        self.refresh_bindings()

    def _see(self, view: ConflictView) -> None:
        self._view = view
        self.show_snapshot()
        self.refresh_bindings()

    def _show(self, snapshot: Snapshot) -> None:
        shown = self._view.conflicts(snapshot)
        self.query_one(ConflictList).show(shown)
        self.query_one("#caption", Static).update(paint([overview.caption(snapshot, self._view, shown)]))
        self.query_one(ConflictDetails).show(self._facts(snapshot))
        self._show_everybody(snapshot)
        self.answer_filter(f"{count(len(shown), 'conflict')}, esc clears", self._view.filter.error)
        self.set_class(not shown, "-nothing-listed")
        self.set_class(self._view.port is not None, "-asked")
        self.set_class(not any(map(known_claims, snapshot.instances)), "-nobody")
        self._show_map(snapshot)

    def _facts(self, snapshot: Snapshot) -> Sequence[Section]:
        if self._view.port is not None:
            return (who_has(snapshot, self._view.port),)
        chosen = self.chosen_conflict
        if chosen is not None:
            return conflicts.sections(snapshot, chosen)
        return (overview.instead_of_list(snapshot), *(() if self._is_large else overview.everybody(snapshot)))

    @property
    def _is_large(self) -> bool:
        return self.size.width >= _WIDE and self.size.height >= _HIGH

    def _show_everybody(self, snapshot: Snapshot) -> None:
        if self._is_large:
            self.query_one("#everybody", DetailPane).show(overview.everybody(snapshot))

    def _show_map(self, snapshot: Snapshot) -> None:
        """Show the map on demand on a small screen, where conflicts come first."""
        room = self.size.width >= _SMALL or not snapshot.conflicts
        view, port = self.query_one(PortMapView), self._view.port
        wanted = room if self._map_wanted is None else self._map_wanted
        view.display = wanted and not self.has_class("-nobody")
        if view.display:
            view.show(snapshot, self._parties() if port is None else involved(snapshot, port), port)

    def _parties(self) -> frozenset[str]:
        chosen = self.chosen_conflict
        return parties_of(chosen) if chosen else frozenset()
