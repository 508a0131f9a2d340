"""Turns tones into the colours of the theme in use."""

from collections.abc import Iterable, Mapping

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
    return {tone: tone_style(theme_variables, tone) for tone in Tone}


def tone_style(theme_variables: Mapping[str, str], tone: Tone) -> RichStyle:
    """The style of one tone; Textual has names of its own for the terminal's 16 colours, which Rich does not know."""
    variable = theme_variables.get(f"tone-{tone.value}")
    return RichStyle(color=Color.parse(variable).rich_color if variable else None, bold=tone in _BOLD or None)


def paint(lines: Iterable[Line]) -> Content:
    """Paint lines that can be selected, and clicked where a piece names an action."""
    return Content("\n").join([paint_line(line) for line in lines])


def paint_line(line: Line) -> Content:
    return Content("").join([_paint_piece(piece) for piece in line])


def _paint_piece(piece: Piece) -> Content:
    content = Content.styled(piece.text, _STYLES[piece.tone])
    return content.stylize(Style.from_meta({CALL: piece.call})) if piece.call else content
