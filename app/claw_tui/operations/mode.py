"""A mode in which instances can be started and ended. What is meant is what was meant when the key was pressed."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from claw_tui.actions.model import Situation
from claw_tui.onboarding.text import runs_meant
from claw_tui.operations.confirmations import before_ending
from claw_tui.operations.start_sheet import StartSheet, ways_to_start
from claw_tui.operations.view import can_be_killed
from claw_tui.shell.confirm_sheet import ConfirmSheet
from claw_tui.shell.mode_screen import ModeScreen
from claw_tui.text.values import clean
from gateway_core.lifecycle.backend import Options
from gateway_core.operations import Operation, makes_sense
from gateway_core.snapshot import Instance

if TYPE_CHECKING:
    from gateway_core.onboarding.journal import UnfinishedRun


class OperatingMode(ModeScreen):
    """Asks what has to be asked; the app does it."""

    @property
    def targets(self) -> tuple[Instance, ...]:
        """The instances that an operation would be about: the selected ones, else the one under the cursor."""
        return (self.chosen,) if self.chosen else ()

    @property
    def situation(self) -> Situation:
        """What actions depend on."""
        return replace(
            super().situation,
            targets=self.targets,
            killable=bool(self._killable()),
            can_onboard=self.dashboard.onboarder is not None,
            unfinished=bool(self._unfinished()),
        )

    def on_mount(self) -> None:
        """Follow what is being done, too."""
        self.watch(self.app, "operations", self._follow, init=False)
        self.watch(self.app, "unfinished", self._follow, init=False)
        if self.dashboard.begins_with_wizard:
            self.call_after_refresh(self.action_new)

    def action_new(self) -> None:
        """Plan a new gateway."""
        if self.dashboard.snapshot is not None:
            self.dashboard.open_wizard(self.dashboard.snapshot)

    def action_resume(self) -> None:
        """Go on with the onboarding that was not finished; one that is not the cursor's has to be picked."""
        runs = self._unfinished()
        if any(self.chosen is not None and run.instance == self.chosen.id for run in runs):
            self._settle(runs[0], self.dashboard.resume_run)
        elif runs:
            self._pick("Resume", runs, self.dashboard.resume_run)

    def action_undo(self) -> None:
        """Take the onboarding that was not finished back; it is named and asked about first."""
        runs = self._unfinished()
        if len(runs) == 1:
            self._settle(runs[0], self.dashboard.undo_run)
        elif runs:
            self._pick("Undo", runs, self.dashboard.undo_run)

    def _pick(self, verb: str, runs: Sequence[UnfinishedRun], settle: Callable[[UnfinishedRun], object]) -> None:
        if self.is_addressed:
            from claw_tui.onboarding.run_screens import RunSheet

            self.app.push_screen(RunSheet(verb, runs), lambda run: self._settle(run, settle))

    def _settle(self, run: UnfinishedRun | None, settle: Callable[[UnfinishedRun], object]) -> None:
        if self.is_addressed and run is not None:
            settle(run)

    def action_start(self) -> None:
        """Start them; nobody loses anything by that, so nobody is asked."""
        if self.is_addressed:
            self._carry_out(Operation.START, self.targets, agreed=True)

    def action_start_otherwise(self) -> None:
        """Offer the ways in which the one under the cursor can be started."""
        instance = self.chosen
        if instance is not None and self.is_addressed:
            ways = ways_to_start(instance, hazardous=self._is_hazardous(instance))
            sheet = StartSheet(clean(instance.id), ways, self.dashboard.services.start_command(instance))
            self.app.push_screen(sheet, partial(self._start_so, instance.id))

    def _is_hazardous(self, instance: Instance) -> bool:
        products = self.dashboard.services.distributions()
        return any(one.start_hazard is not None for one in products if one.name == instance.distribution)

    def _start_so(self, instance_id: str, options: Options | None) -> None:
        if options is not None:
            self.dashboard.operate([instance_id], Operation.START, options)

    def action_stop(self) -> None:
        """Ask, then stop them."""
        self._ask(Operation.STOP, self.targets)

    def action_restart(self) -> None:
        """Ask, then restart them."""
        self._ask(Operation.RESTART, self.targets)

    def action_kill(self) -> None:
        """Ask, then kill the one under the cursor."""
        self._ask(Operation.KILL, self._killable())

    def _unfinished(self) -> Sequence[UnfinishedRun]:
        instance = self.chosen
        return runs_meant(self.dashboard.unfinished, instance.id if instance else None, self.dashboard.snapshot)

    def _killable(self) -> tuple[Instance, ...]:
        instance = self.chosen
        if instance is None or instance.id in self.dashboard.operations.busy:
            return ()
        last = self.dashboard.operations.last_of(instance.id)
        return (instance,) if can_be_killed(instance, last) else ()

    def _ask(self, operation: Operation, runs_meant: Sequence[Instance]) -> None:
        if not self.is_addressed:
            return
        busy = self.dashboard.operations.busy
        free = [instance for instance in runs_meant if instance.id not in busy]
        if any(makes_sense(operation, instance) for instance in free):
            question = before_ending(operation, runs_meant, busy, os.getuid(), self.dashboard.services.start_command)
            sheet = ConfirmSheet(question)
            self.app.push_screen(sheet, partial(self._carry_out, operation, free))

    def _carry_out(self, operation: Operation, runs_meant: Sequence[Instance], agreed: bool | None) -> None:
        if agreed:
            ids = [instance.id for instance in runs_meant if makes_sense(operation, instance)]
            self.dashboard.operate(ids, operation, Options(confirmed=operation is Operation.KILL))
