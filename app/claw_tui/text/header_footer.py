"""The header and the footer of every screen as text: modes, host and tallies above, keys below, made to fit."""

from collections.abc import Sequence
from dataclasses import dataclass

from claw_tui.text.cells import Tone
from claw_tui.text.sections import Line, Piece
from claw_tui.text.values import clean, shorten, width

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
    """A number of things in the header: `● 3 running`."""

    symbol: str
    text: str
    tone: Tone
    call: str = ""  # the action of a click on it

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
    left = [Piece(" claw-tui", Tone.STRONG), *(Piece(f"  {badge}", Tone.WARNING) for badge in badges), *_tabs(tabs)]
    right = [
        Piece(shorten(clean(host), _LONGEST_HOST), Tone.MUTED),
        *(Piece(str(one), one.tone, one.call) for one in tallies),
    ]
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


def _tabs(tabs: Sequence[Tab]) -> list[Piece]:
    pieces = []
    for tab in tabs:
        pieces.append(Piece(f"  {tab.key} ", Tone.MUTED, tab.call))
        pieces.append(Piece(tab.title, Tone.NOTICE if tab.active else Tone.NORMAL, tab.call))
    return pieces


def _key(key: Key) -> tuple[Piece, Piece]:
    key_tone, title_tone = (Tone.NOTICE, Tone.NORMAL) if key.enabled else (Tone.FAINT, Tone.FAINT)
    return Piece(f" {key.key}", key_tone, key.call), Piece(f" {key.title} ", title_tone, key.call)


def _key_length(key: Key) -> int:
    return sum(width(piece.text) for piece in _key(key))


def _length(pieces: Sequence[Piece]) -> int:
    return sum(width(piece.text) for piece in pieces)


def _joined_length(pieces: Sequence[Piece]) -> int:
    return _length(pieces) + len(_GAP) * max(0, len(pieces) - 1)


def _joined(pieces: Sequence[Piece]) -> list[Piece]:
    return [part for piece in pieces for part in (Piece(_GAP), piece)][1:]
