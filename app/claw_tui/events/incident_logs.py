"""What a gateway logged around an incident: read in the background, for the one that is looked at."""

from __future__ import annotations

import asyncio
from collections.abc import Hashable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from claw_tui.hosts.logs import LogOpener, LogQuery
from claw_tui.shell.background import Background
from claw_tui.shell.dashboard_app import DashboardApp, Observed

if TYPE_CHECKING:
    from gateway_core.events.incidents import Incident
    from gateway_core.logs.model import LogLine
    from gateway_core.snapshot import Snapshot

_PATIENCE_S = 0.3  # so long the cursor has to stay on an incident: one that only passes opens no log
_DEADLINE_S = 5.0
_BEFORE, _AFTER = timedelta(seconds=30), timedelta(seconds=10)
_MOST = 40
_NAME = "incident-logs"


@dataclass(frozen=True, slots=True)
class LogExcerpt:
    """The lines that were logged around one incident, or why there are none."""

    about: Hashable = None  # the key of the incident, and when it was last seen to go on
    lines: tuple[LogLine, ...] = ()
    note: str = ""


class IncidentLogs:
    """Reads the lines around the incident that is looked at."""

    def __init__(
        self, app: DashboardApp, opener: LogOpener | None, snapshot: Observed[Snapshot | None], background: Background
    ) -> None:
        """Without an `opener` no logs can be read."""
        self._opener = opener
        self._snapshot = snapshot
        self._background = background
        self._wanted: Hashable = None
        self.excerpt = Observed(app, _NAME, LogExcerpt())

    def look_at(self, incident: Incident | None) -> None:
        """Read the lines around that incident, unless they are read already."""
        wanted = _about(incident)
        if wanted != self._wanted:
            self._wanted = wanted
            self._background.run(partial(self._read, incident), _NAME)

    def about(self, incident: Incident) -> LogExcerpt:
        """The lines around that incident, as far as they are read."""
        excerpt = self.excerpt.value
        return excerpt if excerpt.about == _about(incident) else LogExcerpt()

    async def _read(self, incident: Incident | None) -> None:
        snapshot = self._snapshot.value
        if incident is None or incident.instance is None or self._opener is None or snapshot is None:
            return
        await asyncio.sleep(_PATIENCE_S)
        try:
            async with asyncio.timeout(_DEADLINE_S):
                self.excerpt.set(await _excerpt(self._opener, snapshot, incident))
        except TimeoutError:
            note = f"its log could not be read within {_DEADLINE_S:.0f} seconds"
            self.excerpt.set(LogExcerpt(_about(incident), (), note))


async def _excerpt(opener: LogOpener, snapshot: Snapshot, incident: Incident) -> LogExcerpt:
    if incident.instance is None or snapshot.instance(incident.instance) is None:
        return LogExcerpt(_about(incident))
    query = LogQuery((incident.instance,), until=incident.ended + _AFTER, growing=False)
    found = await opener(snapshot, query)
    async with found.view as view:
        lines = await view.older(_MOST)
    near = tuple(line for line in lines if line.at is None or line.at >= incident.began - _BEFORE)
    places = ", ".join(log.name for log in found.sources.shown)
    return LogExcerpt(_about(incident), near, "" if near else f"nothing of that time is in {places or 'a log'}")


def _about(incident: Incident | None) -> Hashable:
    return None if incident is None else (incident.key, incident.seen)
