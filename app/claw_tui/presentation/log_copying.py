"""What of a log can be copied."""

from __future__ import annotations

from claw_tui.presentation.copying import Copyable
from claw_tui.presentation.log_lines import message
from gateway_core.logs.model import LogLine


def copyables(line: LogLine, shown: str, everything: str) -> tuple[Copyable, ...]:
    """The line under the cursor in several ways, and all that is loaded. Secrets are gone from lines already."""
    return (
        Copyable("m", "message", message(line, one_line=False)),
        Copyable("l", "line", shown),
        Copyable("a", "loaded lines", everything),
        Copyable("s", "log's place", line.source),
    )
