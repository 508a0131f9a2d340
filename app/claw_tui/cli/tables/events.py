"""The text of `events`: a line per event, the newest last."""

from __future__ import annotations

from collections.abc import Sequence

from claw_tui.cli.tables.layout import Heading, TableStyle, table
from claw_tui.events.text import description, sign, subject, time_text
from claw_tui.text.cells import Cell, Tone
from gateway_core.events.model import Event

_HEADINGS = (Heading("When"), Heading("Instance"), Heading(""), Heading("What"))


def events_text(events: Sequence[Event], style: TableStyle) -> list[str]:
    return table(_HEADINGS, [_row(event) for event in events], style) or ["No event was written down yet."]


def _row(event: Event) -> tuple[Cell, ...]:
    seen = sign(event)
    return (
        Cell(time_text(event), Tone.MUTED),
        Cell(subject(event), Tone.STRONG),
        Cell(seen.symbol, seen.tone),
        Cell(description(event), seen.tone),
    )
