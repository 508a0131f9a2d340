"""The text of `start`, `stop` and `restart`: a line per step while they run, and a line per result."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from claw_tui.cli.tables.table import (
    INDENT,
    Heading,
    TableStyle,
    folded,
    paint,
    table,
)
from claw_tui.operations.text import (
    explanation,
    keeping_command,
    outcome,
    step_text,
    words,
)
from claw_tui.text.cells import Cell, Tone, by_text
from claw_tui.text.states import state_look
from claw_tui.text.values import clean
from gateway_core.operations import (
    Event,
    Operation,
    OperationResult,
    StepBegan,
    StepEnded,
)
from gateway_core.snapshot import Instance


def target_lines(operation: Operation, chosen: Sequence[Instance], look: TableStyle) -> list[str]:
    """Whom `--all` means: each with its state, and the process that it has."""
    head = f"To {words(operation).verb}:"
    if not chosen:
        return [f"{head} none"]
    rows = [(by_text(clean(one.id), tone=Tone.STRONG), _state(one), _process(one)) for one in chosen]
    headings = (Heading("Instance"), Heading("State"), Heading("Pid", right=True, optional=True))
    return [head, *(INDENT + line for line in table(headings, rows, look.indented))]


def left_alone_lines(instances: Iterable[Instance], look: TableStyle) -> Iterator[str]:
    """Whom it does not mean, though one might think so."""
    for one in instances:
        yield from folded(f"Left alone: {clean(one.id)} is {state_look(one.state).word}: {clean(one.reason)}", look)


def keeping_lines(instances: Iterable[Instance]) -> Iterator[str]:
    """Of those that nothing tells of but their process: how to keep them."""
    for one in instances:
        if command := keeping_command(one):
            yield f"{clean(one.id)}: only its process tells of it. To find it here once that has ended: {command}"


def _state(instance: Instance) -> Cell:
    look = state_look(instance.state)
    return by_text(look.text, tone=look.tone)


def _process(instance: Instance) -> Cell:
    process = instance.signals.process
    return by_text(str(process.pid) if process else "")


def progress_line(event: Event, look: TableStyle) -> str | None:
    """A command as it is run, a step as it ends; `None` where there is nothing to say."""
    if isinstance(event, StepBegan):
        return _line(event.instance, f"$ {clean(event.command)}", Tone.NOTICE, look) if event.command else None
    if isinstance(event, StepEnded) and (event.step.detail or not event.step.ok):
        tone = Tone.MUTED if event.step.ok else Tone.BAD
        told = _line(event.instance, f"{event.step.name}: {step_text(event.step)}", tone, look)
        return "\n".join(folded(told, look))
    return None


def result_lines(result: OperationResult, look: TableStyle) -> list[str]:
    """What came of it: `● openclaw:rescue  started: live and ready`."""
    how = outcome(result)
    why = explanation(result)
    done = f"{paint(how.symbol, how.tone, look)} {paint(clean(result.instance), Tone.STRONG, look)}"
    return folded(f"{done}  {paint(how.word, how.tone, look)}{f': {why}' if why else ''}", look)


def advice_lines(result: OperationResult, look: TableStyle) -> Iterator[str]:
    """After a failure: what to do next, and what the gateway said last."""
    if result.error is None:
        return
    if result.error.hint:
        yield from folded(_line(result.instance, clean(result.error.hint), Tone.NORMAL, look), look)
    if result.error.last_lines:
        yield _line(result.instance, "it said last:", Tone.NORMAL, look)
        yield from (paint(f"{INDENT}{clean(line)}", Tone.MUTED, look) for line in result.error.last_lines)


def _line(instance: str, text: str, tone: Tone, look: TableStyle) -> str:
    return f"{clean(instance)}: {paint(text, tone, look)}"
