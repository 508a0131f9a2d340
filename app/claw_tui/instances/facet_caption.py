"""The line that says which part of the instances is shown, where not all are."""

from __future__ import annotations

from textual.content import Content
from textual.reactive import reactive

from claw_tui.instances.facets import Facets
from claw_tui.shell.bars import ClickableLine
from claw_tui.shell.painting import paint_line
from claw_tui.text.cells import Tone
from claw_tui.text.sections import Line, Piece
from claw_tui.text.states import STATE_STYLES
from claw_tui.text.values import count, shorten

_TITLE_WIDTH = 32  # beside which all else has room at 80 columns


class FacetCaption(ClickableLine):
    """`only ◐ degraded: 1 of 7 instances`, below the table while that filters it; what it names can be clicked."""

    line: reactive[Line] = reactive(())

    def show(self, facets: Facets, shown: int, total: int, key: str) -> None:
        self.display = bool(facets)
        self.line = caption(facets, shown, total, key) if facets else ()

    def render(self) -> Content:
        return paint_line(self.line)


def caption(facets: Facets, shown: int, total: int, key: str) -> Line:
    """`key` is the one that chooses another part."""
    style = next((STATE_STYLES[state] for state in facets.states), None)
    symbol, tone = (f"{style.symbol} ", style.tone) if style else ("", Tone.STRONG)
    return (
        Piece(" only ", Tone.MUTED),
        Piece(f"{symbol}{shorten(facets.title, _TITLE_WIDTH)}", tone),
        Piece(f": {shown} of {count(total, 'instance')}", Tone.NORMAL),
        Piece(f"   {key} ", Tone.NOTICE, "screen.choose_only"),
        Piece("another", Tone.MUTED, "screen.choose_only"),
        Piece("  esc ", Tone.NOTICE, "screen.clear"),
        Piece("all", Tone.MUTED, "screen.clear"),
    )
