"""Writes down what the dashboard sees and does, for its mode of events and for later runs."""

from __future__ import annotations

from asyncio import to_thread
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from claw_tui.events.unread import unread
from claw_tui.shell.background import Background
from claw_tui.shell.dashboard_app import DashboardApp, Observed
from claw_tui.shell.problems import Problems
from claw_tui.text.unread import Unread

if TYPE_CHECKING:
    from datetime import datetime

    from claw_tui.hosts.gateway_host import GatewayHost
    from gateway_core.events.detector import EventDetector
    from gateway_core.events.incidents import Incident
    from gateway_core.events.model import Event
    from gateway_core.events.recorder import EventRecorder
    from gateway_core.onboarding.plan import OnboardingResult
    from gateway_core.onboarding.undo import UndoResult
    from gateway_core.operations import Operation, Progress, Step
    from gateway_core.snapshot import Snapshot

_SHOWN = 500  # how many of the newest events the dashboard shows; `claw-tui events` has all
_EVENTS = "events"
_LOOKED_AT = "events-looked-at"


class EventsController:
    """Compares each snapshot with the one before. Nothing waits for the database, and nothing fails with it."""

    def __init__(
        self, app: DashboardApp, host: GatewayHost, problems: Problems, background: Background, *, bell: bool
    ) -> None:
        """`bell`: ring for what nobody here has asked for."""
        self._app = app
        self._host = host
        self._problems = problems
        self._background = background
        self._bell = bell
        self._detector: EventDetector | None = None
        self._recorder: EventRecorder | None = None
        self.newest: Observed[tuple[Event, ...]] = Observed(app, _EVENTS, ())
        """Oldest first; those of earlier runs and of other claw-tuis too."""
        self.incidents: Observed[tuple[Incident, ...]] = Observed(app, "incidents", ())
        """What the newest events tell, oldest first."""
        self.unread: Observed[Unread] = Observed(app, "unread", Unread())
        """What of it the mode of events has not shown yet."""
        self.looked_at: datetime | None = None
        """Until when the user has seen what happened; `None` before it is known."""

    @property
    def kept(self) -> bool:
        """Whether there is a database of events."""
        return self._host.open_events is not None

    def see(self, snapshot: Snapshot) -> tuple[Event, ...]:
        """Write down what has happened since the snapshot before this one, and return it."""
        if self._detector is None:
            from gateway_core.events.detector import EventDetector

            self._detector = EventDetector(self._host.exit_reasons())
            self._open_recorder()
        found = self._detector.detect(snapshot)
        self.record(found)
        return found

    def record(self, events: Sequence[Event]) -> None:
        """Write events to the database, and ring for alarming ones if the user wants that."""
        if self._recorder is not None:
            self._recorder.record(events)
        if self._bell and events:
            from claw_tui.events.text import is_alarming

            if any(map(is_alarming, events)):
                self._app.bell()

    def read(self) -> None:
        self._background.run(self._read, _EVENTS)

    def look(self) -> None:
        """Take it that the user sees all that is known by now: none of it is unread any more."""
        seen = max((incident.seen for incident in self._of_this_clock()), default=None)
        if self.looked_at is not None and seen is not None and seen > self.looked_at:
            self._look_until(seen)

    async def close(self) -> None:
        if self._detector is not None:
            self._detector.close()
        recorder, self._recorder = self._recorder, None
        if recorder is not None:
            await recorder.close()

    def operation_progressed(self, event: Progress) -> None:
        """Note an operation as the cause of what is seen while it runs, and as an event when it is over."""
        from gateway_core.events.operation_events import from_operation
        from gateway_core.operations import OperationEnded

        if self._detector is None:
            return
        if isinstance(event, OperationEnded):
            self._detector.ends(event.result.instance, self._host.now())
            self.record([from_operation(event.result, self._host.now())])
        else:
            self._detector.begins(event.instance, event.operation)

    def operation_abandoned(
        self, instance: str, operation: Operation, steps: Sequence[Step], asked_to_stop: int | None
    ) -> None:
        """Note an abandoned operation as an event; it is the cause of nothing that is seen from now on."""
        from gateway_core.events.operation_events import from_abandoned

        if self._detector is not None:
            self._detector.ends(instance, self._host.now())
            self.record([from_abandoned(instance, operation, steps, self._host.now(), asked_to_stop)])

    def onboarding_ended(self, result: OnboardingResult) -> None:
        from gateway_core.events.operation_events import from_onboarding

        self.record([from_onboarding(result, self._host.now())])

    def onboarding_stopped(self, instance: str, steps: Sequence[Step]) -> None:
        from gateway_core.events.operation_events import from_abandoned
        from gateway_core.operations import Operation

        self.record([from_abandoned(instance, Operation.NEW, steps, self._host.now())])

    def undo_ended(self, result: UndoResult) -> None:
        from gateway_core.events.operation_events import from_undo

        self.record([from_undo(result, self._host.now())])

    async def _read(self) -> None:
        from gateway_core.events.incidents import incidents

        if self._recorder is None:
            return
        newest = await self._recorder.newest(_SHOWN)
        found = await to_thread(incidents, newest)
        looked_at = await self._recorder.looked_at(self._host.now()) or self.looked_at
        self.newest.set(newest)
        if looked_at is None:
            self._look_until(self._host.now())  # nothing that happened before the first look ever is unread
        else:
            self.looked_at = max(looked_at, self.looked_at or looked_at)
        self.incidents.set(found)
        self._count_unread()

    def _look_until(self, at: datetime) -> None:
        self.looked_at = at
        self._count_unread()
        if self._recorder is not None:
            self._background.run(partial(self._recorder.look, at, self._host.now()), _LOOKED_AT)

    def _count_unread(self) -> None:
        self.unread.set(unread(self._of_this_clock(), self.looked_at))

    def _of_this_clock(self) -> list[Incident]:
        """The incidents but those that a clock has dated which was put back since: they would be unread for ever."""
        from gateway_core.events.looked_at import is_ahead

        found = self.incidents.value
        now = self._host.now() if found else None  # no wait for the host where there is nothing to date
        return [incident for incident in found if now is not None and not is_ahead(incident.seen, now)]

    def _open_recorder(self) -> None:
        if self._host.open_events is None:
            return
        from gateway_core.events.recorder import EventRecorder

        self._recorder = EventRecorder(self._host.open_events, partial(self._problems.report, _EVENTS), self._show_news)
        self._recorder.open()
        self.read()

    def _show_news(self) -> None:
        if self._app.is_running:
            self.read()
