"""The way from one thing that needs a person to the next, over all modes."""

from __future__ import annotations

from claw_tui.actions.model import INSTANCES, PORTS
from claw_tui.audit.controller import AuditController
from claw_tui.instances.attention import AttentionItem, Place, attention_items, following
from claw_tui.instances.screen import InstancesScreen
from claw_tui.ports.screen import PortsScreen
from claw_tui.shell.dashboard_app import DashboardApp, Observed
from claw_tui.shell.mode_screen import show_instance
from claw_tui.shell.problems import Problems
from gateway_core.snapshot import Snapshot

TITLE = "Next problem"
_TOLD_S = 6


class NextProblem:
    """Remembers what was looked at last, and leads to what comes after it."""

    def __init__(
        self, app: DashboardApp, snapshot: Observed[Snapshot | None], audits: AuditController, problems: Problems
    ) -> None:
        self._app = app
        self._snapshot = snapshot
        self._audits = audits
        self._problems = problems
        self._last: tuple[Place, str] | None = None
        self._position = 0  # of the last one, or of the worst before the first

    async def go_on(self) -> None:
        """Lead to the next one and say what it is, or say that there is none."""
        snapshot = self._snapshot.value
        if snapshot is None:
            return
        found = attention_items(snapshot, self._audits.newest.value, self._problems.all)
        if not found:
            self._last, self._position = None, 0
            audited = "" if self._audits.newest.value else " The audit is not made yet."
            self._say(f"There is none: no state, no conflict, nothing unseen.{audited}")
            return
        position = following(found, self._last, self._position)
        item = found[position]
        self._last, self._position = item.key, position
        await self._show(item)
        self._say(f"{position + 1} of {len(found)}: {item.text}")

    def _say(self, text: str) -> None:
        self._app.notify(text, title=TITLE, timeout=_TOLD_S, markup=False)

    async def _show(self, item: AttentionItem) -> None:
        match item.place:
            case Place.STATE | Place.AUDIT:
                await show_instance(self._app, INSTANCES, item.subject)
                if isinstance(self._app.screen, InstancesScreen):
                    self._app.screen.action_show_tab("AUDIT" if item.place is Place.AUDIT else "OVERVIEW")
            case Place.CONFLICT:
                await self._app.switch_mode(PORTS.name)
                if isinstance(self._app.screen, PortsScreen):
                    await self._app.screen.point_at_conflict(item.subject)
            case Place.PROBLEMS:
                await self._app.run_action("app.problems")
