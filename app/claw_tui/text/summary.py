"""The host in one line."""

from collections import Counter
from collections.abc import Iterable

from claw_tui.text.bars import Tally
from claw_tui.text.cells import Tone
from claw_tui.text.states import (
    grade_look,
    state_look,
    state_rank,
    worst,
)
from claw_tui.text.values import count
from gateway_core.snapshot import Grade, Problem, Snapshot


def states(snapshot: Snapshot) -> Iterable[Tally]:
    """Count the instances in each state, in the order of attention."""
    numbers = Counter(instance.state for instance in snapshot.instances)
    for state in sorted(numbers, key=state_rank):
        look = state_look(state)
        yield Tally(look.symbol, f"{numbers[state]} {look.word}", look.tone)


def conflicts(snapshot: Snapshot) -> Tally | None:
    """Count the conflicts, without the harmless ones; it looks like the worst of them."""
    real = [conflict for conflict in snapshot.conflicts if conflict.grade is not Grade.RESERVED]
    grade = worst(real)
    if grade is None:
        return None
    look = grade_look(grade)
    return Tally(look.symbol, count(len(real), "conflict"), look.tone)


def problems(found: Iterable[Problem], call: str = "") -> Tally | None:
    """Count what could not be seen or read; a click runs `call`."""
    number = len(tuple(found))
    return Tally("!", count(number, "problem"), Tone.WARNING, call) if number else None


def line(snapshot: Snapshot, found: Iterable[Problem], open_problems: str = "") -> tuple[Tally, ...]:
    """Return all that one line can say of the host: conflicts and problems first, then what needs a person first."""
    extra = (conflicts(snapshot), problems(found, open_problems))
    return (*(tally for tally in extra if tally is not None), *states(snapshot))
