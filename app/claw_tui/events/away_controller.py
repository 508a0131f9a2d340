"""Tells once what happened while no dashboard was open, and remembers what is seen for the next one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from textual.timer import Timer

from claw_tui.actions.model import EVENTS
from claw_tui.shell.background import Background
from claw_tui.shell.dashboard_app import DashboardApp
from claw_tui.shell.problems import Problems

if TYPE_CHECKING:
    from claw_tui.hosts.gateway_host import GatewayHost
    from gateway_core.events.looking_back import Absence, LookingBack
    from gateway_core.events.model import Event
    from gateway_core.snapshot import Snapshot

_WAIT_S = 5.0  # at most so long for the answers of all gateways
_BEGIN_AFTER_S = 0.3  # after the answers, and the painting of the table, which what the look back loads would hold up
_OFFER_EVERY_S = 0.25
_GATHER_S = 2.0  # what changes within this time is kept by one write
_KEEP_EVERY_S = 60.0  # also where nothing changes: so exactly is known when the host was last seen
_LAST_WRITE_S = 2.0
_LAST_SEEN = "last seen"


class AwayController:
    """Looks back as soon as all gateways have answered; opens the sheet when nothing else is open."""

    def __init__(
        self,
        app: DashboardApp,
        host: GatewayHost,
        problems: Problems,
        background: Background,
        is_quiet: Callable[[], bool],
    ) -> None:
        """`is_quiet` tells whether a sheet that opens by itself disturbs nobody."""
        self._is_quiet = is_quiet
        self._app = app
        self._host = host
        self._problems = problems
        self._background = background
        self._snapshot: Snapshot | None = None
        self._known: list[Event] = []  # what was recorded before the look back
        self._waiting: Timer | None = None  # for gateways that do not answer
        self._complete = False  # whether all have
        self._begun = False
        self._looking_back: LookingBack | None = None
        self._news = asyncio.Event()
        self._kept: object = None  # what was kept last, to be compared
        self._offering: Timer | None = None
        self.absence: Absence | None = None
        """What was found, once it was looked for."""

    @property
    def looks_back(self) -> bool:
        """Whether what is seen on this host is remembered."""
        return self._host.look_back is not None

    def see(self, snapshot: Snapshot, events: Sequence[Event]) -> None:
        """Look back at the first snapshot that is complete; keep later ones. `events`: what was found in this one."""
        from gateway_core.events.detector import is_unasked

        self._snapshot = snapshot
        if not self.looks_back:
            return
        if self._begun:
            self._note_change(snapshot)
            return
        if self._waiting is None:
            self._waiting = self._app.set_timer(_WAIT_S, self._begin)
        self._known.extend(events)
        if not self._complete and not any(map(is_unasked, snapshot.instances)):
            self._complete = True
            self._app.set_timer(_BEGIN_AFTER_S, partial(self._app.call_after_refresh, self._begin))

    def lose_sight(self) -> None:
        """Keep no more of what stands still: the host was last seen when that was true."""
        self._snapshot = None

    async def close(self) -> None:
        """Keep what was seen last, if that does not take long."""
        looking_back, snapshot = self._looking_back, self._snapshot
        if looking_back is not None and snapshot is not None:
            writing = asyncio.ensure_future(asyncio.to_thread(self._write, looking_back, snapshot))
            await asyncio.wait({writing}, timeout=_LAST_WRITE_S)

    def open(self) -> None:
        """Show what was found again; or say that there is nothing, and why."""
        if self.absence is not None and self.absence.events:
            self._show(self.absence)
            return
        from claw_tui.events.away_text import quiet_text

        nothing = "There is nothing to compare with: what is seen here is remembered for the next dashboard."
        self._app.notify(quiet_text(self.absence) if self.absence is not None else nothing, markup=False)

    def _begin(self) -> None:
        if not self._begun:
            self._begun = True
            self._background.run(self._look_back, _LAST_SEEN)

    async def _look_back(self) -> None:
        """Look back, and from then on keep what is seen."""
        snapshot, make = self._snapshot, self._host.look_back
        if snapshot is None or make is None:
            return
        looking_back = await asyncio.to_thread(make, self._say)  # which loads what it takes, so that nothing waits

        from gateway_core.events.last_seen import kept_of
        from gateway_core.events.looking_back import Absence

        found = await looking_back.look_back(snapshot, self._known)
        self._looking_back, self._kept = looking_back, kept_of(snapshot)
        for problem in found.problems:
            self._problems.report_once(_LAST_SEEN, problem)
        if isinstance(found, Absence):
            self.absence = found
            if found.events:
                self._offering = self._app.set_interval(_OFFER_EVERY_S, self._offer)
        await self._keep(looking_back)

    async def _keep(self, looking_back: LookingBack) -> None:
        from gateway_core.events.last_seen import kept_of

        while True:
            try:
                async with asyncio.timeout(_KEEP_EVERY_S):
                    await self._news.wait()
                await asyncio.sleep(_GATHER_S)
            except TimeoutError:
                pass
            self._news.clear()
            if self._snapshot is not None:
                self._kept = kept_of(self._snapshot)
                await asyncio.to_thread(self._write, looking_back, self._snapshot)

    def _write(self, looking_back: LookingBack, snapshot: Snapshot) -> None:
        try:
            looking_back.remember(snapshot)
        except OSError as error:
            self._say(f"What is seen is not remembered: {error.filename}: {error.strerror or error}.")

    def _say(self, message: str) -> None:
        """Report from a thread."""
        if self._app.is_running:
            self._app.call_later(self._problems.report_once, _LAST_SEEN, message)

    def _note_change(self, snapshot: Snapshot) -> None:
        if self._looking_back is not None:
            from gateway_core.events.last_seen import kept_of

            if kept_of(snapshot) != self._kept:
                self._news.set()

    def _offer(self) -> None:
        """Open the sheet by itself, once, where it lies over nothing that somebody is at."""
        from textual.widgets import Input

        from claw_tui.shell.mode_screen import ModeScreen

        screen = self._app.screen
        at_rest = isinstance(screen, ModeScreen) and not isinstance(screen.focused, Input) and self._is_quiet()
        if self.absence is None or not at_rest:
            return
        if self._offering is not None:
            self._offering.stop()
            self._offering = None
        self._show(self.absence)

    def _show(self, absence: Absence) -> None:
        from claw_tui.events.away_sheet import AwaySheet, Destination
        from claw_tui.shell.mode_screen import show_instance

        async def lead(destination: Destination | None) -> None:
            if destination is not None:
                mode, instance = destination
                there = self._snapshot is not None and self._snapshot.instance(instance) is not None
                await show_instance(self._app, mode if there else EVENTS, instance)

        self._app.push_screen(AwaySheet(absence), lead)
