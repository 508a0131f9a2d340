"""What `new` does: plan, show, ask, run, and say what came of it."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass, replace

import click

from claw_tui.cli import instance_ids, output
from claw_tui.cli.errors import CommandError, ExitCode
from claw_tui.cli.event_log import EventWriter, record
from claw_tui.cli.source import SnapshotSource
from claw_tui.cli.tables import onboarding as plain
from claw_tui.onboarding.text import ways_on
from claw_tui.text.values import clean
from gateway_core.events.from_operations import from_abandoned, from_onboarding
from gateway_core.host import Host
from gateway_core.onboarding.choices import ChoiceProblem, Choices, ProblemCode
from gateway_core.onboarding.plan import OnboardingResult, Plan
from gateway_core.onboarding.planning import make_plan
from gateway_core.onboarding.run import run
from gateway_core.operations import ErrorCode, Failure, Operation, Progress, Step, StepEnded

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
"""What means nothing here, whatever else there is; the rest is an answer, and the answer is no."""
_UNCLEAR = frozenset({ProblemCode.COMMAND_SILENT, ProblemCode.VERSION_UNREADABLE, ProblemCode.PORTS_UNSEEN})
"""What could not be found out, which is no answer."""


@dataclass(frozen=True, slots=True)
class Manner:
    """How the user wants it done."""

    dry_run: bool
    agreed: bool
    """There is nothing to ask any more."""
    as_json: bool


def create(source: SnapshotSource, wanted: Choices, manner: Manner) -> ExitCode:
    """Plan it; unless that is all, ask and run it. Progress to stderr, the outcome to stdout.

    Raises:
        CommandError: what to copy means several, the user did not agree or did not accept the risk, or Ctrl+C.
    """
    plan = output.wait_for(_plan(source, wanted))
    if not isinstance(plan, Plan):
        return _refused(plan, manner)
    if manner.dry_run:
        _show_plan(plan, manner)
        return ExitCode.DONE
    if not plan.accepted_risk:
        _accept_risk(manner)
        return create(source, replace(wanted, accepted_risk=True), manner)
    if not manner.agreed:
        tell(plain.plan_lines(plan, output.appearance(sys.stderr)))
        ask(f"Create {plan.instance}?")
    return tell_outcome(_run(source, plan), manner)


async def _plan(source: SnapshotSource, wanted: Choices) -> Plan | tuple[ChoiceProblem, ...]:
    snapshot = await source.snapshot()
    if wanted.copy_of is not None and instance_ids.candidates(snapshot, wanted.copy_of):
        wanted = replace(wanted, copy_of=instance_ids.resolve(snapshot, wanted.copy_of).id)
    return await make_plan(source.host, snapshot, wanted)


def _run(source: SnapshotSource, plan: Plan) -> OnboardingResult:
    progress = RunProgress(Operation.NEW)
    try:
        result = output.wait_for(run(source.host, plan, progress.tell))
    except KeyboardInterrupt:
        progress.abandon(source.host, plan.instance)
        raise interrupted(Operation.NEW, plan.instance) from None
    record(source.host, [from_onboarding(result, source.host.clock.now())])
    return result


def _refused(problems: tuple[ChoiceProblem, ...], manner: Manner) -> ExitCode:
    tell(plain.problem_lines(problems, output.appearance(sys.stderr)))
    if manner.as_json:
        from claw_tui.cli.documents import refused_document, render

        output.emit(render(refused_document(problems)))
    codes = {problem.code for problem in problems}
    if codes & _MALFORMED:
        return ExitCode.USAGE
    return ExitCode.UNKNOWN if codes <= _UNCLEAR else ExitCode.NO


def _show_plan(plan: Plan, manner: Manner) -> None:
    if manner.as_json:
        from claw_tui.cli.documents import plan_document, render

        output.emit(render(plan_document(plan)))
        return
    look = output.appearance()
    output.emit("\n".join((*plain.plan_lines(plan, look), "", *plain.notice_lines(look))))


def _accept_risk(manner: Manner) -> None:
    """Show the notice to whoever has not said that it was read, and hear their word."""
    tell(plain.notice_lines(output.appearance(sys.stderr)))
    if manner.agreed:
        message = "nothing was done: add --accept-risk, your word that you have read the risk notice and accept it"
        raise CommandError(ErrorCode.RISK_NOT_ACCEPTED, message, "Nobody else can say so; --dry-run shows the notice.")
    ask("Have you read this, and accept it?", agree_with="--accept-risk and --yes")


def tell(lines: Iterable[str]) -> None:
    """To people, beside whatever stdout is for."""
    for line in lines:
        click.echo(line, err=True)


class RunProgress:
    """Tells people about a run as it goes, and keeps its steps for the case that nobody waits for its end."""

    def __init__(self, operation: Operation) -> None:
        self._operation = operation
        self._steps: list[Step] = []

    def tell(self, event: Progress) -> None:
        if isinstance(event, StepEnded) and event.operation is self._operation:
            self._steps.append(event.step)
        line = plain.progress_line(event, output.appearance(sys.stderr))
        if line is not None:
            click.echo(line, err=True)

    def abandon(self, host: Host, instance: str) -> None:
        """Write down that nobody waits for it any more."""
        with closing(EventWriter(host)) as chronicler:
            chronicler.keep(from_abandoned(instance, self._operation, self._steps, host.clock.now()))


def ask(question: str, *, agree_with: str = "--yes") -> None:
    """Go on only if somebody agrees.

    Raises:
        CommandError: nobody is there, or they do not.
    """
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise CommandError("not-confirmed", f"nobody is here to answer: {question}", f"Agree with {agree_with}.")
    if not click.confirm(question, err=True):
        raise CommandError("not-confirmed", "nothing was done", None, ExitCode.NO)


def tell_outcome(result: OnboardingResult, manner: Manner) -> ExitCode:
    """What is there now: a document or a line on stdout, advice on stderr."""
    if manner.as_json:
        from claw_tui.cli.documents import onboarding_document, render

        output.emit(render(onboarding_document(result)))
    else:
        output.emit("\n".join(plain.result_lines(result, output.appearance())))
    if result.error is None:
        return ExitCode.DONE
    tell(plain.failure_lines(result.error, output.appearance(sys.stderr)))
    tell(map(clean, ways_on(result)))
    return ExitCode.UNKNOWN if result.error.code is ErrorCode.INTERNAL else ExitCode.NO


def refusal(failure: Failure) -> CommandError:
    """Why something could not even be begun."""
    return CommandError(failure.code, failure.message, failure.hint)


def interrupted(operation: Operation, instance: str) -> CommandError:
    """Ctrl+C during an onboarding or its undo."""
    hint = f"Go on with claw-tui new --resume {instance}, or take it back with claw-tui new --undo {instance}."
    return CommandError(
        "interrupted", f"interrupted while {operation.verb.doing_to(instance)}", hint, ExitCode.INTERRUPTED
    )
