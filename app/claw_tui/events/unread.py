"""Which incidents are new to the user: those that the mode of events has not shown yet."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from claw_tui.text.unread import Unread

if TYPE_CHECKING:
    from gateway_core.events.incidents import Incident


def is_new(incident: Incident, looked_at: datetime | None) -> bool:
    """Whether an incident, or what has come to it, is unread: not what somebody had claw-tui do, and that was done."""
    return looked_at is not None and incident.seen > looked_at and not _is_done_by_claw_tui(incident)


def _is_done_by_claw_tui(incident: Incident) -> bool:
    """Whether an operation did it, or is about to: it is written down when it is over."""
    from gateway_core.events.model import BY_CLAW_TUI

    if incident.operation is not None:
        return bool(incident.operation.detail.get("ok"))
    return not incident.is_alarming and any((event.cause or "").endswith(BY_CLAW_TUI) for event in incident.events)


def unread(incidents: Iterable[Incident], looked_at: datetime | None) -> Unread:
    new = [incident for incident in incidents if is_new(incident, looked_at)]
    return Unread(len(new), any(incident.is_alarming for incident in new))
