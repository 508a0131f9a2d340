"""`new --resume` and `new --undo`: what becomes of a run that was not finished."""

from __future__ import annotations

import sys

from claw_tui.cli import output
from claw_tui.cli.errors import CommandError, ExitCode
from claw_tui.cli.event_log import record
from claw_tui.cli.instance_ids import short_name
from claw_tui.cli.onboard import Manner, RunProgress, ask, interrupted, refusal, tell, tell_outcome
from claw_tui.cli.source import SnapshotSource
from claw_tui.cli.tables import onboarding as plain
from claw_tui.text.values import clean
from gateway_core.events.from_operations import from_onboarding, from_undo
from gateway_core.onboarding.journal import Journal, Outcome, journals
from gateway_core.onboarding.run import resume
from gateway_core.onboarding.undo import UndoPlan, UndoResult, preview_undo, undo
from gateway_core.operations import Failure, Operation


def go_on(source: SnapshotSource, text: str, manner: Manner) -> ExitCode:
    """Go on with a run where it was left.

    Raises:
        CommandError: there is no such run, or Ctrl+C.
    """
    journal = _journal(source, text, (Outcome.UNFINISHED,))
    progress = RunProgress(Operation.NEW)
    try:
        result = output.wait_for(resume(source.host, journal.id, progress.tell))
    except KeyboardInterrupt:
        progress.abandon(source.host, journal.plan.instance)
        raise interrupted(Operation.NEW, journal.plan.instance) from None
    if isinstance(result, Failure):
        raise refusal(result)
    record(source.host, [from_onboarding(result, source.host.clock.now())])
    return tell_outcome(result, manner)


def take_back(source: SnapshotSource, text: str, manner: Manner) -> ExitCode:
    """List what a run created, ask, and move it to the trash.

    Raises:
        CommandError: there is no such run, the user did not agree, or Ctrl+C.
    """
    journal = _journal(source, text, (Outcome.UNFINISHED, Outcome.DONE))
    listed = output.wait_for(preview_undo(source.host, journal.id))
    if isinstance(listed, Failure):
        raise refusal(listed)
    if manner.dry_run:
        _show_undo(listed, manner)
        return ExitCode.DONE
    tell(plain.undo_plan_lines(listed, output.appearance(sys.stderr)))
    if not manner.agreed:
        ask(f"Take {journal.plan.instance} back?")
    progress = RunProgress(Operation.UNDO)
    try:
        result = output.wait_for(undo(source.host, journal.id, progress.tell))
    except KeyboardInterrupt:
        progress.abandon(source.host, journal.plan.instance)
        raise interrupted(Operation.UNDO, journal.plan.instance) from None
    if isinstance(result, Failure):
        raise refusal(result)
    record(source.host, [from_undo(result, source.host.clock.now())])
    return _tell_undone(result, manner)


def _journal(source: SnapshotSource, text: str, outcomes: tuple[Outcome, ...]) -> Journal:
    """The run that a user means, by the id of its instance or its profile."""
    wanted = text.casefold()
    known = [journal for journal in journals(source.host) if journal.outcome in outcomes]
    by_id = [journal for journal in known if wanted in (journal.plan.instance.casefold(), journal.id)]
    found = by_id or [journal for journal in known if short_name(journal.plan.instance).casefold() == wanted]
    if len(found) == 1:
        return found[0]
    names = ", ".join(clean(journal.plan.instance) for journal in found or known) or "none"
    if found:
        raise CommandError("ambiguous-id", f"“{clean(text)}” is more than one onboarding", f"Say which: {names}")
    raise CommandError("unknown-id", f"there is no onboarding of “{clean(text)}” to go back to", f"There are: {names}")


def _show_undo(listed: UndoPlan, manner: Manner) -> None:
    if manner.as_json:
        from claw_tui.cli.documents import render, undo_document

        output.emit(render(undo_document(listed)))
    else:
        output.emit("\n".join(plain.undo_plan_lines(listed, output.appearance())))


def _tell_undone(result: UndoResult, manner: Manner) -> ExitCode:
    if manner.as_json:
        from claw_tui.cli.documents import render, undo_document

        output.emit(render(undo_document(result)))
    else:
        output.emit("\n".join(plain.undone_lines(result, output.appearance())))
    if result.error is None:
        return ExitCode.DONE
    tell(plain.failure_lines(result.error, output.appearance(sys.stderr)))
    return ExitCode.NO
