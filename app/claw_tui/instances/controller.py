"""The controller of instances: what the user makes of their table, and what is known of the one under the cursor."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from claw_tui.audit import text as audit
from claw_tui.audit.controller import AuditController
from claw_tui.instances import details
from claw_tui.instances.columns import GRAPH_COLUMNS, GRAPH_SLOTS
from claw_tui.instances.facet_sheet import FacetChoice, choices
from claw_tui.instances.facets import Facets
from claw_tui.instances.graphs import GraphSource, UsageTrend, draw
from claw_tui.instances.rows import InstanceRow, rows_of
from claw_tui.instances.usage_history import UsageHistory
from claw_tui.instances.view import Sorting, TableView
from claw_tui.onboarding.controller import OnboardingController
from claw_tui.onboarding.text import runs_meant, unfinished_note, unfinished_run, unfinished_section
from claw_tui.operations.controller import OperationsController
from claw_tui.operations.record_text import current_step, last_operation_section
from claw_tui.operations.rules import belongs_to_all, can_be_killed
from claw_tui.shell.background import Background
from claw_tui.shell.browser import open_in_browser
from claw_tui.shell.dashboard_app import DashboardApp, Observed
from claw_tui.text.filtering import parse_filter
from claw_tui.text.groups import InstanceGroup
from claw_tui.text.sections import Line, Section
from claw_tui.text.values import count
from gateway_core.snapshot import Instance, Snapshot

if TYPE_CHECKING:
    from gateway_core.onboarding.journal import UnfinishedRun


class InstancesController:
    """Owns order, filter and selection of the table. The table owns the cursor, and hands in what it is on.

    Nothing here is `Observed`: the screen shows a change before the next key, which may be about it.
    """

    def __init__(
        self,
        app: DashboardApp,
        now: Callable[[], datetime],
        snapshot: Observed[Snapshot | None],
        background: Background,
        operations: OperationsController,
        onboarding: OnboardingController,
        audits: AuditController,
        groups: Sequence[InstanceGroup],
        usage: UsageHistory,
        key_of: Callable[[str], str],
    ) -> None:
        """`groups` are those of the user's settings; `key_of` names the key of an action."""
        self._key_of = key_of
        self._app = app
        self._now = now
        self._snapshot = snapshot
        self._background = background
        self._operations = operations
        self._onboarding = onboarding
        self._audits = audits
        self._groups = groups
        self._usage = usage
        self._selection: frozenset[str] = frozenset()  # ids whose rows are hidden or gone stay in it
        self._in_sight: tuple[str, ...] = ()
        self.view = TableView()

    def update_rows(self) -> list[InstanceRow]:
        """Return the rows as they are now, in order, with what other controllers know; only these can be acted on."""
        rows = self.view.pick(self._known_rows())
        self._in_sight = tuple(row.key for row in rows)
        return rows

    def _known_rows(self) -> list[InstanceRow]:
        snapshot, log = self._snapshot.value, self._operations.log.value
        failing = audit.failing(self._audits.newest.value)
        keys = (self._key_of("resume"), self._key_of("undo")) if self._onboarding.can_onboard else None
        window = self._usage.newest(GRAPH_COLUMNS, GRAPH_SLOTS)
        return [
            replace(
                row,
                selected=row.key in self._selection,
                current_step=current_step(log.last_of(row.key)),
                unfinished=unfinished_note(self._onboarding.unfinished.value, row.key, keys),
                fails_audit=row.key in failing,
                usage=UsageTrend(history, window) if (history := self._usage[row.key]) else None,
            )
            for row in (rows_of(snapshot, self._now()) if snapshot else ())
        ]

    def instance(self, instance_id: str | None) -> Instance | None:
        snapshot = self._snapshot.value
        return snapshot.instance(instance_id) if snapshot and instance_id else None

    @property
    def selected(self) -> tuple[str, ...]:
        """The selected ones in sight: no others are acted on."""
        if not self._selection:  # as is usual, and this is asked some fifty times for each key
            return ()
        return tuple(name for name in self._in_sight if name in self._selection)

    def targets(self, chosen: Instance | None) -> tuple[Instance, ...]:
        """Return what an operation would be about: the selected ones in sight, else the one under the cursor."""
        found = tuple(filter(None, map(self.instance, self.selected)))
        return found or ((chosen,) if chosen else ())

    def killable(self, chosen: Instance | None) -> tuple[Instance, ...]:
        """Return the instance under the cursor, if it did not stop within the time that it was granted."""
        log = self._operations.log.value
        if chosen is None or chosen.id in log.busy or not can_be_killed(chosen, log.last_of(chosen.id)):
            return ()
        return (chosen,)

    def select(self, instance_id: str) -> None:
        """Select it, or no longer."""
        self._selection ^= {instance_id}

    def select_all(self) -> None:
        """Select all in sight that “all” means; none, if they are selected already. What is left out is told."""
        meant = [name for name in self._in_sight if (one := self.instance(name)) is not None and belongs_to_all(one)]
        more = self._selection.union(meant)
        self._selection = frozenset() if more == self._selection else more
        others = len(self._in_sight) - len(meant)
        if others and (self._selection or not meant):
            told = f"{count(others, 'gateway')} of other homes, other users or demos: space selects one at a time."
            self._app.notify(told, title="Left out", markup=False)

    def select_none(self) -> None:
        self._selection = frozenset()

    def sort(self, sorting: Sorting) -> None:
        self.view = replace(self.view, sorting=sorting)

    def filter_by(self, text: str) -> None:
        self.view = replace(self.view, filter=parse_filter(text))

    def show_only(self, facets: Facets) -> None:
        self.view = replace(self.view, facets=facets)

    def choices(self) -> tuple[FacetChoice, ...]:
        """Return what could be shown alone, with the number of its instances."""
        return choices(self._known_rows(), self._groups)

    def unfinished(self, chosen: Instance | None) -> Sequence[UnfinishedRun]:
        """Return the onboardings that could be resumed or undone."""
        runs = self._onboarding.unfinished.value
        return runs_meant(runs, chosen.id if chosen else None, self._snapshot.value)

    def resume(self, chosen: Instance | None) -> None:
        """Go on with the onboarding that was not finished; one that is not the cursor's has to be picked."""
        runs = self.unfinished(chosen)
        if any(chosen is not None and run.instance == chosen.id for run in runs):
            self._onboarding.resume(runs[0])
        elif runs:
            self._onboarding.pick("Resume", runs, self._onboarding.resume)

    def undo(self, chosen: Instance | None) -> None:
        """Take the onboarding that was not finished back; it is named and asked about first."""
        runs = self.unfinished(chosen)
        if len(runs) == 1:
            self._onboarding.undo(runs[0])
        elif runs:
            self._onboarding.pick("Undo", runs, self._onboarding.undo)

    def open_in_browser(self, url: str) -> None:
        self._background.run(partial(open_in_browser, self._app, url), "browser", exclusive=False)

    def graphs(self, chosen: Instance | None) -> GraphSource:
        """What draws the graphs of an instance; of none there is nothing to draw."""
        return partial(draw, self._usage, chosen) if chosen is not None else _draw_nothing

    def overview(self, chosen: Instance | None, key_of: Callable[[str], str]) -> Sequence[Section]:
        """Tell everything that is known of an instance; `key_of` names the key of an action."""
        snapshot = self._snapshot.value
        if snapshot is None:
            return ()
        if chosen is None:
            return details.nothing_chosen(self.view.filter.text, self.view.facets.title, len(snapshot.instances))
        run = unfinished_run(self._onboarding.unfinished.value, chosen.id)
        resume, undo = (key_of(action) if self._onboarding.can_onboard else "" for action in ("resume", "undo"))
        first, *others = details.sections(snapshot, chosen, self._now())
        last = last_operation_section(self._operations.log.value.last_of(chosen.id))
        audited = audit.brief_section(self._audits.newest.value, chosen.id, key_of("next-tab"))
        return (first, *unfinished_section(run, resume, undo), *last, *others, *audited)


def _draw_nothing(_columns: int, _rows: int) -> list[Line]:
    return []
