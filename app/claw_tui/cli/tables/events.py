"""The text of `events`: a line per event, the newest last."""

from __future__ import annotations

from collections.abc import Sequence

from claw_tui.cli.tables.layout import Column, TableStyle, table
from claw_tui.cli.tables.sentences import closed, said
from claw_tui.events.text import description, sign, subject, time_text
from claw_tui.text.cells import Cell, Tone
from gateway_core.events.model import Event

_COLUMNS: tuple[Column[Event], ...] = (
    Column("When", lambda event: Cell(time_text(event), Tone.MUTED)),
    Column("Instance", lambda event: Cell(subject(event), Tone.STRONG)),
    Column("", lambda event: Cell(sign(event).symbol, sign(event).tone)),
    Column("What", lambda event: Cell(description(event), sign(event).tone)),
)


def events_text(events: Sequence[Event], style: TableStyle) -> list[str]:
    lines = [_in_words(event) for event in events] if style.plain else table(_COLUMNS, events, style)
    return lines or ["No event was written down yet."]


def _in_words(event: Event) -> str:
    """Say an event: when, whom and what."""
    return closed(said(f"{time_text(event)}, {subject(event)}: {description(event)}"))
