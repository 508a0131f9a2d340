"""The first and the last line of the screen as text: modes, host and tallies above, keys below, made to fit."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from claw_tui.text.cells import Tone
from claw_tui.text.sections import Line, Piece
from claw_tui.text.states import grade_look, state_look, state_rank, worst
from claw_tui.text.values import clean, count, shorten, width
from gateway_core.snapshot import Grade, Problem, Snapshot

_GAP = "  "
_LONGEST_HOST = 24


@dataclass(frozen=True, slots=True)
class Tab:
    """A mode as the header shows it."""

    key: str
    title: str
    active: bool
    call: str


@dataclass(frozen=True, slots=True)
class Tally:
    """How many there are of something: `● 3 running`."""

    symbol: str
    text: str
    tone: Tone
    call: str = ""
    """The action of a click on it."""

    def __str__(self) -> str:
        return f"{self.symbol} {self.text}"


@dataclass(frozen=True, slots=True)
class Key:
    """An action as the footer shows it."""

    key: str
    title: str
    enabled: bool
    call: str


def header(columns: int, tabs: Sequence[Tab], host: str, badges: Sequence[str], tallies: Sequence[Tally]) -> Line:
    """`claw-tui  1 Instances … mini  ● 3 running  ▲ 1 conflict`.

    Where it is too narrow, the host's name goes first, then the tallies that need a person least.
    """
    left = [Piece(" claw-tui", Tone.STRONG), *_badges(badges), *_tabs(tabs)]
    right = [Piece(shorten(clean(host), _LONGEST_HOST), Tone.MUTED), *(_tally(tally) for tally in tallies)]
    space = columns - _length(left) - 2
    if _joined_length(right) > space:
        del right[0]
    while right and _joined_length(right) > space:
        right.pop()
    return (*left, Piece(" " * max(1, columns - _length(left) - _joined_length(right) - 1)), *_joined(right))


def footer(columns: int, keys: Sequence[Key]) -> Line:
    """`enter Details  y Copy  …`: as many as fit, the last two (help and quit) in any case."""
    shown = list(keys)
    while len(shown) > 2 and sum(_key_length(key) for key in shown) > columns:
        del shown[-3]
    return tuple(piece for key in shown for piece in _key(key))


def _badges(badges: Sequence[str]) -> list[Piece]:
    return [Piece(f"  {badge}", Tone.WARNING) for badge in badges]


def _tabs(tabs: Sequence[Tab]) -> list[Piece]:
    pieces = []
    for tab in tabs:
        pieces.append(Piece(f"  {tab.key} ", Tone.MUTED, tab.call))
        pieces.append(Piece(tab.title, Tone.NOTICE if tab.active else Tone.NORMAL, tab.call))
    return pieces


def _tally(tally: Tally) -> Piece:
    return Piece(str(tally), tally.tone, tally.call)


def _key(key: Key) -> tuple[Piece, Piece]:
    tone = Tone.NORMAL if key.enabled else Tone.FAINT
    return Piece(f" {key.key}", Tone.NOTICE if key.enabled else Tone.FAINT, key.call), Piece(
        f" {key.title} ", tone, key.call
    )


def _key_length(key: Key) -> int:
    return sum(width(piece.text) for piece in _key(key))


def _length(pieces: Sequence[Piece]) -> int:
    return sum(width(piece.text) for piece in pieces)


def _joined_length(pieces: Sequence[Piece]) -> int:
    return _length(pieces) + len(_GAP) * max(0, len(pieces) - 1)


def _joined(pieces: Sequence[Piece]) -> list[Piece]:
    return [part for piece in pieces for part in (Piece(_GAP), piece)][1:]


def _state_tallies(snapshot: Snapshot) -> Iterator[Tally]:
    numbers = Counter(instance.state for instance in snapshot.instances)
    for state in sorted(numbers, key=state_rank):
        look = state_look(state)
        yield Tally(look.symbol, f"{numbers[state]} {look.word}", look.tone)


def _conflict_tally(snapshot: Snapshot) -> Tally | None:
    """The number of conflicts, without the harmless ones; it looks like the worst of them."""
    real = [conflict for conflict in snapshot.conflicts if conflict.grade is not Grade.RESERVED]
    grade = worst(real)
    if grade is None:
        return None
    look = grade_look(grade)
    return Tally(look.symbol, count(len(real), "conflict"), look.tone)


def _problem_tally(found: Iterable[Problem], call: str) -> Tally | None:
    number = len(tuple(found))
    return Tally("!", count(number, "problem"), Tone.WARNING, call) if number else None


def host_summary(snapshot: Snapshot, found: Iterable[Problem], open_problems: str = "") -> tuple[Tally, ...]:
    """Return the tallies of the host: conflicts and problems first, then states in the order of attention."""
    extra = (_conflict_tally(snapshot), _problem_tally(found, open_problems))
    return (*(tally for tally in extra if tally is not None), *_state_tallies(snapshot))
