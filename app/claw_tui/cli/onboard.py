"""`claw-tui new`: plan, show, ask and run it; resume a run that was not finished, or undo one."""

from __future__ import annotations

import sys
from collections.abc import Callable, Coroutine
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeVar

import click

from claw_tui.cli import instance_ids, output
from claw_tui.cli.documents import Document, onboarding_document, plan_document, refused_document, undo_document
from claw_tui.cli.errors import CommandError, ExitCode, offered
from claw_tui.cli.event_log import EventWriter, record
from claw_tui.cli.tables.onboarding import (
    failure_lines,
    notice_lines,
    plan_lines,
    problem_lines,
    progress_line,
    result_lines,
    undo_plan_lines,
    undone_lines,
)
from claw_tui.hosts.gateway_host import GatewayHost
from claw_tui.hosts.onboarding import Onboarder
from claw_tui.onboarding.text import next_commands
from claw_tui.text.values import clean, short_name
from gateway_core.discovery.planned import RunOutcome
from gateway_core.events.operation_events import from_abandoned, from_onboarding, from_undo
from gateway_core.onboarding.choices import ChoiceProblem, Choices, ProblemCode
from gateway_core.onboarding.journal import Journal
from gateway_core.onboarding.plan import OnboardingResult, Plan
from gateway_core.onboarding.undo import UndoResult
from gateway_core.operations import ErrorCode, Failure, Operation, Progress, Report, Step, StepEnded
from gateway_core.shell_commands import resume_command, undo_command

Result = TypeVar("Result", OnboardingResult, UndoResult)

_MALFORMED = frozenset(
    {
        ProblemCode.UNKNOWN_DISTRIBUTION,
        ProblemCode.COPY_OF_UNKNOWN,
        ProblemCode.COPY_OF_OTHER,
        ProblemCode.NAME_EMPTY,
        ProblemCode.NAME_TOO_LONG,
        ProblemCode.NAME_CHARACTERS,
        ProblemCode.NAME_DEFAULT,
        ProblemCode.PORT_TEXT,
        ProblemCode.PORT_RANGE,
        ProblemCode.BIND_UNKNOWN,
        ProblemCode.AUTH_UNKNOWN,
        ProblemCode.WORKSPACE_EMPTY,
        ProblemCode.WORKSPACE_RELATIVE,
    }
)
"""Choices that mean nothing here, whatever else there is; the rest is an answer, and the answer is no."""
_UNCLEAR = frozenset({ProblemCode.COMMAND_SILENT, ProblemCode.VERSION_UNREADABLE, ProblemCode.PORTS_UNSEEN})
"""Choices that nobody could check, which is no answer."""


@dataclass(frozen=True, slots=True)
class OnboardRequest:
    """The options of one `new` that are no choices."""

    dry_run: bool
    agreed: bool
    as_json: bool


def create(host: GatewayHost, wanted: Choices, request: OnboardRequest) -> ExitCode:
    """Plan a gateway; unless that is all, ask and run it. Progress goes to stderr, the outcome to stdout.

    Raises:
        CommandError: what to copy means several, the user did not agree or did not accept the risk, or Ctrl+C.
    """
    onboarder = offered(host.onboarder)
    plan = output.wait_for(_plan(host, onboarder, wanted))
    if not isinstance(plan, Plan):
        return _refused(plan, request)
    if request.dry_run:
        style = output.appearance()
        _print(request, plan_document(plan), [*plan_lines(plan, style), "", *notice_lines(style)])
        return ExitCode.DONE
    if not plan.accepted_risk:
        _accept_risk(request)
        return create(host, replace(wanted, accepted_risk=True), request)
    if not request.agreed:
        output.tell(plan_lines(plan, output.appearance(sys.stderr)))
        _ask(f"Create {plan.instance}?")
    return _onboard(host, plan.instance, partial(onboarder.run, plan), request)


def resume_run(host: GatewayHost, text: str, request: OnboardRequest) -> ExitCode:
    """Go on with a run where it was left; raise `CommandError` if there is no such run, or on Ctrl+C."""
    onboarder = offered(host.onboarder)
    journal = _journal(host, text, (RunOutcome.UNFINISHED,))
    return _onboard(host, journal.plan.instance, partial(onboarder.resume, journal.id), request)


def undo_run(host: GatewayHost, text: str, request: OnboardRequest) -> ExitCode:
    """List what a run created, ask, and move it to the trash; raise `CommandError` if that does not happen."""
    onboarder = offered(host.onboarder)
    journal = _journal(host, text, (RunOutcome.UNFINISHED, RunOutcome.DONE))
    instance = journal.plan.instance
    listed = output.wait_for(onboarder.preview_undo(journal.id))
    if isinstance(listed, Failure):
        raise CommandError(listed.code, listed.message, listed.hint)
    if request.dry_run:
        _print(request, undo_document(listed), undo_plan_lines(listed, output.appearance()))
        return ExitCode.DONE
    output.tell(undo_plan_lines(listed, output.appearance(sys.stderr)))
    if not request.agreed:
        _ask(f"Take {instance} back?")
    result = _carry_out(host, Operation.UNDO, instance, partial(onboarder.undo, journal.id))
    record(host, [from_undo(result, host.now())])
    _print(request, undo_document(result), list(undone_lines(result, output.appearance())))
    if result.error is None:
        return ExitCode.DONE
    output.tell(failure_lines(result.error, output.appearance(sys.stderr)))
    return ExitCode.NO


async def _plan(host: GatewayHost, onboarder: Onboarder, wanted: Choices) -> Plan | tuple[ChoiceProblem, ...]:
    snapshot = await host.snapshot()
    if wanted.copy_of is not None and instance_ids.candidates(snapshot, wanted.copy_of):
        wanted = replace(wanted, copy_of=instance_ids.resolve(snapshot, wanted.copy_of).id)
    return await onboarder.plan(wanted, snapshot)


def _onboard(
    host: GatewayHost,
    instance: str,
    begin: Callable[[Report], Coroutine[None, None, OnboardingResult | Failure]],
    request: OnboardRequest,
) -> ExitCode:
    result = _carry_out(host, Operation.NEW, instance, begin)
    record(host, [from_onboarding(result, host.now())])
    _print(request, onboarding_document(result), list(result_lines(result, output.appearance())))
    if result.error is None:
        return ExitCode.DONE
    output.tell(failure_lines(result.error, output.appearance(sys.stderr)))
    output.tell(map(clean, next_commands(result)))
    return ExitCode.UNKNOWN if result.error.code is ErrorCode.INTERNAL else ExitCode.NO


def _carry_out(
    host: GatewayHost,
    operation: Operation,
    instance: str,
    begin: Callable[[Report], Coroutine[None, None, Result | Failure]],
) -> Result:
    """Run an onboarding or an undo and print its progress; raise `CommandError` if it cannot begin, or on Ctrl+C."""
    progress = RunProgress(operation)
    try:
        result = output.wait_for(begin(progress.tell))
    except KeyboardInterrupt:
        progress.abandon(host, instance)
        hint = f"Go on with {resume_command(instance)}, or take it back with {undo_command(instance)}."
        message = f"interrupted while {operation.verb.doing_to(instance)}"
        raise CommandError("interrupted", message, hint, ExitCode.INTERRUPTED) from None
    if isinstance(result, Failure):
        raise CommandError(result.code, result.message, result.hint)
    return result


def _refused(problems: tuple[ChoiceProblem, ...], request: OnboardRequest) -> ExitCode:
    output.tell(problem_lines(problems, output.appearance(sys.stderr)))
    if request.as_json:
        output.emit_document(refused_document(problems))
    codes = {problem.code for problem in problems}
    if codes & _MALFORMED:
        return ExitCode.USAGE
    return ExitCode.UNKNOWN if codes <= _UNCLEAR else ExitCode.NO


def _print(request: OnboardRequest, document: Document, lines: list[str]) -> None:
    if request.as_json:
        output.emit_document(document)
    else:
        output.emit_lines(lines)


def _accept_risk(request: OnboardRequest) -> None:
    """Show the notice to a user who has not said that it was read, and ask for it."""
    output.tell(notice_lines(output.appearance(sys.stderr)))
    if request.agreed:
        message = "nothing was done: add --accept-risk, your word that you have read the risk notice and accept it"
        raise CommandError(ErrorCode.RISK_NOT_ACCEPTED, message, "Nobody else can say so; --dry-run shows the notice.")
    _ask("Have you read this, and accept it?", agree_with="--accept-risk and --yes")


def _ask(question: str, *, agree_with: str = "--yes") -> None:
    """Raise `CommandError` unless a user is there and agrees."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise CommandError("not-confirmed", f"nobody is here to answer: {question}", f"Agree with {agree_with}.")
    if not click.confirm(question, err=True):
        raise CommandError("not-confirmed", "nothing was done", None, ExitCode.NO)


def _journal(host: GatewayHost, text: str, outcomes: tuple[RunOutcome, ...]) -> Journal:
    """Find the run that a user means, by the id of its instance or its profile."""
    wanted = text.casefold()
    runs = offered(host.onboarding_runs)
    known = [journal for journal in output.wait_for(runs.journals()) if journal.outcome in outcomes]
    by_id = [journal for journal in known if wanted in (journal.plan.instance.casefold(), journal.id)]
    found = by_id or [journal for journal in known if short_name(journal.plan.instance).casefold() == wanted]
    if len(found) == 1:
        return found[0]
    names = ", ".join(clean(journal.plan.instance) for journal in found or known) or "none"
    if found:
        raise CommandError("ambiguous-id", f"“{clean(text)}” is more than one onboarding", f"Say which: {names}")
    raise CommandError("unknown-id", f"there is no onboarding of “{clean(text)}” to go back to", f"There are: {names}")


class RunProgress:
    """Tells people about a run as it goes, and keeps its steps for the case that nobody waits for its end."""

    def __init__(self, operation: Operation) -> None:
        self._operation = operation
        self._steps: list[Step] = []

    def tell(self, event: Progress) -> None:
        if isinstance(event, StepEnded) and event.operation is self._operation:
            self._steps.append(event.step)
        line = progress_line(event, output.appearance(sys.stderr))
        if line is not None:
            output.tell([line])

    def abandon(self, host: GatewayHost, instance: str) -> None:
        """Write down that nobody waits for the run any more."""
        with closing(EventWriter(host)) as writer:
            writer.keep(from_abandoned(instance, self._operation, self._steps, host.now()))
