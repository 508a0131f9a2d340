"""The prompts before an operation, which is carried out once they are answered."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from textual.screen import Screen

from claw_tui.hosts.gateway_host import GatewayHost
from claw_tui.operations.confirmation_text import before_ending
from claw_tui.operations.controller import OperationsController
from claw_tui.operations.start_sheet import StartSheet, ways_to_start
from claw_tui.shell.confirm_sheet import ConfirmSheet
from claw_tui.text.values import clean
from gateway_core.lifecycle.backend import Options
from gateway_core.operations import Operation, makes_sense
from gateway_core.snapshot import Instance


class OperationPrompts:
    """The questions that a screen asks before operations; targets are those of the moment when the key was pressed."""

    def __init__(self, screen: Screen[None], host: GatewayHost, operations: OperationsController) -> None:
        self._screen = screen
        self._host = host
        self._operations = operations

    def start(self, targets: Sequence[Instance]) -> None:
        """Start the targets without a question: nobody loses anything by that."""
        self._carry_out(Operation.START, targets, agreed=True)

    def start_otherwise(self, instance: Instance) -> None:
        ways = ways_to_start(instance, hazardous=self._is_hazardous(instance))
        sheet = StartSheet(clean(instance.id), ways, self._host.start_command(instance))
        self._screen.app.push_screen(sheet, partial(self._start_with, instance.id))

    def end(self, operation: Operation, targets: Sequence[Instance]) -> None:
        busy = self._operations.log.value.busy
        free = [instance for instance in targets if instance.id not in busy]
        if any(makes_sense(operation, instance) for instance in free):
            question = before_ending(operation, targets, busy, self._host.uid(), self._host.start_command)
            self._screen.app.push_screen(ConfirmSheet(question), partial(self._carry_out, operation, free))

    def _is_hazardous(self, instance: Instance) -> bool:
        products = self._host.distributions()
        return any(one.start_hazard is not None for one in products if one.name == instance.distribution)

    def _start_with(self, instance_id: str, options: Options | None) -> None:
        if options is not None:
            self._operations.operate([instance_id], Operation.START, options)

    def _carry_out(self, operation: Operation, meant: Sequence[Instance], agreed: bool | None) -> None:
        if agreed:
            ids = [instance.id for instance in meant if makes_sense(operation, instance)]
            self._operations.operate(ids, operation, Options(confirmed=operation is Operation.KILL))
