"""The parts that several texts share: problems, conflicts, and titled blocks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from claw_tui.cli.tables.table import (
    INDENT,
    TableStyle,
    folded,
    paint,
)
from claw_tui.text.cells import Tone
from claw_tui.text.sections import (
    LABEL_WIDTH,
    Line,
    Section,
    lay_out,
)
from claw_tui.text.states import grade_look
from claw_tui.text.values import clean, port_range
from gateway_core.snapshot import Conflict, InstanceParty, KernelParty, PortOwner, Problem

_UNCUT = 1_000_000
"""Columns enough for any line to stay one line."""


def fact_lines(facts: Iterable[Section], look: TableStyle, label_width: int = LABEL_WIDTH) -> list[str]:
    """Titled facts; wrapped only to fit a terminal."""
    return painted_lines(lay_out(facts, look.width or _UNCUT, label_width), look)


def painted_lines(lines: Iterable[Line], look: TableStyle) -> list[str]:
    """Lines that were laid out for any front end, in the colours of a terminal."""
    return ["".join(paint(piece.text, piece.tone, look) for piece in line).rstrip() for line in lines]


def section(title: str, lines: Iterable[str], look: TableStyle) -> list[str]:
    """A blank line, the title and the lines, indented; nothing at all if there are none."""
    body = [INDENT + line for line in lines]
    return ["", paint(title, Tone.STRONG, look), *body] if body else []


def problem_lines(problems: Iterable[Problem], look: TableStyle) -> list[str]:
    """One line for each thing that could not be seen or read, where it has that much space."""
    told = (f"! {clean(problem.where)}: {clean(problem.message)}" for problem in problems)
    return [line for text in told for line in folded(text, look)]


def conflict_lines(conflicts: Iterable[Conflict], look: TableStyle) -> list[str]:
    """One line per conflict where it has that much space: grade, ports, both sides, why, and what to do about it."""
    return [line for conflict in conflicts for line in folded(_conflict_line(conflict, look), look)]


def _conflict_line(conflict: Conflict, look: TableStyle) -> str:
    grade = grade_look(conflict.grade)
    sides = " × ".join(dict.fromkeys(_sides(conflict)))
    ports = port_range(conflict.ports.start, conflict.ports.end)
    remedy = f" → {clean(conflict.remedy)}" if conflict.remedy else ""
    return f"{paint(grade.text, grade.tone, look)}  {ports}  {sides}: {clean(conflict.why)}{remedy}"


def _sides(conflict: Conflict) -> Iterator[str]:
    """Each party; a process of an instance that is a party itself says nothing new."""
    instances = {party.instance for party in conflict.parties if isinstance(party, InstanceParty)}
    for party in conflict.parties:
        if isinstance(party, InstanceParty):
            yield f"{clean(party.instance)} ({party.role})"
        elif isinstance(party, KernelParty):
            yield clean(party.kernel)
        elif party.process.instance not in instances:
            yield _owner(party.process)


def _owner(owner: PortOwner) -> str:
    if owner.pid is None:
        return "a process that you may not see"
    belongs = f" of {clean(owner.instance)}" if owner.instance else ""
    return f"{clean(owner.name or 'a process')} (pid {owner.pid}){belongs}"
