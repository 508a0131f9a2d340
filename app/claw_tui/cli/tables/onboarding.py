"""The text of `new`: the plan, what is wrong with the choices, progress, and what is there afterwards."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from claw_tui.cli.tables.layout import INDENT, TableStyle, fact_lines, paint
from claw_tui.cli.tables.operations import progress_line as operation_line
from claw_tui.onboarding.text import LABEL_WIDTH, RISK_NOTICE, plan_sections, problem_fact
from claw_tui.operations.text import step_text
from claw_tui.text.cells import Tone
from claw_tui.text.sections import Section, fact
from claw_tui.text.states import state_look
from claw_tui.text.values import clean, count
from gateway_core.onboarding.choices import ChoiceProblem
from gateway_core.onboarding.plan import OnboardingResult, Plan
from gateway_core.onboarding.undo import UndoPlan, UndoResult
from gateway_core.operations import Failure, Operation, OutputLine, Progress, StepBegan, StepEnded


def plan_lines(plan: Plan, look: TableStyle) -> list[str]:
    """All of a plan."""
    return fact_lines(plan_sections(plan), look, LABEL_WIDTH)


def notice_lines(look: TableStyle) -> list[str]:
    """The risk notice."""
    facts = tuple(fact("", sentence) for sentence in RISK_NOTICE)
    return fact_lines([Section("Read this first", facts)], look, label_width=0)


def problem_lines(problems: Iterable[ChoiceProblem], look: TableStyle) -> list[str]:
    """Each thing that is wrong, under the name of its choice."""
    facts = tuple(map(problem_fact, problems))
    return fact_lines([Section("Nothing was done", facts)], look, LABEL_WIDTH)


def progress_line(event: Progress, look: TableStyle) -> str | None:
    """A command as it is run, a line that it prints, a step as it ends; `None` where there is nothing to say."""
    match event:
        case StepBegan(operation=Operation.NEW | Operation.UNDO, command=command):
            return paint(f"$ {clean(command)}", Tone.NOTICE, look) if command else None
        case OutputLine(text=text):
            return paint(f"{INDENT}{clean(text)}", Tone.MUTED, look)
        case StepEnded(operation=Operation.NEW | Operation.UNDO, step=step):
            sign = paint("●", Tone.GOOD, look) if step.ok else paint("■", Tone.BAD, look)
            return f"{sign} {step.name}: {step_text(step)}"
        case _:
            return operation_line(event, look)


def result_lines(result: OnboardingResult, look: TableStyle) -> Iterator[str]:
    """What is there now, and what to do next."""
    name = paint(clean(result.instance), Tone.STRONG, look)
    if result.error is not None:
        yield f"{paint('■', Tone.BAD, look)} {name}  {paint('not finished', Tone.BAD, look)}"
        return
    state = state_look(result.state)
    where = f"base port {result.plan.base_port}, config {clean(result.plan.config_path)}"
    yield f"{paint(state.symbol, state.tone, look)} {name}  created and {paint(state.word, state.tone, look)}: {where}"
    yield from (f"{INDENT}{clean(reminder)}" for reminder in result.plan.reminders)


def failure_lines(failure: Failure, look: TableStyle) -> Iterator[str]:
    """What happened, what to do, and what the command said last."""
    yield paint(clean(failure.message), Tone.BAD, look)
    if failure.hint:
        yield clean(failure.hint)
    yield from (paint(f"{INDENT}{clean(line)}", Tone.MUTED, look) for line in failure.last_lines)


def undo_plan_lines(plan: UndoPlan, look: TableStyle) -> list[str]:
    """What an undo would do: stop, move to the trash, leave alone."""
    first = [fact("stops", clean(plan.instance))] if plan.stops else []
    first += [fact("removes", "its service")] if plan.removes_service else []
    moves = (fact("to trash", clean(item.path), count(item.files, "file")) for item in plan.moves)
    leaves = (fact("leaves", clean(item.path), clean(item.why)) for item in plan.leaves)
    facts = (*first, *moves, *leaves) or (fact("", "nothing is there to take back"),)
    return fact_lines([Section(f"Undo {clean(plan.instance)}", facts)], look, LABEL_WIDTH)


def undone_lines(result: UndoResult, look: TableStyle) -> Iterator[str]:
    """What was taken back, and where it is now."""
    done = Operation.UNDO.verb.done
    word = paint(done, Tone.GOOD, look) if result.ok else paint(f"not {done}", Tone.BAD, look)
    what = f"{count(len(result.moved), 'path')} now" if result.moved else "what was moved is"
    where = f": {what} in {clean(result.trash)}" if result.trash else ""
    yield f"{paint(clean(result.instance), Tone.STRONG, look)}  {word}{where}"
