"""A mode that shows the instance under the cursor in detail: an overview, its audit, its newest log lines."""

from __future__ import annotations

from collections.abc import Sequence

from claw_tui.audit import text as audit
from claw_tui.instances.detail_tabs import DetailTab, DetailTabs
from claw_tui.operations.mode import OperatingMode
from claw_tui.text.sections import Section


class InspectingMode(OperatingMode):
    """Keeps which tab is shown, and that logs are read only while they are seen."""

    def on_screen_resume(self) -> None:
        """Read logs again, if they are shown."""
        self.show_details()

    def on_screen_suspend(self) -> None:
        """Read no logs that nobody sees."""
        self._tabs.tail.look_away()

    def action_toggle_details(self) -> None:
        """Show or hide the details."""
        self.toggle_class("-no-details")
        self.show_details()

    def action_turn_tab(self, step: int) -> None:
        """Show the next tab of the details, and the details, if they are hidden."""
        self.action_show_tab(self._tabs.active.turned(step).name)

    def action_show_tab(self, name: str) -> None:
        """Show that tab."""
        self.remove_class("-no-details")
        self._tabs.turn_to(DetailTab[name])
        self.show_details()

    def overview(self) -> Sequence[Section]:
        """What the first tab says."""
        raise NotImplementedError

    def show_details(self) -> None:
        """Show the tab that is turned to, and read logs or not; without an instance there is but the overview."""
        tabs, instance = self._tabs, self.chosen
        shown = tabs.active if instance else DetailTab.OVERVIEW
        tabs.display = not self.has_class("-no-details")
        if tabs.display:
            mark = audit.tab_mark(self.dashboard.audited, instance.id) if instance else None
            tabs.show(shown, self._sections(shown), {DetailTab.AUDIT: mark} if mark else {})
        if instance and shown is DetailTab.LOGS and tabs.display and self.is_active and self.dashboard.snapshot:
            tabs.tail.look_at(self.dashboard.services.open_logs, self.dashboard.snapshot, instance)
        else:
            tabs.tail.look_away()

    @property
    def _tabs(self) -> DetailTabs:
        return self.query_one(DetailTabs)

    def _sections(self, tab: DetailTab) -> Sequence[Section]:
        if tab is DetailTab.LOGS:
            return ()
        if tab is DetailTab.AUDIT and self.chosen is not None:
            return audit.tab_sections(self.dashboard.audited, self.chosen.id)
        return self.overview()
