"""The layout of long log lines in several rows: the later ones hang under the text of the first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from claw_tui.text.values import width

_LEAST_TEXT = 24  # columns; where there are fewer beside what stands before a text, it hangs less


def hang_of(before: int, columns: int) -> int:
    """Return how far later rows are indented, if so many columns stand before the text of the line."""
    return min(before, max(0, columns - _LEAST_TEXT))


def cells_of(text: str) -> Sequence[str]:
    """Return what stands in each column: a wide character has two, of which the second is empty."""
    if text.isascii():
        return text
    cells: list[str] = []
    for char in text:
        taken = width(char)
        if taken == 0 and cells:
            cells[-1] += char
        else:
            cells += (char, *("",) * (taken - 1))
    return cells


def parts_of(text: str, before: int, columns: int) -> Iterator[tuple[int, int]]:
    """Yield from and to which column of the whole row each of its parts goes; they end between words if they can."""
    cells, hang = cells_of(text), hang_of(before, columns)
    begin, space = 0, columns
    while len(cells) - begin > space:
        earliest = max(before, begin + space // 2) if begin < before else begin + space // 2
        end = next((at for at in range(begin + space, earliest, -1) if cells[at] == " "), None)
        if end is not None:
            yield begin, end
            begin = end + 1
        else:
            cut = begin + space - (not cells[begin + space])  # not between the halves of a wide character
            yield begin, cut
            begin = cut
        space = columns - hang
    if begin < len(cells):
        yield begin, len(cells)
