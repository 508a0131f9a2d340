"""The text of `new`: the plan, what is wrong with the choices, progress, and what is there afterwards."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from claw_tui.cli.tables.layout import INDENT, TableStyle, fact_lines, paint
from claw_tui.cli.tables.operations import progress_line as operation_line
from claw_tui.onboarding.text import LABEL_WIDTH, RISK_NOTICE, plan_sections, problem_fact
from claw_tui.operations.text import step_text
from claw_tui.text.cells import Tone
from claw_tui.text.sections import Fact, Piece, Section, fact
from claw_tui.text.states import STATE_STYLES
from claw_tui.text.values import clean, count
from gateway_core.onboarding.choices import ChoiceProblem, Field
from gateway_core.onboarding.plan import OnboardingResult, Plan
from gateway_core.onboarding.undo import UndoPlan, UndoResult
from gateway_core.operations import Failure, Operation, OutputLine, Progress, StepBegan, StepEnded


def plan_lines(plan: Plan, style: TableStyle) -> list[str]:
    return fact_lines(plan_sections(plan), style, LABEL_WIDTH)


def notice_lines(style: TableStyle) -> list[str]:
    facts = tuple(fact("", sentence) for sentence in RISK_NOTICE)
    return fact_lines([Section("Read this first", facts)], style, label_width=0)


def problem_lines(problems: Iterable[ChoiceProblem], style: TableStyle) -> list[str]:
    facts = tuple(map(_problem_fact, problems))
    return fact_lines([Section("Nothing was done", facts)], style, LABEL_WIDTH)


def _problem_fact(problem: ChoiceProblem) -> Fact:
    """Return what is wrong with a choice; of a name also which one is free."""
    told = problem_fact(problem)
    if problem.field is not Field.PROFILE or problem.suggestion is None:
        return told
    return replace(told, pieces=(*told.pieces, Piece(f"“{clean(problem.suggestion)}” is free.")))


def progress_line(event: Progress, style: TableStyle) -> str | None:
    """A command when it begins, a line that it prints, a step when it ends; `None` for any other event."""
    match event:
        case StepBegan(operation=Operation.NEW | Operation.UNDO, command=command):
            return paint(f"$ {clean(command)}", Tone.NOTICE, style) if command else None
        case OutputLine(text=text):
            return paint(f"{INDENT}{clean(text)}", Tone.MUTED, style)
        case StepEnded(operation=Operation.NEW | Operation.UNDO, step=step):
            sign = paint("●", Tone.GOOD, style) if step.ok else paint("■", Tone.BAD, style)
            return f"{sign} {step.name}: {step_text(step)}"
        case _:
            return operation_line(event, style)


def result_lines(result: OnboardingResult, style: TableStyle) -> Iterator[str]:
    name = paint(clean(result.instance), Tone.STRONG, style)
    if result.error is not None:
        yield f"{paint('■', Tone.BAD, style)} {name}  {paint('not finished', Tone.BAD, style)}"
        return
    state = STATE_STYLES[result.state]
    where = f"base port {result.plan.base_port}, config {clean(result.plan.config_path)}"
    symbol, word = (paint(text, state.tone, style) for text in (state.symbol, state.word))
    yield f"{symbol} {name}  created and {word}: {where}"
    yield from (f"{INDENT}{clean(reminder)}" for reminder in result.plan.reminders)


def failure_lines(failure: Failure, style: TableStyle) -> Iterator[str]:
    yield paint(clean(failure.message), Tone.BAD, style)
    if failure.hint:
        yield clean(failure.hint)
    yield from (paint(f"{INDENT}{clean(line)}", Tone.MUTED, style) for line in failure.last_lines)


def undo_plan_lines(plan: UndoPlan, style: TableStyle) -> list[str]:
    """The effects of an undo: what it stops, moves to the trash, leaves alone."""
    first = [fact("stops", clean(plan.instance))] if plan.stops else []
    first += [fact("removes", "its service")] if plan.removes_service else []
    moves = (fact("to trash", clean(item.path), count(item.files, "file")) for item in plan.moves)
    leaves = (fact("leaves", clean(item.path), clean(item.why)) for item in plan.leaves)
    facts = (*first, *moves, *leaves) or (fact("", "nothing is there to take back"),)
    return fact_lines([Section(f"Undo {clean(plan.instance)}", facts)], style, LABEL_WIDTH)


def undone_lines(result: UndoResult, style: TableStyle) -> Iterator[str]:
    done = Operation.UNDO.verb.done
    word = paint(done, Tone.GOOD, style) if result.ok else paint(f"not {done}", Tone.BAD, style)
    what = f"{count(len(result.moved), 'path')} now" if result.moved else "what was moved is"
    where = f": {what} in {clean(result.trash)}" if result.trash else ""
    yield f"{paint(clean(result.instance), Tone.STRONG, style)}  {word}{where}"
