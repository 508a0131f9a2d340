"""Turns tones into the colours of the theme in use."""

from collections.abc import Iterable, Mapping

from rich.style import Style as RichStyle
from rich.text import Text
from textual.content import Content
from textual.style import Style

from claw_tui.presentation.cells import Cell, Tone
from claw_tui.presentation.fitting import Placed
from claw_tui.presentation.sections import Line, Piece
from claw_tui.presentation.values import pad

CALL = "call"
"""The meta of text that can be clicked: which action it calls. Textual's own `@click` would restyle it as a link."""

_BOLD = (Tone.STRONG, Tone.TITLE)
_STYLES = {tone: f"bold $tone-{tone.value}" if tone in _BOLD else f"$tone-{tone.value}" for tone in Tone}
"""Names of the theme's variables: a change of theme repaints by itself."""


def paint(lines: Iterable[Line]) -> Content:
    """Lines as text that can be selected, and clicked where a piece says so."""
    return Content("\n").join([paint_line(line) for line in lines])


def paint_line(line: Line) -> Content:
    """One line."""
    return Content("").join([_paint_piece(piece) for piece in line])


def _paint_piece(piece: Piece) -> Content:
    content = Content.styled(piece.text, _STYLES[piece.tone])
    return content.stylize(Style.from_meta({CALL: piece.call})) if piece.call else content


class RowText(Text):
    """The text of a cell, which knows the key of its row: so a table can follow an order that was made elsewhere."""

    row_key = ""


class CellPainter:
    """Paints the cells of a table, for which Textual wants colours instead of the names of variables."""

    def __init__(self, theme_variables: Mapping[str, str]) -> None:
        self._styles = {
            tone: RichStyle(color=theme_variables.get(f"tone-{tone.value}"), bold=tone in _BOLD or None)
            for tone in Tone
        }

    def paint(self, row_key: str, cell: Cell, placed: Placed) -> RowText:
        """A cell, in exactly the width of its column."""
        text = pad(cell.text, placed.width, right=placed.column.right)
        painted = RowText(text, self._styles[cell.tone], no_wrap=True, end="")
        painted.row_key = row_key
        return painted
