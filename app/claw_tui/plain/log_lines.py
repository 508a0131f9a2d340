"""Log lines as lines of text; never cut, so that `grep` and `less` see all of them."""

from __future__ import annotations

from claw_tui.plain.table import Look, paint
from claw_tui.presentation.log_lines import Lanes, row
from gateway_core.logs.model import LogLine


def log_line_text(line: LogLine, lanes: Lanes, look: Look) -> str:
    """One log line on one line."""
    return "".join(paint(piece.text, piece.tone, look) for piece in row(line, lanes)).rstrip()
