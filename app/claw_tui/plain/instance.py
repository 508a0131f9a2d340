"""The text of `show`: one instance, every value with its source."""

from __future__ import annotations

from claw_tui.plain.sections import fact_lines, problem_lines, section
from claw_tui.plain.table import Look
from claw_tui.presentation.details import sections
from gateway_core.snapshot import Instance, Snapshot


def instance_text(snapshot: Snapshot, instance: Instance, look: Look) -> list[str]:
    """What is known of the instance: its state, conflicts, signals, ports, config and paths."""
    return [
        *fact_lines(sections(snapshot, instance, snapshot.taken_at), look),
        *section("Problems", problem_lines(snapshot.problems, look.indented), look),
    ]
