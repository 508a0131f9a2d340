"""Titled groups of labelled facts, and how they are laid out in columns of text."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from claw_tui.presentation.cells import Tone
from claw_tui.presentation.values import pad, shorten, width

LABEL_WIDTH = 16
_GAP = 2


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text of one tone."""

    text: str
    tone: Tone = Tone.NORMAL
    call: str = ""
    """What a click on it does, as the front end names its actions."""


@dataclass(frozen=True, slots=True)
class Fact:
    """A label and what is to be said about it; the pieces follow each other on one line where there is space."""

    label: str
    pieces: tuple[Piece, ...]

    @property
    def text(self) -> str:
        """All pieces as one text."""
        return "  ".join(piece.text for piece in self.pieces)


@dataclass(frozen=True, slots=True)
class Section:
    """Facts under one title."""

    title: str
    facts: tuple[Fact, ...]


Line = tuple[Piece, ...]


def fact(label: str, value: str, note: str = "", tone: Tone = Tone.NORMAL) -> Fact:
    """A value, and what it is based on in a muted tone."""
    pieces = (Piece(value, tone), Piece(note, Tone.MUTED)) if note else (Piece(value, tone),)
    return Fact(label, pieces)


def lay_out(sections: Iterable[Section], columns: int) -> list[Line]:
    """The sections as lines of that width: wrapped between words, words that are too long shortened in the middle."""
    lines: list[Line] = []
    for section in sections:
        if lines:
            lines.append(())
        lines.append((Piece(shorten(section.title, columns), Tone.STRONG),))
        for item in section.facts:
            lines.extend(_fact_lines(item, columns))
    return lines


def _fact_lines(item: Fact, columns: int) -> Iterator[Line]:
    space = max(columns - LABEL_WIDTH - _GAP, 8)
    label = Piece(pad(item.label, LABEL_WIDTH) + " " * _GAP, Tone.MUTED)
    indent = Piece(" " * (LABEL_WIDTH + _GAP))
    for number, line in enumerate(_wrap(item.pieces, space)):
        yield (indent if number else label, *line)


def _wrap(pieces: Iterable[Piece], columns: int) -> Iterator[Line]:
    line: list[Piece] = []
    used = 0
    for gap, word in _words(pieces):
        shown = Piece(shorten(word.text, columns), word.tone)
        needed = width(shown.text)
        if line and used + gap + needed > columns:
            yield tuple(line)
            line, used = [], 0
        if line:
            line.append(Piece(" " * gap))
            used += gap
        line.append(shown)
        used += needed
    yield tuple(line)


def _words(pieces: Iterable[Piece]) -> Iterator[tuple[int, Piece]]:
    """Each word with the space before it: one inside a piece, two between pieces."""
    for piece in pieces:
        for number, word in enumerate(piece.text.split(" ")):
            yield (1 if number else _GAP), Piece(word, piece.tone)
