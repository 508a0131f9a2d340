"""Operations of this session: one line each, all their steps, and the text to copy."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from claw_tui.operations.operation_log import OperationRecord
from claw_tui.operations.text import (
    explanation,
    outcome,
    seconds,
)
from claw_tui.text.cells import Tone
from claw_tui.text.sections import (
    Fact,
    Line,
    Piece,
    Section,
    fact,
)
from claw_tui.text.states import StateStyle
from claw_tui.text.values import clean, clock_time
from gateway_core.lifecycle.runner import runner_of, signal_command
from gateway_core.operations import Failure, Operation, Step
from gateway_core.snapshot import Instance

UNDER_WAY = "◌"
_ABANDONED = StateStyle("?", "not waited for", Tone.WARNING)


@dataclass(frozen=True, slots=True)
class Doing:
    """What is being done to an instance now, for its row."""

    short: str
    """`stop: exit`."""
    sentence: str


def doing(undertaking: OperationRecord | None) -> Doing | None:
    """For an open undertaking: what, and at which step it is."""
    if undertaking is None or not undertaking.is_open:
        return None
    verb = undertaking.operation.verb.base
    current = undertaking.current
    if current is None:
        return Doing(f"{verb}: …", undertaking.operation.verb.gerund)
    command = f": $ {clean(current.command)}" if current.command else ""
    return Doing(f"{verb}: {current.name}", f"{undertaking.operation.verb.gerund}, {current.name}{command}")


def headline(undertaking: OperationRecord) -> Line:
    """`● started  openclaw:rescue`, with the time it was asked for and how long it took."""
    look = _look(undertaking)
    when = clock_time(undertaking.asked_at).partition(" ")[2]
    taken = "" if undertaking.is_open else f", {seconds(sum(step.seconds for step in undertaking.steps))}"
    return (
        Piece(look.text, look.tone),
        Piece(clean(undertaking.instance), Tone.STRONG),
        Piece(f"{when}{taken}", Tone.MUTED),
    )


def sections(undertaking: OperationRecord) -> tuple[Section, ...]:
    """Everything about one operation: outcome, steps with their commands, and the gateway's last words."""
    error = undertaking.result.error if undertaking.result else None
    steps = (*(_step_fact(step, error) for step in undertaking.steps), *_current(undertaking))
    found = (
        Section(f"{undertaking.operation.verb.base} {clean(undertaking.instance)}", tuple(_outcome(undertaking))),
        Section("Steps", steps),
        Section("It said last", tuple(fact("", clean(line)) for line in error.last_lines) if error else ()),
    )
    return tuple(section for section in found if section.facts)


def last_operation_section(undertaking: OperationRecord | None) -> tuple[Section, ...]:
    """For the details of an instance: what was done to it last in this session."""
    if undertaking is None:
        return ()
    facts = [Fact(undertaking.operation.verb.base, headline(undertaking)[::2])]
    facts.extend((*_current(undertaking), *_result_facts(undertaking)))
    return (Section("Last operation", tuple(facts)),)


def as_text(undertaking: OperationRecord) -> str:
    """All of it, to be pasted into a message or an issue."""
    return "\n".join(_text_lines(undertaking))


def can_be_killed(instance: Instance, last: OperationRecord | None) -> bool:
    """Whether this very process was asked to stop in this session, and has let its time go by.

    A stop from here waits as long as the gateway's product grants it, so its failure means that this time is up.
    """
    process = instance.signals.process
    if process is None or runner_of(instance) is not None or last is None or last.result is None or last.result.ok:
        return False
    command = " ".join(signal_command(Operation.STOP, process.pid))
    asked = any(step.command == command and step.ok for step in last.steps)
    waited = bool(last.steps) and last.steps[-1].name == "exit" and not last.steps[-1].ok
    return last.operation in (Operation.STOP, Operation.RESTART) and asked and waited


def _look(undertaking: OperationRecord) -> StateStyle:
    if undertaking.result is not None:
        return outcome(undertaking.result)
    if undertaking.abandoned:
        return _ABANDONED
    return StateStyle(UNDER_WAY, undertaking.operation.verb.gerund, Tone.NOTICE)


def _outcome(undertaking: OperationRecord) -> Iterator[Fact]:
    yield Fact("outcome", headline(undertaking)[::2])
    yield from _result_facts(undertaking)


def _result_facts(undertaking: OperationRecord) -> Iterator[Fact]:
    result = undertaking.result
    if result is None:
        return
    if result.error is None:
        yield fact("found", explanation(result))
        return
    yield fact("why", explanation(result), tone=Tone.BAD)
    if result.error.hint:
        yield fact("to do", clean(result.error.hint), tone=Tone.STRONG)


def _step_fact(step: Step, error: Failure | None) -> Fact:
    """The step that failed need not say once more why the operation did."""
    pieces = [Piece(f"{'●' if step.ok else '■'} {seconds(step.seconds)}", Tone.GOOD if step.ok else Tone.BAD)]
    if step.command:
        pieces.append(Piece(f"$ {clean(step.command)}", Tone.STRONG))
    if step.detail and (error is None or step.detail != error.message):
        pieces.append(Piece(clean(step.detail)))
    return Fact(step.name, tuple(pieces))


def _current(undertaking: OperationRecord) -> Iterator[Fact]:
    step = undertaking.current
    if step is not None:
        yield fact(step.name, f"{UNDER_WAY} under way", f"$ {clean(step.command)}" if step.command else "", Tone.NOTICE)


def _text_lines(undertaking: OperationRecord) -> Iterator[str]:
    yield f"claw-tui {undertaking.operation.verb.base} {clean(undertaking.instance)}"
    yield f"asked for at {clock_time(undertaking.asked_at)}"
    for step in undertaking.steps:
        if step.command:
            yield f"  $ {clean(step.command)}"
        detail = f": {clean(step.detail)}" if step.detail else ""
        yield f"  {step.name} {'ok' if step.ok else 'FAILED'} after {step.seconds:.2f} s{detail}"
    if undertaking.result is None:
        yield _look(undertaking).word
    elif undertaking.result.error is None:
        yield f"{outcome(undertaking.result).word}; it is {undertaking.result.state} now"
    else:
        yield from _error_lines(undertaking.result.error)


def _error_lines(error: Failure) -> Iterator[str]:
    yield f"failed ({error.code}): {clean(error.message)}"
    if error.hint:
        yield f"to do: {clean(error.hint)}"
    if error.last_lines:
        yield "it said last:"
        yield from (f"  {clean(line)}" for line in error.last_lines)
