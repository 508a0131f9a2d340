"""The looks of states and conflict grades, which do not depend on colour, and their tallies."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass

from claw_tui.text.cells import Tone
from claw_tui.text.header_footer import Tally
from claw_tui.text.values import count
from gateway_core.snapshot import Conflict, Grade, Problem, Snapshot, State


@dataclass(frozen=True, slots=True)
class StateStyle:
    """A symbol of one column, a word and a tone."""

    symbol: str
    word: str
    tone: Tone

    @property
    def text(self) -> str:
        return f"{self.symbol} {self.word}"


_STATES = {
    State.WEDGED: ("■", Tone.BAD),
    State.CRASH_LOOPING: ("↻", Tone.BAD),
    State.FOREIGN: ("◆", Tone.BAD),
    State.BLOCKED: ("⊘", Tone.BAD),
    State.DEGRADED: ("◐", Tone.WARNING),
    State.INCOMPLETE: ("!", Tone.WARNING),
    State.UNKNOWN: ("?", Tone.WARNING),
    State.STARTING: ("◔", Tone.NOTICE),
    State.STOPPING: ("◕", Tone.NOTICE),
    State.RUNNING: ("●", Tone.GOOD),
    State.STOPPED: ("○", Tone.MUTED),
}
"""Declared in the order of attention: what needs a person first."""

_GRADES = {
    Grade.ACTIVE: ("▲", Tone.BAD),
    Grade.CERTAIN: ("▲", Tone.BAD),
    Grade.SQUATTER: ("▲", Tone.BAD),
    Grade.POSSIBLE: ("▲", Tone.WARNING),
    Grade.INVALID: ("▲", Tone.BAD),
    Grade.OVERLAP: ("△", Tone.NOTICE),
    Grade.EPHEMERAL: ("△", Tone.NOTICE),
    Grade.RESERVED: ("·", Tone.MUTED),
}
"""Declared from what needs a person first to what is harmless."""

_WORDS = {State.FOREIGN: "port taken", State.WEDGED: "unresponsive"}
"""The words for people, where another one than in JSON and options is plainer."""

STATE_STYLES = {
    state: StateStyle(symbol, _WORDS.get(state, state.value), tone) for state, (symbol, tone) in _STATES.items()
}
GRADE_STYLES = {grade: StateStyle(symbol, grade.value, tone) for grade, (symbol, tone) in _GRADES.items()}
_CLAUSES = {State.FOREIGN: "has its port taken"}
_STATE_RANKS = {state: rank for rank, state in enumerate(_STATES)}
_GRADE_RANKS = {grade: rank for rank, grade in enumerate(_GRADES)}


def state_clause(state: State) -> str:
    """Return the state as what is said of a gateway: `is running`."""
    return _CLAUSES.get(state, f"is {state}")


def state_rank(state: State) -> int:
    """Return the place of a state in the order of attention; 0 needs a person first."""
    return _STATE_RANKS[state]


def grade_rank(grade: Grade) -> int:
    """Return the place of a grade in the order of attention; `invalid` is milder, but needs a person all the same."""
    return _GRADE_RANKS[grade]


def needs_attention(style: StateStyle) -> bool:
    """Whether a person should look at what is in that state, or has that grade."""
    return style.tone in (Tone.BAD, Tone.WARNING)


def most_urgent(conflicts: Iterable[Conflict]) -> Grade | None:
    return min((conflict.grade for conflict in conflicts), key=grade_rank, default=None)


@dataclass(frozen=True, slots=True)
class TallyCalls:
    """The actions that a click on a tally calls, as the front end names them."""

    conflicts: str = ""
    problems: str = ""
    unlisted: str = ""
    only: Callable[[State], str] = lambda _: ""


NO_CALLS = TallyCalls()


def _state_tallies(snapshot: Snapshot, calls: TallyCalls, shown: Collection[State]) -> Iterator[Tally]:
    numbers = Counter(instance.state for instance in snapshot.instances)
    for state in sorted(numbers, key=state_rank):
        style, number = STATE_STYLES[state], str(numbers[state])
        yield Tally(style.symbol, (f"{number} {style.word}", number), style.tone, calls.only(state), state in shown)


def _conflict_tally(snapshot: Snapshot, call: str) -> Tally | None:
    """The number of conflicts, without the harmless ones; it looks like the most urgent of them."""
    real = [conflict for conflict in snapshot.conflicts if conflict.grade is not Grade.RESERVED]
    grade = most_urgent(real)
    if grade is None:
        return None
    style = GRADE_STYLES[grade]
    return Tally(style.symbol, (count(len(real), "conflict"), str(len(real))), style.tone, call)


def _problem_tally(found: Iterable[Problem], call: str) -> Tally | None:
    """The number of problems, and whether they hide a part of the host: what is not shown may be there.

    It keeps its word for longer than others, because an incomplete instance has the same symbol.
    """
    problems = tuple(found)
    told, number = count(len(problems), "problem"), str(len(problems))
    unseen = ", not all seen" if any(problem.unseen for problem in problems) else ""
    return Tally("!", (f"{told}{unseen}", told, number), Tone.WARNING, call) if problems else None


def _elsewhere_tally(snapshot: Snapshot, call: str) -> Tally | None:
    """The number of gateways in containers and other namespaces, which have no row."""
    number = len(snapshot.elsewhere)
    return Tally("◇", (f"{number} not listed", str(number)), Tone.MUTED, call) if number else None


def host_summary(
    snapshot: Snapshot, found: Iterable[Problem], calls: TallyCalls = NO_CALLS, shown: Collection[State] = ()
) -> tuple[Tally, ...]:
    """Return the tallies of the host: conflicts and problems first, then states in the order of attention.

    `shown` are the states that the list is filtered by.
    """
    extra = (
        _conflict_tally(snapshot, calls.conflicts),
        _problem_tally(found, calls.problems),
        _elsewhere_tally(snapshot, calls.unlisted),
    )
    return (*(tally for tally in extra if tally is not None), *_state_tallies(snapshot, calls, shown))
