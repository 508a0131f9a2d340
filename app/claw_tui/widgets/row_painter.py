"""Paints lines of cells in the colours of the theme in use."""

from collections.abc import Iterable, Mapping, Sequence

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from claw_tui.presentation.cells import Cell, Tone
from claw_tui.presentation.fitting import Placed
from claw_tui.widgets.painting import BOLD


class RowPainter:
    """Knows the colour of each tone; a new theme takes a new painter."""

    def __init__(self, theme_variables: Mapping[str, str]) -> None:
        self._styles = {
            tone: Style(color=theme_variables.get(f"tone-{tone.value}"), bold=tone in BOLD or None) for tone in Tone
        }

    def paint(self, cells: Iterable[Cell], columns: Sequence[Placed], background: Style, width: int) -> Strip:
        """One line: each cell in exactly the width of its column, a space on either side."""
        segments = [
            Segment(f" {placed.field(cell.text)} ", background + self._styles[cell.tone])
            for cell, placed in zip(cells, columns, strict=True)
        ]
        return Strip(segments).adjust_cell_length(width, background)
