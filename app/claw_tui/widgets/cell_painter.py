"""Paints the cells of tables in the colours of the theme in use."""

from collections.abc import Mapping

from rich.style import Style
from rich.text import Text

from claw_tui.presentation.cells import Cell, Tone
from claw_tui.presentation.fitting import Placed
from claw_tui.presentation.values import pad
from claw_tui.widgets.painting import BOLD


class RowText(Text):
    """The text of a cell, which knows the key of its row: so a table can follow an order that was made elsewhere."""

    row_key = ""


class CellPainter:
    """Paints the cells of a table, for which Textual wants colours instead of the names of variables."""

    def __init__(self, theme_variables: Mapping[str, str]) -> None:
        self._styles = {
            tone: Style(color=theme_variables.get(f"tone-{tone.value}"), bold=tone in BOLD or None) for tone in Tone
        }

    def paint(self, row_key: str, cell: Cell, placed: Placed) -> RowText:
        """A cell, in exactly the width of its column."""
        text = pad(cell.text, placed.width, right=placed.column.right)
        painted = RowText(text, self._styles[cell.tone], no_wrap=True, end="")
        painted.row_key = row_key
        return painted
