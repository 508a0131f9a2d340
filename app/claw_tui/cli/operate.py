"""The common part of `start`, `stop` and `restart`: choosing instances, asking, progress and results."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from claw_tui.cli import instance_ids, output
from claw_tui.cli.errors import CommandError, ExitCode, OutputLost, ReaderGone, offered
from claw_tui.cli.event_log import EventWriter
from claw_tui.cli.instance_groups import find_groups, members
from claw_tui.cli.tables.operations import (
    hint_lines,
    keeping_lines,
    left_alone_lines,
    others_lines,
    progress_line,
    result_lines,
    target_lines,
    unseen_lines,
    warning_lines,
)
from claw_tui.hosts.gateway_host import GatewayHost, Operator
from claw_tui.operations.operation_log import OperationLog, OperationRecord
from claw_tui.operations.rules import all_acts_on, all_leaves_undone, belongs_to_all
from claw_tui.operations.text import is_unclear
from claw_tui.text.values import clean, count
from gateway_core.events.operation_events import from_abandoned, from_operation
from gateway_core.operations import (
    ErrorCode,
    Operation,
    OperationEnded,
    OperationResult,
    Progress,
    makes_sense,
    unheard,
)
from gateway_core.snapshot import Instance, Snapshot, State

if TYPE_CHECKING:
    from gateway_core.lifecycle.backend import Options


@dataclass(frozen=True, slots=True)
class OperateRequest:
    """The options of one `start`, `stop` or `restart`."""

    operation: Operation
    ids: Sequence[str]
    every: bool  # all instances for which it makes sense, instead of those ids
    groups: Sequence[str]  # those of these groups for which it makes sense, instead
    as_json: bool
    agreed: bool


def carry_out(host: GatewayHost, request: OperateRequest, options: Options) -> ExitCode:
    """Operate on all instances side by side; progress goes to stderr, a result for each to stdout.

    Raises:
        CommandError: nobody was named or an id means nobody, the user did not agree, or Ctrl+C.
    """
    operator = offered(host.operator)
    ids, unclear = _targets(host, request)
    if request.operation is Operation.KILL and not request.agreed:
        _ask_before_kill(operator, request, ids)
    elif not request.agreed:
        _ask(request, ids)
    with closing(EventWriter(host)) as writer:
        progress = _Progress(request, ids, host, writer)
        try:
            results = output.wait_for(operator(ids, request.operation, options, progress.tell, lambda *_: None))
        except KeyboardInterrupt:
            progress.abandon()
            raise _interrupted(request, progress) from None
        if progress.unread is not None:
            raise progress.unread
    if request.as_json:
        from claw_tui.cli.documents import results_document

        output.emit_document(results_document(results))
    code = _exit_code(results)
    return ExitCode.UNKNOWN if unclear and code is ExitCode.DONE else code


def _targets(host: GatewayHost, request: OperateRequest) -> tuple[list[str], bool]:
    """The ids that are meant, and whether some that may be meant are left alone because nobody knows."""
    given = sum(map(bool, (request.ids, request.every, request.groups)))
    if given != 1:
        fault = "only one of instances, --group and --all" if given else "name the instances, or give --group or --all"
        raise CommandError("usage", fault, "See: claw-tui ls")
    if request.ids:
        known = output.wait_for(host.glance())
        named = {found.id: found for found in (instance_ids.resolve(known, text) for text in request.ids)}
        _warn(request.operation, named.values())
        return list(named), False
    groups = find_groups(host, request.groups)
    snapshot = output.wait_for(host.snapshot())
    if groups:
        snapshot = snapshot.model_copy(update={"instances": tuple(members(snapshot, groups))})
    chosen = [instance for instance in snapshot.instances if all_acts_on(request.operation, instance)]
    _list(request.operation, chosen, snapshot)
    _warn(request.operation, chosen)
    unclear = bool(snapshot.unseen) or any(
        one.state is State.UNKNOWN and belongs_to_all(one) and one not in chosen for one in snapshot.instances
    )
    return [instance.id for instance in chosen], unclear


def _warn(operation: Operation, targets: Iterable[Instance]) -> None:
    if operation in (Operation.STOP, Operation.KILL):
        output.tell(keeping_lines(targets))


def _list(operation: Operation, chosen: Sequence[Instance], snapshot: Snapshot) -> None:
    left = [one for one in snapshot.instances if one not in chosen and all_leaves_undone(operation, one)]
    style = output.appearance(sys.stderr)
    others = [one for one in snapshot.instances if not belongs_to_all(one) and makes_sense(operation, one)]
    output.tell([*target_lines(operation, chosen, style), *left_alone_lines(left, style), *others_lines(others, style)])
    output.tell(unseen_lines(snapshot, style))


def _ask_before_kill(operator: Operator, request: OperateRequest, ids: Sequence[str]) -> None:
    """Ask, naming each process; raise `CommandError` if one may not be killed, or not yet, or the user disagrees."""
    from gateway_core.lifecycle.backend import Options

    unconfirmed = output.wait_for(operator(ids, request.operation, Options(), unheard, lambda *_: None))
    for result in unconfirmed:
        if result.error is not None and result.error.code is not ErrorCode.NOT_CONFIRMED:
            code = ExitCode.UNKNOWN if is_unclear(result) else ExitCode.NO
            raise CommandError(result.error.code, result.error.message, result.error.hint, code)
    to_end = {result.instance: result.pid_before for result in unconfirmed if not result.ok}
    warning = "SIGKILL lets it neither finish nor save what it is working on."
    output.tell(f"{clean(name)}, pid {pid}: {warning}" for name, pid in to_end.items())
    _ask(request, list(to_end), "".join(f" (SIGKILL to pid {pid})" for pid in to_end.values()))


def _ask(request: OperateRequest, ids: Sequence[str], process: str = "") -> None:
    if not ids:
        return
    verb = request.operation.verb.base
    whom = f"{clean(ids[0])}{process}" if len(ids) == 1 else count(len(ids), "gateway")
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise CommandError("not-confirmed", f"nobody is here to agree to {verb} {whom}", "Agree with --yes.")
    if not _agrees(verb, whom, len(ids)):
        raise CommandError("not-confirmed", "nothing was done", None, ExitCode.NO)


def _agrees(verb: str, whom: str, number: int) -> bool:
    """Ask for one key for one gateway; for several their number has to be typed."""
    if number == 1:
        return click.confirm(f"{verb.capitalize()} {whom}?", err=True)
    answer: str = click.prompt(f"Type {number} to {verb} {whom}", default="", show_default=False, err=True)
    return answer.strip() == str(number)


class _Progress:
    """Prints each step as it happens and each result as it comes, and hands results to the event log."""

    def __init__(self, request: OperateRequest, ids: Sequence[str], host: GatewayHost, writer: EventWriter) -> None:
        self._log = OperationLog().with_requested(ids, request.operation, host.now())
        self._as_json = request.as_json
        self._now = host.now
        self._writer = writer
        self._errors_style = output.appearance(sys.stderr)
        self.unread: ReaderGone | OutputLost | None = None
        """The reason why a result could not be printed. The operations on others go on all the same."""

    @property
    def open(self) -> tuple[OperationRecord, ...]:
        return self._log.open

    def abandon(self) -> None:
        """Write down that nobody waits any more for the operations that are not over."""
        for one in self.open:
            self._writer.keep(from_abandoned(one.instance, one.operation, one.steps, self._now(), one.asked_to_stop))

    def tell(self, event: Progress) -> None:
        self._log = self._log.with_progress(event)
        if isinstance(event, OperationEnded):
            self._tell_result(event.result)
            return
        line = progress_line(event, self._errors_style)
        if line is not None:
            output.tell([line])

    def _tell_result(self, result: OperationResult) -> None:
        self._writer.keep(from_operation(result, self._now()))
        if not self._as_json:
            self._print(result)
        elif not result.ok:
            output.tell(result_lines(result, self._errors_style))
        output.tell(warning_lines(result, self._errors_style))
        output.tell(hint_lines(result, self._errors_style))

    def _print(self, result: OperationResult) -> None:
        try:
            output.emit_lines(result_lines(result, output.appearance()))
        except (ReaderGone, OutputLost) as error:
            self.unread = self.unread or error


def _interrupted(request: OperateRequest, progress: _Progress) -> CommandError:
    open_ids = [clean(one.instance) for one in progress.open]
    message = f"interrupted while {request.operation.verb.gerund} {', '.join(open_ids) or 'nothing'}"
    hint = "What was begun goes its way: see how they are with claw-tui ls. Repeating the command finishes it."
    return CommandError("interrupted", message, hint, ExitCode.INTERRUPTED)


def _exit_code(results: Sequence[OperationResult]) -> ExitCode:
    failed = [result for result in results if not result.ok]
    if not failed:
        return ExitCode.DONE
    return ExitCode.UNKNOWN if all(map(is_unclear, failed)) else ExitCode.NO
