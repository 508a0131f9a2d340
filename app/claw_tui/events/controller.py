"""The part of the dashboard that writes down what it sees and does, for its mode of events and for later runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual import on, work
from textual.reactive import var

from claw_tui.audit.controller import AuditingApp
from claw_tui.operations.controller import OperationProgressed, OperationsAbandoned

if TYPE_CHECKING:
    from claw_tui.onboarding.run_screens import RunEnded, RunStopped, UndoEnded
    from gateway_core.events.detector import EventDetector
    from gateway_core.events.model import Event
    from gateway_core.events.recorder import EventRecorder
    from gateway_core.snapshot import Snapshot

SHOWN = 500
"""So many of the newest are looked at in the dashboard; `claw-tui events` has all."""
_WHERE = "events"


class RecordingApp(AuditingApp):
    """Compares each snapshot with the one before. Nothing waits for the database, and nothing fails with it."""

    events: var[tuple[Event, ...]] = var(())
    """The newest, oldest first, those of earlier runs and of other claw-tuis too."""
    rings = False
    """Whether the bell is rung for what nobody here has asked for."""
    _witness: EventDetector | None = None
    _recorder: EventRecorder | None = None

    def witness(self, snapshot: Snapshot) -> None:
        """Write down what has happened since the snapshot before this one."""
        if self._witness is None:
            from gateway_core.events.detector import EventDetector

            self._witness = EventDetector(self.services.exit_reasons())
            self._open_recorder()
        self.write_down(self._witness.detect(snapshot))

    def write_down(self, events: Sequence[Event]) -> None:
        """Keep these, and ring for them if the user wants that."""
        if self._recorder is not None:
            self._recorder.record(events)
        if self.rings and events:
            from claw_tui.events.text import is_alarming

            if any(map(is_alarming, events)):
                self.bell()

    @work(group="events", exclusive=True, exit_on_error=False)
    async def read_events(self) -> None:
        """Look at the database again."""
        if self._recorder is not None:
            self.events = await self._recorder.newest(SHOWN)

    async def on_unmount(self) -> None:
        """Write what has not been written."""
        if self._witness is not None:
            self._witness.close()
        recorder, self._recorder = self._recorder, None
        if recorder is not None:
            await recorder.close()

    def _open_recorder(self) -> None:
        if self.services.open_events is None:
            return
        from gateway_core.events.recorder import EventRecorder

        self._recorder = EventRecorder(self.services.open_events, self._say_what_failed, self._show_news)
        self._recorder.open()

    def _say_what_failed(self, message: str) -> None:
        self._report(_WHERE, message)

    def _show_news(self) -> None:
        if self.is_running:
            self.read_events()

    @on(OperationProgressed)
    def _attribute(self, message: OperationProgressed) -> None:
        """An operation is the cause of what is seen while it runs, and an event itself when it is over."""
        from gateway_core.events.operation_events import from_operation
        from gateway_core.operations import OperationEnded

        event = message.event
        if self._witness is None:
            return
        if isinstance(event, OperationEnded):
            self._witness.ends(event.result.instance, self.now())
            self.write_down([from_operation(event.result, self.now())])
        else:
            self._witness.begins(event.instance, event.operation)

    @on(OperationsAbandoned)
    def _attribute_no_more(self, message: OperationsAbandoned) -> None:
        """What happens from now on has another cause, and that an operation was abandoned is an event itself."""
        from gateway_core.events.operation_events import from_abandoned

        if self._witness is None:
            return
        for one in self.operations.open:
            if one.instance in message.instance_ids:
                self._witness.ends(one.instance, self.now())
                self.write_down([from_abandoned(one.instance, one.operation, one.steps, self.now(), one.asked_to_stop)])

    def on_run_ended(self, message: RunEnded) -> None:
        """A new gateway was made, or was not. Found by its name, because its module needs all of the core."""
        from gateway_core.events.operation_events import from_onboarding

        self.write_down([from_onboarding(message.result, self.now())])

    def on_run_stopped(self, message: RunStopped) -> None:
        """Nobody waits any more for a new gateway."""
        from gateway_core.events.operation_events import from_abandoned
        from gateway_core.operations import Operation

        self.write_down([from_abandoned(message.instance, Operation.NEW, message.steps, self.now())])

    def on_undo_ended(self, message: UndoEnded) -> None:
        """A new gateway was taken back, or could not be."""
        from gateway_core.events.operation_events import from_undo

        self.write_down([from_undo(message.result, self.now())])
