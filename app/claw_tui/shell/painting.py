"""Turns tones into the colours of the theme in use."""

from collections.abc import Iterable, Mapping

from rich.color import Color as RichColor
from rich.style import Style as RichStyle
from textual.color import Color
from textual.content import Content
from textual.style import Style

from claw_tui.text.cells import Tone
from claw_tui.text.sections import Line, Piece

CALL = "call"
"""The meta of text that can be clicked: which action it calls. Textual's own `@click` would restyle it as a link."""

CURSOR_SIGN = "▌"
"""The sign at the line under a cursor, which its colour alone does not tell."""

_BOLD = (Tone.STRONG, Tone.TITLE)
_STYLES = {tone: f"bold $tone-{tone.value}" if tone in _BOLD else f"$tone-{tone.value}" for tone in Tone}
"""Names of the theme's variables: a change of theme repaints by itself."""


def tone_styles(theme_variables: Mapping[str, str]) -> dict[Tone, RichStyle]:
    """The style of each tone in one theme, for widgets that paint their lines themselves."""
    return {
        tone: RichStyle.from_color(_rich_color(theme_variables.get(f"tone-{tone.value}")))
        + RichStyle(bold=tone in _BOLD or None)
        for tone in Tone
    }


def _rich_color(variable: str | None) -> RichColor | None:
    """The colour of a variable, in which Textual has names of its own for the terminal's 16 colours."""
    return Color.parse(variable).rich_color if variable else None


def paint(lines: Iterable[Line]) -> Content:
    """Paint lines that can be selected, and clicked where a piece names an action."""
    return Content("\n").join([paint_line(line) for line in lines])


def paint_line(line: Line) -> Content:
    return Content("").join([_paint_piece(piece) for piece in line])


def _paint_piece(piece: Piece) -> Content:
    content = Content.styled(piece.text, _STYLES[piece.tone])
    return content.stylize(Style.from_meta({CALL: piece.call})) if piece.call else content
