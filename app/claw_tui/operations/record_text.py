"""Operations of this session: one line each, all their steps, and the text to copy."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from claw_tui.operations.operation_log import OperationRecord
from claw_tui.operations.text import explanation, outcome, seconds
from claw_tui.text.cells import Tone
from claw_tui.text.sections import Fact, Line, Piece, Section, fact, sections_of
from claw_tui.text.states import StateStyle, state_clause
from claw_tui.text.values import clean, clock_time
from gateway_core.operations import Failure, Operation, Step

UNDER_WAY = "◌"
_DOING = {
    "find": "finding it",
    "look": "looking at it",
    "check": "checking that it can be done",
    "start": "launching it",
    "live": "waiting for an answer",
    "ready": "waiting until it is ready",
    "signal": "asking it to end",
    "exit": "waiting until it has ended",
    "stays down": "watching that it stays down",
    "verify": "checking what came of it",
}
_ABANDONED = StateStyle("?", "not waited for", Tone.WARNING)


@dataclass(frozen=True, slots=True)
class CurrentStep:
    """The step of an operation under way, for the row of its instance."""

    short: str  # `starting`
    sentence: str


def current_step(record: OperationRecord | None) -> CurrentStep | None:
    if record is None or not record.is_open:
        return None
    gerund, current = record.operation.verb.gerund, record.current
    if current is None:
        return CurrentStep(gerund, gerund)
    command = f": $ {clean(current.command)}" if current.command else ""
    return CurrentStep(gerund, f"{gerund}, {_doing(current.name)}{command}")


def headline(record: OperationRecord) -> Line:
    """Draw `● started  openclaw:rescue`, with the time it was asked for and how long it took."""
    style = _style(record)
    when = clock_time(record.asked_at).partition(" ")[2]
    taken = "" if record.is_open else f", {seconds(sum(step.seconds for step in record.steps))}"
    return (
        Piece(style.text, style.tone),
        Piece(clean(record.instance), Tone.STRONG),
        Piece(f"{when}{taken}", Tone.MUTED),
    )


def sections(record: OperationRecord) -> tuple[Section, ...]:
    """Tell all of one operation: outcome, steps with their commands, and the gateway's last words."""
    error = record.result.error if record.result else None
    steps = (*(_step_fact(step, error) for step in record.steps), *_current(record))
    return sections_of(
        (f"{record.operation.verb.base} {clean(record.instance)}", _outcome(record)),
        ("Steps", steps),
        ("It said last", (fact("", clean(line)) for line in error.last_lines) if error else ()),
    )


def last_operation_section(record: OperationRecord | None) -> tuple[Section, ...]:
    if record is None:
        return ()
    facts = [Fact(record.operation.verb.base, headline(record)[::2])]
    facts.extend((*_current(record), *_result_facts(record)))
    return (Section("Last operation", tuple(facts)),)


def as_text(record: OperationRecord) -> str:
    return "\n".join(_text_lines(record))


def _style(record: OperationRecord) -> StateStyle:
    if record.result is not None:
        return outcome(record.result)
    if record.abandoned:
        return _ABANDONED
    return StateStyle(UNDER_WAY, record.operation.verb.gerund, Tone.NOTICE)


def _outcome(record: OperationRecord) -> Iterator[Fact]:
    yield Fact("outcome", headline(record)[::2])
    yield from _result_facts(record)


def _result_facts(record: OperationRecord) -> Iterator[Fact]:
    result = record.result
    if result is None:
        return
    if result.error is None:
        yield fact("found", explanation(result))
    else:
        yield fact("why", explanation(result), tone=Tone.BAD)
        if result.error.hint:
            yield fact("to do", clean(result.error.hint), tone=Tone.STRONG)
    yield from (fact("but", clean(text), tone=Tone.WARNING) for text in result.warnings)


def _step_fact(step: Step, error: Failure | None) -> Fact:
    """Return a step as a fact; a failed one does not repeat why the operation failed."""
    pieces = [Piece(f"{'●' if step.ok else '■'} {seconds(step.seconds)}", Tone.GOOD if step.ok else Tone.BAD)]
    if step.command:
        pieces.append(Piece(f"$ {clean(step.command)}", Tone.STRONG))
    if step.detail and (error is None or step.detail != error.message):
        pieces.append(Piece(clean(step.detail)))
    return Fact(step.name, tuple(pieces))


def _current(record: OperationRecord) -> Iterator[Fact]:
    step = record.current
    if step is not None:
        command = f"$ {clean(step.command)}" if step.command else ""
        yield fact("now", f"{UNDER_WAY} {_doing(step.name)}", command, Tone.NOTICE)


def _doing(step: str) -> str:
    """Say in words what a step under way does, whose name is that of the JSON."""
    return _DOING.get(step, step)


def _text_lines(record: OperationRecord) -> Iterator[str]:
    yield f"claw-tui {record.operation.verb.base} {clean(record.instance)}"
    yield f"asked for at {clock_time(record.asked_at)}"
    for step in record.steps:
        if step.command:
            yield f"  $ {clean(step.command)}"
        detail = f": {clean(step.detail)}" if step.detail else ""
        yield f"  {step.name} {'ok' if step.ok else 'FAILED'} after {step.seconds:.2f} s{detail}"
    if record.result is None:
        yield _style(record).word
    elif record.result.error is None:
        now = "" if record.operation is Operation.UNDO else f"; it {state_clause(record.result.state)} now"
        yield f"{outcome(record.result).word}{now}"
    else:
        yield from _error_lines(record.result.error)
    if record.result is not None:
        yield from (f"but: {clean(text)}" for text in record.result.warnings)


def _error_lines(error: Failure) -> Iterator[str]:
    yield f"failed ({error.code}): {clean(error.message)}"
    if error.hint:
        yield f"to do: {clean(error.hint)}"
    if error.last_lines:
        yield "it said last:"
        yield from (f"  {clean(line)}" for line in error.last_lines)
