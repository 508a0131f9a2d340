"""The text of `start`, `stop` and `restart`: a line per step while they run, and a line per result."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from claw_tui.cli.tables.layout import INDENT, Column, TableStyle, folded, paint, table
from claw_tui.operations.text import explanation, keeping_command, outcome, step_text
from claw_tui.text import unlisted
from claw_tui.text.cells import Cell, Tone
from claw_tui.text.states import STATE_STYLES
from claw_tui.text.values import clean
from gateway_core.operations import Operation, OperationResult, Progress, StepBegan, StepEnded
from gateway_core.snapshot import Instance, Snapshot


def _state(instance: Instance) -> Cell:
    style = STATE_STYLES[instance.state]
    return Cell(style.text, style.tone)


def _process(instance: Instance) -> Cell:
    process = instance.signals.process
    return Cell(str(process.pid) if process else "")


_TARGETS: tuple[Column[Instance], ...] = (
    Column("Instance", lambda instance: Cell(clean(instance.id), Tone.STRONG)),
    Column("State", _state),
    Column("Pid", _process, right=True, optional=True),
)


def target_lines(operation: Operation, chosen: Sequence[Instance], style: TableStyle) -> list[str]:
    """The instances that `--all` means: each with its state, and the process that it has."""
    head = f"To {operation.verb.base}:"
    if not chosen:
        return [f"{head} none"]
    return [head, *(INDENT + line for line in table(_TARGETS, chosen, style.indented))]


def left_alone_lines(instances: Iterable[Instance], style: TableStyle) -> list[str]:
    """The instances that `--all` leaves out, though one might think that it means them."""
    told = (f"Left alone: {clean(one.id)} ({STATE_STYLES[one.state].word}): {clean(one.reason)}" for one in instances)
    return folded(told, style)


def others_lines(instances: Sequence[Instance], style: TableStyle) -> list[str]:
    """One line on those that `--all` leaves out because they are others'."""
    names = ", ".join(f"{clean(one.id)}{' (demo)' if one.demo else ''}" for one in instances)
    whose = "not of this home and not registered, so meant only by name"
    return folded([f"Left alone, {whose}: {names}"], style) if instances else []


def unseen_lines(snapshot: Snapshot, style: TableStyle) -> list[str]:
    """Where gateways may be that `--all` does not reach, because they are not seen."""
    told = (f"Not seen, so gateways may be missing here: {line}" for line in unlisted.unseen_lines(snapshot))
    return folded(told, style)


def keeping_lines(instances: Iterable[Instance]) -> Iterator[str]:
    """For instances that nothing tells of but their process: the command that keeps them listed."""
    for one in instances:
        if command := keeping_command(one):
            yield f"{clean(one.id)}: only its process tells of it. To find it here once that has ended: {command}"


def progress_line(event: Progress, style: TableStyle) -> str | None:
    """A command when it begins, a step when it ends; `None` for an event that nobody needs to see."""
    if isinstance(event, StepBegan):
        return _line(event.instance, f"$ {clean(event.command)}", Tone.NOTICE, style) if event.command else None
    if isinstance(event, StepEnded) and (event.step.detail or not event.step.ok):
        tone = Tone.MUTED if event.step.ok else Tone.BAD
        told = _line(event.instance, f"{event.step.name}: {step_text(event.step)}", tone, style)
        return "\n".join(folded([told], style))
    return None


def result_lines(result: OperationResult, style: TableStyle) -> list[str]:
    """The outcome: `● openclaw:rescue  started: live and ready`."""
    how = outcome(result)
    why = explanation(result)
    done = f"{paint(how.symbol, how.tone, style)} {paint(clean(result.instance), Tone.STRONG, style)}"
    return folded([f"{done}  {paint(how.word, how.tone, style)}{f': {why}' if why else ''}"], style)


def warning_lines(result: OperationResult, style: TableStyle) -> list[str]:
    """What an operation went on without: `! openclaw:rescue: …`."""
    return folded(
        [f"{paint('!', Tone.WARNING, style)} {clean(result.instance)}: {clean(text)}" for text in result.warnings],
        style,
    )


def hint_lines(result: OperationResult, style: TableStyle) -> Iterator[str]:
    """After a failure: what to do next, and what the gateway printed last."""
    if result.error is None:
        return
    if result.error.hint:
        yield _line(result.instance, clean(result.error.hint), Tone.NORMAL, style)  # on one line: it may hold a command
    if result.error.last_lines:
        yield _line(result.instance, "it said last:", Tone.NORMAL, style)
        yield from (paint(f"{INDENT}{clean(line)}", Tone.MUTED, style) for line in result.error.last_lines)


def _line(instance: str, text: str, tone: Tone, style: TableStyle) -> str:
    return f"{clean(instance)}: {paint(text, tone, style)}"
