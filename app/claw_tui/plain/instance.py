"""The text of `show`: one instance, every value with its source."""

from __future__ import annotations

from claw_tui.plain.sections import problem_lines, section
from claw_tui.plain.table import Look, paint
from claw_tui.presentation.details import sections
from claw_tui.presentation.sections import Line, lay_out
from gateway_core.snapshot import Instance, Snapshot

_UNCUT = 1_000_000
"""Columns enough for any line to stay one line."""


def instance_text(snapshot: Snapshot, instance: Instance, look: Look) -> list[str]:
    """What is known of the instance: its state, conflicts, signals, ports, config and paths."""
    facts = lay_out(sections(snapshot, instance, snapshot.taken_at), look.width or _UNCUT)
    return [
        *(_painted(line, look) for line in facts),
        *section("Problems", problem_lines(snapshot.problems), look),
    ]


def _painted(line: Line, look: Look) -> str:
    return "".join(paint(piece.text, piece.tone, look) for piece in line).rstrip()
