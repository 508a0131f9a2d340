"""The header and the footer of every screen as text: modes, host and tallies above, keys below, made to fit."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from claw_tui.text.cells import Tone
from claw_tui.text.sections import Line, Piece
from claw_tui.text.values import clean, shorten, width

_GAP = "  "
_LONGEST_HOST = 24
_SHORT, _SHORTEST = 1, 2


@dataclass(frozen=True, slots=True)
class Tab:
    """A mode as the header shows it."""

    key: str
    title: str
    active: bool
    call: str
    unread: str = ""  # what there is in it that was not seen yet: `3`
    alarming: bool = False


@dataclass(frozen=True, slots=True)
class Tally:
    """A number of things in the header: `● 3 running`, and shorter `●3`; a click on it filters, or leads to them."""

    symbol: str
    forms: tuple[str, ...]  # what is said, the longest first; the last is the number alone
    tone: Tone
    call: str = ""  # the action of a click on it
    filters: bool = False  # only these are shown at the moment

    def __str__(self) -> str:
        return self.text(0)

    def text(self, form: int) -> str:
        """The tally in that form, marked where it filters: colour alone would not tell."""
        chosen = self.forms[min(form, len(self.forms) - 1)]
        shown = f"{self.symbol} {chosen}" if form == 0 else f"{self.symbol}{chosen}"
        return f"[{shown}]" if self.filters else shown


@dataclass(frozen=True, slots=True)
class Key:
    """An action as the footer shows it."""

    key: str
    title: str
    enabled: bool
    call: str


def header(columns: int, tabs: Sequence[Tab], host: str, badges: Sequence[str], tallies: Sequence[Tally]) -> Line:
    """`claw-tui  1 Instances … mini  ● 3 running  ▲ 1 conflict`.

    Where it is too narrow, the host's name goes first. Then tallies lose their words, what needs a person last, so that
    all are seen: `▲1 ◐1 ●3`. Then go the program's name and the titles of the modes that are not shown; at last the
    tallies that need a person least.
    """
    shown = next((one for one in _layouts(tabs, host, badges, tallies) if one.length < columns), None)
    if shown is None:
        *_, shown = _layouts(tabs, host, badges, tallies)
    return (*shown.left, Piece(" " * max(1, columns - shown.length)), *shown.right)


@dataclass(frozen=True, slots=True)
class _Layout:
    left: Sequence[Piece]
    right: Sequence[Piece]

    @property
    def length(self) -> int:
        """The columns that it takes, with one free at the right edge, but without space in the middle."""
        return _length(self.left) + _length(self.right) + 1


def _layouts(tabs: Sequence[Tab], host: str, badges: Sequence[str], tallies: Sequence[Tally]) -> Iterator[_Layout]:
    """Yield the header in ever shorter forms."""
    left, forms = _left(tabs, badges, named=True, titled=True), [0] * len(tallies)
    name = Piece(shorten(clean(host), _LONGEST_HOST), Tone.MUTED)
    full = _tallies(tallies, forms)
    yield _Layout(left, (name, Piece(_GAP), *full) if full else (name,))
    yield _Layout(left, full)
    for forms in _shorter_forms(tallies):
        yield _Layout(left, _tallies(tallies, forms))
    for titled in (True, False):
        left = _left(tabs, badges, named=False, titled=titled)
        yield _Layout(left, _tallies(tallies, [_SHORT] * len(tallies)))
        yield _Layout(left, _tallies(tallies, [_SHORTEST] * len(tallies)))
    for number in range(len(tallies) - 1, -1, -1):
        yield _Layout(left, _tallies(tallies[:number], [_SHORTEST] * number))


def _shorter_forms(tallies: Sequence[Tally]) -> Iterator[list[int]]:
    """Yield the forms in which one tally after the other is short, from the one that needs a person least."""
    for first_short in range(len(tallies) - 1, -1, -1):
        yield [0 if position < first_short else _SHORT for position in range(len(tallies))]


def _tallies(tallies: Sequence[Tally], forms: Sequence[int]) -> Sequence[Piece]:
    """The tallies in these forms; short ones stand closer together."""
    pieces: list[Piece] = []
    for tally, form, before in zip(tallies, forms, (0, *forms), strict=False):
        if pieces:
            pieces.append(Piece(" " if form and before else _GAP))
        pieces.append(Piece(tally.text(form), tally.tone, tally.call))
    return pieces


def footer(columns: int, keys: Sequence[Key]) -> Line:
    """`enter Details  y Copy  …`: as many as fit, the last two (help and quit) in any case."""
    shown = list(keys)
    while len(shown) > 2 and sum(_key_length(key) for key in shown) > columns:
        del shown[-3]
    return tuple(piece for key in shown for piece in _key(key))


def _left(tabs: Sequence[Tab], badges: Sequence[str], *, named: bool, titled: bool) -> Sequence[Piece]:
    """The program's name, badges and modes: the one that is shown in brackets, and without titles the only one with."""
    pieces = [Piece(" claw-tui", Tone.STRONG)] if named else []
    pieces.extend(Piece(f"  {badge}", Tone.WARNING) for badge in badges)
    gap = _GAP
    for tab in tabs:
        tone = Tone.NOTICE if tab.active else Tone.MUTED
        pieces.append(Piece(f"{gap[0]}[" if tab.active else gap, Tone.NOTICE))
        pieces.append(Piece(tab.key, tone, tab.call))
        if titled or tab.active:
            pieces.append(Piece(f" {tab.title}", Tone.NOTICE if tab.active else Tone.NORMAL, tab.call))
        if tab.unread:
            pieces.append(Piece(f" {tab.unread}", Tone.BAD if tab.alarming else Tone.NOTICE, tab.call))
        gap = "] " if tab.active else _GAP
    return [*pieces, Piece(gap.rstrip(), Tone.NOTICE)]


def _key(key: Key) -> tuple[Piece, Piece]:
    """`X Stop`, or `(X Stop)` in as many columns while that cannot be done: a fainter colour alone would not tell."""
    key_tone, title_tone = (Tone.NOTICE, Tone.NORMAL) if key.enabled else (Tone.FAINT, Tone.FAINT)
    before, after = (" ", " ") if key.enabled else ("(", ")")
    return Piece(f"{before}{key.key}", key_tone, key.call), Piece(f" {key.title}{after}", title_tone, key.call)


def _key_length(key: Key) -> int:
    return sum(width(piece.text) for piece in _key(key))


def _length(pieces: Sequence[Piece]) -> int:
    return sum(width(piece.text) for piece in pieces)
