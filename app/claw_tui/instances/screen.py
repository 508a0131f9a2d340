"""Mode 1: the table of instances, and everything known of the one under the cursor."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container, Vertical
from textual.events import Event
from textual.timer import Timer

from claw_tui.actions.model import EVENTS, INSTANCES, LOGS, PORTS, Situation
from claw_tui.actions.registry import bindings
from claw_tui.audit import text as audit
from claw_tui.audit.controller import AuditController
from claw_tui.instances import welcome
from claw_tui.instances.controller import InstancesController
from claw_tui.instances.detail_tabs import DetailTab, DetailTabs
from claw_tui.instances.facet_caption import FacetCaption
from claw_tui.instances.facets import EVERYTHING, Facets
from claw_tui.instances.table import InstanceTable
from claw_tui.instances.view import Sorting
from claw_tui.logs.controller import TailController
from claw_tui.onboarding.controller import OnboardingController
from claw_tui.operations.controller import OperationsController
from claw_tui.operations.prompts import OperationPrompts
from claw_tui.shell.detail_pane import DetailPane
from claw_tui.shell.filtered_screen import FilteredScreen
from claw_tui.shell.mode_screen import ModeContext, show_instance
from claw_tui.shell.section_text import SectionText
from claw_tui.text.sections import Section
from claw_tui.text.values import clean, count
from gateway_core.operations import Operation
from gateway_core.snapshot import Instance, State

_AGEING_S = 2.5
"""A snapshot of a host on which anything runs comes every two seconds, and makes the times grow by itself."""


class InstancesScreen(FilteredScreen):
    """The table of instances, and the details of the one under the cursor or not."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(INSTANCES.name)]
    CSS_PATH = "screen.tcss"
    AUTO_FOCUS = "#instances"

    def __init__(
        self,
        context: ModeContext,
        instances: InstancesController,
        operations: OperationsController,
        onboarding: OnboardingController,
        audits: AuditController,
        tail: TailController,
    ) -> None:
        super().__init__(context)
        self._instances = instances
        self._operations = operations
        self._onboarding = onboarding
        self._audits = audits
        self._tail = tail
        self._prompts = OperationPrompts(self, self.host, operations)
        self._ageing: Timer | None = None

    @property
    def chosen(self) -> Instance | None:
        return self._instances.instance(self.query_one(InstanceTable).chosen)

    def holds_back(self, event: Event) -> bool:  # noqa: ARG002  `HoldsInput`'s
        return self._onboarding.is_about_to_ask

    @property
    def filter_text(self) -> str:
        return self._instances.view.filter.text

    @property
    def filtered(self) -> bool:
        return super().filtered or bool(self._instances.view.facets)

    @property
    def shown_states(self) -> Collection[State]:
        return self._instances.view.facets.states

    @property
    def targets(self) -> tuple[Instance, ...]:
        return self._instances.targets(self.chosen)

    @property
    def situation(self) -> Situation:
        return replace(
            super().situation,
            targets=self.targets,
            selected=bool(self._instances.selected),
            killable=bool(self._instances.killable(self.chosen)),
            unfinished=bool(self._instances.unfinished(self.chosen)),
        )

    def compose_mode(self) -> ComposeResult:
        yield SectionText(id="welcome")
        with Container(id="body"):
            with Vertical(id="list"):
                yield InstanceTable(id="instances")
            yield DetailTabs(self._tail, id="details")
        yield FacetCaption(id="only")

    def on_mount(self) -> None:
        self._ageing = self.set_interval(_AGEING_S, self.tick)
        self._audits.newest.follow(self, self._show_list, at_once=False)
        self._operations.log.follow(self, self.follow, at_once=False)
        self._onboarding.unfinished.follow(self, self.follow, at_once=False)
        self._onboarding.installed.follow(self, self.show_snapshot, at_once=False)

    def on_screen_resume(self) -> None:
        self.show_details()

    def on_screen_suspend(self) -> None:
        self._tail.look_away()

    def show_snapshot(self) -> None:
        empty = self.situation.empty
        self.set_class(empty, "-empty")
        if empty:
            self.query_one("#welcome", SectionText).show(self._welcome())
        self._show_list()

    async def action_conflicts(self) -> None:
        if self.chosen:
            await show_instance(self.app, PORTS, self.chosen.id)

    async def point_at(self, instance_id: str) -> None:
        """Move the cursor to that instance, also if a filter hides it."""
        table = self.query_one(InstanceTable)
        self._show_list()  # it may be in a snapshot that has only just come
        if instance_id not in table.keys:
            self._show_only(EVERYTHING)
            await self.action_clear_filter()
        table.choose(instance_id)

    def action_copy(self) -> None:
        from claw_tui.audit import text as audit
        from claw_tui.instances.details import copyables
        from claw_tui.shell.common_sheets import CopySheet

        if self.chosen:
            remedies = audit.copyables(self._audits.newest.value, self.chosen.id)
            things = (*copyables(self.chosen), *remedies)
            self.app.push_screen(CopySheet(f"Copy from {clean(self.chosen.id)}", things))

    async def action_logs(self) -> None:
        if self.chosen:
            await show_instance(self.app, LOGS, self.chosen.id)

    async def action_events(self) -> None:
        if self.chosen:
            await show_instance(self.app, EVENTS, self.chosen.id)

    def action_open_ui(self) -> None:
        if self.chosen and self.chosen.control_url:
            self._instances.open_in_browser(self.chosen.control_url)

    def action_new(self) -> None:
        self._onboarding.open_wizard()

    def action_resume(self) -> None:
        self._instances.resume(self.chosen)

    def action_undo(self) -> None:
        self._instances.undo(self.chosen)

    def action_start(self) -> None:
        self._prompts.start(self.targets)

    def action_start_otherwise(self) -> None:
        if self.chosen is not None:
            self._prompts.start_otherwise(self.chosen)

    def action_stop(self) -> None:
        self._prompts.end(Operation.STOP, self.targets)

    def action_restart(self) -> None:
        self._prompts.end(Operation.RESTART, self.targets)

    def action_kill(self) -> None:
        self._prompts.end(Operation.KILL, self._instances.killable(self.chosen))

    def action_sort_next(self) -> None:
        shown = [placed.column for placed in self.query_one(InstanceTable).columns]
        self._sort(self._instances.view.sorting.next([column.key for column in shown if column.sorts is None]))

    def action_sort_reverse(self) -> None:
        self._sort(self._instances.view.sorting.reversed())

    def action_select(self) -> None:
        key = self.query_one(InstanceTable).chosen
        if key is not None:
            self._instances.select(key)
            self._show_selection()

    def action_select_all(self) -> None:
        self._instances.select_all()
        self._show_selection()

    async def action_clear(self) -> None:
        """Select none; with none selected, give up the typed filter; then show all rows again."""
        if self._instances.selected:
            self._instances.select_none()
            self._show_selection()
        elif self.filter_text:
            await self.action_clear_filter()
        else:
            self._show_only(EVERYTHING)

    def action_choose_only(self) -> None:
        from claw_tui.instances.facet_sheet import FacetSheet

        sheet = FacetSheet(self._instances.choices(), self._instances.view.facets)
        self.app.push_screen(sheet, lambda facets: None if facets is None else self._show_only(facets))

    def show_only_state(self, state: str, *, again_all: bool) -> None:
        """Show what is in that state; if only that is shown already and `again_all`, everything."""
        facets = Facets(states=frozenset((State(state),)))
        self._show_only(EVERYTHING if again_all and facets == self._instances.view.facets else facets)

    def _show_only(self, facets: Facets) -> None:
        self._instances.show_only(facets)
        self._show_selection()
        self._update_host_bar()

    @on(InstanceTable.Chosen)
    def _choose(self) -> None:
        self.show_details()
        self.query_one(DetailPane).scroll_home(animate=False)
        self.refresh_bindings()

    @on(InstanceTable.SortRequested)
    def _sort_by(self, event: InstanceTable.SortRequested) -> None:
        self._sort(self._instances.view.sorting.by(event.column))

    def _sort(self, sorting: Sorting) -> None:
        self._instances.sort(sorting)
        self._show_list()

    def filter_by(self, text: str) -> None:
        self._instances.filter_by(text)
        self._show_selection()

    def _show_selection(self) -> None:
        """Show the list, and which actions are possible with what is selected or in sight now."""
        self._show_list()
        self.refresh_bindings()

    def _show_list(self) -> None:
        rows = self._instances.update_rows()
        if self._ageing is not None:
            self._ageing.reset()
        self.query_one(InstanceTable).show(rows, self._instances.view.sorting)
        self.show_details()
        self._answer_filter(len(rows))

    def _answer_filter(self, shown: int) -> None:
        total = len(self.snapshot.instances) if self.snapshot else 0
        self.query_one(FacetCaption).show(self._instances.view.facets, shown, total, self.key_of("show-only"))
        self.answer_filter(f"{shown} of {count(total, 'instance')}, esc clears", self._instances.view.filter.error)

    def action_toggle_details(self) -> None:
        self.toggle_class("-no-details")
        self.show_details()

    def action_turn_tab(self, step: int) -> None:
        self.action_show_tab(self._tabs.active.turned(step).name)

    def action_show_tab(self, name: str) -> None:
        self.remove_class("-no-details")
        self._tabs.turn_to(DetailTab[name])
        self.show_details()

    def show_details(self) -> None:
        """Show the tab that is turned to, and read logs or not; without an instance there is but the overview."""
        tabs, instance = self._tabs, self.chosen
        shown = tabs.active if instance else DetailTab.OVERVIEW
        tabs.display = not self.has_class("-no-details")
        if tabs.display:
            mark = audit.tab_mark(self._audits.newest.value, instance.id) if instance else None
            graphs = self._instances.graphs(instance)
            tabs.show(shown, self._sections(shown), {DetailTab.AUDIT: mark} if mark else {}, graphs)
        if instance and shown is DetailTab.LOGS and tabs.display and self.is_active:
            self._tail.look_at(instance)
        else:
            self._tail.look_away()

    @property
    def _tabs(self) -> DetailTabs:
        return self.query_one(DetailTabs)

    def _sections(self, tab: DetailTab) -> Sequence[Section]:
        if tab in (DetailTab.LOGS, DetailTab.GRAPHS):
            return ()
        if tab is DetailTab.AUDIT and self.chosen is not None:
            found: Sequence[Section] = audit.tab_sections(self._audits.newest.value, self.chosen.id)
        else:
            found = self._instances.overview(self.chosen, self.key_of)
        return self.with_keys(found)

    def _welcome(self) -> Sequence[Section]:
        ways = welcome.WaysToBegin(
            demo=f"press {self.key_of('demo')}" if self.host.gives_way_to_demo else "claw-tui demo",
            new=f"press {self.key_of('new')}" if self._onboarding.can_onboard else "",
            installed=self._onboarding.installed.value,
        )
        return welcome.sections(self.host.distributions(), self.snapshot, ways)

    def tick(self) -> None:
        """Let the times of what runs grow; nothing has been shown for a while."""
        snapshot = self.snapshot
        if self.is_current and snapshot and any(instance.signals.process for instance in snapshot.instances):
            self._show_list()
