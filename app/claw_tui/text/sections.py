"""Titled groups of labelled facts, and how they are laid out in columns of text."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from claw_tui.text.cells import Tone
from claw_tui.text.command_lines import command_lines, has_word_beyond
from claw_tui.text.values import pad, shorten, width

LABEL_WIDTH = 16
_GAP = 2
_LEAST_SPACE = 8


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text of one tone."""

    text: str
    tone: Tone = Tone.NORMAL
    call: str = ""  # the action of a click on it, as the front end names its actions
    is_command: bool = False  # there to be pasted, so never shortened


@dataclass(frozen=True, slots=True)
class Fact:
    """A label and the pieces beside it, which follow each other on one line where there is space."""

    label: str
    pieces: tuple[Piece, ...]
    label_tone: Tone = Tone.MUTED


@dataclass(frozen=True, slots=True)
class Section:
    """Facts under one title."""

    title: str
    facts: tuple[Fact, ...]


Line = tuple[Piece, ...]

UNKNOWN = Piece("? could not tell", Tone.WARNING)  # an answer of its own: neither yes nor no


def sections_of(*titled: tuple[str, Iterable[Fact]]) -> tuple[Section, ...]:
    """Make a section of each title and its facts, without those that have no fact."""
    made = (Section(title, tuple(facts)) for title, facts in titled)
    return tuple(section for section in made if section.facts)


def fact(label: str, value: str, note: str = "", tone: Tone = Tone.NORMAL) -> Fact:
    """Return a value, and what it is based on in a muted tone."""
    pieces = (Piece(value, tone), Piece(note, Tone.MUTED)) if note else (Piece(value, tone),)
    return Fact(label, pieces)


def command_fact(label: str, command: str, note: str = "", tone: Tone = Tone.NORMAL) -> Fact:
    """A command to paste, and a note on it."""
    pieces = (Piece(command, tone, is_command=True), *((Piece(note, Tone.MUTED),) if note else ()))
    return Fact(label, pieces)


def joined(line: Line) -> Line:
    return tuple(part for piece in line for part in (Piece(" " * _GAP), piece))[1:]


def lay_out(
    sections: Iterable[Section], columns: int, label_width: int = LABEL_WIDTH, *, whole_commands: bool = False
) -> list[Line]:
    """Return lines of that width: wrapped between words, words that are too long shortened in the middle.

    A command is not shortened, for it would be another one: it takes several lines, and all columns if a word of it
    would be broken beside the label. With `whole_commands` it is on one line, however long that becomes, for who can
    copy it only from there.
    """
    return _stacked([_section_lines(section, columns, label_width, whole_commands) for section in sections])


def lay_out_abreast(
    sections: Sequence[Section], columns: int, label_width: int = LABEL_WIDTH
) -> tuple[list[Line], list[Line]]:
    """Return two stacks of that width each, in reading order and as even in height as they can be."""
    blocks = [_section_lines(section, columns, label_width, False) for section in sections]
    stacks = ((_stacked(blocks[:number]), _stacked(blocks[number:])) for number in range(len(blocks) + 1))
    return min(stacks, key=lambda pair: max(len(pair[0]), len(pair[1])))


def _stacked(blocks: Iterable[Sequence[Line]]) -> list[Line]:
    lines: list[Line] = []
    for block in blocks:
        if lines:
            lines.append(())
        lines.extend(block)
    return lines


def _section_lines(section: Section, columns: int, label_width: int, whole_commands: bool) -> list[Line]:
    title = (Piece(shorten(section.title, columns), Tone.TITLE),)
    return [
        title,
        *(line for item in section.facts for line in _fact_lines(item, columns, label_width, whole_commands)),
    ]


def _fact_lines(item: Fact, columns: int, label_width: int, whole_commands: bool) -> Iterator[Line]:
    space = max(columns - label_width - _GAP, _LEAST_SPACE)
    label = Piece(pad(item.label, label_width) + " " * _GAP, item.label_tone)
    if not whole_commands and any(piece.is_command and has_word_beyond(piece.text, space) for piece in item.pieces):
        if item.label:
            yield (label,)
        yield from _wrap(item.pieces, max(columns, _LEAST_SPACE), whole_commands)
        return
    indent = Piece(" " * (label_width + _GAP))
    for number, line in enumerate(_wrap(item.pieces, space, whole_commands)):
        yield (indent if number else label, *line)


def _wrap(pieces: Iterable[Piece], columns: int, whole_commands: bool) -> Iterator[Line]:
    line: list[Piece] = []
    used = 0
    for gap, word, together in _words(pieces, columns, whole_commands):
        shown = word if word.is_command else replace(word, text=shorten(word.text, columns))
        needed = width(shown.text)
        if line and used + gap + max(needed, together) > columns:
            yield tuple(line)
            line, used = [], 0
        if line:
            line.append(Piece(" " * gap, call=word.call if gap == 1 else ""))  # 1: between words of one piece
            used += gap
        line.append(shown)
        used += needed
    yield tuple(line)


def _words(pieces: Iterable[Piece], columns: int, whole_commands: bool) -> Iterator[tuple[int, Piece, int]]:
    """Yield each word, the space before it (one inside a piece, two between), and what must fit together with it."""
    for piece in pieces:
        if piece.is_command:
            lines = [piece.text] if whole_commands else command_lines(piece.text, columns)
            for text in lines:
                yield _GAP, replace(piece, text=text), columns if len(lines) > 1 else 0
            continue
        whole = width(piece.text)
        for number, word in enumerate(piece.text.split(" ")):
            first = number == 0
            yield _GAP if first else 1, replace(piece, text=word), whole if first and whole <= columns else 0
