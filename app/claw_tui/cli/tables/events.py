"""The text of `events`: a line per event, the newest last."""

from __future__ import annotations

from collections.abc import Sequence

from claw_tui.cli.tables.layout import Column, TableStyle, painted_lines, table
from claw_tui.cli.tables.plain_sentences import closed, said
from claw_tui.events.text import description, sign, subject, time_text
from claw_tui.text.cells import Cell, Tone
from claw_tui.text.sections import Piece
from claw_tui.text.values import pad, width
from gateway_core.events.model import Event

_NAME_WIDTH = 20
_COLUMNS: tuple[Column[Event], ...] = (
    Column("When", lambda event: Cell(time_text(event), Tone.MUTED)),
    Column("Instance", lambda event: Cell(subject(event), Tone.STRONG)),
    Column("", lambda event: Cell(sign(event).symbol, sign(event).tone)),
    Column("What", lambda event: Cell(description(event), sign(event).tone)),
)


def events_text(events: Sequence[Event], style: TableStyle) -> list[str]:
    lines = [_in_words(event) for event in events] if style.plain else table(_COLUMNS, events, style)
    return lines or ["No event was written down yet."]


def event_text(event: Event, style: TableStyle) -> str:
    """One event as a line that needs no others beside it."""
    if style.plain:
        return _in_words(event)
    seen = sign(event)
    line = (
        Piece(f"{time_text(event)}  ", Tone.MUTED),
        Piece(f"{pad(subject(event), max(_NAME_WIDTH, width(subject(event))))}  ", Tone.STRONG),
        Piece(f"{seen.symbol}  ", seen.tone),
        Piece(description(event), seen.tone),
    )
    return painted_lines([line], style)[0]


def _in_words(event: Event) -> str:
    """Say an event: when, whom and what."""
    return closed(said(f"{time_text(event)}, {subject(event)}: {description(event)}"))
